// SPDX-License-Identifier: BSL-1.0
//
// Every entry of a folder and of those below it, sorted by name, each told to the caller: also one that cannot be looked at.
// Folders are opened from the one that they are in, never through a link: whatever somebody renames meanwhile, nothing
// outside of the tree is entered, and a path longer than PATH_MAX is walked like any other. For hosted programs: this
// allocates. Linux only.
#ifndef MODSIG_OS_WALK_HPP
#define MODSIG_OS_WALK_HPP

#include <modsig/os/file.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>

namespace modsig::os {

enum class entry_kind : std::uint8_t {
    file,         // a regular one
    folder,       // told before what is in it
    file_link,    // a link to a regular file
    folder_link,  // a link to a folder, which is not entered
    other,        // a device, a FIFO, a socket, or a link to one
    unreadable,   // `error` says why: also a folder that cannot be entered, and a link that leads nowhere
};

struct tree_entry {
    std::string path{};           // begins with the root's, as it was given
    entry_kind kind = entry_kind::unreadable;
    int error = 0;                // errno, of what is unreadable
    struct ::stat status {};      // of the entry; of what a link leads to, or of the link where that cannot be looked at
};

/// Whether the caller wants the status of every entry, or does without where the folder itself says that one is a regular
/// file or a folder (readdir(3), d_type).
enum class entry_status : std::uint8_t { wanted, spared };

namespace detail {
struct closes_folder {
    void operator()(::DIR* folder) const { ::closedir(folder); }
};
using open_dir = std::unique_ptr<::DIR, closes_folder>;

/// Opened anew, since the position in a folder belongs to the description.
[[nodiscard]] inline open_dir open_dir_at(int folder, const char* name, links rule) {
    const int no_link = rule == links::refused ? O_NOFOLLOW : 0;
    const int fd = uninterrupted([&] { return ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | no_link); });
    if (fd < 0) return nullptr;
    open_dir opened(::fdopendir(fd));
    if (!opened) ::close(fd);
    return opened;
}

struct folder_entry {
    std::string name;
    unsigned char type;  // DT_REG, ..., or DT_UNKNOWN
};

/// 0 or an errno; what was read before it stays in the list.
[[nodiscard]] inline int read_entries(::DIR* folder, std::vector<folder_entry>& entries) {
    for (;;) {
        errno = 0;
        const ::dirent* const entry = ::readdir(folder);
        if (entry == nullptr) break;
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
    }
    const int error = errno;
    std::ranges::sort(entries, {}, &folder_entry::name);
    return error;
}

[[nodiscard]] inline tree_entry look_at(int folder, const std::string& name, unsigned char type, std::string path) {
    tree_entry entry;
    entry.path = std::move(path);
    if (type == DT_REG || type == DT_DIR) return entry.kind = type == DT_REG ? entry_kind::file : entry_kind::folder, entry;
    const auto failed = [&] { return entry.error = errno, std::move(entry); };
    if (::fstatat(folder, name.c_str(), &entry.status, AT_SYMLINK_NOFOLLOW) != 0) return failed();
    const bool is_link = S_ISLNK(entry.status.st_mode);
    if (is_link && ::fstatat(folder, name.c_str(), &entry.status, 0) != 0) return failed();
    if (S_ISREG(entry.status.st_mode)) entry.kind = is_link ? entry_kind::file_link : entry_kind::file;
    else if (S_ISDIR(entry.status.st_mode)) entry.kind = is_link ? entry_kind::folder_link : entry_kind::folder;
    else entry.kind = entry_kind::other;
    return entry;
}

/// Of exactly its length: a tree has many.
[[nodiscard]] inline std::string path_of(const std::string& folder, const std::string& name) {
    const bool has_slash = folder.ends_with('/');
    std::string path;
    path.reserve(folder.size() + (has_slash ? 0 : 1) + name.size());
    path.append(folder).append(has_slash ? 0 : 1, '/').append(name);
    return path;
}
}  // namespace detail

/// Calls visit(tree_entry&&) for everything in the folder `root` and below it, a folder's entries in the order of their names
/// as bytes; `enters(entry)` says of each folder whether its entries are wanted. The root itself may be a link, and is told
/// only where it is unreadable. One descriptor is open a level: with no more of them a folder is unreadable (EMFILE).
template <std::invocable<tree_entry&&> Visit, std::predicate<const tree_entry&> Enters>
void walk(const std::string& root, Visit&& visit, Enters&& enters, entry_status status = entry_status::wanted) {
    struct level {
        detail::open_dir folder;
        std::string path;
        std::vector<detail::folder_entry> entries{};
        std::size_t next = 0;
    };
    std::vector<level> levels;
    const auto enter = [&](int folder, const char* name, links rule, const std::string& path) {
        level below{detail::open_dir_at(folder, name, rule), path};
        const int error = below.folder ? detail::read_entries(below.folder.get(), below.entries) : errno;
        if (error != 0) visit(tree_entry{path, entry_kind::unreadable, error});
        if (below.folder) levels.push_back(std::move(below));
    };
    enter(AT_FDCWD, root.c_str(), links::followed, root);
    while (!levels.empty()) {
        level& here = levels.back();
        if (here.next == here.entries.size()) {
            levels.pop_back();
            continue;
        }
        const auto [name, type] = std::move(here.entries[here.next++]);
        const int folder = ::dirfd(here.folder.get());
        const unsigned char known = status == entry_status::spared ? type : static_cast<unsigned char>(DT_UNKNOWN);
        tree_entry entry = detail::look_at(folder, name, known, detail::path_of(here.path, name));
        const bool goes_in = entry.kind == entry_kind::folder && enters(std::as_const(entry));
        const std::string path = goes_in ? entry.path : std::string();
        visit(std::move(entry));
        if (goes_in) enter(folder, name.c_str(), links::refused, path);
    }
}
template <std::invocable<tree_entry&&> Visit>
void walk(const std::string& root, Visit&& visit, entry_status status = entry_status::wanted) {
    walk(root, std::forward<Visit>(visit), [](const tree_entry&) { return true; }, status);
}

}  // namespace modsig::os

#endif  // MODSIG_OS_WALK_HPP
