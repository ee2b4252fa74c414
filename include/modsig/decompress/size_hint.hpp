// SPDX-License-Identifier: BSL-1.0
//
// What a compressed file says of the size of what is in it. It is unchecked: good for choosing room, and for nothing else.
// Formats: xz-file-format.txt 1.1.0, section 4; RFC 8878, section 3.1.1.1; RFC 1952, section 2.3.1.
#ifndef MODSIG_DECOMPRESS_SIZE_HINT_HPP
#define MODSIG_DECOMPRESS_SIZE_HINT_HPP

#include <modsig/bytes.hpp>
#include <modsig/compression.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig {

namespace detail {

/// xz-file-format.txt, section 1.2: seven bits a byte, the lowest first, at most nine bytes.
[[nodiscard]] constexpr std::optional<std::uint64_t> take_xz_integer(reader& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift != 63; shift += 7) {
        const auto byte = in.u8();
        if (!byte) return std::nullopt;
        value |= std::uint64_t{static_cast<std::uint8_t>(*byte & 0x7f)} << shift;
        if ((*byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

/// The records of the index of a stream that ends the file, from the number of blocks on; the footer (12 bytes) has the index's size.
/// Empty where there is none.
[[nodiscard]] constexpr std::optional<reader> xz_index(byte_view stream) {
    constexpr std::size_t header_size = 12, footer_size = 12;
    if (stream.size() < header_size + footer_size || stream[stream.size() - 2] != 'Y' || stream.back() != 'Z') return std::nullopt;
    const std::uint64_t size = (std::uint64_t{load_le<std::uint32_t>(stream.last(8).first(4))} + 1) * 4;
    if (size > stream.size() - header_size - footer_size) return std::nullopt;
    reader index(stream.last(footer_size + static_cast<std::size_t>(size)).first(static_cast<std::size_t>(size)));
    if (index.u8() != 0) return std::nullopt;
    return index;
}

}  // namespace detail

/// 0: it says nothing. zstd's header may give a size; gzip's last four bytes are it, modulo 2^32.
[[nodiscard]] constexpr std::uint64_t unpacked_size_hint(compression algorithm, byte_view file) {
    if (algorithm == compression::xz) {
        std::uint64_t size = 0;
        auto index = detail::xz_index(file);
        const auto blocks = index ? detail::take_xz_integer(*index) : std::nullopt;
        for (std::uint64_t i = 0; blocks && i != *blocks; ++i) {
            const auto packed = detail::take_xz_integer(*index), unpacked = detail::take_xz_integer(*index);
            if (!packed || !unpacked) break;
            size += *unpacked;
        }
        return size;
    }
    if (algorithm == compression::gzip && file.size() >= 18) return load_le<std::uint32_t>(file.last(4));
    if (algorithm == compression::zstd && file.size() >= 18) {
        constexpr std::size_t magic_size = 4, dictionary_sizes[] = {0, 1, 2, 4};
        const unsigned flags = file[magic_size], form = flags >> 6;
        const bool is_single = (flags & 0x20) != 0;
        const byte_view size = file.subspan(magic_size + 1 + (is_single ? 0 : 1) + dictionary_sizes[flags & 3]);
        if (form == 0) return is_single ? size[0] : 0;
        if (form == 1) return load_le<std::uint16_t>(size.first(2)) + std::uint64_t{256};
        return form == 2 ? load_le<std::uint32_t>(size.first(4)) : load_le<std::uint64_t>(size.first(8));
    }
    return 0;
}

}  // namespace modsig

#endif  // MODSIG_DECOMPRESS_SIZE_HINT_HPP
