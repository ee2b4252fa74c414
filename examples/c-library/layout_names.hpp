// SPDX-License-Identifier: BSL-1.0
//
// The layouts of the C library, and lists of their names.
#ifndef MODSIG_C_LAYOUT_NAMES_HPP
#define MODSIG_C_LAYOUT_NAMES_HPP

#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/layout_list.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace c_library {

using all_layouts = modsig::layouts<modsig::layout::fsverity, modsig::layout::modsign, modsig::layout::evm, modsig::layout::ima, modsig::layout::digsig,
                                    modsig::layout::mcuboot>;

using layout_names = std::vector<std::string_view>;  // of static storage

/// `parse_layout_names` reads names with commas between them. Null: none. Nothing where a name is of no layout.
[[nodiscard]] inline std::optional<layout_names> parse_layout_names(const char* text) {
    layout_names found;
    if (text == nullptr) return found;
    std::string_view rest(text);
    for (bool more = true; more;) {
        const std::size_t comma = rest.find(',');
        const auto* const known = std::ranges::find(all_layouts::names, rest.substr(0, comma));
        if (known == all_layouts::names.end()) return std::nullopt;
        found.push_back(*known);
        more = comma != std::string_view::npos;
        if (more) rest.remove_prefix(comma + 1);
    }
    return found;
}

}  // namespace c_library

#endif  // MODSIG_C_LAYOUT_NAMES_HPP
