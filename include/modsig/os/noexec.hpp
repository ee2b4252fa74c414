// SPDX-License-Identifier: BSL-1.0
//
// Whether code may be mapped from where a file is. Linux only.
#ifndef MODSIG_OS_NOEXEC_HPP
#define MODSIG_OS_NOEXEC_HPP

#include <modsig/os/error.hpp>

#include <sys/statvfs.h>

namespace modsig::os {

/// Whether the file system of an open file is mounted noexec (mount(2), MS_NOEXEC): then it cannot be mapped as code either.
[[nodiscard]] inline bool is_noexec(int fd) {
    struct ::statvfs system {};
    return uninterrupted([&] { return ::fstatvfs(fd, &system); }) == 0 && (system.f_flag & ST_NOEXEC) != 0;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_NOEXEC_HPP
