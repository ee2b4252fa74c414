// SPDX-License-Identifier: BSL-1.0
//
// A compressed module as Linux unpacks it: kernel/module/decompress.c. One stream; what follows it is dropped. Of gzip's header
// Linux knows the name alone, and gzip's checksum it does not look at.
#ifndef MODSIG_LINUX_DECOMPRESS_HPP
#define MODSIG_LINUX_DECOMPRESS_HPP

#include <modsig/decompress.hpp>
#include <modsig/linux/decoder_gap.hpp>

#include <optional>

namespace modsig::kernel {

namespace detail {
/// module_gzip_header_len(): ten bytes and, if the flags say so, a name with the zero behind it.
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

[[nodiscard]] inline result<std::size_t> decode_gzip(byte_view file, modsig::detail::output& out) {
    const auto header = gzip_header_size(file);
    if (!header) return modsig::detail::undecodable(0);
    modsig::detail::gzip_codec data(modsig::detail::gzip_codec::raw_deflate);
    return data.decode(file, *header, out);
}
}  // namespace detail

/// The first stream of `file`, unpacked. errc: as decompress_first(); `decompression_failed` also where find_decoder_gap() finds
/// what Linux lacks, at its offset.
[[nodiscard]] inline result<first_stream> decompress_module(compression how, byte_view file, std::size_t limit = default_decompressed_limit) {
    // Known before anything is unpacked, and again when all blocks are.
    if (how == compression::xz)
        if (const auto gap = find_decoder_gap(how, file)) return failure{errc::decompression_failed, gap->offset};
    modsig::detail::output out(limit);
    const auto end = how == compression::gzip ? detail::decode_gzip(file, out) : modsig::detail::decode(how, file, out, false);
    if (!end) return end.error();
    if (how == compression::xz)
        if (const auto gap = find_decoder_gap(how, file.first(*end))) return failure{errc::decompression_failed, gap->offset};
    result<decompressed> whole = std::move(out).finish();
    if (!whole) return whole.error();
    return first_stream{*std::move(whole), *end};
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_DECOMPRESS_HPP
