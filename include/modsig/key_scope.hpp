// SPDX-License-Identifier: BSL-1.0
//
// What a trusted key is trusted for. A key should sign one kind of file only: a signature does not say which kind its signer
// meant, so a signature by a key that signs two kinds can be used for the wrong one (.github/SECURITY.md).
#ifndef MODSIG_KEY_SCOPE_HPP
#define MODSIG_KEY_SCOPE_HPP

#include <modsig/layout.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace modsig {

/// The default allows every layout except those whose traits have `needs_named_trust` (BPF, EVM, fs-verity, MCUboot), in both forms.
/// `layouts` views names that must outlive the use of the key.
struct key_scope {
    std::span<const std::string_view> layouts{};  ///< empty: the default
    std::optional<signature_form> form{};         ///< none: both

    /// `refusal_of` returns `key_not_for_layout` or `form_not_allowed`; `none` where the key is trusted for the claim.
    [[nodiscard]] constexpr errc refusal_of(const claim_facts& claim, const layout_traits& traits) const {
        bool is_named = false;
        for (const std::string_view layout : layouts) is_named = is_named || layout == claim.layout;
        if (!is_named && (traits.needs_named_trust || !layouts.empty())) return errc::key_not_for_layout;
        return form && *form != claim.form ? errc::form_not_allowed : errc::none;
    }
};

}  // namespace modsig

#endif  // MODSIG_KEY_SCOPE_HPP
