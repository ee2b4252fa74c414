// SPDX-License-Identifier: BSL-1.0
#include "compress.hpp"

#include <modsig/os/error.hpp>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

namespace tool {
namespace {

using bytes = std::vector<std::uint8_t>;

modsig::failure no_memory() { return modsig::os::os_failure(ENOMEM); }

/// xz --check=crc32 --lzma2=dict=1MiB: the kernel's own decompressor knows no other check by default, and a dictionary is
/// memory that it has to find.
modsig::result<bytes> xz(modsig::byte_view module) {
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, LZMA_PRESET_DEFAULT)) return no_memory();
    options.dict_size = std::uint32_t{1} << 20;
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};

    lzma_stream stream = LZMA_STREAM_INIT;
    const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> ended(&stream, lzma_end);
    if (lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC32) != LZMA_OK) return no_memory();
    bytes out(std::max<std::size_t>(module.size() / 2, 4096));
    stream.next_in = module.data();
    stream.avail_in = module.size();
    stream.next_out = out.data();
    stream.avail_out = out.size();
    for (;;) {
        const lzma_ret state = lzma_code(&stream, LZMA_FINISH);
        const std::size_t filled = out.size() - stream.avail_out;
        if (state == LZMA_STREAM_END) return out.resize(filled), out;
        if (state != LZMA_OK) return no_memory();
        out.resize(2 * out.size());
        stream.next_out = out.data() + filled;
        stream.avail_out = out.size() - filled;
    }
}

/// zstd -3, with its check, as the program writes it; the size is in the header, which the kernel wants.
modsig::result<bytes> zstd(modsig::byte_view module) {
    const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    if (!context) return no_memory();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 3);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    bytes out(ZSTD_compressBound(module.size()));
    const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), module.data(), module.size());
    if (ZSTD_isError(size) != 0) return no_memory();
    out.resize(size);
    return out;
}

/// gzip -n -9: neither name nor time in the header, so that the same module gives the same bytes.
modsig::result<bytes> gzip(modsig::byte_view module) {
    constexpr int gzip_wrapper = 16, window_bits = 15, memory_level = 8;
    if (module.size() > std::numeric_limits<unsigned>::max() / 2) return modsig::errc::too_large;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_wrapper + window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        return no_memory();
    const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, deflateEnd);
    bytes in(module.begin(), module.end());  // zlib's input is not const
    bytes out(deflateBound(&stream, static_cast<uLong>(module.size())));
    stream.next_in = in.data();
    stream.avail_in = static_cast<unsigned>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return no_memory();
    out.resize(stream.total_out);
    return out;
}

}  // namespace

modsig::result<bytes> compressed(modsig::compression algorithm, modsig::byte_view module) {
    switch (algorithm) {
        case modsig::compression::xz:
            return xz(module);
        case modsig::compression::zstd:
            return zstd(module);
        case modsig::compression::gzip:
            return gzip(module);
        default:
            return modsig::errc::unsupported_algorithm;
    }
}

}  // namespace tool
