// SPDX-License-Identifier: BSL-1.0
#include <modsig/algorithm.hpp>

#include "support/hex.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace modsig;

TEST_CASE("DigestInfo prefixes made from the table are those of RFC 8017 and Linux") {
    struct { digest_id id; const char* prefix; } const known[] = {
        {digest_id::md5, "3020300c06082a864886f70d020505000410"},
        {digest_id::sha1, "3021300906052b0e03021a05000414"},
        {digest_id::rmd160, "3021300906052b2403020105000414"},
        {digest_id::sha256, "3031300d060960864801650304020105000420"},
        {digest_id::sha384, "3041300d060960864801650304020205000430"},
        {digest_id::sha512, "3051300d060960864801650304020305000440"},
        {digest_id::sha224, "302d300d06096086480165030402040500041c"},
        {digest_id::sha3_256, "3031300d060960864801650304020805000420"},
        {digest_id::sha3_384, "3041300d060960864801650304020905000430"},
        {digest_id::sha3_512, "3051300d060960864801650304020a05000440"},
    };
    for (const auto& row : known) CHECK(equal(digest_info_prefix(row.id).view(), hex(row.prefix)));
}

TEST_CASE("each digest is found by every name and number it has, and by no other") {
    for (const digest_algorithm& row : digest_table) {
        if (row.id == digest_id::none) continue;
        CAPTURE(std::string(row.name));
        CHECK(digest_of_name(row.name) == row.id);
        CHECK(digest_of_name(row.openssl_name) == row.id);
        CHECK(digest_of_oid(row.oid.view()) == row.id);
        CHECK(digest_of_linux_number(row.linux_number) == row.id);
        if (row.digsig_v1_number != no_number) CHECK(digest_of_digsig_v1_number(row.digsig_v1_number) == row.id);
        if (row.fsverity_number != no_number) CHECK(digest_of_fsverity_number(row.fsverity_number) == row.id);
    }
    CHECK(digest_of_linux_number(8) == digest_id::none);
    CHECK(digest_of_linux_number(23) == digest_id::none);
    CHECK(digest_of_linux_number(255) == digest_id::none);
    CHECK(digest_of_digsig_v1_number(2) == digest_id::none);
    CHECK(digest_of_name("") == digest_id::none);
    CHECK(digest_of_oid({}) == digest_id::none);
}

TEST_CASE("numbers are those of include/uapi/linux/hash_info.h") {
    struct { std::uint8_t number; const char* name; } const linux_table[] = {
        {0, "md4"}, {1, "md5"}, {2, "sha1"}, {3, "rmd160"}, {4, "sha256"}, {5, "sha384"}, {6, "sha512"}, {7, "sha224"},
        {17, "sm3"}, {18, "streebog256"}, {19, "streebog512"}, {20, "sha3-256"}, {21, "sha3-384"}, {22, "sha3-512"},
    };
    for (const auto& row : linux_table) CHECK(name(digest_of_linux_number(row.number)) == row.name);
}

TEST_CASE("tables are in the order of their enumerations, and no OID means two things") {
    for (const auto& row : key_algorithm_table) CHECK(&entry_of(row.id) == &row);
    for (const auto& row : scheme_table) CHECK(name(row.id) == row.name);
    for (const auto& row : signature_oid_table) CHECK(signature_of_oid(row.oid.view()) == &row);
    CHECK(signature_of_oid({}) == nullptr);
    CHECK(signature_of_oid(hex("2a864886f70d01010b"))->digest == digest_id::sha256);
    CHECK(signature_of_oid(hex("2a8648ce3d040303"))->digest == digest_id::sha384);
}

TEST_CASE("a key algorithm is found by its OID and curve") {
    CHECK(key_algorithm_of_oid(hex("2a864886f70d010101"), {}) == key_algorithm::rsa);
    CHECK(key_algorithm_of_oid(hex("2a8648ce3d0201"), hex("2a8648ce3d030107")) == key_algorithm::ecdsa_p256);
    CHECK(key_algorithm_of_oid(hex("2a8648ce3d0201"), hex("2b81040022")) == key_algorithm::ecdsa_p384);
    CHECK(key_algorithm_of_oid(hex("2a8648ce3d0201"), {}) == key_algorithm::none);
    CHECK(key_algorithm_of_oid(hex("2b6570"), {}) == key_algorithm::ed25519);
}
