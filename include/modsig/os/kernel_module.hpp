// SPDX-License-Identifier: BSL-1.0
//
// The system calls that load a module into the running kernel; libc has no functions for them. Linux only.
#ifndef MODSIG_OS_KERNEL_MODULE_HPP
#define MODSIG_OS_KERNEL_MODULE_HPP

#include <modsig/bytes.hpp>

#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

namespace modsig::os {

/// init_module(2): 0 or the errno.
[[nodiscard]] inline int init_module(byte_view image, const char* parameters) {
    return ::syscall(SYS_init_module, image.data(), image.size(), parameters) == 0 ? 0 : errno;
}
/// finit_module(2): 0 or the errno.
[[nodiscard]] inline int finit_module(int fd, const char* parameters, int flags) {
    return ::syscall(SYS_finit_module, fd, parameters, flags) == 0 ? 0 : errno;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_KERNEL_MODULE_HPP
