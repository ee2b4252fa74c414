// SPDX-License-Identifier: BSL-1.0
//
// Memory for secrets: pages of their own that are not swapped out (mlock(2)), in no core dump and in no child process
// (madvise(2), MADV_DONTDUMP, MADV_WIPEONFORK), and wiped before they are freed. Linux only.
#ifndef MODSIG_OS_SECRET_HPP
#define MODSIG_OS_SECRET_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/mapping.hpp>
#include <modsig/os/pipe.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <string.h>
#include <sys/mman.h>

namespace modsig::os {

/// `wipe` overwrites bytes with zeros, even where the compiler would drop the writes as unused.
inline void wipe(std::span<std::uint8_t> bytes) { ::explicit_bzero(bytes.data(), bytes.size()); }

/// Movable; the bytes stay in place. Where the limit on locked memory (RLIMIT_MEMLOCK) is used up, the pages are not locked;
/// all other protections hold.
class secret_memory {
    mapping pages_{};
    std::size_t size_ = 0;

    secret_memory(mapping pages, std::size_t size) : pages_(std::move(pages)), size_(size) {}

public:
    secret_memory() = default;
    /// Takes the pages over; the other object has none then.
    secret_memory(secret_memory&& other) noexcept : pages_(std::move(other.pages_)), size_(std::exchange(other.size_, 0)) {}
    /// As above. What this object had is wiped.
    secret_memory& operator=(secret_memory&& other) noexcept {
        secret_memory taken(std::move(other));
        std::swap(pages_, taken.pages_);
        std::swap(size_, taken.size_);
        return *this;
    }
    ~secret_memory() { wipe({pages_.data(), pages_.size()}); }

    /// `of_size` returns zeroed memory. Error: `io_error`, with ENOMEM.
    [[nodiscard]] static result<secret_memory> of_size(std::size_t size) {
        mapping pages;
        if (const auto made = pages.resize(size); !made) return made.error();
        if (size != 0) {
            (void)::madvise(pages.data(), size, MADV_DONTDUMP);
            (void)::madvise(pages.data(), size, MADV_WIPEONFORK);
            (void)::mlock(pages.data(), size);
        }
        return secret_memory(std::move(pages), size);
    }

    /// The bytes, to be written.
    [[nodiscard]] std::span<std::uint8_t> bytes() const { return {pages_.data(), size_}; }
    /// The bytes.
    [[nodiscard]] byte_view view() const { return {pages_.data(), size_}; }
    /// The bytes.
    operator byte_view() const { return view(); }
    /// The bytes as characters.
    [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(pages_.data()), size_}; }
    /// Wipes the bytes behind the first `size` bytes, and drops them.
    void shorten(std::size_t size) {
        wipe(bytes().subspan(size));
        size_ = size;
    }
};

/// `read_secret` reads a file into such memory only. Errors: those of regular_file; `too_large` (more than `limit` bytes).
[[nodiscard]] inline result<secret_memory> read_secret(const regular_file& file, std::size_t limit) {
    if (file.size() > limit) return failure{errc::too_large, limit};
    auto memory = secret_memory::of_size(static_cast<std::size_t>(file.size()));
    if (!memory) return memory.error();
    if (const auto whole = file.read_all(memory->bytes()); !whole) return whole.error();
    return memory;
}
/// Opens a regular file and reads it to secret memory. Errors: those of regular_file::open() and of the above.
[[nodiscard]] inline result<secret_memory> read_secret(const char* path, std::size_t limit) {
    const auto file = regular_file::open(path);
    if (!file) return file.error();
    return read_secret(*file, limit);
}

/// `read_secret_input` does the same for a regular file, or a pipe among the program's own descriptors. Errors: those of
/// read_secret() and read_pipe().
[[nodiscard]] inline result<secret_memory> read_secret_input(const char* path, std::size_t limit, std::chrono::milliseconds patience = pipe_patience) {
    const auto own = own_descriptor(path);
    if (!own || !is_pipe(*own)) return read_secret(path, limit);
    const deadline until = steady_clock::now() + patience;
    secret_memory read;
    for (std::size_t size = 0;;) {
        if (size == read.bytes().size()) {
            if (size > limit) return failure{errc::too_large, limit};
            auto larger = secret_memory::of_size(std::max<std::size_t>(2 * size, std::size_t{64} << 10));
            if (!larger) return larger.error();
            std::ranges::copy(read.view().first(size), larger->bytes().begin());
            read = *std::move(larger);
        }
        if (const auto ready = wait_readable(std::array{*own}, until); !ready) return ready.error();
        const ::ssize_t got = uninterrupted([&] { return ::read(*own, read.bytes().data() + size, read.bytes().size() - size); });
        if (got < 0 && errno == EAGAIN) continue;  // another reader took the bytes
        if (got < 0) return os_failure(errno, size);
        size += static_cast<std::size_t>(got);
        if (size > limit) return failure{errc::too_large, limit};
        if (got != 0) continue;
        read.shorten(size);
        return read;
    }
}

}  // namespace modsig::os

#endif  // MODSIG_OS_SECRET_HPP
