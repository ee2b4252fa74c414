// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/x509.hpp>

#include <modsig/linux/key/x509.hpp>

#include "../der/literal.hpp"
#include "forge.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace modsig;

namespace {

// Made by `openssl req -x509` from the kernel's x509.genkey, with P-256.
constexpr auto p256_certificate = literal(
    "3082016130820108a00302010202020102300a06082a8648ce3d040302301a3118301606035504030c0f6d6f647369672074657374206b65793020170d323631"
    "3132333232303830375a180f32313236313033303232303830375a301a3118301606035504030c0f6d6f647369672074657374206b65793059301306072a8648"
    "ce3d020106082a8648ce3d03010703420004160dd89ea7ec558a4ef2e177e6691926858bfb9dce72a22fd2189779dfe843c1776148d1887bfab54876485e0f15"
    "fff1978c50ad74ea64cf5429010248e8552aa33c303a300c0603551d130101ff04023000300b0603551d0f040403020780301d0603551d0e04160414621045af"
    "6a6ed36c26e78033d30fa66ae127607d300a06082a8648ce3d0403020347003044022022512f5ddf4ce5433fe6bb7196bdac8190f8e0659128af960f24dfc51e"
    "adea2a02203d3e94500dc86eb176b4275d05b9dbd3959cdccb1d7381cefc359eacc6d475df");

/// The result for a certificate with one change.
template <class Change>
errc answer(Change change) {
    const octets der = forged(change);
    const auto cert = key::parse_certificate(der);
    return cert ? errc::none : cert.error().code;
}
errc with_extensions(const octets& extensions) {
    return answer([&](forge& c) { c.extensions = extensions; });
}
errc with_validity(const octets& times) {
    return answer([&](forge& c) { c.validity = tlv(0x30, times); });
}

const octets skid = extension(14, hex("0403aabbcc"));

}  // namespace

TEST_CASE("a certificate can be parsed at compile time") {
    constexpr auto cert = key::parse_certificate(p256_certificate);
    CHECK_BOTH(cert.has_value());
    CHECK_BOTH(cert->version == 3);
    CHECK_BOTH(cert->info.key.algorithm == key_algorithm::ecdsa_p256);
    CHECK_BOTH(equal(cert->info.serial, literal("0102")));
    CHECK_BOTH(equal(cert->info.skid, literal("621045af6a6ed36c26e78033d30fa66ae127607d")));
    CHECK_BOTH(key::identified(*cert).has_ima_id && equal(key::identified(*cert).ima_id, literal("e127607d")));
    CHECK_BOTH(cert->info.validity.known && cert->info.validity.not_before == 1795471687);
    CHECK_BOTH(cert->info.validity.not_after == 4949071687);
    CHECK_BOTH(cert->info.purpose.usage_known && cert->info.purpose.digital_signature && !cert->info.purpose.cert_sign);
    CHECK_BOTH(cert->info.purpose.constraints_known && !cert->info.purpose.is_ca);
    CHECK_BOTH(cert->signature_algorithm.scheme == scheme_id::ecdsa);
    CHECK_BOTH(cert->signature_algorithm.digest == digest_id::sha256);
    CHECK_BOTH(cert->signature.size() == 70);
    CHECK_BOTH(cert->self_issued() == key::self_issue::yes);
    CHECK_BOTH(!cert->issued_by.key_id && !cert->issued_by.name);
    CHECK_BOTH(equal(cert->whole, p256_certificate));
    CHECK_BOTH(equal(cert->tbs, byte_view(p256_certificate).subspan(4, 268)));
    CHECK_BOTH(equal(cert->spki, byte_view(p256_certificate).subspan(119, 91)));
    std::array<char, 64> name{};
    CHECK(key::display_name(cert->info.subject, name) == "modsig test key");
}

