// SPDX-License-Identifier: BSL-1.0
//
// Where decompressed bytes go: pages of our own that double as bytes arrive, whatever a header promises, up to a limit.
// Nothing is copied on the way (mremap), and nothing throws. A caller who decompresses many files lends memory that is used first.
#ifndef MODSIG_DECOMPRESS_OUTPUT_HPP
#define MODSIG_DECOMPRESS_OUTPUT_HPP

#include <modsig/os/mapping.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace modsig {

/// For modules: ten times the largest that distributions ship.
inline constexpr std::size_t default_decompressed_limit = std::size_t{256} << 20;

/// Owns decompressed bytes, read-only. Moves, and the bytes stay where they are; a moved-from one is empty. It is private
/// memory that other threads and a debugger can write: to be loaded it has to become a sealed_file.
class [[nodiscard]] decompressed {
    os::mapping bytes_{};

public:
    decompressed() = default;
    /// Bytes in pages of their own, which it takes over.
    explicit decompressed(os::mapping bytes) : bytes_(std::move(bytes)) {}

    /// Good for as long as this or what it was moved to lives.
    [[nodiscard]] operator byte_view() const& { return bytes_.view(); }  // NOLINT: implicit on purpose
    operator byte_view() const&& = delete;

    /// Bytes of the output.
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
};

/// Bytes that a decompressor appends, `limit` at most. Memory that is `lent` takes them as long as it is large enough, and has to
/// stay as long as they are wanted; then they move into pages of their own.
class decompression_output {
    std::span<std::uint8_t> lent_{};
    os::mapping pages_{};
    std::size_t size_ = 0;
    std::size_t limit_;

    [[nodiscard]] std::uint8_t* data() const { return is_lent() ? lent_.data() : pages_.data(); }
    [[nodiscard]] std::size_t capacity() const { return is_lent() ? lent_.size() : pages_.size(); }

    [[nodiscard]] result<void> grow(std::size_t size) {
        const bool was_lent = is_lent();
        if (const auto grown = pages_.resize(size); !grown) return grown;
        if (was_lent && size_ != 0) std::memcpy(pages_.data(), lent_.data(), size_);
        return result<void>::success();
    }

public:
    /// An output of at most `limit` bytes, in `lent` memory first.
    explicit decompression_output(std::size_t limit, std::span<std::uint8_t> lent = {}) : lent_(lent), limit_(std::min(limit, SIZE_MAX / 4)) {}

    /// Bytes that may come out.
    [[nodiscard]] std::size_t limit() const { return limit_; }
    /// Bytes that have come out.
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Whether the bytes are in the memory that was lent.
    [[nodiscard]] bool is_lent() const { return pages_.data() == nullptr; }
    /// Good until more is appended.
    [[nodiscard]] byte_view view() const { return {data(), size_}; }

    /// Room for `at_least` bytes. One more than the limit leaves is room too: what is put there shows that the limit is too low.
    [[nodiscard]] result<std::span<std::uint8_t>> room(std::size_t at_least = 1) {
        if (capacity() - size_ < at_least) {
            const std::size_t doubled = std::min(std::max(2 * capacity(), std::size_t{64} << 10), limit_ + 1);
            if (const auto grown = grow(std::max(doubled, size_ + at_least)); !grown) return grown.error();
        }
        return std::span(data() + size_, capacity() - size_);
    }

    /// That many bytes of the room were filled. errc: too_large, at the limit.
    [[nodiscard]] result<void> commit(std::size_t filled) {
        size_ += filled;
        if (size_ > limit_) return failure{errc::too_large, limit_};
        return result<void>::success();
    }

    /// The bytes, in pages of their own that are read-only now. Errors: `io_error` with the errno.
    [[nodiscard]] result<decompressed> finish() && {
        if (const auto fitted = grow(size_); !fitted) return fitted.error();
        if (const auto closed = pages_.make_read_only(); !closed) return closed.error();
        return decompressed(std::move(pages_));
    }
};

namespace detail {
/// The largest history (dictionary, window) that a decoder may keep, in bits. Decoders ask for it as soon as a header says
/// so, but pages of it are used only as bytes arrive. 8 MiB is what everybody has to support (RFC 8878, section
/// 3.1.1.1.2), 128 MiB the most that Linux uses for its own image.
[[nodiscard]] constexpr int history_bits(std::size_t limit) {
    return std::clamp(static_cast<int>(std::bit_width(limit)), 23, 27);
}

[[nodiscard]] inline failure undecodable(std::size_t offset) { return {errc::decompression_failed, offset}; }
[[nodiscard]] inline failure out_of_memory() { return os::os_failure(ENOMEM); }
}  // namespace detail

}  // namespace modsig

#endif  // MODSIG_DECOMPRESS_OUTPUT_HPP
