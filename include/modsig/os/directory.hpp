// SPDX-License-Identifier: BSL-1.0
//
// An open folder, and operations on its entries by name. Every path begins at the folder that was opened, even where the
// folder's own path means another by now. For hosted programs: this allocates. Linux only.
#ifndef MODSIG_OS_DIRECTORY_HPP
#define MODSIG_OS_DIRECTORY_HPP

#include <modsig/os/new_file.hpp>
#include <modsig/os/walk.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace modsig::os {

/// The kind of an entry, and its mount. Mounts have numbers, also two of one file system; before Linux 5.8 the device of the
/// file system is used.
struct entry_facts {
    ::mode_t mode = 0;          ///< type and permissions
    file_identity identity{};   ///< device and inode
    std::uint64_t mount = 0;    ///< number of the mount
    std::int64_t modified = 0;  ///< nanoseconds since 1970
};

/// Errors of every member: `io_error`, with errno. Const members are thread-safe.
class directory {
    os::descriptor fd_{};

    explicit directory(os::descriptor fd) : fd_(std::move(fd)) {}
    static result<void> outcome(int code) { return code == 0 ? result<void>::success() : result<void>(os_failure(errno)); }

public:
    directory() = default;  // not open

    /// Opens a folder; a link is followed.
    [[nodiscard]] static result<directory> open(const std::string& path) {
        os::descriptor fd = os::open_folder(path);
        if (!fd.is_open()) return os_failure(errno);
        return directory(std::move(fd));
    }
    /// `open_below` opens a folder in this one. A link at the end of `path` is not followed.
    [[nodiscard]] result<directory> open_below(const std::string& path) const {
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
        os::descriptor fd(uninterrupted([&] { return ::openat(fd_.get(), path.c_str(), flags); }));
        if (!fd.is_open()) return os_failure(errno);
        return directory(std::move(fd));
    }
    /// Whether a folder is open.
    [[nodiscard]] bool is_open() const { return fd_.is_open(); }

    /// The names of all entries, sorted, without `.` and `..`.
    [[nodiscard]] result<std::vector<std::string>> names() const {
        const auto opened = detail::open_dir_at(fd_.get(), ".", links::refused);
        if (!opened) return os_failure(errno);
        std::vector<detail::folder_entry> entries;
        if (const int error = detail::read_entries(opened.get(), entries); error != 0) return os_failure(error);
        std::vector<std::string> found;
        found.reserve(entries.size());
        for (detail::folder_entry& each : entries) found.push_back(std::move(each.name));
        return found;
    }
    /// The facts of an entry; the empty path is the folder itself.
    [[nodiscard]] result<entry_facts> status(const std::string& path, links rule) const {
        struct ::statx seen {};
        const int flags = AT_NO_AUTOMOUNT | AT_EMPTY_PATH | (rule == links::refused ? AT_SYMLINK_NOFOLLOW : 0);
        if (::statx(fd_.get(), path.c_str(), flags, STATX_TYPE | STATX_MODE | STATX_INO | STATX_MTIME | STATX_MNT_ID, &seen) != 0) return os_failure(errno);
        const ::dev_t device = makedev(seen.stx_dev_major, seen.stx_dev_minor);
        const bool has_number = (seen.stx_mask & STATX_MNT_ID) != 0;
        const std::uint64_t mount = has_number ? std::uint64_t{seen.stx_mnt_id} : std::uint64_t{device};
        constexpr std::int64_t second = 1'000'000'000;
        return entry_facts{seen.stx_mode, {device, seen.stx_ino}, mount, seen.stx_mtime.tv_sec * second + seen.stx_mtime.tv_nsec};
    }
    /// Whether entries may be made and removed in the folder `path`.
    [[nodiscard]] result<void> check_writable(const std::string& path) const {
        return outcome(::faccessat(fd_.get(), path.c_str(), W_OK | X_OK, AT_EACCESS));
    }
    /// The target of a link. EINVAL where the entry is no link.
    [[nodiscard]] result<std::string> link_text(const std::string& path) const {
        std::string text(256, '\0');
        for (;;) {
            const ::ssize_t size = ::readlinkat(fd_.get(), path.c_str(), text.data(), text.size());
            if (size < 0) return os_failure(errno);
            if (static_cast<std::size_t>(size) < text.size()) return text.resize(static_cast<std::size_t>(size)), text;
            text.resize(2 * text.size());
        }
    }

    /// Opens a regular file for reading. A link at the end of `path` is not followed.
    [[nodiscard]] result<regular_file> open_file(const std::string& path) const { return regular_file::open_at(fd_.get(), path.c_str(), links::refused); }
    /// Creates an empty file, open for reading and writing, with mode 0600.
    [[nodiscard]] result<os::descriptor> create_file(const std::string& path) const {
        constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
        os::descriptor file(uninterrupted([&] { return ::openat(fd_.get(), path.c_str(), flags, 0600); }));
        if (!file.is_open()) return os_failure(errno);
        return file;
    }
    /// Creates a folder with this mode, whatever the umask.
    [[nodiscard]] result<void> create_folder(const std::string& path, ::mode_t mode) const {
        if (::mkdirat(fd_.get(), path.c_str(), 0700) != 0) return os_failure(errno);
        return set_mode(path, mode);
    }
    /// Creates a folder with mode 0700, named by `prefix` and random letters. Returns its name.
    [[nodiscard]] result<std::string> create_private_folder(std::string prefix) const {
        if (!detail::add_random_letters(prefix)) return os_failure(errno);
        if (::mkdirat(fd_.get(), prefix.c_str(), 0700) != 0) return os_failure(errno);
        return prefix;
    }
    /// Makes a symbolic link with this text.
    [[nodiscard]] result<void> create_link(const std::string& path, const std::string& text) const {
        return outcome(::symlinkat(text.c_str(), fd_.get(), path.c_str()));
    }
    /// A link is followed.
    [[nodiscard]] result<void> set_mode(const std::string& path, ::mode_t mode) const {
        return outcome(::fchmodat(fd_.get(), path.c_str(), mode, 0));
    }
    /// Replaces an existing entry.
    [[nodiscard]] result<void> move(const std::string& path, const directory& into, const std::string& name) const {
        return outcome(::renameat(fd_.get(), path.c_str(), into.fd_.get(), name.c_str()));
    }
    /// Removes an entry that is no folder.
    [[nodiscard]] result<void> remove(const std::string& path) const { return outcome(::unlinkat(fd_.get(), path.c_str(), 0)); }
    /// Removes an empty folder.
    [[nodiscard]] result<void> remove_folder(const std::string& path) const { return outcome(::unlinkat(fd_.get(), path.c_str(), AT_REMOVEDIR)); }
    /// Removes an entry with everything in it. Links are not followed.
    [[nodiscard]] result<void> remove_all(const std::string& path) const {
        auto removed = remove(path);
        if (removed || errno != EISDIR) return removed;
        const auto below = open_below(path);
        if (!below) return below.error();
        const auto found = below->names();
        if (!found) return found.error();
        for (const std::string& name : *found)
            if (removed = below->remove_all(name); !removed) return removed;
        return remove_folder(path);
    }

    /// EWOULDBLOCK where another process holds the lock. The lock ends with this object, or with the process.
    [[nodiscard]] result<void> lock() const { return outcome(uninterrupted([&] { return ::flock(fd_.get(), LOCK_EX | LOCK_NB); })); }
    /// Syncs the whole file system of the folder.
    [[nodiscard]] result<void> sync() const { return outcome(::syncfs(fd_.get())); }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_DIRECTORY_HPP