TEST_CASE("a certificate is a form of a key") {
    CHECK(key::x509::recognises(p256_certificate));
    CHECK(!key::x509::recognises(byte_view(p256_certificate).subspan(4 + 268)));
    const auto info = key::x509::parse(p256_certificate);
    REQUIRE(info);
    const auto id = literal("621045af6a6ed36c26e78033d30fa66ae127607d");
    CHECK(info->matches({key_id_kind::skid, id, {}}));
    CHECK(info->matches({key_id_kind::issuer_serial, info->serial, info->issuer}));
    CHECK(equal(info->certificate, p256_certificate));
    CHECK(key::x509::parse(octets(forge{}))->key.bits == 256);
    CHECK(key::x509::recognises(octets(forge{})));
}

TEST_CASE("versions are 1 and 3, and 1 has no extensions") {
    CHECK(answer([](forge& c) { c.version = hex("a003020101"); }) == errc::unsupported_version);
    CHECK(answer([](forge& c) { c.version = hex("a003020109"); }) == errc::unsupported_version);
    CHECK(answer([](forge& c) { c.version = hex("a00402020002"); }) == errc::non_minimal_der);
    CHECK(answer([](forge& c) { c.version = hex("a003020100"); }) == errc::non_minimal_der);
    CHECK(answer([](forge& c) { c.version = hex("a00402020100"); }) == errc::unsupported_version);
    CHECK(answer([](forge& c) { c.version = {}; }) == errc::bad_structure);
    CHECK(answer([](forge& c) { c.version = {}, c.has_extensions = false; }) == errc::none);
    CHECK(answer([](forge& c) { c.version = {}, c.has_extensions = false, c.unique_ids = hex("81020001"); }) == errc::bad_structure);
    CHECK(answer([](forge& c) { c.unique_ids = hex("8102000182020001"); }) == errc::none);
    CHECK(answer([](forge& c) { c.unique_ids = hex("8202000181020001"); }) == errc::bad_der);
}

TEST_CASE("serial numbers are any minimal integer") {
    CHECK(answer([](forge& c) { c.serial = hex("020100"); }) == errc::none);
    CHECK(answer([](forge& c) { c.serial = hex("0201ff"); }) == errc::none);
    CHECK(answer([](forge& c) { c.serial = tlv(2, octets(40, 1)); }) == errc::none);
    CHECK(answer([](forge& c) { c.serial = hex("02020001"); }) == errc::non_minimal_der);
    CHECK(answer([](forge& c) { c.serial = hex("0200"); }) == errc::bad_der);
}

TEST_CASE("the two AlgorithmIdentifiers of a certificate must be equal") {
    CHECK(answer([](forge& c) { c.outer_algorithm = algorithm(sha256_with_rsa + asn1_null); }) == errc::inconsistent_algorithms);
    CHECK(answer([](forge& c) { c.outer_algorithm = algorithm(ecdsa_with_sha256 + asn1_null); }) == errc::inconsistent_algorithms);
    CHECK(answer([](forge& c) { c.inner_algorithm = c.outer_algorithm = algorithm(ecdsa_with_sha256 + hex("020100")); }) == errc::bad_der);
    CHECK(answer([](forge& c) { c.inner_algorithm = c.outer_algorithm = algorithm(sha256_with_rsa + asn1_null); }) == errc::none);
    CHECK(failure(errc::inconsistent_algorithms).linux_errno() == linux_error::einval);
}

TEST_CASE("a certificate with an unknown signature algorithm still gives its key") {
    const octets der = forged([](forge& c) { c.inner_algorithm = c.outer_algorithm = algorithm(hex("06032a0304") + hex("020100")); });
    const auto cert = key::parse_certificate(der);
    REQUIRE(cert);
    CHECK(cert->signature_algorithm.scheme == scheme_id::none);
    CHECK(equal(cert->signature_algorithm_oid, literal("2a0304")));
}

