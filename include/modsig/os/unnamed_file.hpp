// SPDX-License-Identifier: BSL-1.0
//
// Files that never have a name: memfds, which can be sealed against every change, and files on a disk. Linux only.
#ifndef MODSIG_OS_UNNAMED_FILE_HPP
#define MODSIG_OS_UNNAMED_FILE_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>
#include <modsig/os/noexec.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace modsig::os {

/// An empty memfd that may be sealed. Not executable where the kernel can say so (6.3 and later): that stops execve(2), not
/// dlopen(3). errc: io_error, with the errno of memfd_create(2).
[[nodiscard]] inline result<descriptor> make_memfd(const char* name) {
    constexpr unsigned noexec_seal = 8;  // MFD_NOEXEC_SEAL, include/uapi/linux/memfd.h; older ones answer EINVAL
    descriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | noexec_seal));
    if (!file.is_open() && errno == EINVAL) file = descriptor(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.is_open()) return os_failure(errno);
    return file;
}

/// Against writing, growing, shrinking and further seals: fcntl(2), "File Sealing". errc: io_error, with EBUSY while
/// somebody has a mapping that can be written.
[[nodiscard]] inline result<void> seal(int memfd) {
    if (::fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return os_failure(errno);
    return result<void>::success();
}

/// One file, open twice.
struct unlinked_file {
    descriptor writing, reading;
};

/// In the first folder for temporary files that has such and whose files may be mapped as code: a plugin would fail in another one
/// after it was verified. O_EXCL: it can never be given a name (open(2)). errc: io_error; folders that do not know O_TMPFILE answer
/// one way or another, noexec is EACCES.
[[nodiscard]] inline result<unlinked_file> make_unlinked_file() {
    int error = ENOENT;
    for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"}) {
        descriptor writing(uninterrupted([&] { return ::open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR); }));
        descriptor reading(writing.is_open() ? uninterrupted([&] { return ::open(fd_path(writing.get()).c_str(), O_RDONLY | O_CLOEXEC); }) : -1);
        if (reading.is_open() && !is_noexec(reading.get())) return unlinked_file{std::move(writing), std::move(reading)};
        error = reading.is_open() ? EACCES : errno;
    }
    return os_failure(error);
}

}  // namespace modsig::os

#endif  // MODSIG_OS_UNNAMED_FILE_HPP
