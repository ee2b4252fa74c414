// SPDX-License-Identifier: BSL-1.0
//
// xz and its ancestor lzma, by liblzma.  Format: xz-file-format.txt 1.1.0; lzma has neither checksum nor a real magic.
#ifndef MODSIG_DECOMPRESS_XZ_HPP
#define MODSIG_DECOMPRESS_XZ_HPP

#include <modsig/decompress/output.hpp>

#include <lzma.h>

namespace modsig::detail {

class lzma_codec {
    lzma_stream stream_{};

public:
    lzma_codec() = default;
    lzma_codec(const lzma_codec&) = delete;
    lzma_codec& operator=(const lzma_codec&) = delete;
    ~lzma_codec() { lzma_end(&stream_); }

    /// Bytes that it keeps for the next stream.
    [[nodiscard]] std::uint64_t kept() const { return lzma_memusage(&stream_); }

protected:
    [[nodiscard]] static std::uint64_t memory_limit(const decompression_output& out) {
        return (std::uint64_t{1} << history_bits(out.limit())) + (std::uint64_t{1} << 20);
    }
    [[nodiscard]] lzma_stream* stream() { return &stream_; }

    [[nodiscard]] result<std::size_t> decode(lzma_ret state, byte_view whole, std::size_t offset, decompression_output& out) {
        stream_.next_in = whole.data() + offset;
        stream_.avail_in = whole.size() - offset;
        while (state == LZMA_OK) {
            const auto room = out.room();
            if (!room) return room.error();
            stream_.next_out = room->data();
            stream_.avail_out = room->size();
            state = lzma_code(&stream_, LZMA_FINISH);  // there is no more input than this
            if (const auto kept = out.commit(room->size() - stream_.avail_out); !kept) return kept.error();
        }
        const std::size_t end = whole.size() - stream_.avail_in;
        switch (state) {
            case LZMA_STREAM_END: return end;
            case LZMA_MEMLIMIT_ERROR: return failure{errc::too_large, end};
            case LZMA_MEM_ERROR: return out_of_memory();
            default: return undecodable(end);
        }
    }
};

struct xz_codec : lzma_codec {
    /// One stream. A check that liblzma cannot calculate is a fault: otherwise it would be skipped.
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        const lzma_ret ready = lzma_stream_decoder(stream(), memory_limit(out), LZMA_TELL_UNSUPPORTED_CHECK);
        return lzma_codec::decode(ready, whole, offset, out);
    }
};

struct lzma_alone_codec : lzma_codec {
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        return lzma_codec::decode(lzma_alone_decoder(stream(), memory_limit(out)), whole, offset, out);
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_DECOMPRESS_XZ_HPP
