// SPDX-License-Identifier: BSL-1.0
//
// What hosted parts need of the operating system: an errno as a failure, paths of descriptors, an owned descriptor,
// an owned mapping. Linux only.
#ifndef MODSIG_OS_HPP
#define MODSIG_OS_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace modsig::os {

/// errc::io_error; the errno is kept where linux_error knows it (otherwise it is the code's own, EIO).
[[nodiscard]] inline failure os_failure(int error, std::uint64_t offset = 0) {
    const auto known = static_cast<linux_error>(error);
    return {errc::io_error, offset, name(known) == "-" ? linux_error::none : known};
}

/// Repeats a system call for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer == -1 && errno == EINTR) answer = call();
    return answer;
}

/// A path in the making, zero-terminated. What does not fit is left out, and then no file has that name.
class path_text {
    std::array<char, 320> text_{};
    std::size_t size_ = 0;

public:
    path_text& add(std::string_view part) {
        if (part.size() < text_.size() - size_) size_ += part.copy(text_.data() + size_, part.size());
        return *this;
    }
    path_text& add(int number) {
        std::array<char, 12> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
    }
    [[nodiscard]] const char* c_str() const { return text_.data(); }
};

/// Opening this opens the file anew. There is no such file for -1.
[[nodiscard]] inline path_text fd_path(int fd) { return path_text().add("/proc/self/fd/").add(fd); }

class descriptor {
    int fd_ = -1;

public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        descriptor taken(std::move(other));
        std::swap(fd_, taken.fd_);
        return *this;
    }
    /// Leaves errno as it was: on the way out of a failure it is the reason.
    ~descriptor() {
        const int kept = errno;
        if (fd_ >= 0) ::close(fd_);  // not repeated: Linux has given the number back even when it says EINTR
        errno = kept;
    }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
};

/// Pages of our own. They stay where they are when their owner moves.
class mapping {
    void* data_ = nullptr;
    std::size_t size_ = 0;

public:
    mapping() = default;
    mapping(mapping&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    mapping& operator=(mapping&& other) noexcept {
        mapping taken(std::move(other));
        std::swap(data_, taken.data_);
        std::swap(size_, taken.size_);
        return *this;
    }
    ~mapping() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    [[nodiscard]] std::uint8_t* data() const { return static_cast<std::uint8_t*>(data_); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] byte_view view() const { return {data(), size_}; }

    /// Maps a file read-only. Private, since kernels before 6.7 refuse a shared mapping of a sealed file, even to read.
    [[nodiscard]] static result<mapping> of_file(int fd, std::size_t size) {
        return make(size, PROT_READ, MAP_PRIVATE, fd);
    }

    /// Gives anonymous memory this size, which may move it. New bytes are zero.
    [[nodiscard]] result<void> resize(std::size_t size) {
        if (data_ == nullptr || size == 0) {
            result<mapping> fresh = make(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
            if (!fresh) return fresh.error();
            *this = std::move(*fresh);
            return result<void>::success();
        }
        void* moved = ::mremap(data_, size_, size, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED) return os_failure(errno);
        data_ = moved;
        size_ = size;
        return result<void>::success();
    }

    [[nodiscard]] result<void> make_read_only() {
        if (data_ != nullptr && ::mprotect(data_, size_, PROT_READ) != 0) return os_failure(errno);
        return result<void>::success();
    }

private:
    static result<mapping> make(std::size_t size, int protection, int flags, int fd) {
        mapping made;
        if (size == 0) return made;  // mmap(2) refuses a length of 0
        void* data = ::mmap(nullptr, size, protection, flags, fd, 0);
        if (data == MAP_FAILED) return os_failure(errno);
        made.data_ = data;
        made.size_ = size;
        return made;
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_HPP
