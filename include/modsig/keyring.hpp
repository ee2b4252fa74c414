// SPDX-License-Identifier: BSL-1.0
//
// Which keys are trusted: keys as an engine has prepared them, and a view of a set of them under a name.
#ifndef MODSIG_KEYRING_HPP
#define MODSIG_KEYRING_HPP

#include <modsig/key.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace modsig {

/// A trust anchor. What it views (the key's bytes) must outlive it.
template <class Engine>
struct trusted_key {
    key_info info{};
    result<typename Engine::prepared_key> prepared;  // a failure: the key is known, but no arithmetic can be done with it
};

/// What a revoked digest is of, as in Linux's `.blacklist` (certs/blacklist.c).
enum class revoked_kind : std::uint8_t {
    certificate,  // `tbs:`: a TBSCertificate, by the hash that the certificate is signed with
    binary,       // `bin:`: content
};

/// A certificate or content that must never be trusted.
struct revoked_digest {
    static constexpr std::size_t capacity = 64;

    revoked_kind kind = revoked_kind::certificate;
    std::uint8_t size = 0;
    std::array<std::uint8_t, capacity> bytes{};

    constexpr revoked_digest() = default;
    constexpr revoked_digest(revoked_kind of, const digest_value& digest) : kind(of), size(static_cast<std::uint8_t>(digest.view().size())) {
        for (std::size_t i = 0; i != size; ++i) bytes[i] = digest.bytes[i];
    }

    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size < capacity ? size : capacity); }
};
static_assert(max_digest_size <= revoked_digest::capacity);

/// A set of trusted keys that somebody else holds. A keyring is searched whole: every candidate for an identifier counts.
template <class Engine>
struct keyring_view {
    std::string_view name{};                      // `_module`, `_ima`, `_evm`, or any; for people and for look-up by name
    std::span<const trusted_key<Engine>> keys{};
    std::span<const public_key> revoked{};        // must never verify, whatever else vouches for them
    std::span<const revoked_digest> revoked_digests{};

    [[nodiscard]] constexpr bool is_revoked(const public_key& key) const {
        for (const public_key& known : revoked)
            if (known == key) return true;
        return false;
    }
    /// `digest`: of the TBSCertificate. As in Linux only the bytes count, whichever algorithm they come from.
    [[nodiscard]] constexpr bool is_revoked_certificate(byte_view digest) const { return holds(revoked_kind::certificate, digest); }
    /// `digest`: of the content.
    [[nodiscard]] constexpr bool is_revoked_binary(byte_view digest) const { return holds(revoked_kind::binary, digest); }

private:
    [[nodiscard]] constexpr bool holds(revoked_kind kind, byte_view digest) const {
        if (digest.empty()) return false;
        for (const revoked_digest& known : revoked_digests)
            if (known.kind == kind && equal(known.view(), digest)) return true;
        return false;
    }
};

/// What gives a view of itself for an engine, and stays where it is while verifiers use it.
template <class K, class Engine>
concept keyring_source = requires(const K& ring) {
    { ring.template view<Engine>() } -> std::same_as<keyring_view<Engine>>;
};

namespace keyring {
// The names Linux uses (security/integrity/digsig.c, keyring_name[]).
inline constexpr std::string_view module = "_module";
inline constexpr std::string_view ima = "_ima";
inline constexpr std::string_view evm = "_evm";
}  // namespace keyring

}  // namespace modsig

#endif  // MODSIG_KEYRING_HPP
