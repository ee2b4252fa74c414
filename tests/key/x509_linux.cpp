// SPDX-License-Identifier: BSL-1.0
//
// What Linux 6.12 was seen to load into a keyring, and with which errno it refused the rest.
#include <modsig/linux/key/x509.hpp>

#include <modsig/key/x509.hpp>

#include "../der/literal.hpp"
#include "forge.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

template <class Change>
linux_error answer(Change change) {
    const octets der = forged(change);
    const auto cert = kernel::parse_certificate(der);
    return cert ? linux_error::none : cert.error().linux_errno();
}
linux_error with_extensions(const octets& extensions) {
    return answer([&](forge& c) { c.extensions = extensions; });
}
linux_error signed_with(const octets& inside) {
    return answer([&](forge& c) { c.inner_algorithm = c.outer_algorithm = algorithm(inside); });
}
linux_error with_key(const octets& spki) {
    return answer([&](forge& c) { c.spki = spki; });
}
linux_error with_validity(const octets& times) {
    return answer([&](forge& c) { c.validity = tlv(0x30, times); });
}

constexpr auto loads = linux_error::none;

}  // namespace

TEST_CASE("Linux knows RSA and ECDSA with SHA-1, SHA-2 and SHA-3") {
    for (const char* oid : {"06092a864886f70d010105", "06092a864886f70d01010b", "06092a864886f70d01010c", "06092a864886f70d01010d",
                            "06092a864886f70d01010e", "060960864801650304030e", "06072a8648ce3d0401", "06082a8648ce3d040302",
                            "060960864801650304030a"})
        CHECK(signed_with(hex(oid)) == loads);
    for (const char* oid : {"06092a864886f70d010101", "06092a864886f70d010103", "06092a864886f70d010104", "06092a864886f70d01010a",
                            "06032b6570", "06032a0304", "0600"})
        CHECK(signed_with(hex(oid)) == linux_error::enopkg);
    CHECK(signed_with(sha256_with_rsa + hex("020100")) == loads);
    CHECK(signed_with(sha256_with_rsa + asn1_null + asn1_null) == linux_error::ebadmsg);
    CHECK(answer([](forge& c) { c.outer_algorithm = algorithm(sha256_with_rsa); }) == linux_error::einval);
    CHECK(answer([](forge& c) { c.outer_algorithm = algorithm(ecdsa_with_sha256 + asn1_null); }) == loads);
}

TEST_CASE("Linux loads keys that will fail when used, if they are RSA or on a curve it knows") {
    const octets der = forged([](forge& c) { c.spki = make_spki(ec_public_key + prime256v1, {2, 1, 2}); });
    const auto cert = kernel::parse_certificate(der);
    REQUIRE(cert);
    CHECK(cert->info.fault == errc::bad_key);
    CHECK(cert->info.key.algorithm == key_algorithm::ecdsa_p256);
    CHECK(!key::identified(*cert).has_digsig_v1_id);
    const octets rsa = forged([](forge& c) { c.spki = make_spki(rsa_encryption, {0x30, 3, 2, 1, 5}); });
    CHECK(kernel::parse_certificate(rsa)->info.fault == errc::bad_der);
    CHECK(kernel::parse_certificate(octets(forge{}))->info.fault == errc::none);

    CHECK(with_key(make_spki(ec_public_key + hex("06052b8104000a"), p256_point)) == linux_error::enopkg);
    CHECK(with_key(make_spki(hex("06032b6570"), octets(32, 1))) == linux_error::enopkg);
    CHECK(with_key(make_spki(hex("06032a0304"), octets(32, 1))) == linux_error::enopkg);
    for (const octets& parameters : {octets{}, asn1_null, tlv(0x30, {})})
        CHECK(with_key(make_spki(ec_public_key + parameters, p256_point)) == linux_error::ebadmsg);
    CHECK(with_key(tlv(0x30, algorithm(rsa_encryption) + bit_string({1}, 1))) == linux_error::ebadmsg);
    CHECK(with_key(tlv(0x30, algorithm(rsa_encryption) + octets{3, 0})) == linux_error::ebadmsg);
}

