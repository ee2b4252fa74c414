// SPDX-License-Identifier: BSL-1.0
//
// Bounded decompression. What comes out is proportional to what was really in the file, never to what a header says of
// itself, and ends at a limit: a bomb is refused as `too_large`. Every byte that goes in is accounted for: a stream has to
// be followed by another of its kind or by nothing, since whatever a decompressor drops, nobody verifies.
// Linux only, for hosted programs; needs liblzma, libzstd, zlib, liblz4.
#ifndef MODSIG_DECOMPRESS_HPP
#define MODSIG_DECOMPRESS_HPP

#include <modsig/compression.hpp>
#include <modsig/decompress/gzip.hpp>
#include <modsig/decompress/lz4.hpp>
#include <modsig/decompress/output.hpp>
#include <modsig/decompress/xz.hpp>
#include <modsig/decompress/zstd.hpp>

#include <utility>

namespace modsig {

/// For modules: ten times the largest that distributions ship.
inline constexpr std::size_t default_decompressed_limit = std::size_t{256} << 20;

namespace detail {
/// Decodes from `at` on: one stream, or all there are. The answer is where it stopped.
template <class Codec>
result<std::size_t> decode_streams(compression how, byte_view bytes, output& out, bool all) {
    Codec codec;
    std::size_t at = 0;
    do {
        if (compression_of_magic(bytes.subspan(at)) != how) return undecodable(at);
        const result<std::size_t> end = codec.decode(bytes, at, out);
        if (!end) return end.error();
        at = *end;
    } while (all && at != bytes.size());
    return at;
}

[[nodiscard]] inline result<std::size_t> decode(compression how, byte_view bytes, output& out, bool all) {
    switch (how) {
        case compression::xz: return decode_streams<xz_codec>(how, bytes, out, all);
        case compression::zstd: return decode_streams<zstd_codec>(how, bytes, out, all);
        case compression::gzip: return decode_streams<gzip_codec>(how, bytes, out, all);
        case compression::lz4: return decode_streams<lz4_codec>(how, bytes, out, all);
        case compression::lz4_legacy: return decode_streams<lz4_legacy_codec>(how, bytes, out, all);
        case compression::lzma: return decode_streams<lzma_alone_codec>(how, bytes, out, all);
        case compression::none:
        case compression::bzip2:
        case compression::lzo: break;
    }
    return errc::unsupported_algorithm;
}
}  // namespace detail

/// Decompresses a whole file. Several xz streams, zstd frames, gzip members one after the other are one file, as for kmod;
/// padding and skippable frames are not.
/// errc: decompression_failed (at the offset in `bytes` where it went wrong: damaged, cut short, another format, or bytes
/// after the stream); too_large (beyond `limit`; or a history is asked for that is larger than the limit and 8 MiB, or
/// than 128 MiB); unsupported_algorithm (`none`, bzip2, lzo); io_error (no memory).
[[nodiscard]] inline result<decompressed> decompress(compression how, byte_view bytes,
                                                     std::size_t limit = default_decompressed_limit) {
    detail::output out(limit);
    const auto end = detail::decode(how, bytes, out, true);
    if (!end) return end.error();
    return std::move(out).finish();
}

struct first_stream {
    decompressed bytes;
    std::size_t end;  // offset behind the stream
};

/// Decompresses the stream that `bytes` begin with and leaves what follows to the caller: for containers, not for modules.
[[nodiscard]] inline result<first_stream> decompress_first(compression how, byte_view bytes,
                                                           std::size_t limit = default_decompressed_limit) {
    detail::output out(limit);
    const auto end = detail::decode(how, bytes, out, false);
    if (!end) return end.error();
    result<decompressed> whole = std::move(out).finish();
    if (!whole) return whole.error();
    return first_stream{*std::move(whole), *end};
}

}  // namespace modsig

#endif  // MODSIG_DECOMPRESS_HPP
