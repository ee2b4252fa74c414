// SPDX-License-Identifier: BSL-1.0
//
// Rules that bind a name to keys: a file that is loaded under this name (context::name) must be signed by these keys, and by no
// others that are trusted too. For names known when the program is built, and for a table made at run time.
//
//     all_of<legacy, pinned<"doubler", vendor_key>>                   // other names are left to the other rules
//     all_of{legacy{}, pins{table}}                                   // other names are refused
//
// The signing key itself must be pinned, not a key that only vouches for it. Names are compared byte by byte, and without a
// name every file is refused. The refusal is `key_usage`: the key is not meant for this. `pinned` abstains from other names:
// the rules beside it decide about them.
#ifndef MODSIG_POLICY_PINNED_HPP
#define MODSIG_POLICY_PINNED_HPP

#include <modsig/keyring/builtin.hpp>
#include <modsig/policy.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace modsig::policy {

/// A name as a template argument: pinned<"doubler", ...>.
template <std::size_t Size>
struct pinned_name {
    std::array<char, Size> text{};  ///< with the NUL

    /// Of a string literal.
    consteval pinned_name(const char (&literal)[Size]) {  // NOLINT: implicit on purpose
        for (std::size_t i = 0; i != Size; ++i) text[i] = literal[i];
    }
    /// Without the NUL.
    [[nodiscard]] constexpr std::string_view view() const { return {text.data(), Size - 1}; }
};

/// A file with the name `Name` must be signed by one of these keys (`key_usage`), given as arrays of bytes as for
/// keyring::builtin. Abstains from other names.
template <pinned_name Name, const auto&... Key>
struct pinned : rule {
    static_assert(!Name.view().empty(), "modsig: pinned needs a name: pinned<\"doubler\", vendor_key>");
    static_assert(sizeof...(Key) != 0, "modsig: pinned needs a key: pinned<\"doubler\", vendor_key>");

    /// `key_usage` where the file is signed by another key, or has no name; abstains from other names.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        if (context.name.empty()) return ruling::refuse(errc::key_usage);
        if (context.name != Name.view()) return ruling::abstain();
        const public_key& key = candidate.key().key;
        return ruling::unless(((key == key_of<Key>) || ...) ? errc::none : errc::key_usage);
    }

private:
    template <const auto& Blob>
    static constexpr public_key key_of = keyring::detail::parse_builtin<Blob>().key;
};

/// A row of a table of pins. Several rows may have one name: any of their keys is accepted. Views must outlive the row.
struct pin {
    std::string_view name{};  ///< as context::name
    public_key key{};         ///< the signing key
};

/// A file must be signed by a key that the table has for its name (`key_usage`). Where the table does not have the name: by one
/// of `others`, which has no key by default. Both stay with the caller, must outlive this object, and may change between
/// verifications, not during one. The default refuses everything.
class pins : public rule {
    std::span<const pin> table_{};
    std::span<const public_key> others_{};

public:
    constexpr pins() = default;
    /// Views both tables.
    constexpr explicit pins(std::span<const pin> table, std::span<const public_key> others = {}) : table_(table), others_(others) {}

    /// `key_usage` where the file is signed by a key that is not pinned to its name, or has no name.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        if (context.name.empty()) return ruling::refuse(errc::key_usage);
        const public_key& key = candidate.key().key;
        bool has_pin = false;
        for (const pin& each : table_) {
            if (each.name != context.name) continue;
            if (each.key == key) return ruling::allow();
            has_pin = true;
        }
        if (has_pin) return ruling::refuse(errc::key_usage);
        for (const public_key& each : others_)
            if (each == key) return ruling::allow();
        return ruling::refuse(errc::key_usage);
    }
};
static_assert(explain_trust_policy<pins>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_PINNED_HPP
