// SPDX-License-Identifier: BSL-1.0
//
// Zstandard, by libzstd.  Format: RFC 8878.
#ifndef MODSIG_DECOMPRESS_ZSTD_HPP
#define MODSIG_DECOMPRESS_ZSTD_HPP

#include <modsig/decompress/output.hpp>

#include <zstd.h>
#include <zstd_errors.h>

namespace modsig::detail {

class zstd_codec {
    ZSTD_DStream* stream_ = ZSTD_createDStream();

public:
    zstd_codec() = default;
    zstd_codec(const zstd_codec&) = delete;
    zstd_codec& operator=(const zstd_codec&) = delete;
    ~zstd_codec() { ZSTD_freeDStream(stream_); }

    /// Bytes that it keeps for the next frame.
    [[nodiscard]] std::uint64_t kept() const { return ZSTD_sizeof_DStream(stream_); }

    /// One frame that is not skippable.
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        if (stream_ == nullptr) return out_of_memory();
        if (ZSTD_isError(ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only)) != 0 ||
            ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, history_bits(out.limit()))) != 0)
            return undecodable(offset);
        ZSTD_inBuffer in{whole.data(), whole.size(), offset};
        for (;;) {
            const auto room = out.room();
            if (!room) return room.error();
            ZSTD_outBuffer piece{room->data(), room->size(), 0};
            const std::size_t left = ZSTD_decompressStream(stream_, &piece, &in);
            if (const auto kept = out.commit(piece.pos); !kept) return kept.error();
            if (ZSTD_isError(left) != 0) {
                switch (ZSTD_getErrorCode(left)) {
                    case ZSTD_error_frameParameter_windowTooLarge: return failure{errc::too_large, in.pos};
                    case ZSTD_error_memory_allocation: return out_of_memory();
                    default: return undecodable(in.pos);
                }
            }
            if (left == 0) return in.pos;
            if (in.pos == in.size && piece.pos < piece.size) return undecodable(in.pos);  // cut
        }
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_DECOMPRESS_ZSTD_HPP
