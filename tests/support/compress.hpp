// SPDX-License-Identifier: BSL-1.0
//
// The producing side of decompress.hpp, by the same libraries, with every checksum that the format has.
#ifndef MODSIG_TESTS_LOAD_COMPRESS_HPP
#define MODSIG_TESTS_LOAD_COMPRESS_HPP

#include <modsig/compression.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <vector>

#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace compressing {

using octets = std::vector<std::uint8_t>;

/// A test that compresses nothing would pass.
inline void require(bool good) {
    if (good) return;
    std::fprintf(stderr, "the compressor failed\n");
    std::exit(2);
}

/// Ends the stream too.
inline octets run(lzma_stream& stream, const octets& in) {
    octets out(in.size() + in.size() / 8 + 1024);
    stream.next_in = in.data(), stream.avail_in = in.size();
    stream.next_out = out.data(), stream.avail_out = out.size();
    require(lzma_code(&stream, LZMA_FINISH) == LZMA_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    lzma_end(&stream);
    return out;
}

inline octets xz(const octets& in) {
    lzma_stream stream{};
    require(lzma_easy_encoder(&stream, 0, LZMA_CHECK_CRC32) == LZMA_OK);
    return run(stream, in);
}

inline octets lzma(const octets& in) {
    lzma_options_lzma options;
    require(!lzma_lzma_preset(&options, 0));
    lzma_stream stream{};
    require(lzma_alone_encoder(&stream, &options) == LZMA_OK);
    return run(stream, in);
}

inline octets zstd(const octets& in) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    octets out(ZSTD_compressBound(in.size()));
    const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), in.data(), in.size());
    require(ZSTD_isError(size) == 0);
    ZSTD_freeCCtx(context);
    out.resize(size);
    return out;
}

inline octets gzip(const octets& in) {
    z_stream stream{};
    require(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    octets out(deflateBound(&stream, in.size()));
    stream.next_in = const_cast<Bytef*>(in.data()), stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data(), stream.avail_out = static_cast<uInt>(out.size());
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

inline octets lz4(const octets& in) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences.frameInfo.contentSize = in.size();
    octets out(LZ4F_compressFrameBound(in.size(), &preferences));
    const std::size_t size = LZ4F_compressFrame(out.data(), out.size(), in.data(), in.size(), &preferences);
    require(LZ4F_isError(size) == 0);
    out.resize(size);
    return out;
}

inline octets lz4_legacy(const octets& in) {
    octets out{0x02, 0x21, 0x4c, 0x18};
    std::size_t at = 0;
    do {
        const std::size_t piece = std::min(in.size() - at, std::size_t{8} << 20);
        octets block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(piece))));
        const int size = LZ4_compress_default(reinterpret_cast<const char*>(in.data() + at), reinterpret_cast<char*>(block.data()),
                                              static_cast<int>(piece), static_cast<int>(block.size()));
        require(size > 0);
        for (const int shift : {0, 8, 16, 24}) out.push_back(static_cast<std::uint8_t>(size >> shift));
        block.resize(static_cast<std::size_t>(size));
        std::ranges::copy(block, std::back_inserter(out));
        at += piece;
    } while (at != in.size());
    return out;
}

inline constexpr modsig::compression all[] = {
    modsig::compression::xz,  modsig::compression::zstd,       modsig::compression::gzip,
    modsig::compression::lz4, modsig::compression::lz4_legacy, modsig::compression::lzma,
};

inline octets compress(modsig::compression how, const octets& in) {
    using modsig::compression;
    switch (how) {
        case compression::xz: return xz(in);
        case compression::zstd: return zstd(in);
        case compression::gzip: return gzip(in);
        case compression::lz4: return lz4(in);
        case compression::lz4_legacy: return lz4_legacy(in);
        case compression::lzma: return lzma(in);
        default: require(false); return {};
    }
}

}  // namespace compressing

#endif  // MODSIG_TESTS_LOAD_COMPRESS_HPP