TEST_CASE("times have the form and the range of RFC 5280") {
    CHECK(with_validity(utc("260101000000Z") + generalized("21000101000000Z")) == errc::none);
    CHECK(with_validity(utc("260101000000Z") + generalized("20490101000000Z")) == errc::bad_time);
    CHECK(with_validity(utc("260101000000") + utc("270101000000Z")) == errc::bad_time);
    CHECK(with_validity(utc("260230000000Z") + utc("270101000000Z")) == errc::bad_time);
    CHECK(with_validity(utc("260101000000Z")) == errc::bad_der);
    CHECK(with_validity({}) == errc::bad_der);
    CHECK(with_validity(tlv(0x13, text("260101000000Z")) + utc("270101000000Z")) == errc::bad_der);
    CHECK(with_validity(utc("270101000000Z") + utc("260101000000Z")) == errc::none);  // a question to policy
}

TEST_CASE("extensions occur once, and critical ones are known") {
    CHECK(with_extensions(skid) == errc::none);
    CHECK(with_extensions({}) == errc::missing_element);
    CHECK(with_extensions(skid + skid) == errc::bad_der);
    CHECK(with_extensions(extension(15, hex("03020780")) + extension(15, hex("03020780"))) == errc::repeated_element);
    CHECK(with_extensions(extension(17, hex("3000")) + extension(17, hex("3000"))) == errc::repeated_element);
    CHECK(with_extensions(extension(17, hex("3000"))) == errc::none);
    CHECK(with_extensions(extension(30, hex("3000"), true)) == errc::unsupported_extension);
    CHECK(with_extensions(extension(15, hex("03020780"), true)) == errc::none);
    CHECK(with_extensions(tlv(0x30, hex("0603551d0e") + hex("010100") + tlv(4, hex("0403aabbcc")))) == errc::non_minimal_der);
    CHECK(with_extensions(tlv(0x30, hex("0603551d0e"))) == errc::bad_der);
    octets many;
    for (std::uint8_t i = 0; i != 33; ++i) many = many + tlv(0x30, tlv(6, {0x2a, i}) + tlv(4, {}));
    CHECK(with_extensions(many) == errc::too_large);
}

TEST_CASE("the extensions that are read have an OID of three bytes, 55 1d and the number") {
    using key::extension_id, key::extension_of_oid;
    CHECK(extension_of_oid(hex("551d0f")) == extension_id::key_usage);
    for (const char* other : {"2a1d0f", "551e0f", "551d0f01", "551d", "551d11"}) CHECK_MESSAGE(extension_of_oid(hex(other)) == extension_id::unknown, other);
}

TEST_CASE("the subject key identifier is a string of 1 to 127 bytes") {
    CHECK(with_extensions(extension(14, hex("0400"))) == errc::bad_der);
    CHECK(with_extensions(extension(14, {})) == errc::bad_der);
    CHECK(with_extensions(extension(14, tlv(4, octets(127, 1)))) == errc::none);
    CHECK(with_extensions(extension(14, tlv(4, octets(128, 1)))) == errc::bad_der);
    CHECK(with_extensions(extension(14, hex("0401aa00"))) == errc::trailing_garbage);
    CHECK(with_extensions(extension(14, hex("0405aa00"))) == errc::bad_der);
}

TEST_CASE("key usage and basic constraints are parsed") {
    const auto purpose = [](const octets& extensions) {
        const octets der = forged([&](forge& c) { c.extensions = extensions; });
        const auto cert = key::parse_certificate(der);
        REQUIRE(cert);
        return cert->info.purpose;
    };
    CHECK(!purpose(skid).usage_known);
    CHECK(purpose(extension(15, hex("03020780"))).digital_signature);
    CHECK(purpose(extension(15, hex("03020204"))).cert_sign);
    CHECK(!purpose(extension(15, hex("03020520"))).digital_signature);
    CHECK(purpose(extension(15, hex("0303078080"))).digital_signature);
    CHECK(with_extensions(extension(15, hex("03020680"))) == errc::non_minimal_der);
    CHECK(with_extensions(extension(15, hex("030207c0"))) == errc::non_minimal_der);
    CHECK(with_extensions(extension(15, hex("030100"))) == errc::bad_der);
    CHECK(with_extensions(extension(15, hex("03020880"))) == errc::bad_der);

    CHECK(!purpose(skid).constraints_known);
    CHECK(purpose(extension(19, hex("3000"))).constraints_known);
    CHECK(!purpose(extension(19, hex("3000"))).is_ca);
    CHECK(purpose(extension(19, hex("30030101ff"))).is_ca);
    CHECK(with_extensions(extension(19, hex("3003010100"))) == errc::non_minimal_der);
    CHECK(with_extensions(extension(19, hex("30060101ff020100"))) == errc::none);
    CHECK(with_extensions(extension(19, hex("30060101ff0201ff"))) == errc::bad_der);
    CHECK(with_extensions(extension(19, hex("3003020100"))) == errc::bad_structure);
}

