// SPDX-License-Identifier: BSL-1.0
//
// Whether a file's file system allows mapping it as code. Linux only.
#ifndef MODSIG_OS_NOEXEC_HPP
#define MODSIG_OS_NOEXEC_HPP

#include <modsig/os/error.hpp>

#include <sys/statvfs.h>

namespace modsig::os {

/// `is_noexec`: whether the file system of an open file is mounted noexec (mount(2), MS_NOEXEC), so that the file cannot be
/// mapped as code.
[[nodiscard]] inline bool is_noexec(int fd) {
    struct ::statvfs system {};
    return uninterrupted([&] { return ::fstatvfs(fd, &system); }) == 0 && (system.f_flag & ST_NOEXEC) != 0;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_NOEXEC_HPP
