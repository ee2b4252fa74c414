// SPDX-License-Identifier: BSL-1.0
//
// Links of a tree whose modules get other names: `alias.ko` to `drm.ko` becomes `alias.ko.xz` to `drm.ko.xz`.
#ifndef MODSIG_TOOL_INSTALL_LINKS_HPP
#define MODSIG_TOOL_INSTALL_LINKS_HPP

#include "tree.hpp"

#include <map>
#include <string>
#include <vector>

namespace tool {

/// Gives links in `entries`, the whole tree `from`, the names and texts with which they lead, in the tree `to`, to what they
/// lead to in `from`. An absolute link may name its place in `from`, in `to`, or in `to` as it will be called when a folder
/// above it is the root. Links that lead out of the tree stay as they are. Complains about links that lead nowhere, and leaves
/// out those that would have the name of what they lead to.
/// `superseded`: files of the tree that are no longer entries, and what has their place.
void adapt_links(const std::string& from, const std::string& to, const std::map<std::string, std::string>& superseded,
                 std::vector<install_entry>& entries);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_LINKS_HPP