TEST_CASE("path lengths and extended key usages are parsed") {
    const octets der = forged([&](forge& c) {
        c.extensions = extension(19, hex("30060101ff020103")) + extension(37, tlv(0x30, hex("06082b06010505070303")));
    });
    const auto cert = key::parse_certificate(der);
    REQUIRE(cert);
    CHECK(cert->info.purpose.path_length == 3);
    CHECK(!cert->extended_key_usage.empty());
    CHECK(cert->info.purpose.extended_usage_known);
    CHECK(cert->info.purpose.code_signing);
    const octets server = forged([&](forge& c) { c.extensions = extension(37, tlv(0x30, hex("06082b06010505070301"))); });
    CHECK(key::parse_certificate(server)->info.purpose.extended_usage_known);
    CHECK(!key::parse_certificate(server)->info.purpose.code_signing);
    const octets any = forged([&](forge& c) { c.extensions = extension(37, tlv(0x30, hex("0604551d2500"))); });
    CHECK(key::parse_certificate(any)->info.purpose.code_signing);
    CHECK(with_extensions(extension(37, hex("3000"))) == errc::missing_element);
}

TEST_CASE("the authority is a key identifier, or an issuer and a serial number") {
    const octets issuer = common_name("root"), serial = hex("82020304");
    const octets both = tlv(0x30, hex("8003ddeeff") + tlv(0xa1, tlv(0x82, text("host")) + tlv(0xa4, issuer)) + serial);
    const octets der = forged([&](forge& c) { c.extensions = extension(35, both); });
    const auto cert = key::parse_certificate(der);
    REQUIRE(cert);
    REQUIRE(cert->issued_by.key_id);
    REQUIRE(cert->issued_by.name);
    CHECK(equal(*cert->issued_by.key_id, literal("ddeeff")));
    CHECK(equal(cert->issued_by.name->serial, literal("0304")));
    CHECK(tlv(0x30, octets(cert->issued_by.name->issuer.begin(), cert->issued_by.name->issuer.end())) == issuer);
    CHECK(with_extensions(extension(35, tlv(0x30, {}))) == errc::none);
    CHECK(with_extensions(extension(35, tlv(0x30, serial))) == errc::bad_der);
    CHECK(with_extensions(extension(35, tlv(0x30, tlv(0xa1, tlv(0xa4, issuer))))) == errc::bad_der);
    CHECK(with_extensions(extension(35, tlv(0x30, hex("a100") + serial))) == errc::missing_element);
    CHECK(with_extensions(extension(35, tlv(0x30, tlv(0xa1, hex("8900")) + serial))) == errc::bad_der);
    CHECK(with_extensions(extension(35, tlv(0x30, hex("83020304")))) == errc::bad_der);
    CHECK(with_extensions(extension(35, hex("300000"))) == errc::trailing_garbage);
}

