// SPDX-License-Identifier: BSL-1.0
#include <modsig/decompress.hpp>
#include <modsig/decompress/size_hint.hpp>

#include "support/compress.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

using namespace modsig;
using compressing::octets;

namespace {
octets zeros(std::size_t size) { return octets(size); }

/// Partly compressible, so that blocks of every kind come about.
octets mixture(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    octets made(size);
    for (std::size_t i = 0; i != size; ++i)
        made[i] = static_cast<std::uint8_t>(i % 1024 < 512 ? i / 64 : random());
    return made;
}

octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bool has_checksum(compression how) { return how != compression::lz4_legacy && how != compression::lzma; }

void check_fails(compression how, const octets& packed, std::uint64_t offset) {
    const auto answer = decompress(how, packed);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::decompression_failed);
    CHECK(answer.error().offset == offset);
}

std::string text_of(compression how) { return std::string(name(how)); }

constexpr std::size_t mega = std::size_t{1} << 20;
}  // namespace

TEST_CASE("the name of a module says how it is compressed, and nothing else does") {
    static_assert(compression_of_name("/lib/modules/6.1/a.ko.xz") == compression::xz);
    static_assert(compression_of_name("a.ko.zst") == compression::zstd);
    static_assert(compression_of_name("a.ko.gz") == compression::gzip);
    for (const char* other : {"a.ko", "a.xz", "a.ko.xz.", "a.ko.XZ", "ko.xz", "", "a.ko.bz2", "a.ko.xz.sig"})
        CHECK(compression_of_name(other) == compression::none);
}

TEST_CASE("a compressed file is recognised by its magic, and half a magic is none") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets packed = compressing::compress(how, mixture(100));
        CHECK(compression_of_magic(packed) == how);
        CHECK(compression_of_magic(byte_view(packed).first(1)) == compression::none);
    }
    CHECK(compression_of_magic({}) == compression::none);
    CHECK(compression_of_magic(octets{'B', 'Z', 'h', '9'}) == compression::bzip2);
    CHECK(compression_of_magic(octets{0x89, 'L', 'Z', 'O', 0}) == compression::lzo);
    CHECK(compression_of_magic(octets{0x7f, 'E', 'L', 'F'}) == compression::none);
}

TEST_CASE("what was compressed comes out again") {
    for (const compression how : compressing::all) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, 64 * std::size_t{1024}, 64 * std::size_t{1024} + 1, 9 * mega}) {
            CAPTURE(text_of(how));
            CAPTURE(size);
            const octets plain = mixture(size / 16) + zeros(size - size / 16), packed = compressing::compress(how, plain);
            const auto answer = decompress(how, packed);
            REQUIRE(answer);
            CHECK(equal(*answer, plain));
        }
    }
}

TEST_CASE("decompressed bytes stay where they are when their owner moves") {
    auto first = decompress(compression::gzip, compressing::gzip(mixture(5000)));
    REQUIRE(first);
    const byte_view before = *first;
    const decompressed second = *std::move(first);
    CHECK(byte_view(second).data() == before.data());
    CHECK(second.size() == 5000);
}

TEST_CASE("a file cut short anywhere is refused") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets packed = compressing::compress(how, mixture(600));
        for (std::size_t size = 0; size != packed.size(); ++size) {
            CAPTURE(size);
            const auto answer = decompress(how, byte_view(packed).first(size));
            REQUIRE_FALSE(answer);
            CHECK(answer.error().code == errc::decompression_failed);
            CHECK(answer.error().offset <= size);
        }
    }
}

