// SPDX-License-Identifier: BSL-1.0
//
// Copies of files that the kernel makes (copy_file_range(2), or sendfile(2) where a file system cannot): no byte of them is in
// this process's memory, and what is a hole stays one. Linux only.
#ifndef MODSIG_OS_COPY_HPP
#define MODSIG_OS_COPY_HPP

#include <modsig/os/file.hpp>

#include <sys/sendfile.h>

namespace modsig::os {

namespace detail {
/// Copies `size` bytes at `offset` to the same place in `to`.
[[nodiscard]] inline result<void> copy_piece(int from, int to, ::off_t offset, ::off_t size) {
    const ::off_t end = offset + size;
    bool by_range = true;
    while (offset != end) {
        ::off_t in = offset, out = offset;
        const auto left = static_cast<std::size_t>(end - offset);
        ::ssize_t done = 0;
        if (by_range) {
            done = uninterrupted([&] { return ::copy_file_range(from, &in, to, &out, left, 0); });
            // Not across these file systems, not in this kernel, not in this container. 0 before the end: copy_file_range(2), BUGS.
            const bool refused = errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
            by_range = done > 0 || (done < 0 && !refused);
        }
        if (!by_range) {
            if (::lseek(to, offset, SEEK_SET) < 0) return os_failure(errno);
            done = uninterrupted([&] { return ::sendfile(to, from, &in, left); });
        }
        if (done <= 0) return os_failure(done < 0 ? errno : ESTALE, static_cast<std::uint64_t>(offset));
        offset += done;
    }
    return result<void>::success();
}
}  // namespace detail

/// Copies the content of `from` into `to`, an empty file that is open for writing. errc: io_error, with ESTALE where `from` has
/// become longer or shorter since it was opened.
[[nodiscard]] inline result<void> copy_content(const regular_file& from, int to) {
    const auto size = static_cast<::off_t>(from.size());
    for (::off_t offset = 0; offset < size;) {
        ::off_t data = ::lseek(from.descriptor(), offset, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // nothing but a hole is left
        if (data < offset) data = offset;       // a file system that does not tell
        if (data >= size) break;
        ::off_t end = ::lseek(from.descriptor(), data, SEEK_HOLE);
        if (end <= data || end > size) end = size;
        if (const auto copied = detail::copy_piece(from.descriptor(), to, data, end - data); !copied) return copied;
        offset = end;
    }
    if (uninterrupted([&] { return ::ftruncate(to, size); }) != 0) return os_failure(errno);
    struct ::stat now {};
    if (::fstat(from.descriptor(), &now) != 0) return os_failure(errno);
    return now.st_size == size ? result<void>::success() : result<void>(os_failure(ESTALE, from.size()));
}

}  // namespace modsig::os

#endif  // MODSIG_OS_COPY_HPP
