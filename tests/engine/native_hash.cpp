// SPDX-License-Identifier: BSL-1.0
#include <modsig/engine/native/hash.hpp>

#include "native_isa.hpp"
#include "native_openssl.hpp"

#include <botan/hash.h>
#include <doctest/doctest.h>

#include <cstdio>
#include <string>

using namespace modsig;
using namespace modsig::engine;
using native_test::octets;

namespace {

template <class Isa>
digest_value in_two_parts(digest_id id, byte_view message, std::size_t cut) {
    const byte_view parts[] = {message.first(cut), message.subspan(cut)};
    return *native_digest<Isa>(id, parts);
}

constexpr std::array<std::uint8_t, 3> abc{'a', 'b', 'c'};
template <digest_id Id, class Isa = isa::best>
constexpr bool starts(std::uint32_t expected) {
    return load_be<std::uint32_t>(digest_of<native_hash<Id, Isa>>(abc).view().first(4)) == expected;
}

// FIPS 180-2, appendices A to C, and the change notice for SHA-224.
static_assert(starts<digest_id::sha1>(0xa9993e36) && starts<digest_id::sha1, isa::compact>(0xa9993e36));
static_assert(starts<digest_id::sha224>(0x23097d22) && starts<digest_id::sha256>(0xba7816bf));
static_assert(starts<digest_id::sha384>(0xcb00753f) && starts<digest_id::sha512>(0xddaf35a1));
static_assert(starts<digest_id::sha256, isa::portable>(0xba7816bf) && starts<digest_id::sha512, isa::compact>(0xddaf35a1));

}  // namespace

TEST_CASE("every length from 0 to 300 and around every block's border up to 4 KiB has the digest that OpenSSL and Botan give") {
    constexpr std::size_t longest = 4096 + 8;
    std::vector<std::size_t> sizes;
    for (std::size_t size = 0; size <= 300; ++size) sizes.push_back(size);
    for (std::size_t border = 320; border <= longest; border += 64)  // of blocks, and where the padding takes another one
        for (const std::size_t before : {18u, 17u, 16u, 15u, 10u, 9u, 8u, 7u, 2u, 1u, 0u}) sizes.push_back(border - before);
    for (unsigned round = 0; round != native_test::rounds(1); ++round) {
        const octets data = native_test::random_bytes(longest);
        for (const digest_id id : native_test::digests) {
            const auto botan = Botan::HashFunction::create_or_throw("SHA-" + std::string(name(id).substr(3)));
            for (const std::size_t size : sizes) {
                const byte_view message = byte_view(data).first(size);
                const digest_value expected = native_test::digest(id, message);
                REQUIRE(equal(expected.view(), botan->process(message.data(), message.size())));
                native_test::each_isa([&]<class Isa>(const std::string& isa_name) {
                    CAPTURE(isa_name); CAPTURE(size); CAPTURE(name(id));
                    const byte_view whole[] = {message};
                    CHECK(native_digest<Isa>(id, whole)->bytes == expected.bytes);
                    CHECK(in_two_parts<Isa>(id, message, size / 3).bytes == expected.bytes);
                });
            }
        }
    }
    std::printf("      %zu lengths of 5 digests\n", sizes.size());
}

TEST_CASE("where a message is cut does not matter") {
    const octets data = native_test::random_bytes(400);
    for (const digest_id id : native_test::digests) {
        const digest_value expected = native_test::digest(id, data);
        for (std::size_t cut = 0; cut <= data.size(); ++cut)
            native_test::each_isa([&]<class Isa>(const std::string& isa_name) {
                CAPTURE(isa_name); CAPTURE(cut);
                CHECK(in_two_parts<Isa>(id, data, cut).bytes == expected.bytes);
            });
    }
}

TEST_CASE("any alignment of the data will do") {
    const octets data = native_test::random_bytes(1100);
    for (std::size_t from = 0; from != 70; ++from) {
        const byte_view parts[] = {byte_view(data).subspan(from, 1024)};
        for (const digest_id id : native_test::digests) CHECK(native_digest(id, parts)->bytes == native_test::digest(id, parts[0]).bytes);
    }
}

TEST_CASE("a million times the letter a has the digest of FIPS 180-2") {
    const octets as(1000, 'a');
    native_hash<digest_id::sha256> sha256;
    native_hash<digest_id::sha512> sha512;
    for (int i = 0; i != 1000; ++i) sha256.update(as), sha512.update(as);
    CHECK(load_be<std::uint64_t>(sha256.finish().view().first(8)) == 0xcdc76e5c9914fb92);
    CHECK(load_be<std::uint64_t>(sha512.finish().view().first(8)) == 0xe718483d0ce76964);
}

TEST_CASE("a digest that is not calculated here is refused by name") {
    const byte_view parts[] = {byte_view(abc)};
    CHECK(native_digest(digest_id::sha3_256, parts).error().code == errc::unsupported_hash);
    CHECK(native_digest(digest_id::none, parts).error().code == errc::unsupported_hash);
    CHECK(native_digest<isa::best, digest_list<modsig::sha256>>(digest_id::sha1, parts).error().code == errc::unsupported_hash);
}

#ifdef MODSIG_NATIVE_X86
TEST_CASE("the names of CPU features can only take features away") {
    CHECK(features_named("baseline") == cpu_features{});
    CHECK(features_named("") == cpu_features{});
    CHECK(features_named("sha,avx2") == cpu_features{}.with(feature::sha).with(feature::avx2));
    CHECK(features_named("ifma,,sha512,avx512").bits == (cpu_features{}.with(feature::ifma).with(feature::avx512)).bits);
    CHECK((cpu() & features_named("sha,bmi2,avx2,avx512,ifma")) == cpu());
}
#endif