TEST_CASE("with any byte changed a file is refused, or that byte did not matter") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets plain = mixture(600);
        octets packed = compressing::compress(how, plain);
        std::size_t without_effect = 0;
        for (std::uint8_t& byte : packed) {
            for (const std::uint8_t bits : std::array<std::uint8_t, 4>{0x01, 0x10, 0x80, 0xff}) {
                byte ^= bits;
                const auto answer = decompress(how, packed, 2 * mega);
                byte ^= bits;
                if (answer) {
                    ++without_effect;
                    if (has_checksum(how)) CHECK(equal(*answer, plain));
                } else {
                    const errc code = answer.error().code;
                    CHECK((code == errc::decompression_failed || code == errc::too_large));
                }
            }
        }
        // gzip: time, system and the like. Elsewhere bits that are not used, and matches that may as well be taken elsewhere.
        if (has_checksum(how)) CHECK(without_effect <= (how == compression::gzip ? 32 : 4));
    }
}

TEST_CASE("a bomb is refused by name, and the limit is exact") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets bomb = compressing::compress(how, zeros(10 * mega));
        CHECK(bomb.size() < mega / 8);
        for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, mega, 10 * mega - 1}) {
            const auto answer = decompress(how, bomb, limit);
            REQUIRE_FALSE(answer);
            CHECK(answer.error().code == errc::too_large);
            CHECK(answer.error().offset == limit);
        }
        CHECK(decompress(how, bomb, 10 * mega));
        CHECK(decompress(how, bomb, SIZE_MAX));
    }
}

TEST_CASE("a bomb in many small streams is one") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        octets bomb;
        for (int i = 0; i != 20; ++i) bomb = bomb + compressing::compress(how, zeros(100000));
        const auto answer = decompress(how, bomb, mega);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == errc::too_large);
    }
}

TEST_CASE("a header cannot ask for more memory than the limit warrants") {
    octets packed = compressing::xz(mixture(100));
    // xz-file-format.txt, section 3.1: block header { size, flags, filter 21, 1, dictionary, padding, CRC32 } at 12
    const std::size_t crc_at = 12 + std::size_t{4} * packed[12];
    const auto with_dictionary = [&](std::uint8_t code) {
        packed[16] = code;
        const std::uint32_t crc = lzma_crc32(packed.data() + 12, crc_at - 12, 0);
        for (const unsigned i : {0u, 1u, 2u, 3u}) packed[crc_at + i] = static_cast<std::uint8_t>(crc >> (8 * i));
    };
    const auto code_of = [&](std::size_t limit) {
        const auto answer = decompress(compression::xz, packed, limit);
        return answer ? errc::none : answer.error().code;
    };
    with_dictionary(40);  // 4 GiB - 1
    CHECK(code_of(SIZE_MAX) == errc::too_large);
    with_dictionary(30);  // 128 MiB
    CHECK(code_of(mega) == errc::too_large);
    CHECK(code_of(128 * mega) == errc::none);
    with_dictionary(22);  // 8 MiB
    CHECK(code_of(mega) == errc::none);

    // RFC 8878, section 3.1.1: window descriptor, then an empty raw block that is the last
    const auto window = [](unsigned bits) { return octets{0x28, 0xb5, 0x2f, 0xfd, 0, static_cast<std::uint8_t>((bits - 10) << 3), 1, 0, 0}; };
    CHECK(decompress(compression::zstd, window(31), SIZE_MAX).error().code == errc::too_large);
    CHECK(decompress(compression::zstd, window(27), mega).error().code == errc::too_large);
    CHECK(decompress(compression::zstd, window(27), 128 * mega));
    CHECK(decompress(compression::zstd, window(23), mega));
}

TEST_CASE("what follows the stream is refused, where it begins") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets packed = compressing::compress(how, mixture(300));
        check_fails(how, packed + octets{0}, packed.size());
        check_fails(how, packed + zeros(4), packed.size());
        check_fails(how, packed + mixture(100), packed.size());
        check_fails(how, packed + octets{'~', 'M', 'o', 'd', 'u', 'l', 'e'}, packed.size());
        check_fails(how, packed + (how == compression::xz ? compressing::gzip({}) : compressing::xz({})), packed.size());
        const octets skippable{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'e', 'v', 'i', 'l'};
        check_fails(how, packed + skippable, packed.size());
        check_fails(how, skippable + packed, 0);
    }
}

