// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/digsig.hpp>

#include <modsig/key/spki.hpp>
#include <modsig/linux/key/digsig.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <doctest/doctest.h>

using namespace modsig;

TEST_CASE("a key has one digsig v1 identifier, whatever form it is read from") {
    for (const char* key : {"rsa1024", "rsa2048", "rsa3072", "rsa4096", "rsa2048e3"}) {
        CAPTURE(key);
        const auto blob = corpus::file(std::string("keys/") + key + ".digsig-v1.bin");
        const auto der = corpus::file(std::string("keys/") + key + ".pub.der");
        const auto from_blob = key::digsig::parse(blob);
        const auto from_spki = key::spki::parse(der);
        REQUIRE(from_blob);
        REQUIRE(from_spki);
        CHECK(from_blob->digsig_v1_id == from_spki->digsig_v1_id);
        CHECK(from_blob->key == from_spki->key);

        std::vector<std::uint8_t> written;
        key::write_digsig_blob(from_spki->key, written);
        CHECK(equal(written, blob));
    }
    const auto blob = corpus::file("keys/rsa2048.digsig-v1.bin");
    CHECK(equal(key::digsig::parse(blob)->digsig_v1_id, hex("ba7a6206b401aa46")));
}

TEST_CASE("descriptions of digsig v1 keys are upper-case hexadecimal without leading zeros, as %llX prints them") {
    CHECK(key::digsig_name(hex("9c48161e2e5462a4")).view() == "9C48161E2E5462A4");
    CHECK(key::digsig_name(hex("00ab000000000001")).view() == "AB000000000001");
    CHECK(key::digsig_name(hex("0000000000000000")).view() == "0");
    CHECK(equal(*key::parse_digsig_name("AB000000000001"), hex("00ab000000000001")));
    CHECK(equal(*key::parse_digsig_name("9C48161E2E5462A4"), hex("9c48161e2e5462a4")));
    for (const char* never : {"", "00AB", "ab", "12345678123456789", "0x1", "G"}) CHECK_FALSE(key::parse_digsig_name(never));
}

TEST_CASE("a key blob that is cut off anywhere is truncated") {
    const auto blob = corpus::file("keys/rsa1024.digsig-v1.bin");
    for (std::size_t size = 0; size != blob.size(); ++size) {
        CAPTURE(size);
        CHECK(key::digsig::parse(byte_view(blob).first(size)).error().code == errc::truncated);
    }
}

TEST_CASE("Linux takes key blobs that strict refuses") {
    auto blob = corpus::file("keys/rsa2048.digsig-v1.bin");
    blob.push_back(0);
    CHECK(key::digsig::parse(blob).error().code == errc::trailing_garbage);
    CHECK(kernel::parse_user_key(blob));
    for (const char* odd : {"bad/keys/blob-e-1.bin", "bad/keys/blob-e-2.bin", "bad/keys/blob-n-even.bin", "bad/keys/blob-e-above-n.bin"}) {
        CAPTURE(odd);
        CHECK(key::digsig::parse(corpus::file(odd)).error().code == errc::bad_key);
        CHECK(kernel::parse_user_key(corpus::file(odd)));
    }
}