TEST_CASE("Linux checks only the form of dates") {
    CHECK(with_validity(utc("270101000000Z") + utc("260101000000Z")) == loads);
    CHECK(with_validity(utc("260101240000Z") + utc("260101000060Z")) == loads);
    CHECK(with_validity(utc("690101000000Z") + utc("260101000000Z")) == linux_error::ebadmsg);
    CHECK(with_validity(utc("260229000000Z") + utc("260101000000Z")) == linux_error::ebadmsg);
    CHECK(with_validity(generalized("20260101000000Z") + utc("260101000000Z")) == linux_error::ebadmsg);
    CHECK(with_validity(utc("260101000000Z")) == loads);  // a CHOICE missing at the very end
    CHECK(with_validity({}) == linux_error::ebadmsg);  // what was read last is the SEQUENCE, no time
    CHECK(with_validity(utc("260101000000Z") + utc("260101000000Z") + utc("260101000000Z")) == linux_error::ebadmsg);
    const octets indefinite = hex("3080") + utc("260101000000Z") + hex("0000");
    CHECK(answer([&](forge& c) { c.validity = indefinite; }) == linux_error::ebadmsg);
}

TEST_CASE("Linux ignores versions, serial numbers and critical flags") {
    CHECK(answer([](forge& c) { c.version = hex("a003020109"); }) == loads);
    CHECK(answer([](forge& c) { c.version = hex("a00402020002"); }) == loads);
    CHECK(answer([](forge& c) { c.version = {}; }) == loads);
    CHECK(answer([](forge& c) { c.serial = hex("02020001"); }) == loads);
    CHECK(answer([](forge& c) { c.serial = tlv(2, octets(300, 1)); }) == loads);
    CHECK(answer([](forge& c) { c.unique_ids = hex("8102000182020001"); }) == loads);
    CHECK(with_extensions(extension(30, hex("ffff"), true)) == loads);
    CHECK(with_extensions({}) == linux_error::ebadmsg);
    CHECK(answer([](forge& c) { c.subject = tlv(0x30, {}); }) == linux_error::ebadmsg);
}

