// SPDX-License-Identifier: BSL-1.0
//
// Regular files, opened for reading. A path may be a hostile neighbour's: opening never waits, and never opens what is no
// regular file (a FIFO waits for its writer, a tape rewinds, a watchdog starts). The path is opened without its content first
// (O_PATH, open(2)), looked at, and what was looked at is opened then, whatever the path means by that time.
// A file has the size that fstat(2) gives: no byte more is kept, and one that turns out longer or shorter is refused. Files of
// /proc and /sys, whose size says nothing, are therefore refused too, but for read_kernel_text(). Linux only.
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

/// Which file it is, whatever it is called.
struct file_identity {
    ::dev_t device = 0;
    ::ino_t inode = 0;

    friend bool operator==(const file_identity&, const file_identity&) = default;
};
[[nodiscard]] inline file_identity identity_of(const struct ::stat& status) { return {status.st_dev, status.st_ino}; }
/// Of an open file; errc: io_error.
[[nodiscard]] inline result<file_identity> identity_of(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0) return os_failure(errno);
    return identity_of(status);
}
/// Bytes of an open file, as of now; errc: io_error.
[[nodiscard]] inline result<std::uint64_t> size_of(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0) return os_failure(errno);
    return static_cast<std::uint64_t>(status.st_size);
}
/// Another number for the same description; not open, and errno says why, when there are no more.
[[nodiscard]] inline descriptor duplicate(int fd) { return descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

/// What becomes of a link that a path ends in.
enum class links : std::uint8_t { followed, refused };

namespace detail {
/// The failure is EINVAL, as of kernel_read_file() in fs/kernel_read_file.c; errno says which kind it is where it can.
[[nodiscard]] inline failure not_regular(::mode_t mode) {
    errno = S_ISDIR(mode) ? EISDIR : S_ISLNK(mode) ? ELOOP : EINVAL;
    return {errc::io_error, 0, linux_error::einval};
}
}  // namespace detail

/// Const members are safe from several threads.
class regular_file {
    os::descriptor file_;
    struct ::stat status_;

    regular_file(os::descriptor file, const struct ::stat& status) : file_(std::move(file)), status_(status) {}

public:
    /// `path` begins at the open folder `folder` (AT_FDCWD: the working directory). errc: io_error, with EINVAL for what is no
    /// regular file (errno: EISDIR for a folder, ELOOP for a link that is refused), EAGAIN for one that another process has a
    /// lease on (fcntl(2)), or the errno of open(2).
    [[nodiscard]] static result<regular_file> open_at(int folder, const char* path, links rule = links::followed) {
        const int no_link = rule == links::refused ? O_NOFOLLOW : 0;
        const os::descriptor name(uninterrupted([&] { return ::openat(folder, path, O_PATH | O_CLOEXEC | no_link); }));
        struct ::stat seen {};
        if (!name.is_open() || ::fstat(name.get(), &seen) != 0) return os_failure(errno);
        if (!S_ISREG(seen.st_mode)) return detail::not_regular(seen.st_mode);
        constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
        os::descriptor file(uninterrupted([&] { return ::open(fd_path(name.get()).c_str(), flags); }));
        // Before /proc is mounted: the path again, and it has to mean the same file.
        if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR))
            file = os::descriptor(uninterrupted([&] { return ::openat(folder, path, flags | no_link); }));
        auto opened = of(std::move(file));
        if (opened && opened->identity() != identity_of(seen)) return os_failure(ESTALE);
        return opened;
    }
    [[nodiscard]] static result<regular_file> open(const char* path, links rule = links::followed) {
        return path == nullptr ? os_failure(EINVAL) : open_at(AT_FDCWD, path, rule);
    }
    /// Takes an open file over; for -1 the failure is errno's.
    [[nodiscard]] static result<regular_file> of(os::descriptor file) {
        struct ::stat status {};
        if (!file.is_open() || ::fstat(file.get(), &status) != 0) return os_failure(errno);
        if (!S_ISREG(status.st_mode)) return detail::not_regular(status.st_mode);
        return regular_file(std::move(file), status);
    }

    [[nodiscard]] int descriptor() const { return file_.get(); }
    /// Bytes, when it was opened.
    [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(status_.st_size); }
    [[nodiscard]] const struct ::stat& status() const { return status_; }
    [[nodiscard]] file_identity identity() const { return identity_of(status_); }

    /// Fills the room from this offset. errc: io_error, with ESTALE when the file ends before.
    [[nodiscard]] result<void> read_at(std::span<std::uint8_t> room, std::uint64_t offset) const {
        while (!room.empty()) {
            const ::ssize_t got = uninterrupted([&] { return ::pread(file_.get(), room.data(), room.size(), static_cast<::off_t>(offset)); });
            if (got <= 0) return os_failure(got < 0 ? errno : ESTALE, offset);
            room = room.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
        return result<void>::success();
    }
    /// errc: io_error, with ESTALE when there is a byte at this offset.
    [[nodiscard]] result<void> ends_at(std::uint64_t offset) const {
        std::array<std::uint8_t, 1> beyond{};
        const ::ssize_t got = uninterrupted([&] { return ::pread(file_.get(), beyond.data(), 1, static_cast<::off_t>(offset)); });
        if (got != 0) return os_failure(got < 0 ? errno : ESTALE, offset);
        return result<void>::success();
    }
    /// The whole file, into size() bytes of room. errc: io_error, with ESTALE when it has become longer or shorter.
    [[nodiscard]] result<void> read_all(std::span<std::uint8_t> room) const {
        constexpr std::size_t most = std::size_t{1} << 30;  // read(2) gives no more than 2 GiB less a page at once
        std::array<std::uint8_t, 1> beyond{};
        for (std::size_t size = 0;;) {
            // With the last piece one byte more is asked for, so that the end is seen.
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

/// The bytes of a small file. errc: those of regular_file; too_large beyond `limit`, whatever the file's size.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_file(const regular_file& file, std::uint64_t limit) {
    if (file.size() > limit) return failure{errc::too_large, limit};
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.size()));
    if (const auto whole = file.read_all(bytes); !whole) return whole.error();
    return bytes;
}
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_file(const char* path, std::uint64_t limit, links rule = links::followed) {
    const auto file = regular_file::open(path, rule);
    if (!file) return file.error();
    return read_file(*file, limit);
}

/// The text of a file of /proc or /sys, named by the program and never by its user: such a file has no size, and some wait.
/// Returns what was read into `room`. errc: io_error; too_large, when there is more.
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

/// Reads from a stream until the room is full or the stream ends; how much that was. errc: io_error.
[[nodiscard]] inline result<std::size_t> read_stream(int fd, std::span<std::uint8_t> room) {
    for (std::size_t size = 0;;) {
        if (size == room.size()) return size;
        const ::ssize_t got = uninterrupted([&] { return ::read(fd, room.data() + size, room.size() - size); });
        if (got < 0) return os_failure(errno, size);
        if (got == 0) return size;
        size += static_cast<std::size_t>(got);
    }
}

/// Writes all of it. False: errno says why.
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
