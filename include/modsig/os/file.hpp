// SPDX-License-Identifier: BSL-1.0
//
// Regular files, opened for reading. A path may lead to a hostile file: opening never waits, and never opens anything but a
// regular file (a FIFO waits for its writer, a tape rewinds, a watchdog starts). The path is first opened without its content
// (O_PATH, open(2)) and checked; then the checked file is opened, even where the path means another by then. A file has the
// size that fstat(2) gives: no byte more is read, and a file that turns out longer or shorter is refused. Files of /proc and
// /sys, whose size is meaningless, are therefore refused too, except by read_kernel_text(). Linux only.
#ifndef MODSIG_OS_FILE_HPP
#define MODSIG_OS_FILE_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

namespace modsig::os {

/// The identity of a file, whatever its name.
struct file_identity {
    ::dev_t device = 0;       ///< st_dev
    std::uint64_t inode = 0;  ///< of ino_t a 32-bit program without large files has the lower half

    /// Whether both are the same file.
    friend bool operator==(const file_identity&, const file_identity&) = default;
};
/// The identity in a status.
[[nodiscard]] inline file_identity identity_of(const struct ::stat& status) { return {status.st_dev, status.st_ino}; }
/// The identity of an open file. Error: `io_error`.
[[nodiscard]] inline result<file_identity> identity_of(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0) return os_failure(errno);
    return identity_of(status);
}
/// The current size of an open file, in bytes. Error: `io_error`.
[[nodiscard]] inline result<std::uint64_t> size_of(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0) return os_failure(errno);
    return static_cast<std::uint64_t>(status.st_size);
}
/// Another number for the same open file description. Not open where none is left, with errno.
[[nodiscard]] inline descriptor duplicate(int fd) { return descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

/// What happens to a link at the end of a path.
enum class links : std::uint8_t {
    followed,  ///< the link's target is used
    refused,   ///< the link itself is, or opening fails
};

namespace detail {
/// EINVAL, as in kernel_read_file() of fs/kernel_read_file.c. errno tells the kind of file apart where it can.
[[nodiscard]] inline failure not_regular(::mode_t mode) {
    errno = S_ISDIR(mode) ? EISDIR : S_ISLNK(mode) ? ELOOP : EINVAL;
    return {errc::io_error, 0, linux_error::einval};
}
}  // namespace detail

/// Const members are thread-safe.
class regular_file {
    os::descriptor file_;
    struct ::stat status_;

    regular_file(os::descriptor file, const struct ::stat& status) : file_(std::move(file)), status_(status) {}

public:
    /// `open_at` opens `path`, which begins at the open folder `folder` (AT_FDCWD: the working directory). Errors: `io_error`
    /// with EINVAL (not a regular file; errno: EISDIR for a folder, ELOOP for a link that is refused), with EAGAIN (another
    /// process has a lease on the file, fcntl(2)), or with the errno of open(2).
    [[nodiscard]] static result<regular_file> open_at(int folder, const char* path, links rule = links::followed) {
        const int no_link = rule == links::refused ? O_NOFOLLOW : 0;
        const os::descriptor name(uninterrupted([&] { return ::openat(folder, path, O_PATH | O_CLOEXEC | no_link); }));
        struct ::stat seen {};
        if (!name.is_open() || ::fstat(name.get(), &seen) != 0) return os_failure(errno);
        if (!S_ISREG(seen.st_mode)) return detail::not_regular(seen.st_mode);
        constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
        os::descriptor file(uninterrupted([&] { return ::open(fd_path(name.get()).c_str(), flags); }));
        // Before /proc is mounted: the path is opened again, and must mean the same file.
        if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR))
            file = os::descriptor(uninterrupted([&] { return ::openat(folder, path, flags | no_link); }));
        auto opened = of(std::move(file));
        if (opened && opened->identity() != identity_of(seen)) return os_failure(ESTALE);
        return opened;
    }
    /// `open` opens a regular file for reading. Errors: those of open_at().
    [[nodiscard]] static result<regular_file> open(const char* path, links rule = links::followed) {
        return path == nullptr ? os_failure(EINVAL) : open_at(AT_FDCWD, path, rule);
    }
    /// `of` takes an open file over. Error: `io_error`; for -1 with the current errno.
    [[nodiscard]] static result<regular_file> of(os::descriptor file) {
        struct ::stat status {};
        if (!file.is_open() || ::fstat(file.get(), &status) != 0) return os_failure(errno);
        if (!S_ISREG(status.st_mode)) return detail::not_regular(status.st_mode);
        return regular_file(std::move(file), status);
    }

    /// Owned by this object.
    [[nodiscard]] int descriptor() const { return file_.get(); }
    /// Size in bytes, when the file was opened.
    [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(status_.st_size); }
    /// As fstat(2) gave it when the file was opened.
    [[nodiscard]] const struct ::stat& status() const { return status_; }
    /// Device and inode.
    [[nodiscard]] file_identity identity() const { return identity_of(status_); }

    /// Fills `room` from this offset. Errors: `io_error`, with ESTALE where the file ends before.
    [[nodiscard]] result<void> read_at(std::span<std::uint8_t> room, std::uint64_t offset) const {
        while (!room.empty()) {
            const ::ssize_t got = uninterrupted([&] { return ::pread(file_.get(), room.data(), room.size(), static_cast<::off_t>(offset)); });
            if (got <= 0) return os_failure(got < 0 ? errno : ESTALE, offset);
            room = room.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
        return result<void>::success();
    }
    /// Checks that the file ends at this offset. Errors: `io_error`, with ESTALE where it goes on.
    [[nodiscard]] result<void> ends_at(std::uint64_t offset) const {
        std::array<std::uint8_t, 1> beyond{};
        const ::ssize_t got = uninterrupted([&] { return ::pread(file_.get(), beyond.data(), 1, static_cast<::off_t>(offset)); });
        if (got != 0) return os_failure(got < 0 ? errno : ESTALE, offset);
        return result<void>::success();
    }
    /// Reads the whole file into `room` of size() bytes. Errors: `io_error`, with ESTALE where the file has become longer or
    /// shorter.
    [[nodiscard]] result<void> read_all(std::span<std::uint8_t> room) const {
        constexpr std::size_t most = std::size_t{1} << 30;  // read(2) returns at most 2 GiB less a page
        std::array<std::uint8_t, 1> beyond{};
        for (std::size_t size = 0;;) {
            // The last piece asks for one byte more, to find the end.
            const std::size_t left = room.size() - size, piece = left < most ? left : most;
            const std::array<::iovec, 2> parts{{{room.data() + size, piece}, {beyond.data(), piece == left ? beyond.size() : 0}}};
            const ::ssize_t got = uninterrupted([&] { return ::preadv(file_.get(), parts.data(), 2, static_cast<::off_t>(size)); });
            if (got < 0) return os_failure(errno, size);
            size += static_cast<std::size_t>(got);
            if (size > room.size() || (got == 0 && size != room.size())) return os_failure(ESTALE, size);
            if (size == room.size() && piece == left) return result<void>::success();
        }
    }
};

