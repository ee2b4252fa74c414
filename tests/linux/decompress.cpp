// SPDX-License-Identifier: BSL-1.0
#include <modsig/linux/decompress.hpp>

#include "support/compress.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace modsig;
using compressing::octets;

namespace {
octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

octets octets_of(std::string_view text) { return {text.begin(), text.end()}; }

octets module_bytes(std::size_t size = 5000) {
    octets made(size);
    for (std::size_t i = 0; i != size; ++i) made[i] = static_cast<std::uint8_t>(i * i / 7 + i / 256);
    return made;
}

/// One stream with these filters before LZMA2, each block of its own kind: { content, filters }.
struct xz_block {
    octets content;
    std::vector<lzma_filter> filters{};
};
octets xz(const std::vector<xz_block>& blocks, lzma_check check = LZMA_CHECK_CRC32) {
    lzma_options_lzma options;
    compressing::require(!lzma_lzma_preset(&options, 0));
    const auto chain_of = [&](const xz_block& block) {
        std::vector<lzma_filter> chain = block.filters;
        chain.push_back({LZMA_FILTER_LZMA2, &options});
        chain.push_back({LZMA_VLI_UNKNOWN, nullptr});
        return chain;
    };
    lzma_stream stream{};
    compressing::require(lzma_stream_encoder(&stream, chain_of(blocks.front()).data(), check) == LZMA_OK);
    octets out(1 << 16);
    stream.next_out = out.data(), stream.avail_out = out.size();
    for (const xz_block& block : blocks) {
        compressing::require(&block == &blocks.front() || lzma_filters_update(&stream, chain_of(block).data()) == LZMA_OK);
        stream.next_in = block.content.data(), stream.avail_in = block.content.size();
        compressing::require(lzma_code(&stream, LZMA_FULL_FLUSH) == LZMA_STREAM_END);
    }
    compressing::require(lzma_code(&stream, LZMA_FINISH) == LZMA_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    lzma_end(&stream);
    return out;
}

lzma_filter filter(lzma_vli id, void* options = nullptr) { return {id, options}; }

/// RFC 1952: what comes between the ten bytes and the data, and what flags announce it.
octets gzip(std::uint8_t flags, const octets& fields, const octets& content) {
    octets packed = compressing::gzip(content);
    packed[3] = flags;
    packed.insert(packed.begin() + 10, fields.begin(), fields.end());
    return packed;
}

void check_unpacks(compression how, const octets& file, const octets& content) {
    const auto unpacked = kernel::decompress_module(how, file);
    REQUIRE(unpacked);
    CHECK(equal(unpacked->bytes, content));
}
void check_refused(compression how, const octets& file) {
    const auto unpacked = kernel::decompress_module(how, file);
    REQUIRE_FALSE(unpacked);
    CHECK(unpacked.error().code == errc::decompression_failed);
    CHECK(unpacked.error().linux_errno() == linux_error::einval);
}
/// Everybody but Linux unpacks it.
void check_lacks(compression how, const octets& file, const octets& content, std::string_view lacking, std::uint64_t offset) {
    CAPTURE(std::string(lacking));
    const auto unpacked = decompress(how, file);
    REQUIRE(unpacked);
    CHECK(equal(*unpacked, content));
    check_refused(how, file);
    const auto gap = kernel::find_decoder_gap(how, file);
    REQUIRE(gap);
    CHECK(gap->lacking == lacking);
    CHECK(gap->offset == offset);
}
}  // namespace

TEST_CASE("Linux unpacks modules as modules_install compresses them") {
    const octets module = module_bytes();
    for (const compression how : {compression::xz, compression::zstd, compression::gzip}) {
        const octets packed = compressing::compress(how, module);
        check_unpacks(how, packed, module);
        CHECK_FALSE(kernel::find_decoder_gap(how, packed));
    }
    for (const lzma_check check : {LZMA_CHECK_NONE, LZMA_CHECK_CRC32}) check_unpacks(compression::xz, xz({{module}}, check), module);
    check_unpacks(compression::xz, xz({{module, {filter(LZMA_FILTER_X86)}}}), module);
    check_unpacks(compression::xz, xz({{module}, {module}, {module, {filter(LZMA_FILTER_X86)}}}), module + module + module);
}

TEST_CASE("Linux has two of xz's checks") {
    const octets module = module_bytes();
    check_lacks(compression::xz, xz({{module}}, LZMA_CHECK_CRC64), module, "the xz check CRC64", 7);
    check_lacks(compression::xz, xz({{module}}, LZMA_CHECK_SHA256), module, "the xz check SHA-256", 7);
    octets other = xz({{module}});
    other[7] = 2;  // and the header's own checksum does not fit, which Linux would find first
    check_refused(compression::xz, other);
    CHECK(kernel::find_decoder_gap(compression::xz, other)->lacking == "an xz check that has no name");
}

TEST_CASE("Linux on x86 has one xz filter before LZMA2, without a start offset") {
    const octets module = module_bytes();
    lzma_options_delta delta{};
    delta.type = LZMA_DELTA_TYPE_BYTE, delta.dist = 4;
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_DELTA, &delta)}}}), module, "the xz filter delta", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_POWERPC)}}}), module, "the xz filter powerpc", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_IA64)}}}), module, "the xz filter ia64", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_ARM)}}}), module, "the xz filter arm", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_ARMTHUMB)}}}), module, "the xz filter armthumb", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_SPARC)}}}), module, "the xz filter sparc", 14);
    lzma_options_bcj start{};
    start.start_offset = 4096;
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_X86, &start)}}}), module, "the xz filter x86 with a start offset", 14);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_X86), filter(LZMA_FILTER_X86)}}}), module, "a chain of more than two xz filters", 13);
    check_lacks(compression::xz, xz({{module, {filter(LZMA_FILTER_X86), filter(LZMA_FILTER_DELTA, &delta)}}}), module, "the xz filter delta", 16);
}

