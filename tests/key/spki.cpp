// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/spki.hpp>

#include <modsig/digest/sha2.hpp>
#include <modsig/key/any.hpp>
#include <modsig/key/fingerprint.hpp>
#include <modsig/linux/key/spki.hpp>

#include "../der/literal.hpp"
#include "forge.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

errc strict(const octets& der) {
    const auto key = key::spki::parse(der);
    return key ? errc::none : key.error().code;
}
errc as_linux(const octets& der) {
    const auto key = kernel::parse_spki(der);
    return key ? errc::none : key.error().code;
}
linux_error kernel_errno(const octets& der) { return kernel::parse_spki(der).error().linux_errno(); }

constexpr auto ed25519_key = literal("302a300506032b65700321000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
const octets rsa = rsa_encryption + asn1_null;
const octets n = hex("00c1") + octets(126, 0x55) + hex("01"), e = hex("010001");

}  // namespace

TEST_CASE("a SubjectPublicKeyInfo can be parsed at compile time") {
    constexpr auto key = key::spki::parse(ed25519_key);
    CHECK_BOTH(key.has_value());
    CHECK_BOTH(key->key.algorithm == key_algorithm::ed25519);
    CHECK_BOTH(key->key.material.size() == 32);
    CHECK_BOTH(key->has_ima_id);
    CHECK_BOTH(!key->has_digsig_v1_id);
    CHECK_BOTH(key->skid.empty());
}

TEST_CASE("CMS names a bare key by the SHA-1 of its bits, and a certificate by its subjectKeyIdentifier") {
    constexpr auto digest = literal("4c9b68754cc4c6a52c2871b90740059372385833"), other = literal("4c9b68754cc4c6a52c2871b90740059372385834");
    constexpr auto key = key::spki::parse(ed25519_key);
    CHECK_BOTH(key->matches({key_id_kind::skid, digest, {}}));
    CHECK_BOTH(!key->matches({key_id_kind::skid, other, {}}));
    CHECK_BOTH(!key->matches({key_id_kind::skid, byte_view(digest).last(4), {}}));
    CHECK_BOTH(!key->matches({key_id_kind::skid, byte_view(), {}}));
    key_info certified = *key;
    certified.skid = other;
    CHECK(!certified.matches({key_id_kind::skid, digest, {}}));
    CHECK(certified.matches({key_id_kind::skid, other, {}}));
    certified.skid = {};
    certified.has_own_skid = false;
    CHECK(!certified.matches({key_id_kind::skid, digest, {}}));
}

TEST_CASE("the form of a key is recognised by its first bytes") {
    CHECK(key::spki::recognises(ed25519_key));
    CHECK(!key::pkcs1::recognises(ed25519_key));
    CHECK(key::pkcs1::recognises(rsa_public_key(n, e)));
    CHECK(!key::spki::recognises(rsa_public_key(n, e)));
    for (std::size_t size = 0; size != 5; ++size) CHECK(!key::spki::recognises(byte_view(ed25519_key).first(size)));
    CHECK(key::spki::recognises(byte_view(ed25519_key).first(5)));
}

TEST_CASE("a SEQUENCE of no known form is bad_der, a fault within a form keeps its reason") {
    const auto fault = [](const octets& bytes) { return key::parse_any(bytes).error(); };
    CHECK(fault(hex("3000")).code == errc::bad_der);
    CHECK(fault(hex("30020500")).code == errc::bad_der);
    CHECK(fault(hex("30020500")).offset == 0);
    CHECK(fault(make_spki(hex("06032a0304"), {1})).code == errc::unsupported_algorithm);
    CHECK(fault(hex("7f45")).code == errc::bad_magic);
}

TEST_CASE("the fingerprint of an RSA key is the digest of its RSAPublicKey, whatever the modulus begins with") {
    using hash_function = digest::portable_sha2<digest_id::sha256>;
    for (const auto first : std::to_array<std::uint8_t>({0x01, 0x7f, 0x80, 0x81, 0xff})) {
        CAPTURE(int{first});
        const octets modulus = octets{first} + octets(126, 0x55) + hex("01");
        const octets der = rsa_public_key((first < 0x80 ? octets{} : octets{0}) + modulus, e);
        const public_key key{key_algorithm::rsa, 1024, modulus, e};
        CHECK(equal(key::fingerprint<hash_function>(key).view(), digest_of<hash_function>(byte_view(der)).view()));
    }
}

TEST_CASE("RSA keys are a modulus and an exponent") {
    const octets der = make_spki(rsa, rsa_public_key(n, e));
    const auto key = key::spki::parse(der);
    REQUIRE(key);
    CHECK(key->key.algorithm == key_algorithm::rsa);
    CHECK(key->key.bits == 1024);
    CHECK(key->key.material.size() == 128);
    CHECK(equal(key->key.exponent, e));
    CHECK(key->has_digsig_v1_id);
    CHECK(equal(key->digsig_v1_id, key::digsig_v1_id(n, e)));
    CHECK(strict(make_spki(rsa_encryption, rsa_public_key(n, e))) == errc::bad_der);
}

