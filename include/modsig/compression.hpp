// SPDX-License-Identifier: BSL-1.0
//
// Compressions that modules and kernels come in, by file name and by magic.
//   bytes                 compression   used for
//   FD 37 7A 58 5A 00     xz            modules, kernels
//   28 B5 2F FD           zstd          modules, kernels
//   1F 8B                 gzip          modules, kernels
//   04 22 4D 18           lz4           -
//   02 21 4C 18           lz4_legacy    kernels (lib/decompress_unlz4.c)
//   5D 00 00              lzma          kernels
//   42 5A 68 / 89 4C 5A 4F  bzip2, lzo  kernels; known by name only
#ifndef MODSIG_COMPRESSION_HPP
#define MODSIG_COMPRESSION_HPP

#include <modsig/bytes.hpp>

#include <cstdint>
#include <string_view>

namespace modsig {

enum class compression : std::uint8_t { none, xz, zstd, gzip, lz4, lz4_legacy, lzma, bzip2, lzo };

[[nodiscard]] constexpr std::string_view name(compression how) {
    switch (how) {
        case compression::none: return "none";
        case compression::xz: return "xz";
        case compression::zstd: return "zstd";
        case compression::gzip: return "gzip";
        case compression::lz4: return "lz4";
        case compression::lz4_legacy: return "lz4-legacy";
        case compression::lzma: return "lzma";
        case compression::bzip2: return "bzip2";
        case compression::lzo: return "lzo";
    }
    return "none";
}

/// How kmod expects a module of this name to be compressed.
[[nodiscard]] constexpr compression compression_of_name(std::string_view path) {
    if (path.ends_with(".ko.xz")) return compression::xz;
    if (path.ends_with(".ko.zst")) return compression::zstd;
    if (path.ends_with(".ko.gz")) return compression::gzip;
    return compression::none;
}

/// What the first bytes look like: a hint. Three bytes prove nothing.
[[nodiscard]] constexpr compression compression_of_magic(byte_view bytes) {
    using namespace std::string_view_literals;
    struct row {
        std::string_view magic;
        compression how;
    };
    constexpr row rows[] = {
        {"\xfd\x37\x7a\x58\x5a\0"sv, compression::xz}, {"\x28\xb5\x2f\xfd"sv, compression::zstd},
        {"\x1f\x8b"sv, compression::gzip},             {"\x04\x22\x4d\x18"sv, compression::lz4},
        {"\x02\x21\x4c\x18"sv, compression::lz4_legacy}, {"\x5d\0\0"sv, compression::lzma},
        {"BZh"sv, compression::bzip2},                 {"\x89LZO"sv, compression::lzo},
    };
    for (const row& known : rows)
        if (bytes.size() >= known.magic.size() && equal(bytes.first(known.magic.size()), known.magic)) return known.how;
    return compression::none;
}

/// Whether kmod would decompress such a file, were it named so. Its signature is behind what comes out.
[[nodiscard]] constexpr bool is_compressed_module(byte_view bytes) {
    const compression how = compression_of_magic(bytes);
    return how == compression::xz || how == compression::zstd || how == compression::gzip;
}

}  // namespace modsig

#endif  // MODSIG_COMPRESSION_HPP
