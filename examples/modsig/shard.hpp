// SPDX-License-Identifier: BSL-1.0
//
// The I-th of N shares of many files, for machines that work on them side by side. A file's share is told by its path alone, so that each
// file is in exactly one of the N, in whatever order and on whatever machine the paths are found. The rule is contract, and never changes:
// the first four bytes of the path's SHA-256, as a big-endian number, modulo N, are I - 1. In a shell:
//   echo $((0x$(printf %s "$path" | sha256sum | cut -c 1-8) % N + 1))
#ifndef MODSIG_TOOL_SHARD_HPP
#define MODSIG_TOOL_SHARD_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tool {

class shard {
    std::uint64_t index_, count_;

    constexpr shard(std::uint64_t index, std::uint64_t count) : index_(index), count_(count) {}

public:
    /// `I/N` in decimal digits, 1 <= I <= N; nothing for all else.
    [[nodiscard]] static std::optional<shard> parse(std::string_view text);

    /// The path as it is printed, which is how it was named or found.
    [[nodiscard]] bool holds(std::string_view path) const;
    [[nodiscard]] std::string name() const { return std::to_string(index_) + "/" + std::to_string(count_); }
};

}  // namespace tool

#endif  // MODSIG_TOOL_SHARD_HPP
