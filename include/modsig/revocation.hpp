// SPDX-License-Identifier: BSL-1.0
//
// Revocations: of keys, of certificates by the digest of their TBSCertificate, of content by its digest. Separate from trust: a
// revocation overrides everything that vouches for a key, certificate or file.
#ifndef MODSIG_REVOCATION_HPP
#define MODSIG_REVOCATION_HPP

#include <modsig/key.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig {

/// The object of a revoked digest, as in Linux's `.blacklist` (certs/blacklist.c).
enum class revoked_kind : std::uint8_t {
    certificate,  ///< `tbs:`: a TBSCertificate
    binary,       ///< `bin:`: content, or the whole file
};

/// The algorithm of a revoked digest of `size` bytes: SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512; `none` for other sizes.
[[nodiscard]] constexpr digest_id digest_of_revoked_size(std::size_t size) {
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512})
        if (size_of(id) == size) return id;
    return digest_id::none;
}

/// A digest of a certificate or of content that must never be trusted; of the size of a SHA-1 or SHA-2 digest.
struct revoked_digest {
    static constexpr std::size_t capacity = 64;  ///< bytes of the longest digest

    revoked_kind kind = revoked_kind::certificate;  ///< what it is a digest of
    std::uint8_t size = 0;                          ///< true size in bytes
    std::array<std::uint8_t, capacity> bytes{};     ///< the first `size` are used

    constexpr revoked_digest() = default;
    /// A copy of a digest.
    constexpr revoked_digest(revoked_kind digest_kind, const digest_value& digest) : kind(digest_kind), size(static_cast<std::uint8_t>(digest.view().size())) {
        for (std::size_t i = 0; i != size; ++i) bytes[i] = digest.bytes[i];
    }

    /// The digest; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size < capacity ? size : capacity); }
};
static_assert(max_digest_size <= revoked_digest::capacity);

/// A key that must never verify. The bytes that `info` views must outlive it.
template <class Engine>
struct revoked_key {
    key_info info{};                                 ///< the key with its identifiers
    result<typename Engine::prepared_key> prepared;  ///< for Linux's reading: linux/verifier/pkcs7.hpp
};

/// The contents of a list of revocations, which stay in place while verifiers use them.
template <class Engine>
struct revocation_view {
    std::span<const revoked_key<Engine>> keys{};  ///< in any order
    std::span<const revoked_digest> digests{};    ///< in any order

    /// Whether the key is revoked: the keys themselves are compared, not identifiers.
    [[nodiscard]] constexpr bool holds(const public_key& key) const {
        for (const revoked_key<Engine>& known : keys)
            if (known.info.key == key) return true;
        return false;
    }
    /// Whether a digest of this kind is revoked: else none needs to be calculated.
    [[nodiscard]] constexpr bool has_digests(revoked_kind kind) const {
        for (const revoked_digest& known : digests)
            if (known.kind == kind) return true;
        return false;
    }
    /// Whether a digest is revoked. Only the bytes are compared, as in Linux, whichever algorithm they are of.
    [[nodiscard]] constexpr bool holds(revoked_kind kind, byte_view digest) const {
        if (digest.empty()) return false;
        for (const revoked_digest& known : digests)
            if (known.kind == kind && equal(known.view(), digest)) return true;
        return false;
    }

    /// Whether a certificate or content is revoked by a digest of this kind. `calculate(digest_id) -> result<digest_value>` is
    /// called once for each algorithm that the length of an entry stands for; a digest that cannot be calculated counts as revoked.
    template <class Calculate>
    [[nodiscard]] constexpr bool finds(revoked_kind kind, const Calculate& calculate) const {
        std::array<bool, digest_count> is_done{};
        for (const revoked_digest& known : digests) {
            const digest_id id = digest_of_revoked_size(known.size);
            if (known.kind != kind || is_done[static_cast<std::size_t>(id)]) continue;
            is_done[static_cast<std::size_t>(id)] = true;
            const result<digest_value> digest = calculate(id);
            if (!digest || holds(kind, digest->view())) return true;
        }
        return false;
    }
};

}  // namespace modsig

#endif  // MODSIG_REVOCATION_HPP