TEST_CASE("several streams of one kind are one file") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets a = mixture(1000, 2), b = mixture(70000, 3);
        const octets first = compressing::compress(how, a), packed = first + compressing::compress(how, b);
        const auto answer = decompress(how, packed);
        REQUIRE(answer);
        CHECK(equal(*answer, a + b));
        const auto only = decompress_first(how, packed);
        REQUIRE(only);
        CHECK(equal(only->bytes, a));
        CHECK(only->end == first.size());
        const auto cut = decompress(how, byte_view(packed).first(packed.size() - 1));
        REQUIRE_FALSE(cut);
        CHECK(cut.error().offset >= first.size());
    }
}

TEST_CASE("what is not of the kind that the name says is refused at its first byte") {
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        for (const compression other : compressing::all)
            if (other != how) check_fails(how, compressing::compress(other, mixture(100)), 0);
        check_fails(how, {}, 0);
        check_fails(how, octets{0x7f, 'E', 'L', 'F', 2, 1, 1, 0}, 0);
    }
}

TEST_CASE("compressions without a decoder are refused by name") {
    for (const compression how : {compression::none, compression::bzip2, compression::lzo})
        CHECK(decompress(how, octets{'B', 'Z', 'h', '9'}).error().code == errc::unsupported_algorithm);
}

TEST_CASE("one decompressor, file after file: what one did to it the next does not see") {
    decompressor decoders;
    for (unsigned round = 0; round != 3; ++round)
        for (const compression how : compressing::all) {
            CAPTURE(text_of(how));
            const octets plain = mixture(50000 + 1000 * round, round);
            const octets packed = compressing::compress(how, plain);
            const auto unpacked = [&](byte_view stored) {
                decompression_output out(mega);
                const auto end = decoders.decode(how, stored, out, true);
                return end && octets(out.view().begin(), out.view().end()) == plain;
            };
            CHECK(unpacked(packed));
            decompression_output cut(mega), small(100);
            (void)decoders.decode(how, byte_view(packed).first(packed.size() / 2), cut, true);
            CHECK(decoders.decode(how, packed, small, true).error().code == errc::too_large);
            CHECK(unpacked(packed));
        }
    decompression_output none(mega);
    CHECK(decoders.decode(compression::bzip2, octets(10), none, true).error().code == errc::unsupported_algorithm);
}

TEST_CASE("memory that is lent takes what comes out while there is room, and no byte of it is lost when there is none") {
    const octets plain = mixture(300000);
    for (const compression how : compressing::all) {
        CAPTURE(text_of(how));
        const octets packed = compressing::compress(how, plain);
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, plain.size() - 1, plain.size(), plain.size() + 1, 10 * mega}) {
            octets lent(size + 16, 0x5a);
            decompression_output out(mega, std::span(lent).first(size));
            const auto end = decompressor().decode(how, packed, out, true);
            REQUIRE(end);
            CHECK(octets(out.view().begin(), out.view().end()) == plain);
            if (size < plain.size()) CHECK_FALSE(out.is_lent());
            CHECK(std::ranges::all_of(std::span(lent).last(16), [](std::uint8_t byte) { return byte == 0x5a; }));
            const auto finished = std::move(out).finish();
            REQUIRE(finished);
            CHECK(equal(byte_view(*finished), plain));
        }
    }
}

TEST_CASE("what a file says of its size: true where a compressor wrote it, and anything where nobody did") {
    for (const std::size_t size : {std::size_t{100}, std::size_t{300}, std::size_t{70000}, std::size_t{300000}})
        for (const compression how : {compression::xz, compression::zstd, compression::gzip}) {
            CAPTURE(text_of(how));
            const octets packed = compressing::compress(how, mixture(size));
            CHECK(unpacked_size_hint(how, packed) == size);
            for (std::size_t cut = 0; cut < packed.size(); cut += 1 + cut / 8) (void)unpacked_size_hint(how, byte_view(packed).first(cut));
        }
    CHECK(unpacked_size_hint(compression::xz, {}) == 0);
    CHECK(unpacked_size_hint(compression::none, mixture(100)) == 0);
}
