// SPDX-License-Identifier: BSL-1.0
//
// What an install changes in its target. The order makes it a transaction: whatever stops it after any of the changes, each
// module that is there is whole, either the old or the new one, and no link has lost what it leads to.
#ifndef MODSIG_TOOL_INSTALL_PLAN_HPP
#define MODSIG_TOOL_INSTALL_PLAN_HPP

#include "tree.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tool {

enum class change_kind : std::uint8_t {
    add_folder,  // a new one
    place,       // the staged file or link of this number, in the place of what is there
    remove,      // another form of a module: depmod takes either
    set_mode,    // of a new folder that could not have been filled with it
};

/// Each is one system call, done or not done, but for the making of a folder that has no name yet.
struct change {
    change_kind kind = change_kind::place;
    modsig::compression form = modsig::compression::none;  // of what is removed
    std::size_t number = 0;                                // of the entry; of what is removed: the one that takes its place
};

/// Of what is changed, in the target.
[[nodiscard]] std::string path_of(const change& change, const install_entry& entry);

/// A mode with which a new folder can be filled, whatever it will be.
[[nodiscard]] constexpr ::mode_t fillable(::mode_t mode) { return mode | 0700; }

/// All changes that bring the entries into the target, which need not be there yet, in their order: folders, files, links after
/// what they lead to, then removals the other way round. The target is looked at and not changed. Complains about everything that would be in the way, and then gives
/// nothing: what is a file and should be a folder or the other way round, a mount point, a folder that may not be written, a
/// name that is too long.
[[nodiscard]] std::optional<std::vector<change>> plan_changes(const std::string& target, const std::vector<install_entry>& entries);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_PLAN_HPP
