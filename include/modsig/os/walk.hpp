// SPDX-License-Identifier: BSL-1.0
//
// Visits every entry of a folder and of the folders below it, sorted by name, unreadable ones included. A folder is opened from
// its parent, never through a link: even while entries are renamed, nothing outside of the tree is entered, and a path longer
// than PATH_MAX is walked like any other. For hosted programs: this allocates. Linux only.
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

/// What an entry is.
enum class entry_kind : std::uint8_t {
    file,         ///< a regular file
    folder,       ///< visited before its entries
    file_link,    ///< a link to a regular file
    folder_link,  ///< a link to a folder, which is not entered
    other,        ///< a device, a FIFO, a socket, or a link to one
    unreadable,   ///< with `error`: also a folder that cannot be entered, and a dangling link
};

/// One entry of a tree.
struct tree_entry {
    std::string path{};                        ///< begins with the root's path, as it was given
    entry_kind kind = entry_kind::unreadable;  ///< which of the kinds
    int error = 0;                             ///< errno, for `unreadable`
    struct ::stat status {};                   ///< of the entry; for a link, of its target, or of the link where the target is unreadable
};

/// Whether the caller needs the status of every entry, or not where the folder itself tells that an entry is a regular file or
/// a folder (readdir(3), d_type).
enum class entry_status : std::uint8_t {
    wanted,  ///< of every entry
    spared,  ///< only where readdir(3) does not tell the kind
};

namespace detail {
struct closes_folder {
    void operator()(::DIR* folder) const { ::closedir(folder); }
};
using open_dir = std::unique_ptr<::DIR, closes_folder>;

/// Opens a folder anew, since the position in a folder belongs to the open file description.
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

/// Returns 0 or an errno; entries that were read before stay in the list.
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

[[nodiscard]] inline tree_entry entry_of(int folder, const std::string& name, unsigned char type, std::string path) {
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

/// A path with no spare capacity: a tree has many.
[[nodiscard]] inline std::string path_of(const std::string& folder, const std::string& name) {
    const bool has_slash = folder.ends_with('/');
    std::string path;
    path.reserve(folder.size() + (has_slash ? 0 : 1) + name.size());
    path.append(folder).append(has_slash ? 0 : 1, '/').append(name);
    return path;
}
}  // namespace detail

/// `walk` calls visit(tree_entry&&) for every entry in and below the folder `root`, a folder's entries in byte order of their
/// names; `enters(entry)` decides for each folder whether it is entered. The root may be a link, and is visited only where it
/// is unreadable. One descriptor is open for each level: where none is left, a folder is unreadable (EMFILE).
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
        tree_entry entry = detail::entry_of(folder, name, known, detail::path_of(here.path, name));
        const bool goes_in = entry.kind == entry_kind::folder && enters(std::as_const(entry));
        const std::string path = goes_in ? entry.path : std::string();
        visit(std::move(entry));
        if (goes_in) enter(folder, name.c_str(), links::refused, path);
    }
}
/// `walk` visits every entry, and enters every folder.
template <std::invocable<tree_entry&&> Visit>
void walk(const std::string& root, Visit&& visit, entry_status status = entry_status::wanted) {
    walk(root, std::forward<Visit>(visit), [](const tree_entry&) { return true; }, status);
}

}  // namespace modsig::os

#endif  // MODSIG_OS_WALK_HPP