TEST_CASE("a filter that Linux lacks is found in every block") {
    const octets module = module_bytes();
    for (std::size_t where = 0; where != 4; ++where) {
        std::vector<xz_block> blocks(4, {module});
        blocks[where].filters = {filter(LZMA_FILTER_ARM)};
        const octets packed = xz(blocks);
        check_refused(compression::xz, packed);
        const auto gap = kernel::find_decoder_gap(compression::xz, packed);
        REQUIRE(gap);
        CHECK(gap->lacking == "the xz filter arm");
        CHECK(packed[static_cast<std::size_t>(gap->offset)] == LZMA_FILTER_ARM);
    }
}

TEST_CASE("filters that liblzma may not know are reported, too") {
    octets packed = xz({{module_bytes(), {filter(LZMA_FILTER_ARM)}}});
    for (const auto& [id, lacking] : {std::pair<std::uint8_t, std::string_view>{0x0a, "the xz filter arm64"}, {0x0b, "the xz filter riscv"},
                                      {0x7f, "an xz filter that has no name"}}) {
        packed[14] = id;
        check_refused(compression::xz, packed);
        const auto gap = kernel::find_decoder_gap(compression::xz, packed);
        REQUIRE(gap);
        CHECK(gap->lacking == lacking);
    }
}

TEST_CASE("Linux reads only the name of a gzip header") {
    const octets module = module_bytes();
    check_unpacks(compression::gzip, gzip(0x08, octets_of("a module's name") + octets{0}, module), module);
    check_unpacks(compression::gzip, gzip(0x01, {}, module), module);  // FTEXT means nothing
    check_lacks(compression::gzip, gzip(0x04, {4, 0, 'm', 's', 0, 0}, module), module, "an extra field in the gzip header", 3);
    check_lacks(compression::gzip, gzip(0x10, octets_of("a remark") + octets{0}, module), module, "a comment in the gzip header", 3);
    check_lacks(compression::gzip, gzip(0x18, octets_of("a module's name") + octets{0} + octets_of("a remark") + octets{0}, module), module, "a comment in the gzip header", 3);
    octets checked = compressing::gzip(module);
    checked[3] = 0x02;
    const auto crc = static_cast<std::uint16_t>(crc32(crc32(0, nullptr, 0), checked.data(), 10));
    checked.insert(checked.begin() + 10, {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)});
    check_lacks(compression::gzip, checked, module, "a checksum of the gzip header", 3);
    check_refused(compression::gzip, gzip(0x08, {}, octets{}));  // a name that has no end
}

TEST_CASE("Linux takes an extra field of gzip for data, even a module") {
    // RFC 1951, section 3.2.4: 01 (the last block, stored), size, its complement. The first two bytes are the extra field's size.
    const octets seen_by_linux = octets_of("other"), seen_by_gzip = module_bytes();
    octets extra = octets{0, 0xfa, 0xff} + seen_by_linux;
    extra.resize(0x0501);
    const octets file = gzip(0x04, octets{0x01, 0x05} + extra, seen_by_gzip);
    const auto unpacked = decompress(compression::gzip, file);
    REQUIRE(unpacked);
    CHECK(equal(*unpacked, seen_by_gzip));
    check_unpacks(compression::gzip, file, seen_by_linux);
}

TEST_CASE("Linux unpacks the first stream and ignores what follows, gzip's checksum included") {
    const octets module = module_bytes();
    for (const compression how : {compression::xz, compression::zstd, compression::gzip}) {
        const octets packed = compressing::compress(how, module);
        for (const octets& tail : {packed, octets{'x'}, octets_of("~Module signature appended~\n")}) check_unpacks(how, packed + tail, module);
    }
    octets wrong_checksum = compressing::gzip(module);
    wrong_checksum[wrong_checksum.size() - 5] ^= 1;
    CHECK_FALSE(decompress(compression::gzip, wrong_checksum));
    check_unpacks(compression::gzip, wrong_checksum, module);
    check_unpacks(compression::gzip, octets(wrong_checksum.begin(), wrong_checksum.end() - 8), module);
}

TEST_CASE("a gap is searched within the bounds of a file that is cut or changed") {
    const octets module = module_bytes(300);
    for (const auto& [how, whole] : {std::pair{compression::xz, xz({{module}, {module, {filter(LZMA_FILTER_X86)}}})},
                                     std::pair{compression::gzip, gzip(0x08, {'n', 0}, module)}}) {
        for (std::size_t size = 0; size != whole.size(); ++size) CHECK_FALSE(kernel::find_decoder_gap(how, byte_view(whole).first(size)));
        octets file = whole;
        for (std::uint8_t& byte : file) {
            for (const std::uint8_t value : std::array<std::uint8_t, 3>{0, 0x7f, 0xff}) {
                const std::uint8_t kept = std::exchange(byte, value);
                const auto gap = kernel::find_decoder_gap(how, file);
                CHECK((!gap || gap->offset < file.size()));
                byte = kept;
            }
        }
    }
}
