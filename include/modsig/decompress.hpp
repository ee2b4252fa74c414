// SPDX-License-Identifier: BSL-1.0
//
// Bounded decompression. The output is proportional to the bytes in the file, never to a size in a header, and ends at a limit:
// a decompression bomb is `too_large`. Every input byte is accounted for: a stream must be followed by another of its kind or
// by nothing, since bytes that a decompressor ignores are verified by no signature.
// Linux only, for hosted programs; needs liblzma, libzstd, zlib, liblz4.
#ifndef MODSIG_DECOMPRESS_HPP
#define MODSIG_DECOMPRESS_HPP

#include <modsig/compression.hpp>
#include <modsig/decompress/gzip.hpp>
#include <modsig/decompress/lz4.hpp>
#include <modsig/decompress/output.hpp>
#include <modsig/decompress/xz.hpp>
#include <modsig/decompress/zstd.hpp>

#include <optional>
#include <utility>

namespace modsig {

namespace detail {
/// Decodes one stream, or all of them. Returns the offset where decoding stopped.
template <class Codec>
result<std::size_t> decode_streams(Codec& codec, compression algorithm, byte_view bytes, decompression_output& out, bool all) {
    std::size_t offset = 0;
    do {
        if (compression_of_magic(bytes.subspan(offset)) != algorithm) return undecodable(offset);
        const result<std::size_t> end = codec.decode(bytes, offset, out);
        if (!end) return end.error();
        offset = *end;
    } while (all && offset != bytes.size());
    return offset;
}

template <class Codec>
result<std::size_t> decode_streams(compression algorithm, byte_view bytes, decompression_output& out, bool all) {
    Codec codec;
    return decode_streams(codec, algorithm, bytes, out, all);
}
}  // namespace detail

/// `decompressor` keeps the decoders of one file for the next: they are set up once, and what they allocate (windows, tables) is used
/// again. For one thread at a time.
class decompressor {
    // A file can make a decoder allocate more than modules need; a decoder that did is not kept.
    static constexpr std::uint64_t most_kept = std::uint64_t{16} << 20;

    std::optional<detail::xz_codec> xz_{};
    std::optional<detail::zstd_codec> zstd_{};
    std::optional<detail::gzip_codec> gzip_{};

    template <class Codec>
    [[nodiscard]] static result<std::size_t> decode_kept(std::optional<Codec>& codec, compression algorithm, byte_view bytes, decompression_output& out, bool all) {
        if (!codec) codec.emplace();
        const auto end = detail::decode_streams(*codec, algorithm, bytes, out, all);
        if (codec->kept() > most_kept) codec.reset();
        return end;
    }

public:
    /// `decode` unpacks the stream that `bytes` begin with, or (`all`) every stream, and appends the output to `out`. Returns the
    /// offset where decoding stopped. Errors: those of decompress(); `out` then holds the output before the fault.
    [[nodiscard]] result<std::size_t> decode(compression algorithm, byte_view bytes, decompression_output& out, bool all) {
        switch (algorithm) {
            case compression::xz: return decode_kept(xz_, algorithm, bytes, out, all);
            case compression::zstd: return decode_kept(zstd_, algorithm, bytes, out, all);
            case compression::gzip: return decode_kept(gzip_, algorithm, bytes, out, all);
            case compression::lz4: return detail::decode_streams<detail::lz4_codec>(algorithm, bytes, out, all);
            case compression::lz4_legacy: return detail::decode_streams<detail::lz4_legacy_codec>(algorithm, bytes, out, all);
            case compression::lzma: return detail::decode_streams<detail::lzma_alone_codec>(algorithm, bytes, out, all);
            case compression::none:
            case compression::bzip2:
            case compression::lzo: break;
        }
        return errc::unsupported_algorithm;
    }
};

/// `decompress` unpacks a whole file. Concatenated xz streams, zstd frames or gzip members are one file, as for kmod; padding
/// and skippable frames are refused. `limit`: of the output, in bytes. Errors: `decompression_failed` (at the offset in `bytes`
/// of the fault: damaged, cut short, another format, or bytes behind the stream); `too_large` (more output than `limit`, or a
/// window that is larger than the limit and 8 MiB, or than 128 MiB); `unsupported_algorithm` (`none`, bzip2, lzo); `io_error`
/// (no memory).
[[nodiscard]] inline result<decompressed> decompress(compression algorithm, byte_view bytes,
                                                     std::size_t limit = default_decompressed_limit) {
    decompression_output out(limit);
    const auto end = decompressor().decode(algorithm, bytes, out, true);
    if (!end) return end.error();
    return std::move(out).finish();
}

/// What decompress_first() returns.
struct first_stream {
    decompressed bytes;  ///< the stream's content
    std::size_t end;     ///< offset behind the stream
};

/// `decompress_first` unpacks the stream that `bytes` begin with, and ignores what follows: for containers, not for modules.
[[nodiscard]] inline result<first_stream> decompress_first(compression algorithm, byte_view bytes,
                                                           std::size_t limit = default_decompressed_limit) {
    decompression_output out(limit);
    const auto end = decompressor().decode(algorithm, bytes, out, false);
    if (!end) return end.error();
    result<decompressed> whole = std::move(out).finish();
    if (!whole) return whole.error();
    return first_stream{*std::move(whole), *end};
}

}  // namespace modsig

#endif  // MODSIG_DECOMPRESS_HPP
