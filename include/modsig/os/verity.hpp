// SPDX-License-Identifier: BSL-1.0
//
// The kernel's measurement of a file with fs-verity. Source: Documentation/filesystems/fsverity.rst, "FS_IOC_MEASURE_VERITY";
// fs/verity/measure.c. Linux only.
#ifndef MODSIG_OS_VERITY_HPP
#define MODSIG_OS_VERITY_HPP

#include <modsig/os/error.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <linux/fsverity.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

namespace modsig::os {

/// struct fsverity_digest, with room for a digest.
struct verity_measurement {
    std::uint16_t algorithm = 0;            ///< FS_VERITY_HASH_ALG_*
    std::uint16_t size = 64;                ///< bytes of the digest
    std::array<std::uint8_t, 64> digest{};  ///< the first `size` bytes
};
static_assert(sizeof(verity_measurement) == sizeof(fsverity_digest) + 64);

/// `measure_verity` returns the digest against which the kernel verifies a regular file that is open for reading. Returns 0 or
/// an errno: ENODATA (the file has no fs-verity), ENOTTY and EOPNOTSUPP (this kernel or file system has no fs-verity),
/// EOVERFLOW (a longer digest). EOPNOTSUPP also for FUSE, where a program answers instead of the kernel and may return other
/// bytes than those of the digest: fs/fuse/ioctl.c, since Linux 6.10.
[[nodiscard]] inline int measure_verity(int fd, verity_measurement& measurement) {
    struct ::statfs system {};
    if (uninterrupted([&] { return ::fstatfs(fd, &system); }) != 0) return errno;
    if (system.f_type == FUSE_SUPER_MAGIC) return EOPNOTSUPP;
    measurement = {};
    return uninterrupted([&] { return ::ioctl(fd, FS_IOC_MEASURE_VERITY, &measurement); }) == 0 ? 0 : errno;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_VERITY_HPP
