// SPDX-License-Identifier: BSL-1.0
//
// LZ4, by liblz4.  Format: lz4_Frame_format.md 1.6.2, the frame and the legacy frame, which kernels come in:
//   02 21 4C 18, then blocks of { size LE32, that many bytes }, each 8 MiB or, the last one, less when decompressed
// Legacy has no checksum and no end: whether the last block is missing cannot be seen.
#ifndef MODSIG_DECOMPRESS_LZ4_HPP
#define MODSIG_DECOMPRESS_LZ4_HPP

#include <modsig/decompress/output.hpp>

#include <lz4.h>
#include <lz4frame.h>

namespace modsig::detail {

class lz4_codec {
    LZ4F_dctx* context_ = nullptr;
    std::size_t ready_ = LZ4F_createDecompressionContext(&context_, LZ4F_VERSION);

public:
    lz4_codec() = default;
    lz4_codec(const lz4_codec&) = delete;
    lz4_codec& operator=(const lz4_codec&) = delete;
    ~lz4_codec() { LZ4F_freeDecompressionContext(context_); }

    /// One frame that is not skippable.
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        if (LZ4F_isError(ready_) != 0) return out_of_memory();
        LZ4F_resetDecompressionContext(context_);
        for (;;) {
            const auto room = out.room();
            if (!room) return room.error();
            std::size_t in_size = whole.size() - offset, out_size = room->size();
            const std::size_t left = LZ4F_decompress(context_, room->data(), &out_size, whole.data() + offset, &in_size, nullptr);
            if (LZ4F_isError(left) != 0) return undecodable(offset);
            offset += in_size;
            if (const auto kept = out.commit(out_size); !kept) return kept.error();
            if (left == 0) return offset;
            if (offset == whole.size() && out_size < room->size()) return undecodable(offset);  // cut
        }
    }
};

struct lz4_legacy_codec {
    static constexpr std::size_t magic_size = 4, block_size = std::size_t{8} << 20;

    /// Ends before the first thing that cannot be a block, such as the size that the kernel's build appends.
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        reader in(whole.subspan(offset + magic_size));
        for (std::size_t end = offset + magic_size, blocks = 0;; ++blocks) {
            const auto size = in.le<std::uint32_t>();
            const auto block = size && *size != 0 && *size <= LZ4_COMPRESSBOUND(block_size) ? in.take(*size) : std::nullopt;
            if (!block && blocks != 0) return end;
            if (!block) return undecodable(end);
            const auto room = out.room(block_size);
            if (!room) return room.error();
            const int got = LZ4_decompress_safe(reinterpret_cast<const char*>(block->data()), reinterpret_cast<char*>(room->data()),
                                                static_cast<int>(block->size()), static_cast<int>(block_size));
            if (got < 0) return undecodable(end);
            if (const auto kept = out.commit(static_cast<std::size_t>(got)); !kept) return kept.error();
            end = offset + magic_size + in.offset();
        }
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_DECOMPRESS_LZ4_HPP
