// SPDX-License-Identifier: BSL-1.0
//
// Unpacks the compressions that kmod knows. modsig::decompress() knows more, but its other library is 127 KB of a static
// program.
#ifndef MODSIG_INSMOD_UNPACK_HPP
#define MODSIG_INSMOD_UNPACK_HPP

#include <modsig/decompress.hpp>

namespace insmod {

/// Errors: those of modsig::decompress().
[[nodiscard]] inline modsig::result<modsig::decompressed> unpack(modsig::compression algorithm, modsig::byte_view bytes) {
    using modsig::compression, modsig::detail::decode_streams;
    modsig::decompression_output out(modsig::default_decompressed_limit);
    modsig::result<std::size_t> end = modsig::errc::unsupported_algorithm;
    if (algorithm == compression::xz) end = decode_streams<modsig::detail::xz_codec>(algorithm, bytes, out, true);
    if (algorithm == compression::zstd) end = decode_streams<modsig::detail::zstd_codec>(algorithm, bytes, out, true);
    if (algorithm == compression::gzip) end = decode_streams<modsig::detail::gzip_codec>(algorithm, bytes, out, true);
    if (!end) return end.error();
    return std::move(out).finish();
}

}  // namespace insmod

#endif  // MODSIG_INSMOD_UNPACK_HPP
