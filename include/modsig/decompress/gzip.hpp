// SPDX-License-Identifier: BSL-1.0
//
// gzip, by zlib.  Format: RFC 1952. Names, comments and times in its header are neither checked nor used.
#ifndef MODSIG_DECOMPRESS_GZIP_HPP
#define MODSIG_DECOMPRESS_GZIP_HPP

#include <modsig/decompress/output.hpp>

#include <algorithm>

#include <zlib.h>

namespace modsig::detail {

class gzip_codec {
    z_stream stream_{};
    int ready_;

    static constexpr std::size_t max_piece_size = std::size_t{1} << 30;  // zlib counts in unsigned int

public:
    /// zlib's windowBits: gzip and nothing else, or raw_deflate.
    static constexpr int gzip = MAX_WBITS + 16, raw_deflate = -MAX_WBITS;

    explicit gzip_codec(int format = gzip) : ready_(inflateInit2(&stream_, format)) {}
    gzip_codec(const gzip_codec&) = delete;
    gzip_codec& operator=(const gzip_codec&) = delete;
    ~gzip_codec() {
        if (ready_ == Z_OK) inflateEnd(&stream_);
    }

    /// Bytes that it keeps for the next member, about: zlib's window and tables.
    [[nodiscard]] static constexpr std::uint64_t kept() { return std::uint64_t{48} << 10; }

    /// One member; without its header and checksum where the format is raw_deflate.
    [[nodiscard]] result<std::size_t> decode(byte_view whole, std::size_t offset, decompression_output& out) {
        if (ready_ != Z_OK) return out_of_memory();
        if (inflateReset(&stream_) != Z_OK) return undecodable(offset);
        for (;;) {
            const auto room = out.room();
            if (!room) return room.error();
            const std::size_t in_size = std::min(whole.size() - offset, max_piece_size);
            const std::size_t out_size = std::min(room->size(), max_piece_size);
            stream_.next_in = const_cast<Bytef*>(whole.data() + offset);  // zlib only reads it
            stream_.avail_in = static_cast<uInt>(in_size);
            stream_.next_out = room->data();
            stream_.avail_out = static_cast<uInt>(out_size);
            const int state = inflate(&stream_, Z_NO_FLUSH);
            offset += in_size - stream_.avail_in;
            if (const auto kept = out.commit(out_size - stream_.avail_out); !kept) return kept.error();
            if (state == Z_STREAM_END) return offset;
            if (state == Z_MEM_ERROR) return out_of_memory();
            if (state != Z_OK) return undecodable(offset);  // Z_BUF_ERROR: cut
        }
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_DECOMPRESS_GZIP_HPP