TEST_CASE("malformed RSA keys are refused") {
    CHECK(strict(make_spki(rsa, rsa_public_key(hex("c1") + octets(127, 0x55), e))) == errc::bad_der);       // negative
    CHECK(strict(make_spki(rsa, rsa_public_key(hex("00") + n, e))) == errc::non_minimal_der);
    CHECK(strict(make_spki(rsa, rsa_public_key({}, e))) == errc::bad_der);
    CHECK(strict(make_spki(rsa, rsa_public_key({0}, e))) == errc::bad_key);
    CHECK(strict(make_spki(rsa, rsa_public_key(n, {1}))) == errc::bad_key);
    CHECK(strict(make_spki(rsa, rsa_public_key(n, {2}))) == errc::bad_key);
    CHECK(strict(make_spki(rsa, rsa_public_key(n, n))) == errc::bad_key);
    CHECK(strict(make_spki(rsa, rsa_public_key(n, e) + octets{0})) == errc::trailing_garbage);
    CHECK(strict(make_spki(rsa, tlv(0x30, tlv(2, n)))) == errc::bad_der);
    CHECK(strict(make_spki(rsa, tlv(0x30, tlv(2, n) + tlv(2, e) + tlv(2, e)))) == errc::bad_der);
    CHECK(strict(make_spki(rsa, {})) == errc::bad_der);
    CHECK(strict(make_spki(rsa, {0x30, 0x10})) == errc::bad_der);  // larger than its BIT STRING: nothing is cut off
    CHECK(strict(make_spki(rsa_encryption + hex("020100"), rsa_public_key(n, e))) == errc::bad_der);
}

TEST_CASE("Linux accepts RSA keys of any numbers") {
    CHECK(as_linux(make_spki(rsa, rsa_public_key(hex("c1") + octets(127, 0x55), e))) == errc::none);
    CHECK(as_linux(make_spki(rsa, rsa_public_key(hex("0000") + n, e))) == errc::none);
    CHECK(as_linux(make_spki(rsa, rsa_public_key(n, {2}))) == errc::none);
    CHECK(as_linux(make_spki(rsa, rsa_public_key(n, e) + octets{0})) == errc::none);
    CHECK(as_linux(make_spki(rsa_encryption + hex("020100"), rsa_public_key(n, e))) == errc::none);
    CHECK(kernel_errno(make_spki(rsa, rsa_public_key({}, e))) == linux_error::einval);
    CHECK(kernel_errno(make_spki(rsa, rsa_public_key({5}, e))) == linux_error::einval);  // e longer than n
    CHECK(kernel_errno(make_spki(rsa, tlv(0x30, tlv(2, n)))) == linux_error::ebadmsg);
    CHECK(kernel_errno(make_spki(rsa_encryption + asn1_null + asn1_null, rsa_public_key(n, e))) == linux_error::ebadmsg);
}

TEST_CASE("elliptic curves are named and points uncompressed") {
    const octets p256 = ec_public_key + prime256v1;
    CHECK(strict(make_spki(p256, p256_point)) == errc::none);
    CHECK(as_linux(make_spki(p256, p256_point)) == errc::none);
    struct curve {
        key_algorithm algorithm;
        const char* oid;
        std::size_t size;
    };
    for (const curve& c : {curve{key_algorithm::ecdsa_p192, "06082a8648ce3d030101", 49},
                           curve{key_algorithm::ecdsa_p384, "06052b81040022", 97},
                           curve{key_algorithm::ecdsa_p521, "06052b81040023", 133}}) {
        const octets der = make_spki(ec_public_key + hex(c.oid), octets{4} + octets(c.size - 1, 1));
        const auto key = key::spki::parse(der);
        REQUIRE(key);
        CHECK(key->key.algorithm == c.algorithm);
    }
    octets compressed = p256_point, hybrid = p256_point;
    compressed.resize(33), compressed[0] = 2, hybrid[0] = 6;
    const octets shorter(p256_point.begin(), p256_point.end() - 1);
    for (const octets& point : {compressed, hybrid, octets{0}, octets{}, shorter, p256_point + octets{0}}) {
        CHECK(strict(make_spki(p256, point)) == errc::bad_key);
        CHECK(kernel_errno(make_spki(p256, point)) == linux_error::einval);
    }
    for (const octets& parameters : {octets{}, asn1_null, tlv(0x30, hex("020101")), hex("0600")}) {
        CHECK(strict(make_spki(ec_public_key + parameters, p256_point)) == errc::bad_der);
        CHECK(kernel_errno(make_spki(ec_public_key + parameters, p256_point)) == linux_error::ebadmsg);
    }
    const auto faulty = [&](const octets& parameters) { return key::spki::parse(make_spki(ec_public_key + parameters, p256_point)).error(); };
    CHECK(faulty({}).offset == 2);  // of the AlgorithmIdentifier, where there are no parameters
    CHECK(faulty(asn1_null).offset == 4 + ec_public_key.size());
    const octets secp256k1 = hex("06052b8104000a");
    CHECK(strict(make_spki(ec_public_key + secp256k1, p256_point)) == errc::unsupported_key);
    CHECK(kernel_errno(make_spki(ec_public_key + secp256k1, p256_point)) == linux_error::enopkg);
    CHECK(as_linux(make_spki(ec_public_key + hex("0681082a8648ce3d030107"), p256_point)) == errc::bad_der);
}

