// SPDX-License-Identifier: BSL-1.0
//
// An owned mapping: of a file, or of anonymous memory. Linux only.
#ifndef MODSIG_OS_MAPPING_HPP
#define MODSIG_OS_MAPPING_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

namespace modsig::os {

/// Memory pages that this object owns. They stay in place when the object is moved.
class mapping {
    void* data_ = nullptr;
    std::size_t size_ = 0;

public:
    mapping() = default;
    /// Takes the pages over; the other object has none then.
    mapping(mapping&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    /// As above. The pages that this object had are unmapped.
    mapping& operator=(mapping&& other) noexcept {
        mapping taken(std::move(other));
        std::swap(data_, taken.data_);
        std::swap(size_, taken.size_);
        return *this;
    }
    ~mapping() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    /// The first byte; null without pages.
    [[nodiscard]] std::uint8_t* data() const { return static_cast<std::uint8_t*>(data_); }
    /// bytes
    [[nodiscard]] std::size_t size() const { return size_; }
    /// The pages; valid while this object, or the object that it was moved to, lives.
    [[nodiscard]] byte_view view() const { return {data(), size_}; }

    /// Maps a file read-only. MAP_PRIVATE: kernels before 6.7 refuse a shared mapping of a sealed file, even for reading.
    [[nodiscard]] static result<mapping> of_file(int fd, std::size_t size) {
        return make(size, PROT_READ, MAP_PRIVATE, fd);
    }

    /// Reserves addresses for `size` bytes, which read as zeros and take no memory until make_writable().
    [[nodiscard]] static result<mapping> of_addresses(std::size_t size) {
        return make(size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    }

    /// Makes these bytes of anonymous memory, and those in the same pages, writable.
    [[nodiscard]] result<std::span<std::uint8_t>> make_writable(std::size_t offset, std::size_t size) {
        const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), begin = offset - offset % page;
        if (size != 0 && ::mprotect(data() + begin, offset + size - begin, PROT_READ | PROT_WRITE) != 0) return os_failure(errno);
        return std::span<std::uint8_t>(data() + offset, size);
    }

    /// Gives anonymous memory this size, which may move the pages. New bytes are zero.
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

    /// Makes all pages read-only. Error: `io_error`.
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

#endif  // MODSIG_OS_MAPPING_HPP
