// SPDX-License-Identifier: BSL-1.0
//
// Input and output in order, up to an end or a deadline: pipes, above all those of a shell's <(command), whose paths name one
// of the program's own descriptors. A FIFO with a name of its own is never read: any user may have made it. Linux only.
#ifndef MODSIG_OS_PIPE_HPP
#define MODSIG_OS_PIPE_HPP

#include <modsig/os/error.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/wait.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <initializer_list>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/stat.h>

namespace modsig::os {

/// `own_descriptor` returns the descriptor that /dev/fd/N, /proc/self/fd/N, /dev/stdin, /dev/stdout or /dev/stderr names, by
/// the text of the path alone.
[[nodiscard]] inline std::optional<int> own_descriptor(std::string_view path) {
    if (path == "/dev/stdin") return STDIN_FILENO;
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(folder)) continue;
        const std::string_view digits = path.substr(folder.size());
        int number = -1;
        const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (end.ec == std::errc() && end.ptr == digits.data() + digits.size() && number >= 0) return number;
    }
    return std::nullopt;
}

/// `is_pipe`: whether a descriptor is a pipe, or a socket, which is read like a pipe.
[[nodiscard]] inline bool is_pipe(int fd) {
    struct ::stat status {};
    return ::fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

/// `read_pipe` reads a pipe to its end. The descriptor stays open. Errors: `too_large` (more than `limit` bytes); `io_error`,
/// with ETIMEDOUT where the end has not come by the deadline.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_pipe(int fd, std::size_t limit, deadline until = std::nullopt) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t size = 0;;) {
        if (const auto ready = wait_readable(std::array{fd}, until); !ready) return ready.error();
        if (size == bytes.size()) bytes.resize(std::max(2 * size, std::size_t{64} << 10));
        const ::ssize_t got = uninterrupted([&] { return ::read(fd, bytes.data() + size, bytes.size() - size); });
        if (got < 0 && errno == EAGAIN) continue;  // another reader took the bytes
        if (got < 0) return os_failure(errno, size);
        size += static_cast<std::size_t>(got);
        if (size > limit) return failure{errc::too_large, limit};
        if (got != 0) continue;
        bytes.resize(size);
        return bytes;
    }
}

/// `write_device` writes into a character device, or a FIFO that another process reads; links are followed. Errors: `io_error`,
/// with EINVAL (another kind of file), with ENXIO (no reader by the deadline), with ETIMEDOUT (the reader does not go on).
[[nodiscard]] inline result<void> write_device(const char* path, std::initializer_list<byte_view> parts, steady_clock::time_point until) {
    const descriptor name(uninterrupted([&] { return ::open(path, O_PATH | O_CLOEXEC); }));
    struct ::stat status {};
    if (!name.is_open() || ::fstat(name.get(), &status) != 0) return os_failure(errno);
    if (!S_ISCHR(status.st_mode) && !S_ISFIFO(status.st_mode)) return os_failure(EINVAL);
    const auto open = [&] { return uninterrupted([&] { return ::open(fd_path(name.get()).c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }); };
    descriptor out(open());
    while (!out.is_open() && errno == ENXIO && S_ISFIFO(status.st_mode) && steady_clock::now() < until) {
        (void)::poll(nullptr, 0, 5);
        out = descriptor(open());
    }
    if (!out.is_open()) return os_failure(errno);
    for (byte_view part : parts)
        while (!part.empty()) {
            const ::ssize_t done = uninterrupted([&] { return ::write(out.get(), part.data(), part.size()); });
            if (done < 0 && errno != EAGAIN) return os_failure(errno);
            if (done >= 0) part = part.subspan(static_cast<std::size_t>(done));
            else if (steady_clock::now() >= until) return os_failure(ETIMEDOUT);
            else (void)::poll(nullptr, 0, 5);
        }
    return result<void>::success();
}

/// How long a pipe in the place of a file is read.
inline constexpr std::chrono::seconds pipe_patience{30};

/// `read_input` reads a small file that a user has named: a regular file, or a pipe among the program's own descriptors.
/// Errors: those of read_file() and read_pipe().
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_input(const char* path, std::size_t limit, std::chrono::milliseconds patience = pipe_patience) {
    const auto own = own_descriptor(path);
    if (own && is_pipe(*own)) return read_pipe(*own, limit, steady_clock::now() + patience);
    return read_file(path, limit);
}

}  // namespace modsig::os

#endif  // MODSIG_OS_PIPE_HPP