TEST_CASE("Linux accepts one subject key identifier with a length in one byte") {
    const octets skid = extension(14, hex("0403aabbcc"));
    CHECK(with_extensions(skid + skid) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(14, hex("0400"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(14, hex("04"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(14, {})) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(14, hex("0401aa00"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(14, tlv(4, octets(127, 1)))) == loads);
    CHECK(with_extensions(extension(14, tlv(4, octets(129, 1)))) == linux_error::ebadmsg);
    const octets der = forged([](forge& c) { c.extensions = extension(14, tlv(4, octets(128, 1))); });
    const auto cert = kernel::parse_certificate(der);
    REQUIRE(cert);
    CHECK(cert->info.skid.size() == 129);  // misread: the second byte of the length is taken for the first of the identifier
    CHECK(cert->info.skid[0] == 0x80);
}

TEST_CASE("Linux reads single bytes of keyUsage and basicConstraints") {
    const auto purpose = [](const octets& extensions) {
        const octets der = forged([&](forge& c) { c.extensions = extensions; });
        const auto cert = kernel::parse_certificate(der);
        REQUIRE(cert);
        return cert->info.purpose;
    };
    CHECK(purpose(extension(15, hex("03020780"))).digital_signature);
    CHECK(purpose(extension(15, hex("03020204"))).cert_sign);
    CHECK(!purpose(extension(15, hex("03020304"))).cert_sign);
    CHECK(purpose(extension(15, hex("0303070400"))).cert_sign);
    CHECK(with_extensions(extension(15, hex("030100"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(15, hex("03020880"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(15, hex("04020780"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(15, hex("03020780ff"))) == loads);
    CHECK(purpose(extension(19, hex("3000"))).constraints_known);
    CHECK(purpose(extension(19, hex("30030101ff"))).is_ca);
    CHECK(with_extensions(extension(19, hex("3003010100"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(19, hex("3003020100"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(19, hex("300000"))) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(19, {})) == linux_error::ebadmsg);
}

TEST_CASE("Linux reads the last authorityKeyIdentifier") {
    const octets bad = extension(35, hex("3002"));
    CHECK(with_extensions(bad) == linux_error::ebadmsg);
    CHECK(with_extensions(extension(35, {})) == linux_error::ebadmsg);
    CHECK(with_extensions(bad + extension(35, hex("3000"))) == loads);
    CHECK(with_extensions(extension(35, hex("3000ff"))) == loads);
    CHECK(with_extensions(extension(35, hex("3002a100"))) == loads);
    CHECK(with_extensions(extension(35, hex("300482020304"))) == loads);
    const octets name = common_name("root");
    CHECK(answer([&](forge& c) {
              c.issuer = c.subject = name;
              c.extensions = extension(14, hex("0403aabbcc")) +
                             extension(35, tlv(0x30, hex("8003aabbcd") + tlv(0xa1, tlv(0xa4, name)) + hex("82020102")));
          }) == linux_error::ekeyrejected);
}

TEST_CASE("Linux ignores what follows a certificate and reads BER") {
    CHECK(answer([](forge& c) { c.behind = {1, 2, 3}; }) == loads);
    const octets plain = forge{};
    octets inner(plain.begin() + (plain[1] == 0x82 ? 4 : 3), plain.end());
    const octets indefinite = hex("3080") + inner + hex("0000");
    const auto cert = kernel::parse_certificate(indefinite);
    REQUIRE(cert);
    CHECK(equal(cert->tbs, forge{}.tbs()));
    CHECK(key::parse_certificate(indefinite).error().code == errc::non_minimal_der);
    octets primitive = plain;
    primitive[0] = 0x10;
    CHECK(kernel::parse_certificate(primitive));
    CHECK(key::x509::recognises(primitive));
    CHECK(key::parse_certificate(primitive).error().code == errc::bad_der);
    octets huge = plain;
    huge.resize(65536);
    CHECK(kernel::parse_certificate(huge).error().linux_errno() == linux_error::emsgsize);
}

TEST_CASE("Linux joins serial number and name before it compares them") {
    const octets first = rdn(10, "organization"), second = rdn(3, "name");
    const auto issue = [&](const octets& serial, const octets& name) {
        const octets der = forged([&](forge& c) {
            c.subject = c.issuer = tlv(0x30, first + second);
            c.extensions = extension(35, tlv(0x30, tlv(0xa1, tlv(0xa4, tlv(0x30, name))) + tlv(0x82, serial)));
        });
        const auto cert = kernel::parse_certificate(der);
        REQUIRE(cert);
        return kernel::self_issued(*cert);
    };
    CHECK(issue({1, 2}, first + second) == key::self_issue::yes);
    CHECK(issue(octets{1, 2} + first, second) == key::self_issue::yes);
    CHECK(issue({1, 2}, second) == key::self_issue::no);
}

TEST_CASE("Linux finds the name of a curve behind two bytes, whatever the second is") {
    // parse_OID() takes 81 for the length itself: with 128 bytes of name there are 129 behind it, and the name is just unknown.
    CHECK(with_key(make_spki(ec_public_key + hex("068180") + octets(128, 0x2a), p256_point)) == linux_error::enopkg);
    CHECK(with_key(make_spki(ec_public_key + hex("06817f") + octets(127, 0x2a), p256_point)) == linux_error::ebadmsg);
}

TEST_CASE("Linux refuses an RSA key at its first unusable number") {
    const auto parse = [](const octets& der) {
        failure fault{errc::none};
        (void)kernel::read_rsa_key(kernel::asn1_reader(der, fault));
        return fault.linux_errno();
    };
    CHECK(parse(rsa_public_key({0, 5}, {3})) == loads);
    CHECK(parse(rsa_public_key({}, {3})) == linux_error::einval);
    CHECK(parse(rsa_public_key({5}, {})) == linux_error::einval);
    CHECK(parse(rsa_public_key({5}, {0, 3})) == linux_error::einval);
    CHECK(parse(tlv(0x30, hex("0200") + hex("a0000500"))) == linux_error::einval);  // before what is no number
    CHECK(parse(tlv(0x30, hex("020105") + hex("a0000500"))) == linux_error::ebadmsg);
}

TEST_CASE("Linux ends an indefinite length at its first end-of-contents") {
    // A value whose tag is that of the end-of-contents, and one that is the end-of-contents; each followed by the true one.
    for (const char* value : {"0001ff", "0000"}) {
        const octets name = tlv(0x30, tlv(0x31, hex("3080") + hex("060355040a") + hex(value) + hex("0000")));
        CHECK(answer([&](forge& c) { c.issuer = name; }) == loads);
    }
    // A fault inside is met before the end is missed.
    CHECK(answer([](forge& c) { c.inner_algorithm = hex("3080") + hex("06032b6570") + hex("0500"); }) == linux_error::ebadmsg);
    CHECK(answer([](forge& c) { c.spki = hex("3080") + algorithm(hex("06032b6570")) + bit_string(p256_point); }) == linux_error::enopkg);
}
