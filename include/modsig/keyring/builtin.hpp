// SPDX-License-Identifier: BSL-1.0
//
// Keys that are part of the program: parsed and checked by the compiler, usable before the first constructor runs. Each key is
// an array of bytes with static storage: a DER certificate, a SubjectPublicKeyInfo or a digsig v1 blob.
#ifndef MODSIG_KEYRING_BUILTIN_HPP
#define MODSIG_KEYRING_BUILTIN_HPP

#include <modsig/key/any.hpp>
#include <modsig/keyring.hpp>

#include <type_traits>

namespace modsig::keyring {

namespace detail {
/// The template arguments are the fault of a key: the compiler's message shows them.
template <errc Why, std::uint64_t Offset>
consteval void builtin_key_is_well_formed() {
    static_assert(Why == errc::none,
                  "modsig: a builtin key is malformed: it must be a DER certificate, a DER SubjectPublicKeyInfo or a digsig v1 "
                  "blob; the arguments of builtin_key_is_well_formed are the fault and its offset");
}

template <const auto& Blob>
consteval key_info parse_builtin() {
    constexpr auto parsed = key::parse_any(byte_view(Blob));
    if constexpr (parsed.has_value()) {
        builtin_key_is_well_formed<parsed->fault, 0>();
        return *parsed;
    } else {
        builtin_key_is_well_formed<parsed.error().code, parsed.error().offset>();
        return {};
    }
}

void modsig_the_engine_refuses_a_builtin_key();  // not constexpr: a call stops the build, and the name is the message

template <class Engine, class Scope, const auto& Blob>
consteval trusted_key<Engine> prepare_builtin() {
    constexpr key_info info = parse_builtin<Blob>();
    auto prepared = Engine::prepare(info.key);
    if (!prepared) modsig_the_engine_refuses_a_builtin_key();
    return {info, std::move(prepared), Scope{}};
}

/// The keys are never destroyed: a destructor of a static object may still verify.
template <class Engine, class Scope, const auto&... Blob>
union builtin_keys {
    trusted_key<Engine> keys[sizeof...(Blob)];

    consteval builtin_keys() : keys{prepare_builtin<Engine, Scope, Blob>()...} {}
    constexpr ~builtin_keys() {}  // NOLINT: on purpose
};

/// A constant where the engine's prepared key can be one (static_assert can use it then), else constant-initialised.
template <class Engine, class Scope, const auto&... Blob>
struct builtin_storage {
    static inline constinit builtin_keys<Engine, Scope, Blob...> value{};
    static inline constinit keyring_view<Engine> view{module, value.keys, {}};
};
template <class Engine, class Scope, const auto&... Blob>
    requires std::is_trivially_destructible_v<typename Engine::prepared_key>
struct builtin_storage<Engine, Scope, Blob...> {
    static constexpr builtin_keys<Engine, Scope, Blob...> value{};
    static constexpr keyring_view<Engine> view{module, value.keys, {}};
};
}  // namespace detail

/// A keyring of builtin keys, for any engine. The object is empty: a temporary may be passed to a verifier.
template <class Scope, const auto&... Blob>
struct builtin_keyring {
    /// The keys as an engine has prepared them; static storage. A key that the engine refuses does not compile.
    template <class Engine>
    [[nodiscard]] constexpr const keyring_view<Engine>& view() const {
        return detail::builtin_storage<Engine, Scope, Blob...>::view;
    }
};

/// `builtin` trusts keys with the default scope: key_scope.
template <const auto&... Blob>
[[nodiscard]] consteval builtin_keyring<key_scope, Blob...> builtin() {
    static_assert(sizeof...(Blob) != 0, "modsig: a builtin keyring needs a key: keyring::builtin<vendor_key>()");
    static_assert(((detail::parse_builtin<Blob>().fault == errc::none) && ...));
    return {};
}

/// `builtin_for` trusts keys for the layouts of a list and no others: builtin_for<layouts<layout::mcuboot>, vendor_key>().
template <class Layouts, const auto&... Blob>
[[nodiscard]] consteval builtin_keyring<Layouts, Blob...> builtin_for() {
    static_assert(sizeof...(Blob) != 0, "modsig: a builtin keyring needs a key: keyring::builtin_for<layouts<layout::mcuboot>, vendor_key>()");
    static_assert(((detail::parse_builtin<Blob>().fault == errc::none) && ...));
    return {};
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_BUILTIN_HPP