TEST_CASE("Ed25519 and ML-DSA keys have one size, and Linux 6.12 does not know them") {
    const octets ed25519 = hex("06032b6570"), ml_dsa_65 = hex("0609608648016503040312");
    CHECK(strict(make_spki(ed25519, octets(32, 1))) == errc::none);
    CHECK(strict(make_spki(ed25519, octets(31, 1))) == errc::bad_key);
    CHECK(strict(make_spki(ed25519, octets(33, 1))) == errc::bad_key);
    CHECK(strict(make_spki(ed25519 + asn1_null, octets(32, 1))) == errc::bad_der);
    CHECK(strict(make_spki(ml_dsa_65, octets(1952, 1))) == errc::none);
    CHECK(strict(make_spki(ml_dsa_65, octets(1951, 1))) == errc::bad_key);
    CHECK(as_linux(make_spki(ed25519, octets(32, 1))) == errc::unsupported_key);
    CHECK(kernel_errno(make_spki(ml_dsa_65, octets(1952, 1))) == linux_error::enopkg);
}

TEST_CASE("other keys are not supported") {
    CHECK(strict(make_spki(hex("06032a0304"), {1})) == errc::unsupported_algorithm);
    CHECK(kernel_errno(make_spki(hex("06032a0304"), {1})) == linux_error::enopkg);
    CHECK(strict(make_spki(hex("06082a85030701010101"), {1})) == errc::unsupported_key);  // GOST R 34.10
    CHECK(as_linux(make_spki(hex("06082a85030701010101"), {1})) == errc::none);
}

TEST_CASE("bytes behind a key and unused bits are refused") {
    const octets der = make_spki(ec_public_key + prime256v1, p256_point);
    CHECK(strict(der + octets{0}) == errc::trailing_garbage);
    CHECK(as_linux(der + octets{0}) == errc::none);
    const octets odd = tlv(0x30, algorithm(ec_public_key + prime256v1) + bit_string(p256_point, 3));
    CHECK(strict(odd) == errc::bad_der);
    CHECK(as_linux(odd) == errc::bad_der);
    for (std::size_t size = 0; size != der.size(); ++size)
        CHECK(strict(octets(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size))) == errc::truncated);
}

TEST_CASE("an RSAPublicKey has the identifiers of its SubjectPublicKeyInfo") {
    const octets bare = rsa_public_key(n, e), wrapped = make_spki(rsa, bare);
    const auto a = key::pkcs1::parse(bare);
    const auto b = key::spki::parse(wrapped);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->key == b->key);
    CHECK(a->ima_id == b->ima_id);
    CHECK(a->digsig_v1_id == b->digsig_v1_id);
    CHECK(key::pkcs1::parse(bare + octets{0}).error().code == errc::trailing_garbage);
}

TEST_CASE("a private key is no RSAPublicKey") {
    const octets of_pkcs1 = tlv(2, {0}) + tlv(2, n) + tlv(2, e) + tlv(2, n), of_pkcs8 = tlv(2, {0}) + algorithm(rsa) + tlv(4, {1}),
                 of_sec1 = tlv(2, {1}) + tlv(4, {1});
    for (const octets& fields : {of_pkcs1, of_pkcs8, of_sec1})
        CHECK(key::pkcs1::parse(tlv(0x30, fields)).error().code == errc::wrong_key_kind);
}

TEST_CASE("strict: RSA keys beyond the limits of arithmetic are refused") {
    const auto both = [](const octets& n, const octets& e) {
        const octets der = make_spki(rsa, rsa_public_key(octets{0} + n, e));
        return std::pair(strict(der), as_linux(der));
    };
    using answers = std::pair<errc, errc>;
    CHECK(both(octets(1024, 0xc1), {1, 0, 1}) == answers(errc::none, errc::none));
    CHECK(both(octets(1025, 0xc1), {1, 0, 1}) == answers(errc::bad_key, errc::none));
    CHECK(both(octets(256, 0xc1), hex("01ffffffff")) == answers(errc::none, errc::none));  // 33 bits
    CHECK(both(octets(256, 0xc1), hex("0200000001")) == answers(errc::bad_key, errc::none));
}
