// SPDX-License-Identifier: BSL-1.0
//
// An owned file descriptor, and a path that opens the same file anew. Linux only.
#ifndef MODSIG_OS_DESCRIPTOR_HPP
#define MODSIG_OS_DESCRIPTOR_HPP

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace modsig::os {

/// A zero-terminated path that is built from parts. A part that does not fit is left out; no file has the resulting name.
class path_text {
    std::array<char, 320> text_{};
    std::size_t size_ = 0;

public:
    /// Appends characters.
    path_text& add(std::string_view part) {
        if (part.size() < text_.size() - size_) size_ += part.copy(text_.data() + size_, part.size());
        return *this;
    }
    /// Appends a number in decimal.
    path_text& add(int number) {
        std::array<char, 12> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
    }
    /// The path; good as long as this object.
    [[nodiscard]] const char* c_str() const { return text_.data(); }
};

/// `fd_path` returns a path that opens the descriptor's file anew. For -1 there is no such file.
[[nodiscard]] inline path_text fd_path(int fd) { return path_text().add("/proc/self/fd/").add(fd); }

/// Owns a descriptor, and closes it.
class descriptor {
    int fd_ = -1;

public:
    descriptor() = default;
    /// Takes `fd` over; -1: not open.
    explicit descriptor(int fd) : fd_(fd) {}
    /// Takes the descriptor over; the other object has none then.
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    /// As above. The descriptor that this object had is closed.
    descriptor& operator=(descriptor&& other) noexcept {
        descriptor taken(std::move(other));
        std::swap(fd_, taken.fd_);
        return *this;
    }
    /// Keeps errno, which may hold the reason of a failure that is being returned.
    ~descriptor() {
        const int kept = errno;
        if (fd_ >= 0) ::close(fd_);  // not repeated: Linux closes the descriptor even where it returns EINTR
        errno = kept;
    }

    /// The number; -1: not open.
    [[nodiscard]] int get() const { return fd_; }
    /// Whether there is a descriptor.
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_DESCRIPTOR_HPP
