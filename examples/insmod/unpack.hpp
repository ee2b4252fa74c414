// SPDX-License-Identifier: BSL-1.0
//
// Modules compressed as kmod knows them. modsig::decompress() knows more, and the library for the rest is 127 KB of a
// static program.
#ifndef MODSIG_INSMOD_UNPACK_HPP
#define MODSIG_INSMOD_UNPACK_HPP

#include <modsig/decompress.hpp>

namespace insmod {

/// errc: as modsig::decompress().
[[nodiscard]] inline modsig::result<modsig::decompressed> unpack(modsig::compression how, modsig::byte_view bytes) {
    using modsig::compression, modsig::detail::decode_streams;
    modsig::detail::output out(modsig::default_decompressed_limit);
    modsig::result<std::size_t> end = modsig::errc::unsupported_algorithm;
    if (how == compression::xz) end = decode_streams<modsig::detail::xz_codec>(how, bytes, out, true);
    if (how == compression::zstd) end = decode_streams<modsig::detail::zstd_codec>(how, bytes, out, true);
    if (how == compression::gzip) end = decode_streams<modsig::detail::gzip_codec>(how, bytes, out, true);
    if (!end) return end.error();
    return std::move(out).finish();
}

}  // namespace insmod

#endif  // MODSIG_INSMOD_UNPACK_HPP
