// SPDX-License-Identifier: BSL-1.0
//
// A message on its way through a lane.
#ifndef MODSIG_ENGINE_NATIVE_BLOCK_RUNS_HPP
#define MODSIG_ENGINE_NATIVE_BLOCK_RUNS_HPP

#include <modsig/bytes.hpp>
#include <modsig/digest/block_hash.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine {

/// A message is parts, one after the other; views alias the caller's bytes.
using message_parts = std::span<const byte_view>;

/// Bytes of all parts together.
[[nodiscard]] constexpr std::uint64_t size_of_message(message_parts m) {
    std::uint64_t size = 0;
    for (const byte_view part : m) size += part.size();
    return size;
}

/// Parts that are all there: what block_runs asks for the next one, which is false at the end.
class parts_in_memory {
    message_parts rest_{};

public:
    constexpr parts_in_memory() = default;
    /// The parts of `m`, from the first on.
    constexpr explicit parts_in_memory(message_parts m) : rest_(m) {}

    /// The next part; false: there are no more.
    [[nodiscard]] constexpr bool operator()(byte_view& part) {
        if (rest_.empty()) return false;
        part = rest_.front();
        rest_ = rest_.subspan(1);
        return true;
    }
};

/// The message as runs of whole blocks: where they lie if they lie together, else from a buffer.
class block_runs {
    static constexpr std::size_t max_block_size = 128;

    byte_view part_{};
    std::uint64_t size_ = 0;
    std::size_t block_size_ = 64;
    bool padded_ = true;
    std::array<std::uint8_t, 2 * max_block_size> buffer_{};

public:
    const std::uint8_t* blocks = nullptr;  ///< the run's first block, in the caller's bytes or in this object
    std::size_t count = 0;                 ///< blocks of the run; 0 after the last

    /// `block_size`: 64 or 128 bytes. `size`: of all parts together.
    template <class NextPart>
    constexpr void start(std::size_t block_size, std::uint64_t size, NextPart& next_part) {
        part_ = {};
        size_ = size;
        block_size_ = block_size;
        padded_ = false;
        (void)next(next_part);
    }

    /// The next run; false after the padding.
    template <class NextPart>
    constexpr bool next(NextPart& next_part) {
        std::size_t kept = 0;
        while (true) {
            if (kept == 0 && part_.size() >= block_size_) {
                blocks = part_.data();
                count = part_.size() / block_size_;
                part_ = part_.subspan(count * block_size_);
                return true;
            }
            const std::size_t taken = std::min(part_.size(), block_size_ - kept);
            for (std::size_t i = 0; i != taken; ++i) buffer_[kept + i] = part_[i];
            part_ = part_.subspan(taken);
            kept += taken;
            blocks = buffer_.data();
            count = 1;
            if (kept == block_size_) return true;
            if (next_part(part_)) continue;
            if (padded_) return false;
            padded_ = true;
            count = block_size_ == 64 ? digest::pad<std::uint32_t>(buffer_.data(), kept, size_) : digest::pad<std::uint64_t>(buffer_.data(), kept, size_);
            return true;
        }
    }

    /// Drops the first `taken` blocks of the run, at most `count`.
    constexpr void advance(std::size_t taken) { blocks += taken * block_size_, count -= taken; }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_BLOCK_RUNS_HPP
