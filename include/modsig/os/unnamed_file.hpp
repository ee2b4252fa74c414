// SPDX-License-Identifier: BSL-1.0
//
// Files without a name: memfds, which can be sealed against every change, and unlinked files on a disk. Linux only.
#ifndef MODSIG_OS_UNNAMED_FILE_HPP
#define MODSIG_OS_UNNAMED_FILE_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>
#include <modsig/os/noexec.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace modsig::os {

/// `make_memfd` returns an empty memfd that can be sealed. Not executable where the kernel supports that (6.3 and later), which
/// prevents execve(2), not dlopen(3). Error: `io_error`, with the errno of memfd_create(2).
[[nodiscard]] inline result<descriptor> make_memfd(const char* name) {
    constexpr unsigned noexec_seal = 8;  // MFD_NOEXEC_SEAL, include/uapi/linux/memfd.h; older kernels return EINVAL
    descriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | noexec_seal));
    if (!file.is_open() && errno == EINVAL) file = descriptor(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.is_open()) return os_failure(errno);
    return file;
}

/// `seal` seals a memfd against writing, growing, shrinking and further seals: fcntl(2), "File Sealing". Error: `io_error`,
/// with EBUSY while there is a writable mapping of it.
[[nodiscard]] inline result<void> seal(int memfd) {
    if (::fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return os_failure(errno);
    return result<void>::success();
}

/// One file, open twice.
struct unlinked_file {
    descriptor writing;  ///< for making it
    descriptor reading;  ///< read-only: it is kept
};

/// `make_unlinked_file` makes a file in the first folder for temporary files that supports O_TMPFILE and lets its files be
/// mapped as code (in any other a plugin would be verified and then fail to load). O_EXCL: the file can never get a name
/// (open(2)). Error: `io_error`; EACCES for noexec, and various errnos for folders without O_TMPFILE.
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
