// SPDX-License-Identifier: BSL-1.0
//
// Who can have written a file that controls a privileged program: its owner, and everyone who may write to a folder on the way
// to it, and so replace it. For hosted programs: this allocates. Linux only.
#ifndef MODSIG_OS_WRITERS_HPP
#define MODSIG_OS_WRITERS_HPP

#include <modsig/os/file.hpp>

#include <string>

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

namespace modsig::os {

namespace detail {
/// Owned by root or the caller, and writable by no one else. In a sticky folder others can change only their own entries.
[[nodiscard]] inline bool is_ours(const struct ::stat& status) {
    const bool is_shared = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !(S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0);
    return (status.st_uid == 0 || status.st_uid == ::geteuid()) && !is_shared;
}
}  // namespace detail

/// `shared_place` returns the path of the file, or of the folder on the way to it, that another user than root and the caller
/// may write to; empty where there is none. The open file's own path counts, whatever links led to it. Not checked: access
/// control lists, whose write permission appears in the group's. Error: `io_error`, with ESTALE where the file is no longer at
/// its path.
[[nodiscard]] inline result<std::string> shared_place(const regular_file& file) {
    std::string path(PATH_MAX, '\0');
    const ::ssize_t size = ::readlink(fd_path(file.descriptor()).c_str(), path.data(), path.size());
    if (size <= 0) return os_failure(size < 0 ? errno : ESTALE);
    path.resize(static_cast<std::size_t>(size));
    if (!detail::is_ours(file.status())) return path;
    for (std::size_t end = 0; end != std::string::npos; end = path.find('/', end + 1)) {
        const std::string folder = end == 0 ? "/" : path.substr(0, end);
        struct ::stat status {};
        if (::lstat(folder.c_str(), &status) != 0) return os_failure(errno);
        if (!S_ISDIR(status.st_mode)) return os_failure(ESTALE);
        if (!detail::is_ours(status)) return folder;
    }
    struct ::stat status {};
    if (::lstat(path.c_str(), &status) != 0) return os_failure(errno == ENOENT ? ESTALE : errno);
    if (identity_of(status) != file.identity()) return os_failure(ESTALE);
    return std::string();
}

}  // namespace modsig::os

#endif  // MODSIG_OS_WRITERS_HPP
