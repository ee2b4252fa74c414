// SPDX-License-Identifier: BSL-1.0
#include <modsig/digest.hpp>

#include <modsig/digest/sha1.hpp>
#include <modsig/engine/botan.hpp>

#include "support/hex.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace modsig;

namespace {
constexpr std::array<std::uint8_t, 3> abc{'a', 'b', 'c'};
static_assert(digest_of<digest::portable_sha1>(abc).view()[0] == 0xa9, "SHA-1 at compile time");

const struct { digest_id id; const char* of_abc; } answers[] = {
    // FIPS 180-4 and 202 examples; RFC 1321; GB/T 32905-2016; RIPEMD-160 paper; the rest by openssl 3
    {digest_id::md5, "900150983cd24fb0d6963f7d28e17f72"},
    {digest_id::sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {digest_id::rmd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
    {digest_id::sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {digest_id::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {digest_id::sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    {digest_id::sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {digest_id::sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
    {digest_id::sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {digest_id::sha3_384, "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
    {digest_id::sha3_512, "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
    {digest_id::streebog256, "4e2919cf137ed41ec4fb6270c61826cc4fffb660341e0af3688cd0626d23b481"},
};
}  // namespace

TEST_CASE("published digests of abc come out, in one part, in three and streamed") {
    const engine::botan engine;
    for (const auto& row : answers) {
        CAPTURE(std::string(name(row.id)));
        const byte_view whole(abc);
        const std::array<byte_view, 1> one{whole};
        const std::array<byte_view, 4> four{whole.first(1), whole.subspan(1, 1), byte_view{}, whole.last(1)};
        const auto expected = hex(row.of_abc);
        const auto once = engine.digest(row.id, one), split = engine.digest(row.id, four);
        REQUIRE(once);
        REQUIRE(split);
        CHECK(equal(once->view(), expected));
        CHECK(equal(split->view(), expected));
    }
    engine::botan_hash<sha256> stream;
    for (const std::uint8_t byte : abc) stream.update(byte_view(&byte, 1));
    CHECK(equal(stream.finish().view(), hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
}

TEST_CASE("the portable SHA-1 agrees with Botan at every length up to 300 and however it is cut") {
    std::vector<std::uint8_t> bytes(300);
    for (std::size_t i = 0; i != bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 3);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto whole = byte_view(bytes).first(size);
        const auto cut = size / 3;
        CHECK(equal(digest_of<digest::portable_sha1>(whole.first(cut), whole.subspan(cut)).view(),
                    digest_of<engine::botan_hash<sha1>>(whole).view()));
    }
}

TEST_CASE("a digest that is not in the program's list is not calculated") {
    const engine::basic_botan<digest_list<sha256>> narrow;
    static_assert(narrow.has(digest_id::sha256) && !narrow.has(digest_id::sha1));
    const std::array<byte_view, 1> one{byte_view(abc)};
    CHECK(narrow.digest(digest_id::sha1, one).error().code == errc::unsupported_hash);
    CHECK(narrow.digest(digest_id::sha256, one));
}
