// SPDX-License-Identifier: BSL-1.0
//
// Unpacks a compressed module as Linux does: kernel/module/decompress.c. One stream; bytes behind it are ignored. Of gzip's
// header Linux knows the name only, and gzip's checksum is not checked.
#ifndef MODSIG_LINUX_DECOMPRESS_HPP
#define MODSIG_LINUX_DECOMPRESS_HPP

#include <modsig/decompress.hpp>
#include <modsig/linux/decoder_gap.hpp>

#include <optional>

namespace modsig::kernel {

namespace detail {
/// module_gzip_header_len(): ten bytes and, where the flags say so, a name and its zero.
[[nodiscard]] constexpr std::optional<std::size_t> gzip_header_size(byte_view file) {
    constexpr std::uint8_t deflated = 8, has_name = 0x08;
    std::size_t size = 10;
    if (file.size() < size || compression_of_magic(file) != compression::gzip || file[2] != deflated) return std::nullopt;
    if ((file[3] & has_name) == 0) return size;
    do {
        if (size == file.size()) return std::nullopt;
    } while (file[size++] != 0);
    return size;
}

[[nodiscard]] inline result<std::size_t> decode_gzip(byte_view file, decompression_output& out) {
    const auto header = gzip_header_size(file);
    if (!header) return modsig::detail::undecodable(0);
    modsig::detail::gzip_codec data(modsig::detail::gzip_codec::raw_deflate);
    return data.decode(file, *header, out);
}
}  // namespace detail

/// `decode_module` unpacks the first stream of `file`, appends the output to `out` and returns the offset where the stream ends.
/// Errors: those of decompress_first(); `decompression_failed` also where find_decoder_gap() finds a feature that Linux lacks, at
/// its offset.
[[nodiscard]] inline result<std::size_t> decode_module(decompressor& decoders, compression algorithm, byte_view file, decompression_output& out) {
    // Checked for the first block before anything is unpacked, and for all blocks afterwards.
    if (algorithm == compression::xz)
        if (const auto gap = find_decoder_gap(algorithm, file)) return failure{errc::decompression_failed, gap->offset};
    const auto end = algorithm == compression::gzip ? detail::decode_gzip(file, out) : decoders.decode(algorithm, file, out, false);
    if (!end) return end.error();
    if (algorithm == compression::xz)
        if (const auto gap = find_decoder_gap(algorithm, file.first(*end))) return failure{errc::decompression_failed, gap->offset};
    return end;
}

/// `decompress_module` does the same into memory of its own. Errors: those of decode_module().
[[nodiscard]] inline result<first_stream> decompress_module(compression algorithm, byte_view file, std::size_t limit = default_decompressed_limit) {
    decompression_output out(limit);
    decompressor decoders;
    const auto end = decode_module(decoders, algorithm, file, out);
    if (!end) return end.error();
    result<decompressed> whole = std::move(out).finish();
    if (!whole) return whole.error();
    return first_stream{*std::move(whole), *end};
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_DECOMPRESS_HPP
