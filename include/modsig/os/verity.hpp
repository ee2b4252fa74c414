// SPDX-License-Identifier: BSL-1.0
//
// What the kernel says of a file with fs-verity. Source: Documentation/filesystems/fsverity.rst, "FS_IOC_MEASURE_VERITY";
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
    std::uint16_t algorithm = 0;  // FS_VERITY_HASH_ALG_*
    std::uint16_t size = 64;      // bytes of the digest
    std::array<std::uint8_t, 64> digest{};
};
static_assert(sizeof(verity_measurement) == sizeof(fsverity_digest) + 64);

/// The digest that the kernel holds a regular file to that is open for reading. 0 or an errno: ENODATA, it has no fs-verity;
/// ENOTTY and EOPNOTSUPP, no file has in this kernel or file system; EOVERFLOW, a longer digest. EOPNOTSUPP for a file system
/// in FUSE too, where a program answers in the kernel's place and may give other bytes than the digest's: fs/fuse/ioctl.c,
/// since Linux 6.10.
[[nodiscard]] inline int measure_verity(int fd, verity_measurement& measurement) {
    struct ::statfs system {};
    if (uninterrupted([&] { return ::fstatfs(fd, &system); }) != 0) return errno;
    if (system.f_type == FUSE_SUPER_MAGIC) return EOPNOTSUPP;
    measurement = {};
    return uninterrupted([&] { return ::ioctl(fd, FS_IOC_MEASURE_VERITY, &measurement); }) == 0 ? 0 : errno;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_VERITY_HPP
