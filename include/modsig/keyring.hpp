// SPDX-License-Identifier: BSL-1.0
//
// Which keys are trusted: keys as an engine has prepared them, and a view of a set of them under a name.
#ifndef MODSIG_KEYRING_HPP
#define MODSIG_KEYRING_HPP

#include <modsig/engine.hpp>
#include <modsig/key.hpp>

#include <concepts>
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

/// A set of trusted keys that somebody else holds. A keyring is searched whole: every candidate for an identifier counts.
template <class Engine>
struct keyring_view {
    std::string_view name{};                      // `_module`, `_ima`, `_evm`, or any; for people and for look-up by name
    std::span<const trusted_key<Engine>> keys{};
    std::span<const public_key> revoked{};        // must never verify, whatever else vouches for them

    [[nodiscard]] constexpr bool is_revoked(const public_key& key) const {
        for (const public_key& known : revoked)
            if (known == key) return true;
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
