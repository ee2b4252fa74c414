// SPDX-License-Identifier: BSL-1.0
//
// What is in a tree that is to be installed, and what becomes of each entry.
#ifndef MODSIG_TOOL_INSTALL_TREE_HPP
#define MODSIG_TOOL_INSTALL_TREE_HPP

#include "../exit_status.hpp"

#include <modsig/compression.hpp>

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

enum class entry_kind : std::uint8_t {
    folder,
    module,  // a module or plugin: signed
    file,    // any other: copied
    link,    // copied as a link
};

struct install_link {
    std::string text{};    // as it will be
    bool dangles = false;  // it leads nowhere where it is now
    int depth = 0;         // how many links there are from this one to what is none
};

/// Paths are relative to the tree; without a target nothing is installed.
struct install_entry {
    std::string source{};
    std::string target{};
    entry_kind kind = entry_kind::file;
    ::mode_t mode = 0;
    std::unique_ptr<install_link> link{};  // of a link alone: there are many files
};

/// What is in the tree `from` and what it becomes in the tree `to`: folders before what is in them, sorted by name. Complains:
/// what cannot be looked at is `unreadable`, two modules that would become one, or none at all, are `usage`.
[[nodiscard]] exit_status read_tree(const std::string& from, const std::string& to, modsig::compression compress,
                                    std::vector<install_entry>& entries);

/// `drm.ko` of `drm.ko.xz`; as it is where nothing is compressed.
[[nodiscard]] std::string_view without_compression(std::string_view path);

/// `.xz`, as kmod expects it behind `.ko`; empty for `none`.
[[nodiscard]] std::string_view suffix_of(modsig::compression algorithm);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_TREE_HPP