TEST_CASE("a certificate is self-issued if its Names are the same and its authority is itself") {
    const octets name = common_name("root");
    const auto issue = [&](const octets& authority) {
        const octets der = forged([&](forge& c) {
            c.issuer = c.subject = name;
            c.extensions = skid + (authority.empty() ? octets{} : extension(35, tlv(0x30, authority)));
        });
        const auto cert = key::parse_certificate(der);
        if (!cert) return cert.error().code == errc::key_name_mismatch ? key::self_issue::contradictory : key::self_issue{99};
        return cert->self_issued();
    };
    const octets right_id = hex("8003aabbcc"), wrong_id = hex("8003aabbcd");
    const octets right_name = tlv(0xa1, tlv(0xa4, name)) + hex("82020102"), wrong_name = tlv(0xa1, tlv(0xa4, name)) + hex("82020103");
    CHECK(issue({}) == key::self_issue::yes);
    CHECK(issue(right_id) == key::self_issue::yes);
    CHECK(issue(right_name) == key::self_issue::yes);
    CHECK(issue(right_id + right_name) == key::self_issue::yes);
    CHECK(issue(wrong_id) == key::self_issue::no);
    CHECK(issue(wrong_name) == key::self_issue::no);
    CHECK(issue(wrong_id + wrong_name) == key::self_issue::no);
    CHECK(issue(right_id + wrong_name) == key::self_issue::contradictory);
    CHECK(issue(wrong_id + right_name) == key::self_issue::contradictory);
    CHECK(key::parse_certificate(octets(forge{}))->self_issued() == key::self_issue::no);
}

TEST_CASE("the fault of a certificate's key is that of the certificate") {
    CHECK(answer([](forge& c) { c.spki = make_spki(ec_public_key + prime256v1, {4, 1, 2}); }) == errc::bad_key);
    CHECK(answer([](forge& c) { c.spki = make_spki(ec_public_key + hex("06052b8104000a"), p256_point); }) == errc::unsupported_key);
    CHECK(answer([](forge& c) { c.spki = make_spki(hex("06032b6570"), octets(32, 7)); }) == errc::none);
    CHECK(answer([](forge& c) { c.spki = {}; }) == errc::bad_der);
}

TEST_CASE("without a subject key identifier the IMA identifier is calculated from the key") {
    const octets der = forged([](forge& c) { c.has_extensions = false; });
    const auto cert = key::parse_certificate(der);
    const octets spki = forge{}.spki;
    REQUIRE(cert);
    CHECK(cert->info.skid.empty());
    CHECK(key::identified(*cert).ima_id == key::spki::parse(spki)->ima_id);
    const octets shorter = forged([](forge& c) { c.extensions = skid; });  // three bytes
    CHECK(!key::identified(*key::parse_certificate(shorter)).has_ima_id);
}

TEST_CASE("bytes behind a certificate are refused") {
    CHECK(answer([](forge& c) { c.behind = {0}; }) == errc::trailing_garbage);
    CHECK(answer([](forge& c) { c.signature = c.signature + octets{5, 0}; }) == errc::bad_der);
    CHECK(answer([](forge& c) { c.signature = bit_string({1}, 1); }) == errc::bad_der);
    CHECK(answer([](forge& c) { c.signature = {3, 0}; }) == errc::bad_der);
    CHECK(answer([](forge& c) { c.signature = {}; }) == errc::bad_der);
    for (std::size_t size = 0; size != p256_certificate.size(); ++size)
        CHECK(key::parse_certificate(byte_view(p256_certificate).first(size)).error().code == errc::truncated);
}

TEST_CASE("faults have their offset") {
    const octets der = forged([](forge& c) { c.serial = hex("02020001"); });
    const std::size_t before = 3 + 3 + 5;  // the headers of the two outer SEQUENCEs, and the version
    REQUIRE(equal(byte_view(der).subspan(before, 4), literal("02020001")));
    CHECK(key::parse_certificate(der).error().offset == before);
    CHECK(key::parse_certificate(der, 1000).error().offset == 1000 + before);
}

