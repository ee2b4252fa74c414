// SPDX-License-Identifier: BSL-1.0
//
// Features of compressed modules that Linux's own decoders lack: finit_module(2) with MODULE_INIT_COMPRESSED_FILE returns
// EINVAL for such a file, although xz and gzip unpack it. Linux, kernel/module/decompress.c (module_gzip_header_len());
// lib/xz/xz_dec_stream.c (dec_stream_header(), dec_block_header()). The BCJ filters of a kernel depend on its configuration;
// x86 here is the filter that Debian's kernels for x86 have.
// Formats: xz-file-format.txt 1.1.0; RFC 1952.
#ifndef MODSIG_LINUX_DECODER_GAP_HPP
#define MODSIG_LINUX_DECODER_GAP_HPP

#include <modsig/bytes.hpp>
#include <modsig/compression.hpp>
#include <modsig/decompress/size_hint.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::kernel {

/// A feature that Linux's decoder lacks, and the first place in the file that needs it.
struct decoder_gap {
    std::string_view lacking{};  ///< for people; empty: nothing is lacking
    std::uint64_t offset = 0;    ///< in the file, in bytes
};

namespace detail {

using modsig::detail::take_xz_integer;

/// Section 2.1.1.2; empty for the checks that Linux has.
[[nodiscard]] constexpr std::string_view lacking_check(std::uint8_t id) {
    switch (id) {
        case 0:
        case 1: return {};  // none, CRC32
        case 4: return "the xz check CRC64";
        case 10: return "the xz check SHA-256";
        default: return "an xz check that has no name";
    }
}

/// Section 5.3; empty for the filters that Linux has.
[[nodiscard]] constexpr std::string_view lacking_filter(std::uint64_t id, std::uint64_t properties_size) {
    switch (id) {
        case 0x03: return "the xz filter delta";
        case 0x04: return properties_size == 0 ? std::string_view{} : "the xz filter x86 with a start offset";
        case 0x05: return "the xz filter powerpc";
        case 0x06: return "the xz filter ia64";
        case 0x07: return "the xz filter arm";
        case 0x08: return "the xz filter armthumb";
        case 0x09: return "the xz filter sparc";
        case 0x0a: return "the xz filter arm64";
        case 0x0b: return "the xz filter riscv";
        case 0x21: return {};  // LZMA2
        default: return "an xz filter that has no name";
    }
}

/// Section 3.1: { size / 4 - 1, flags, sizes where the flags say so, filters { id, size of properties, properties } }
[[nodiscard]] constexpr std::optional<decoder_gap> gap_in_xz_block(byte_view whole, std::uint64_t offset) {
    if (offset >= whole.size()) return std::nullopt;
    const auto header = slice(whole, {offset, (std::uint64_t{whole[static_cast<std::size_t>(offset)]} + 1) * 4});
    if (!header) return std::nullopt;
    reader in(*header);
    if (!in.take(1)) return std::nullopt;
    const auto flags = in.u8();
    if (!flags) return std::nullopt;
    const unsigned filters = (*flags & 3u) + 1;
    if ((*flags & 0x40) != 0 && !take_xz_integer(in)) return std::nullopt;
    if ((*flags & 0x80) != 0 && !take_xz_integer(in)) return std::nullopt;
    for (unsigned i = 0; i != filters; ++i) {
        const std::uint64_t at = offset + in.offset();
        const auto id = take_xz_integer(in), size = take_xz_integer(in);
        if (!id || !size || !in.take(*size)) return std::nullopt;
        if (const std::string_view lacking = lacking_filter(*id, *size); !lacking.empty()) return decoder_gap{lacking, at};
    }
    if (filters > 2) return decoder_gap{"a chain of more than two xz filters", offset + 1};
    return std::nullopt;
}

/// Sections 2.1, 4: header 12, blocks, index { 0, count, { block size without its padding, unpacked size }... }, footer 12 with
/// the index's size at 4. The index gives the blocks; of a stream that is cut off only the first block is read.
[[nodiscard]] constexpr std::optional<decoder_gap> gap_in_xz(byte_view stream) {
    constexpr std::size_t header_size = 12, check_offset = 7;
    if (stream.size() <= check_offset) return std::nullopt;
    if (const std::string_view lacking = lacking_check(stream[check_offset]); !lacking.empty()) return decoder_gap{lacking, check_offset};
    if (const auto gap = gap_in_xz_block(stream, header_size)) return gap;

    auto index = modsig::detail::xz_index(stream);
    if (!index) return std::nullopt;
    const auto blocks = take_xz_integer(*index);
    std::uint64_t offset = header_size;
    for (std::uint64_t i = 0; blocks && i != *blocks; ++i) {
        const auto size = take_xz_integer(*index), unpacked = take_xz_integer(*index);
        if (!size || !unpacked || *size > stream.size()) return std::nullopt;
        if (const auto gap = gap_in_xz_block(stream, offset)) return gap;
        offset += (*size + 3) / 4 * 4;
        if (offset > stream.size()) return std::nullopt;
    }
    return std::nullopt;
}

/// RFC 1952, section 2.3.1. Linux skips a name; any other field before the data is data to Linux.
[[nodiscard]] constexpr std::optional<decoder_gap> gap_in_gzip(byte_view member) {
    constexpr std::size_t flags_offset = 3;
    if (member.size() <= flags_offset) return std::nullopt;
    const std::uint8_t flags = member[flags_offset];
    if ((flags & 0x04) != 0) return decoder_gap{"an extra field in the gzip header", flags_offset};
    if ((flags & 0x10) != 0) return decoder_gap{"a comment in the gzip header", flags_offset};
    if ((flags & 0x02) != 0) return decoder_gap{"a checksum of the gzip header", flags_offset};
    return std::nullopt;
}

}  // namespace detail

/// `find_decoder_gap` finds a feature of `stream` that Linux's decoder lacks, by its headers; nothing where there is none.
/// `stream`: one stream; bytes behind it hide all blocks of xz but the first. The stream may be damaged.
[[nodiscard]] constexpr std::optional<decoder_gap> find_decoder_gap(compression algorithm, byte_view stream) {
    if (compression_of_magic(stream) != algorithm) return std::nullopt;
    if (algorithm == compression::xz) return detail::gap_in_xz(stream);
    if (algorithm == compression::gzip) return detail::gap_in_gzip(stream);
    return std::nullopt;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_DECODER_GAP_HPP
