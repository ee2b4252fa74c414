// SPDX-License-Identifier: BSL-1.0
//
// The compressions of modules and kernels, by file name and by magic.
//   bytes                 compression   used for
//   FD 37 7A 58 5A 00     xz            modules, kernels
//   28 B5 2F FD           zstd          modules, kernels
//   1F 8B                 gzip          modules, kernels
//   04 22 4D 18           lz4           -
//   02 21 4C 18           lz4_legacy    kernels (lib/decompress_unlz4.c)
//   5D 00 00              lzma          kernels
//   42 5A 68 / 89 4C 5A 4F  bzip2, lzo  kernels; recognised, not unpacked
#ifndef MODSIG_COMPRESSION_HPP
#define MODSIG_COMPRESSION_HPP

#include <modsig/bytes.hpp>

#include <cstdint>
#include <string_view>

namespace modsig {

/// A compression of files.
enum class compression : std::uint8_t {
    none,        ///< not compressed, or unknown
    xz,          ///< xz-file-format.txt
    zstd,        ///< RFC 8878
    gzip,        ///< RFC 1952
    lz4,         ///< lz4_Frame_format.md
    lz4_legacy,  ///< lz4_Frame_format.md, "Legacy frame"
    lzma,        ///< LZMA alone, as `xz --format=lzma` writes it
    bzip2,       ///< recognised, not unpacked
    lzo,         ///< recognised, not unpacked
};

/// The name for reports, such as "zstd"; "none".
[[nodiscard]] constexpr std::string_view name(compression algorithm) {
    switch (algorithm) {
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

/// The compression that kmod expects of a module with this name.
[[nodiscard]] constexpr compression compression_of_name(std::string_view path) {
    if (path.ends_with(".ko.xz")) return compression::xz;
    if (path.ends_with(".ko.zst")) return compression::zstd;
    if (path.ends_with(".ko.gz")) return compression::gzip;
    return compression::none;
}

/// The compression that the first bytes suggest: a hint, since three bytes prove nothing.
[[nodiscard]] constexpr compression compression_of_magic(byte_view bytes) {
    using namespace std::string_view_literals;
    struct row {
        std::string_view magic;
        compression algorithm;
    };
    constexpr row rows[] = {
        {"\xfd\x37\x7a\x58\x5a\0"sv, compression::xz}, {"\x28\xb5\x2f\xfd"sv, compression::zstd},
        {"\x1f\x8b"sv, compression::gzip},             {"\x04\x22\x4d\x18"sv, compression::lz4},
        {"\x02\x21\x4c\x18"sv, compression::lz4_legacy}, {"\x5d\0\0"sv, compression::lzma},
        {"BZh"sv, compression::bzip2},                 {"\x89LZO"sv, compression::lzo},
    };
    for (const row& known : rows)
        if (bytes.size() >= known.magic.size() && equal(bytes.first(known.magic.size()), known.magic)) return known.algorithm;
    return compression::none;
}

/// Whether kmod would unpack such a file under a fitting name. Then its signature is in the unpacked bytes.
[[nodiscard]] constexpr bool is_compressed_module(byte_view bytes) {
    const compression algorithm = compression_of_magic(bytes);
    return algorithm == compression::xz || algorithm == compression::zstd || algorithm == compression::gzip;
}

}  // namespace modsig

#endif  // MODSIG_COMPRESSION_HPP
