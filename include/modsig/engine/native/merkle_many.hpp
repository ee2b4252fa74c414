// SPDX-License-Identifier: BSL-1.0
//
// The blocks of a Merkle tree through SIMD lanes, one a lane: for digest/fsverity.hpp, whose stream then is
//   digest::fsverity_stream<engine::native_hash<id>, engine::merkle_blocks_in_lanes<id>>
// Updates should have many blocks; 64 KiB fill the lanes of SHA-256 with blocks of 4096 bytes.
#ifndef MODSIG_ENGINE_NATIVE_MERKLE_MANY_HPP
#define MODSIG_ENGINE_NATIVE_MERKLE_MANY_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/engine/native/digest_many.hpp>
#include <modsig/engine/native/hash.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace modsig::engine::inline MODSIG_KERNELS {

/// About 32 KiB of stack. Only what lies in lanes differs from digest::block_by_block.
template <digest_id Id, class Isa = isa::best>
struct merkle_blocks_in_lanes {
    static constexpr std::size_t at_once = 64;  ///< blocks that go to the lanes together

    /// Adds the digest of each block. `blocks` is a multiple of `block_size`; `prefix` is the padded salt.
    template <std::size_t Levels>
    constexpr void operator()(digest::merkle_levels<native_hash<Id, Isa>, Levels>& levels, byte_view prefix, byte_view blocks, std::size_t block_size) const {
        std::array<std::array<byte_view, 2>, at_once> parts{};
        std::array<message_parts, at_once> messages{};
        std::array<digest_value, at_once> digests{};
        while (!blocks.empty()) {
            const std::size_t count = std::min(at_once, blocks.size() / block_size);
            for (std::size_t i = 0; i != count; ++i) {
                parts[i] = {prefix, blocks.subspan(i * block_size, block_size)};
                messages[i] = parts[i];
            }
            native_detail::digest_many_of<Id, Isa>(std::span<const message_parts>(messages).first(count), std::span<digest_value>(digests).first(count));
            for (std::size_t i = 0; i != count; ++i) levels.add(digests[i]);
            blocks = blocks.subspan(count * block_size);
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_MERKLE_MANY_HPP
