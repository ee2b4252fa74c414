// SPDX-License-Identifier: BSL-1.0
//
// A list of layouts: those of a verifier, and those that a key is trusted for.
#ifndef MODSIG_LAYOUT_LIST_HPP
#define MODSIG_LAYOUT_LIST_HPP

#include <modsig/key_scope.hpp>
#include <modsig/layout.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace modsig {

/// A list of layouts, at least one.
template <class... L>
struct layouts {
    static_assert(sizeof...(L) != 0, "modsig: a list of layouts needs a layout: layouts<layout::digsig>");
    static_assert((explain_blob_layout<L>() && ...));

    /// their names, in order
    static constexpr std::array<std::string_view, sizeof...(L)> names{L::name...};
    /// whether content is only digested, whichever layout it is
    static constexpr bool found_from_end = (L::traits.found_from_end && ...);

    /// For keyring::store::add: a key that is trusted for these layouts and no others.
    constexpr operator key_scope() const { return {names, {}}; }  // NOLINT: implicit on purpose
};

}  // namespace modsig

#endif  // MODSIG_LAYOUT_LIST_HPP
