// SPDX-License-Identifier: BSL-1.0
#include "found_files.hpp"

#include <modsig/compression.hpp>
#include <modsig/os/walk.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tool {
namespace {

namespace os = modsig::os;

/// Whether an entry is to be verified, or reported since it cannot be.
bool is_wanted(const os::tree_entry& entry, bool all) {
    switch (entry.kind) {
        case os::entry_kind::file:
        case os::entry_kind::file_link: return all || is_module_or_plugin(entry.path) || is_package(entry.path);
        case os::entry_kind::other: return is_module_or_plugin(entry.path);  // whoever loads modules by name would open it
        case os::entry_kind::unreadable: return all || !S_ISLNK(entry.status.st_mode) || is_module_or_plugin(entry.path);
        case os::entry_kind::folder:
        case os::entry_kind::folder_link: break;
    }
    return false;
}

void find_in_folder(const std::string& folder, bool all, found_files& found) {
    const auto first = static_cast<std::ptrdiff_t>(found.files.size());
    const auto add = [&](os::tree_entry&& entry) {
        if (entry.kind == os::entry_kind::folder_link) return found.folder_links.push_back(std::move(entry.path));
        if (!is_wanted(entry, all)) return;
        found.files.push_back({std::move(entry.path), entry.error, entry.kind == os::entry_kind::file_link});
    };
    os::walk(folder, add, os::entry_status::spared);
    std::ranges::sort(found.files.begin() + first, found.files.end(), {}, &found_file::path);
}

}  // namespace

bool is_compressed_module(std::string_view path) { return modsig::compression_of_name(path) != modsig::compression::none; }

bool is_package(std::string_view path) { return path.ends_with(".deb") || path.ends_with(".rpm"); }

bool is_module_or_plugin(std::string_view path) { return is_compressed_module(path) || path.ends_with(".ko") || path.ends_with(".so"); }

found_files find_files(const std::vector<std::string>& paths, bool all) {
    found_files found;
    for (const std::string& path : paths) {
        std::error_code fault;
        if (path != "-" && std::filesystem::is_directory(path, fault)) find_in_folder(path, all, found);
        else found.files.push_back({path});
    }
    return found;
}

}  // namespace tool
