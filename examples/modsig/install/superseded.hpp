// SPDX-License-Identifier: BSL-1.0
//
// Which of two forms of a module is the old one. An install in place (from a tree to itself) puts `drm.ko.xz` beside `drm.ko`
// and then removes that; should it be stopped in between, the next one has to know. So the staging folder holds a list of what
// the changes remove and what takes its place, made before the first of them.
#ifndef MODSIG_TOOL_INSTALL_SUPERSEDED_HPP
#define MODSIG_TOOL_INSTALL_SUPERSEDED_HPP

#include "plan.hpp"

#include <modsig/os/directory.hpp>

#include <map>
#include <string>
#include <vector>

namespace tool {

/// Of the list, in the staging folder.
inline constexpr const char* superseded_name = "superseded";

/// The list: for each removal inode, time of modification, name and the name of what takes its place, each ended by a zero byte.
[[nodiscard]] std::string superseded_text(const modsig::os::directory& target, const std::vector<change>& changes, const std::vector<install_entry>& entries);

/// Entries of the tree that the lists of interrupted installs name, which are still the same files, and their successors, which
/// are there.
[[nodiscard]] std::map<std::string, std::string> superseded_entries(const modsig::os::directory& tree);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_SUPERSEDED_HPP
