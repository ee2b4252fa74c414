// SPDX-License-Identifier: BSL-1.0
//
// Copies of files that the kernel makes (copy_file_range(2), or sendfile(2) where a file system lacks it): their bytes are
// never in this process's memory, and holes stay holes. Linux only.
#ifndef MODSIG_OS_COPY_HPP
#define MODSIG_OS_COPY_HPP

#include <modsig/os/file.hpp>

#include <sys/sendfile.h>

namespace modsig::os {

namespace detail {
/// Copies `size` bytes at `offset` to the same offset in `target`.
[[nodiscard]] inline result<void> copy_piece(int source, int target, ::off_t offset, ::off_t size) {
    const ::off_t end = offset + size;
    bool by_range = true;
    while (offset != end) {
        const auto left = static_cast<std::size_t>(end - offset);
        ::ssize_t done = 0;
        if (by_range) {
            ::loff_t in = offset, out = offset;
            done = uninterrupted([&] { return ::copy_file_range(source, &in, target, &out, left, 0); });
            // Refused across these file systems, by this kernel or in this container. 0 before the end: copy_file_range(2),
            // BUGS.
            const bool refused = errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
            by_range = done > 0 || (done < 0 && !refused);
        }
        if (!by_range) {
            ::off_t in = offset;
            if (::lseek(target, offset, SEEK_SET) < 0) return os_failure(errno);
            done = uninterrupted([&] { return ::sendfile(target, source, &in, left); });
        }
        if (done <= 0) return os_failure(done < 0 ? errno : ESTALE, static_cast<std::uint64_t>(offset));
        offset += done;
    }
    return result<void>::success();
}
}  // namespace detail

/// `copy_content` copies the content of `source` into `target`, an empty file that is open for writing. Errors: `io_error`, with
/// ESTALE where `source` has become longer or shorter since it was opened.
[[nodiscard]] inline result<void> copy_content(const regular_file& source, int target) {
    const auto size = static_cast<::off_t>(source.size());
    for (::off_t offset = 0; offset < size;) {
        ::off_t data = ::lseek(source.descriptor(), offset, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break;  // only a hole is left
        if (data < offset) data = offset;       // a file system without SEEK_DATA
        if (data >= size) break;
        ::off_t end = ::lseek(source.descriptor(), data, SEEK_HOLE);
        if (end <= data || end > size) end = size;
        if (const auto copied = detail::copy_piece(source.descriptor(), target, data, end - data); !copied) return copied;
        offset = end;
    }
    if (uninterrupted([&] { return ::ftruncate(target, size); }) != 0) return os_failure(errno);
    struct ::stat now {};
    if (::fstat(source.descriptor(), &now) != 0) return os_failure(errno);
    return now.st_size == size ? result<void>::success() : result<void>(os_failure(ESTALE, source.size()));
}

}  // namespace modsig::os

#endif  // MODSIG_OS_COPY_HPP
