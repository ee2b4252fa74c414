// SPDX-License-Identifier: BSL-1.0
//
// The trusted keys: keys as an engine has prepared them, and the contents of a keyring under its name.
#ifndef MODSIG_KEYRING_HPP
#define MODSIG_KEYRING_HPP

#include <modsig/key.hpp>
#include <modsig/key_scope.hpp>
#include <modsig/revocation.hpp>

#include <concepts>
#include <span>
#include <string_view>

namespace modsig {

/// A trust anchor. What it views (the key's bytes, the names in its scope) must outlive it.
template <class Engine>
struct trusted_key {
    key_info info{};                                 ///< the key with its identifiers
    result<typename Engine::prepared_key> prepared;  ///< a failure: the key is known, but cannot be used
    key_scope scope{};                               ///< the layouts and forms that it is trusted for
};

/// The contents of a keyring, which stay in place while verifiers use them: verifiers point at this, and so see later additions
/// and revocations. Every key that an identifier names is tried.
template <class Engine>
struct keyring_view {
    std::string_view name{};                      ///< `_module`, `_ima`, `_evm`, or any; for people and for look-up by name
    std::span<const trusted_key<Engine>> keys{};  ///< in any order
    revocation_view<Engine> revoked{};            ///< overrides `keys`
};

/// `keyring_source`: an object that holds a view of itself for an engine.
template <class K, class Engine>
concept keyring_source = requires(const K& ring) {
    { ring.template view<Engine>() } -> std::same_as<const keyring_view<Engine>&>;
};

namespace keyring {
// The names Linux uses (security/integrity/digsig.c, keyring_name[]).
inline constexpr std::string_view module = "_module";  ///< Modules: the keyring of the 2012 patch set.
inline constexpr std::string_view ima = "_ima";        ///< IMA appraisal.
inline constexpr std::string_view evm = "_evm";        ///< EVM.
}  // namespace keyring

}  // namespace modsig

#endif  // MODSIG_KEYRING_HPP
