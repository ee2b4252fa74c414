// SPDX-License-Identifier: BSL-1.0
//
// The files that paths mean: themselves, and for folders the modules and plugins in them and below.
#ifndef MODSIG_TOOL_FOUND_FILES_HPP
#define MODSIG_TOOL_FOUND_FILES_HPP

#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// One file to be verified, or an entry of a folder that cannot be looked at.
struct found_file {
    std::string path;
    int error = 0;         // errno, of what cannot be looked at
    bool is_link = false;  // found in a folder
};

struct found_files {
    std::vector<found_file> files{};          // sorted within each folder that was named
    std::vector<std::string> folder_links{};  // links to folders within one: they are not entered
};

/// Named files as they are, links followed. In a folder: what is_module_or_plugin() or is_package(), or with `all` every regular file, links to
/// such files under their own names; and whatever cannot be looked at, for it may be such a file or hold one. Left out is a link
/// that leads nowhere and has no module's name.
[[nodiscard]] found_files find_files(const std::vector<std::string>& paths, bool all);

/// `.ko.xz`, `.ko.zst`, `.ko.gz`: by name, as kmod does.
[[nodiscard]] bool is_compressed_module(std::string_view path);

/// Those, `.ko` and `.so`: what a folder is searched for.
[[nodiscard]] bool is_module_or_plugin(std::string_view path);

/// `.deb` and `.rpm`, by name: what they hold is searched as a folder is (archive_verdicts.hpp).
[[nodiscard]] bool is_package(std::string_view path);

}  // namespace tool

#endif  // MODSIG_TOOL_FOUND_FILES_HPP