/// `read_file` returns the bytes of a small file. Errors: those of regular_file; `too_large` (more than `limit` bytes).
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_file(const regular_file& file, std::uint64_t limit) {
    if (file.size() > limit) return failure{errc::too_large, limit};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.size()));
    if (const auto whole = file.read_all(bytes); !whole) return whole.error();
    return bytes;
}
/// Opens a regular file and reads it. Errors: those of regular_file::open() and of the above.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_file(const char* path, std::uint64_t limit, links rule = links::followed) {
    const auto file = regular_file::open(path, rule);
    if (!file) return file.error();
    return read_file(*file, limit);
}

/// `read_kernel_text` reads a file of /proc or /sys, whose path is fixed in the program: such a file has no size, and some of
/// them wait. Returns the part of `room` that was filled. Errors: `io_error`; `too_large` (`room` is too small).
[[nodiscard]] inline result<std::span<const char>> read_kernel_text(const char* path, std::span<char> room) {
    const descriptor file(uninterrupted([&] { return ::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }));
    if (!file.is_open()) return os_failure(errno);
    for (std::size_t size = 0;;) {
        if (size == room.size()) return failure{errc::too_large, size};
        const ::ssize_t got = uninterrupted([&] { return ::read(file.get(), room.data() + size, room.size() - size); });
        if (got < 0) return os_failure(errno, size);
        if (got == 0) return std::span<const char>(room.first(size));
        size += static_cast<std::size_t>(got);
    }
}

/// `read_stream` reads until `room` is full or the stream ends. Returns the number of bytes. Error: `io_error`.
[[nodiscard]] inline result<std::size_t> read_stream(int fd, std::span<std::uint8_t> room) {
    for (std::size_t size = 0;;) {
        if (size == room.size()) return size;
        const ::ssize_t got = uninterrupted([&] { return ::read(fd, room.data() + size, room.size() - size); });
        if (got < 0) return os_failure(errno, size);
        if (got == 0) return size;
        size += static_cast<std::size_t>(got);
    }
}

/// `write_all` writes all bytes. False on failure, with errno.
[[nodiscard]] inline bool write_all(int fd, byte_view bytes) {
    while (!bytes.empty()) {
        const ::ssize_t done = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (done == 0) errno = EIO;
        if (done <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return true;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_FILE_HPP