TEST_CASE("strict: parts of certificates that Linux refuses or parses differently are refused") {
    const auto both = [](std::uint8_t id, const octets& value) {
        const octets der = forged([&](forge& c) { c.extensions = extension(id, value); });
        const auto in_linux = kernel::parse_certificate(der);
        const auto strictly = key::parse_certificate(der);
        return std::pair(strictly ? errc::none : strictly.error().code, in_linux ? errc::none : in_linux.error().code);
    };
    using answers = std::pair<errc, errc>;
    // pathLenConstraint: one byte
    CHECK(both(19, hex("30060101ff02017f")) == answers(errc::none, errc::none));
    CHECK(both(19, hex("30070101ff02020080")) == answers(errc::bad_der, errc::none));
    CHECK(both(19, hex("30070101ff02027fff")) == answers(errc::bad_der, errc::none));
    // keyUsage: two bytes of bits
    CHECK(both(15, hex("03020780")) == answers(errc::none, errc::none));
    CHECK(both(15, hex("0303078080")) == answers(errc::none, errc::none));
    CHECK(both(15, hex("040400848001")) == answers(errc::bad_der, errc::bad_der));
    CHECK(both(15, hex("030500848001") + octets{1}) == answers(errc::bad_der, errc::none));
    CHECK(both(15, hex("030400848001")) == answers(errc::bad_der, errc::none));
    // GeneralNames of an authority: exact tags
    const octets issuer = tlv(0xa4, common_name("root"));
    const auto authority = [&](const octets& name, const octets& serial) { return both(35, tlv(0x30, tlv(0xa1, name + issuer) + serial)); };
    CHECK(authority({}, hex("820105")) == answers(errc::none, errc::none));
    CHECK(authority(tlv(0x86, text("uri")), hex("820105")) == answers(errc::none, errc::none));
    CHECK(authority(tlv(0xa6, text("uri")), hex("820105")) == answers(errc::bad_der, errc::bad_der));
    CHECK(authority(tlv(0x80, text("x")), hex("820105")) == answers(errc::bad_der, errc::bad_der));
    CHECK(authority(tlv(0x84, text("x")), hex("820105")).first == errc::bad_der);
    CHECK(authority(tlv(0xa8, text("x")), hex("820105")) == answers(errc::bad_der, errc::bad_der));
    CHECK(authority(tlv(0x85, text("x")), hex("820105")) == answers(errc::bad_der, errc::bad_der));
    // its serial number: an INTEGER
    CHECK(authority({}, hex("82020005")) == answers(errc::non_minimal_der, errc::none));
    CHECK(authority({}, hex("8200")) == answers(errc::bad_der, errc::none));
}

TEST_CASE("strict: parameters of algorithms are as their RFC requires") {
    const auto both = [](const octets& spki, const octets& signature) {
        const octets der = forged([&](forge& c) { c.spki = spki, c.inner_algorithm = c.outer_algorithm = algorithm(signature); });
        return std::pair(key::parse_certificate(der).has_value(), kernel::parse_certificate(der).has_value());
    };
    using answers = std::pair<bool, bool>;
    const octets point = make_spki(ec_public_key + prime256v1, p256_point);
    CHECK(both(point, ecdsa_with_sha256) == answers(true, true));
    CHECK(both(point, ecdsa_with_sha256 + asn1_null) == answers(false, true));
    CHECK(both(point, sha256_with_rsa + asn1_null) == answers(true, true));
    CHECK(both(point, sha256_with_rsa) == answers(true, true));
    const octets rsa = rsa_public_key(octets{0} + octets(256, 0xc1), {1, 0, 1});
    CHECK(both(make_spki(rsa_encryption + asn1_null, rsa), ecdsa_with_sha256) == answers(true, true));
    CHECK(both(make_spki(rsa_encryption, rsa), ecdsa_with_sha256) == answers(false, true));
}

TEST_CASE("strict: a SET of a Name has no repeated attribute") {
    const octets attribute = tlv(0x30, tlv(0x06, {0x55, 0x04, 3}) + tlv(0x0c, text("x")));
    const octets der = forged([&](forge& c) { c.subject = tlv(0x30, tlv(0x31, attribute + attribute)); });
    CHECK(key::parse_certificate(der).error().code == errc::repeated_element);
    CHECK(kernel::parse_certificate(der));
}
