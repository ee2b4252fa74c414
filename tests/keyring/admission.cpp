// SPDX-License-Identifier: BSL-1.0
//
// The certificates that a keyring accepts, rule by rule as measured on Linux 6.12, and strict's result for each. The
// certificates are forged and signed with keys of the corpus.
#include <modsig/keyring/entry_rules.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/policy/linux_modsign.hpp>

#include "../key/forge.hpp"
#include "../support/corpus.hpp"

#include <botan/auto_rng.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>

#include <doctest/doctest.h>

#include <memory>

using namespace modsig;

namespace {

using engine_type = engine::botan;
using ring = keyring::store<engine_type>;

constexpr auto loads = linux_error::none;

// ---- asking ---------------------------------------------------------------------------------------------------------------

template <class Reading>
failure add(const octets& der) {
    ring keys;
    const auto taken = keys.add<Reading>(der);
    return taken ? failure{errc::none} : taken.error();
}
linux_error in_linux(const octets& der) {
    const failure why = add<linux_reading>(der);
    return why.code == errc::none ? loads : why.linux_errno();
}
errc strictly(const octets& der) { return add<strict_reading>(der).code; }

// ---- keys and certificates that sign themselves --------------------------------------------------------------------------

struct signer {
    octets spki;
    std::unique_ptr<Botan::Private_Key> secret;

    explicit signer(const std::string& name) : spki(corpus::file("keys/" + name + ".pub.der")) {
        const octets pem = corpus::file("keys/" + name + ".key.pem");
        Botan::DataSource_Memory source(pem.data(), pem.size());
#if BOTAN_VERSION_MAJOR >= 3
        secret = Botan::PKCS8::load_key(source);
#else
        Botan::AutoSeeded_RNG rng;
        secret.reset(Botan::PKCS8::load_key(source, rng));
#endif
    }

    octets sign(const octets& message, const std::string& padding, bool der) const {
        static Botan::AutoSeeded_RNG rng;
#if BOTAN_VERSION_MAJOR >= 3
        Botan::PK_Signer by(*secret, rng, padding, der ? Botan::Signature_Format::DerSequence : Botan::Signature_Format::Standard);
#else
        Botan::PK_Signer by(*secret, rng, padding, der ? Botan::DER_SEQUENCE : Botan::IEEE_1363);
#endif
        return by.sign_message(message, rng);
    }
};

const signer& owner(const std::string& name) {
    static std::map<std::string, signer> known;
    return known.try_emplace(name, name).first->second;
}

struct algorithm_case {
    const char* oid;
    const char* padding;
};
const algorithm_case rsa_sha256{"06092a864886f70d01010b", "PKCS1v15(SHA-256)"};
const algorithm_case ecdsa_sha256{"06082a8648ce3d040302", "EMSA1(SHA-256)"};

/// A certificate that has signed itself, changed before and after the signing.
template <class Before, class After>
octets self_signed(const std::string& name, const algorithm_case& how, Before before, After after) {
    forge it;
    it.issuer = it.subject = common_name("root");
    it.spki = owner(name).spki;
    it.inner_algorithm = it.outer_algorithm = algorithm(hex(how.oid));
    before(it);
    it.signature = bit_string(owner(name).sign(it.tbs(), how.padding, std::string_view(how.padding).starts_with("EMSA1")));
    after(it);
    return it;
}
constexpr auto unchanged = [](forge&) {};
template <class Before>
octets self_signed(const std::string& name, const algorithm_case& how, Before before) {
    return self_signed(name, how, before, unchanged);
}
octets self_signed(const std::string& name, const algorithm_case& how) { return self_signed(name, how, unchanged, unchanged); }

/// A changed certificate that is not self-signed: Linux checks neither key nor signature.
template <class Change>
linux_error other(Change change) {
    return in_linux(forged(change));
}

octets bad_point() {
    octets point = p256_point;
    point.back() ^= 1;
    return point;
}

}  // namespace

// ---- signatures -----------------------------------------------------------------------------------------------------------

TEST_CASE("self-signed certificates of the corpus enter in both readings; Linux accepts RSA keys of its sizes and no Ed25519") {
    std::size_t count = 0;
    for (const char* name : {"rsa512", "rsa768", "rsa1024", "rsa2048", "rsa2048e3", "rsa3072", "rsa4096", "p256", "p384", "p521", "ed25519",
                             "ca", "noskid", "expired", "nodigsig", "unknown"}) {
        CAPTURE(name);
        const octets der = corpus::file(std::string("keys/") + name + ".cert.der");
        CHECK(strictly(der) == errc::none);
        const auto expected = std::string_view(name) == "rsa768" ? linux_error::einval
                              : std::string_view(name) == "ed25519" ? linux_error::enopkg
                                                                    : loads;
        CHECK(in_linux(der) == expected);
        ++count;
    }
    CHECK(count == 16);
}

TEST_CASE("RSA with PKCS#1 v1.5 and ECDSA enter with SHA-1, SHA-2 and SHA-3") {
    std::size_t count = 0;
    for (const algorithm_case& how : {algorithm_case{"06092a864886f70d010105", "PKCS1v15(SHA-1)"},
                                      algorithm_case{"06092a864886f70d01010e", "PKCS1v15(SHA-224)"}, rsa_sha256,
                                      algorithm_case{"06092a864886f70d01010c", "PKCS1v15(SHA-384)"},
                                      algorithm_case{"06092a864886f70d01010d", "PKCS1v15(SHA-512)"},
                                      algorithm_case{"060960864801650304030e", "PKCS1v15(SHA-3(256))"},
                                      algorithm_case{"060960864801650304030f", "PKCS1v15(SHA-3(384))"},
                                      algorithm_case{"0609608648016503040310", "PKCS1v15(SHA-3(512))"}}) {
        CAPTURE(how.padding);
        const octets der = self_signed("rsa2048", how);
        CHECK(in_linux(der) == loads);
        CHECK(strictly(der) == errc::none);
        ++count;
    }
    for (const algorithm_case& how : {algorithm_case{"06072a8648ce3d0401", "EMSA1(SHA-1)"}, algorithm_case{"06082a8648ce3d040301", "EMSA1(SHA-224)"},
                                      ecdsa_sha256, algorithm_case{"06082a8648ce3d040303", "EMSA1(SHA-384)"},
                                      algorithm_case{"06082a8648ce3d040304", "EMSA1(SHA-512)"},
                                      algorithm_case{"060960864801650304030a", "EMSA1(SHA-3(256))"},
                                      algorithm_case{"060960864801650304030b", "EMSA1(SHA-3(384))"},
                                      algorithm_case{"060960864801650304030c", "EMSA1(SHA-3(512))"}}) {
        CAPTURE(how.padding);
        for (const char* curve : {"p256", "p384", "p521"}) {
            const octets der = self_signed(curve, how);
            CHECK(in_linux(der) == loads);
            CHECK(strictly(der) == errc::none);
            ++count;
        }
    }
    CHECK(count == 32);
}

TEST_CASE("MD5, PSS, EdDSA, unknown algorithms and rsaEncryption do not sign certificates: ENOPKG") {
    for (const char* oid : {"06092a864886f70d010104", "06092a864886f70d01010a", "06032b6570", "06032a0304", "06092a864886f70d010101",
                            "06092a864886f70d010103", "0600"}) {
        CAPTURE(oid);
        const octets id = algorithm(hex(oid));
        CHECK(other([&](forge& c) { c.inner_algorithm = c.outer_algorithm = id; }) == linux_error::enopkg);
        const octets self = forged([&](forge& c) { c.inner_algorithm = c.outer_algorithm = id, c.issuer = c.subject; });
        CHECK(in_linux(self) == linux_error::enopkg);
        CHECK(strictly(self) != errc::none);
    }
    // Strict verifies what the engine supports: a policy decides about MD5, but PSS cannot be verified.
    CHECK(strictly(self_signed("rsa2048", {"06092a864886f70d010104", "PKCS1v15(MD5)"})) == errc::none);
    CHECK(strictly(forged([](forge& c) {
              c.inner_algorithm = c.outer_algorithm = algorithm(hex("06092a864886f70d01010a"));
              c.issuer = c.subject;
              c.spki = owner("rsa2048").spki;
          })) == errc::unsupported_algorithm);
}

TEST_CASE("the algorithm inside and the one outside differ: EINVAL") {
    const octets sha384 = algorithm(hex("06082a8648ce3d040303"));
    CHECK(other([&](forge& c) { c.outer_algorithm = sha384; }) == linux_error::einval);
    const octets self = self_signed("p256", ecdsa_sha256, unchanged, [&](forge& c) { c.outer_algorithm = sha384; });
    CHECK(in_linux(self) == linux_error::einval);
    CHECK(strictly(self) == errc::inconsistent_algorithms);
}

TEST_CASE("a self-signed certificate whose body was changed: EKEYREJECTED") {
    const auto change = [](forge& c) { c.serial = hex("02020103"); };
    for (const octets& der : {self_signed("rsa2048", rsa_sha256, unchanged, change), self_signed("p384", ecdsa_sha256, unchanged, change)}) {
        CHECK(in_linux(der) == linux_error::ekeyrejected);
        CHECK(strictly(der) == errc::signature_mismatch);
    }
    const octets ed25519 = self_signed("ed25519", {"06032b6570", "Pure"}, unchanged, change);
    CHECK(strictly(ed25519) == errc::signature_mismatch);
    CHECK(strictly(self_signed("ed25519", {"06032b6570", "Pure"})) == errc::none);
}

TEST_CASE("a self-signed certificate whose signature was changed: the raw error") {
    const auto signature = [](const std::string& name, const algorithm_case& how, const octets& value) {
        return self_signed(name, how, unchanged, [&](forge& c) { c.signature = bit_string(value); });
    };
    CHECK(in_linux(signature("rsa2048", rsa_sha256, octets(256, 2))) == linux_error::einval);
    CHECK(strictly(signature("rsa2048", rsa_sha256, octets(256, 2))) == errc::signature_mismatch);
    CHECK(in_linux(signature("rsa2048", rsa_sha256, octets(255, 2))) == linux_error::einval);
    CHECK(strictly(signature("rsa2048", rsa_sha256, octets(255, 2))) == errc::signature_length);
    CHECK(in_linux(signature("rsa2048", rsa_sha256, {})) == linux_error::einval);
    CHECK(in_linux(signature("p256", ecdsa_sha256, {})) == linux_error::ebadmsg);
    CHECK(in_linux(signature("p256", ecdsa_sha256, hex("3006020100020101"))) == linux_error::ebadmsg);
    CHECK(in_linux(signature("p256", ecdsa_sha256, hex("3006020101020101"))) == linux_error::ekeyrejected);
    CHECK(in_linux(signature("p256", ecdsa_sha256, hex("30050201010200"))) == linux_error::einval);
    CHECK(strictly(signature("p256", ecdsa_sha256, hex("3006020100020101"))) == errc::signature_out_of_range);
    CHECK(strictly(signature("p256", ecdsa_sha256, hex("3006020101020101"))) == errc::signature_mismatch);

    // BER in the signature, which Linux reads.
    const octets trailing = self_signed("p256", ecdsa_sha256, unchanged, [](forge& c) {
        octets value(c.signature.begin() + 3, c.signature.end());
        value.push_back(0);
        c.signature = bit_string(value);
    });
    CHECK(in_linux(trailing) == loads);
    CHECK(strictly(trailing) == errc::trailing_garbage);
}

TEST_CASE("a self-signed certificate signed by another algorithm than its key's: EKEYREJECTED, before the key is checked") {
    CHECK(in_linux(self_signed("rsa2048", rsa_sha256, [](forge& c) { c.spki = owner("p256").spki; })) == linux_error::ekeyrejected);
    CHECK(strictly(self_signed("rsa2048", rsa_sha256, [](forge& c) { c.spki = owner("p256").spki; })) == errc::key_type_mismatch);
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [](forge& c) { c.spki = owner("rsa2048").spki; })) == linux_error::ekeyrejected);
    const auto bad_ec = [](forge& c) { c.spki = make_spki(ec_public_key + prime256v1, {4, 1, 2}); };
    CHECK(in_linux(self_signed("rsa2048", rsa_sha256, bad_ec)) == linux_error::ekeyrejected);
    const auto bad_rsa = [](forge& c) { c.spki = make_spki(rsa_encryption + asn1_null, {0x30, 1}); };
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, bad_rsa)) == linux_error::ekeyrejected);
    // The curve is not part of the algorithm: numbers of P-384 are too long for P-256, those of P-256 fit P-384.
    CHECK(in_linux(self_signed("p384", ecdsa_sha256, [](forge& c) { c.spki = owner("p256").spki; })) == linux_error::einval);
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [](forge& c) { c.spki = owner("p384").spki; })) == linux_error::ekeyrejected);
}

TEST_CASE("a signature that is no BIT STRING of whole bytes: EBADMSG, self-signed or not") {
    for (const octets& signature : {octets{3, 0}, octets{3, 2, 1, 0}, octets{4, 2, 0, 0}, octets{}}) {
        CHECK(other([&](forge& c) { c.signature = signature; }) == linux_error::ebadmsg);
        CHECK(in_linux(self_signed("p256", ecdsa_sha256, unchanged, [&](forge& c) { c.signature = signature; })) == linux_error::ebadmsg);
    }
}

TEST_CASE("a certificate that is not self-signed may have any signature") {
    for (const octets& value : {octets{}, octets{1, 2, 3}, octets(300, 0xff)})
        CHECK(other([&](forge& c) { c.signature = bit_string(value); }) == loads);
    CHECK(other([](forge& c) { c.inner_algorithm = c.outer_algorithm = algorithm(sha256_with_rsa); }) == loads);
}

// ---- keys -----------------------------------------------------------------------------------------------------------------

TEST_CASE("curves are P-192, P-256, P-384 and P-521, by name; others: ENOPKG") {
    for (const char* curve : {"06082a8648ce3d030101", "06082a8648ce3d030107", "06052b81040022", "06052b81040023"})
        CHECK(other([&](forge& c) { c.spki = make_spki(ec_public_key + hex(curve), p256_point); }) == loads);
    for (const char* curve : {"06052b8104000a", "06052b81040021", "06092b2403030208010107", "06032a0304"})
        CHECK(other([&](forge& c) { c.spki = make_spki(ec_public_key + hex(curve), p256_point); }) == linux_error::enopkg);
    for (const char* oid : {"06032b6570", "06032b656e", "06092a864886f70d01010a", "06032a0304"})
        CHECK(other([&](forge& c) { c.spki = make_spki(hex(oid), octets(32, 1)); }) == linux_error::enopkg);
}

TEST_CASE("parameters of a curve that are missing, NULL or explicit: EBADMSG") {
    for (const octets& parameters : {octets{}, asn1_null, tlv(0x30, hex("020101"))})
        CHECK(other([&](forge& c) { c.spki = make_spki(ec_public_key + parameters, p256_point); }) == linux_error::ebadmsg);
}

TEST_CASE("a self-signed RSA key of another size than 512, 1024, 1536, 2048, 3072 or 4096 bits: EINVAL") {
    const octets der = self_signed("rsa768", rsa_sha256);
    CHECK(in_linux(der) == linux_error::einval);
    CHECK(strictly(der) == errc::none);  // weak is the policy's word
    CHECK(in_linux(self_signed("rsa512", rsa_sha256)) == loads);
}

TEST_CASE("a self-signed point that is compressed, hybrid, off the curve or of wrong length: EINVAL") {
    const octets x(p256_point.begin() + 1, p256_point.begin() + 33);
    octets hybrid = p256_point, shorter = p256_point;
    hybrid[0] = static_cast<std::uint8_t>(6 | (p256_point.back() & 1));
    shorter.pop_back();
    octets origin(65);
    origin[0] = 4;
    const octets compressed = octets{static_cast<std::uint8_t>(2 | (p256_point.back() & 1))} + x;
    std::size_t count = 0;
    for (const octets& point : {compressed, hybrid, bad_point(), shorter, p256_point + octets{0}, origin, octets{0}, octets{}}) {
        const octets spki = make_spki(ec_public_key + prime256v1, point);
        CHECK(in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.spki = spki; })) == linux_error::einval);
        CHECK(strictly(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.spki = spki; })) == errc::bad_key);
        ++count;
    }
    CHECK(count == 8);
}

TEST_CASE("a self-signed RSA key that does not parse: EBADMSG; without n or e, or with e longer than n: EINVAL") {
    const auto with = [](const octets& bits) {
        return in_linux(self_signed("rsa2048", rsa_sha256, [&](forge& c) { c.spki = make_spki(rsa_encryption + asn1_null, bits); }));
    };
    CHECK(with({}) == linux_error::ebadmsg);
    CHECK(with({0x30, 3, 2, 1, 5}) == linux_error::ebadmsg);
    CHECK(with(hex("0400")) == linux_error::ebadmsg);
    CHECK(with(rsa_public_key({}, {1, 0, 1})) == linux_error::einval);
    CHECK(with(rsa_public_key(octets(256, 0x81), {})) == linux_error::einval);
    CHECK(with(rsa_public_key({5}, {1, 0, 1})) == linux_error::einval);
}

TEST_CASE("a certificate that is not self-signed keeps a malformed key, which is refused when it is used") {
    for (const auto& [bits, why] : {std::pair{make_spki(ec_public_key + prime256v1, bad_point()), errc::bad_key},
                                    std::pair{make_spki(ec_public_key + prime256v1, {2, 1, 2}), errc::bad_key},
                                    std::pair{make_spki(rsa_encryption, {0x30, 3, 2, 1, 5}), errc::bad_der}}) {
        const octets spki = bits;
        const errc fault = why;
        const octets der = forged([&](forge& c) { c.spki = spki; });
        ring keys;
        const auto taken = keys.add<linux_reading>(der);
        REQUIRE(taken);
        CHECK(taken->fault == fault);
        REQUIRE(keys.keys().size() == 1);
        CHECK(keys.keys()[0].info.fault == fault);
        CHECK(strictly(der) != errc::none);
    }
    CHECK(strictly(forged([](forge& c) { c.spki = make_spki(ec_public_key + prime256v1, bad_point()); })) == errc::bad_key);
    CHECK(strictly(forge{}) == errc::none);
}

TEST_CASE("a key that is no BIT STRING of whole bytes: EBADMSG") {
    CHECK(other([](forge& c) { c.spki = tlv(0x30, algorithm(rsa_encryption) + bit_string({1}, 1)); }) == linux_error::ebadmsg);
    CHECK(other([](forge& c) { c.spki = tlv(0x30, algorithm(rsa_encryption) + octets{3, 0}); }) == linux_error::ebadmsg);
    CHECK(other([](forge& c) { c.spki = tlv(0x30, algorithm(rsa_encryption) + octets{4, 1, 0}); }) == linux_error::ebadmsg);
}

// ---- who is self-signed ------------------------------------------------------------------------------------------------------

TEST_CASE("a certificate is self-signed where its names are the same bytes and its authorityKeyIdentifier, if any, fits") {
    const octets skid = extension(14, hex("0403aabbcc")), name = common_name("root");
    const auto akid = [](const octets& inside) { return extension(35, tlv(0x30, inside)); };
    const octets same_id = hex("8003aabbcc"), other_id = hex("8003aabbcd");
    const octets same_name = tlv(0xa1, tlv(0xa4, name)) + hex("82020102"), other_name = tlv(0xa1, tlv(0xa4, name)) + hex("82020103");
    // What does not count as self-signed enters with its bad signature.
    const auto with = [&](const octets& extensions) {
        return in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = extensions; },
                                    [](forge& c) { c.signature = bit_string(hex("3006020101020101")); }));
    };
    CHECK(with(skid) == linux_error::ekeyrejected);
    CHECK(with(skid + akid({})) == linux_error::ekeyrejected);
    CHECK(with(skid + akid(same_id)) == linux_error::ekeyrejected);
    CHECK(with(skid + akid(same_name)) == linux_error::ekeyrejected);
    CHECK(with(skid + akid(same_id + same_name)) == linux_error::ekeyrejected);
    CHECK(with(skid + akid(other_id)) == loads);
    CHECK(with(skid + akid(other_name)) == loads);
    CHECK(with(skid + akid(other_id + other_name)) == loads);
    CHECK(with(akid(same_id) + extension(30, hex("3000"))) == loads);  // no subjectKeyIdentifier to compare with
    // The same name in another string type is another name.
    const octets printable = tlv(0x30, tlv(0x31, tlv(0x30, hex("0603550403") + tlv(0x13, text("root")))));
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.issuer = printable; },
                               [](forge& c) { c.signature = bit_string({1}); })) == loads);
}

TEST_CASE("an authorityKeyIdentifier whose two parts contradict each other: EKEYREJECTED, however good the signature") {
    const octets skid = extension(14, hex("0403aabbcc")), name = common_name("root");
    const octets names = tlv(0xa1, tlv(0xa4, name));
    for (const octets& inside : {hex("8003aabbcd") + names + hex("82020102"), hex("8003aabbcc") + names + hex("82020103")}) {
        const octets der = self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = skid + extension(35, tlv(0x30, inside)); });
        CHECK(in_linux(der) == linux_error::ekeyrejected);
        CHECK(strictly(der) == errc::key_name_mismatch);
    }
}

// ---- dates ------------------------------------------------------------------------------------------------------------------

namespace {
linux_error with_not_before(const octets& time) {
    return in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.validity = tlv(0x30, time + utc("270101000000Z")); }));
}
}  // namespace

TEST_CASE("dates are not compared with the clock or each other") {
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [](forge& c) { c.validity = tlv(0x30, utc("270101000000Z") + utc("260101000000Z")); })) == loads);
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [](forge& c) { c.validity = tlv(0x30, utc("700101000000Z") + utc("700101000001Z")); })) == loads);
    CHECK(with_not_before(generalized("99991231235959Z")) == loads);
}

TEST_CASE("UTCTime is YYMMDDHHMMSSZ, from 1970 on") {
    for (const char* time : {"700101000000Z", "991231235959Z", "000101000000Z", "491231235959Z"}) CHECK(with_not_before(utc(time)) == loads);
    for (const char* time : {"500101000000Z", "691231235959Z", "7001010000Z", "70010100000Z", "700101000000", "700101000000+0000", "700101000000z",
                             "7001010000.0Z", "70010100000aZ", "7001010000000Z", ""})
        CHECK(with_not_before(utc(time)) == linux_error::ebadmsg);
}

TEST_CASE("GeneralizedTime is YYYYMMDDHHMMSSZ, and not for 1950 to 2049") {
    for (const char* time : {"20500101000000Z", "99991231235959Z"}) CHECK(with_not_before(generalized(time)) == loads);
    for (const char* time : {"19500101000000Z", "19700101000000Z", "20491231235959Z", "19491231235959Z", "00000101000000Z", "205001010000Z",
                             "20500101000000", "20500101000000.5Z", "20500101000000+0000"})
        CHECK(with_not_before(generalized(time)) == linux_error::ebadmsg);
}

TEST_CASE("days are real, leap years are known") {
    for (const char* time : {"240229000000Z", "000229000000Z", "260430000000Z", "261231000000Z"}) CHECK(with_not_before(utc(time)) == loads);
    for (const char* time : {"230229000000Z", "260431000000Z", "260230000000Z", "260100000000Z", "260132000000Z", "260001000000Z", "261301000000Z"})
        CHECK(with_not_before(utc(time)) == linux_error::ebadmsg);
    CHECK(with_not_before(generalized("24000229000000Z")) == loads);
    CHECK(with_not_before(generalized("21000229000000Z")) == linux_error::ebadmsg);
}

TEST_CASE("24:xx:xx and second 60 are times") {
    for (const char* time : {"260101240000Z", "260101245960Z", "260101235960Z"}) CHECK(with_not_before(utc(time)) == loads);
    for (const char* time : {"260101250000Z", "260101006000Z", "260101000061Z"}) CHECK(with_not_before(utc(time)) == linux_error::ebadmsg);
}

// ---- the rest -----------------------------------------------------------------------------------------------------------------

TEST_CASE("any version number and any serial number enter, extensions in version 1, unique identifiers") {
    for (const octets& version : {octets{}, hex("a003020100"), hex("a003020101"), hex("a003020109"), hex("a00402020002"), hex("a0030201ff")})
        CHECK(in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.version = version; })) == loads);
    for (const octets& serial : {hex("0200"), hex("020100"), hex("02020001"), hex("0201ff"), tlv(2, octets(300, 1))})
        CHECK(in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.serial = serial; })) == loads);
    CHECK(in_linux(self_signed("p256", ecdsa_sha256, [](forge& c) { c.unique_ids = hex("8102000182020001"); })) == loads);
}

TEST_CASE("unknown critical extensions are ignored") {
    const octets critical = extension(30, hex("3000"), true) + tlv(0x30, hex("06032a0304") + hex("0101ff") + tlv(4, {1}));
    const octets der = self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = critical; });
    CHECK(in_linux(der) == loads);
    CHECK(strictly(der) == errc::unsupported_extension);
}

TEST_CASE("names have an RDN, of any string type") {
    for (const std::uint8_t type : octets{0x0c, 0x13, 0x14, 0x16, 0x1e, 0x02, 0x04}) {
        const octets name = tlv(0x30, tlv(0x31, tlv(0x30, hex("0603550403") + tlv(type, text("root")))));
        CHECK(in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.issuer = c.subject = name; })) == loads);
    }
    for (const octets& name : {tlv(0x30, {}), tlv(0x30, tlv(0x31, {})), tlv(0x30, tlv(0x31, tlv(0x30, hex("0603550403"))))})
        CHECK(other([&](forge& c) { c.subject = name; }) == linux_error::ebadmsg);
}

TEST_CASE("one subjectKeyIdentifier, of 1 to 127 bytes; 128 slip through, misread") {
    const auto with = [](const octets& extensions) {
        return in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = extensions; }));
    };
    const octets one = extension(14, hex("0401aa"));
    CHECK(with(one) == loads);
    CHECK(with(extension(14, tlv(4, octets(127, 1)))) == loads);
    CHECK(with(extension(14, tlv(4, octets(128, 1)))) == loads);
    CHECK(with(extension(14, tlv(4, octets(129, 1)))) == linux_error::ebadmsg);
    CHECK(with(extension(14, hex("0400"))) == linux_error::ebadmsg);
    CHECK(with(one + one) == linux_error::ebadmsg);
    CHECK(with(extension(14, hex("0302aabb"))) == linux_error::ebadmsg);
}

TEST_CASE("keyUsage is a BIT STRING with content and fewer than 8 unused bits") {
    const auto with = [](const octets& value) {
        return in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = extension(15, value); }));
    };
    for (const char* good : {"03020780", "03020000", "0303070080", "03020580"}) CHECK(with(hex(good)) == loads);
    for (const char* bad : {"", "03", "0301", "030100", "03020880", "0302ff80", "04020780"}) CHECK(with(hex(bad)) == linux_error::ebadmsg);
}

TEST_CASE("basicConstraints is empty or begins with cA TRUE; FALSE spelled out: EBADMSG") {
    const auto with = [](const octets& value) {
        return in_linux(self_signed("p256", ecdsa_sha256, [&](forge& c) { c.extensions = extension(19, value); }));
    };
    for (const char* good : {"3000", "30030101ff", "30060101ff020100"}) CHECK(with(hex(good)) == loads);
    for (const char* bad : {"", "30", "3003010100", "3003010101", "3003020100", "30030101", "310000", "30030101ff00"})
        CHECK(with(hex(bad)) == linux_error::ebadmsg);
}

TEST_CASE("bytes after the certificate are ignored; above 65535 bytes: EMSGSIZE") {
    const auto with = [](std::size_t more) {
        return self_signed("p256", ecdsa_sha256, unchanged, [&](forge& c) { c.behind = octets(more, 0xff); });
    };
    const std::size_t size = with(0).size();
    CHECK(in_linux(with(1)) == loads);
    CHECK(strictly(with(1)) == errc::trailing_garbage);
    CHECK(in_linux(with(65535 - size)) == loads);
    CHECK(in_linux(with(65536 - size)) == linux_error::emsgsize);
}

TEST_CASE("the digest is of the TBSCertificate as it stands, BER or not") {
    // Linux takes an indefinite length, and digests header and content without the end-of-contents.
    forge it;
    it.issuer = it.subject = common_name("root");
    it.spki = owner("p256").spki;
    const octets tbs = it.tbs();
    const octets inside(tbs.begin() + (tbs[1] == 0x81 ? 3 : tbs[1] == 0x82 ? 4 : 2), tbs.end());
    const octets open = hex("3080") + inside;
    const octets signature = bit_string(owner("p256").sign(open, ecdsa_sha256.padding, true));
    const octets der = tlv(0x30, open + hex("0000") + it.outer_algorithm + signature);
    CHECK(in_linux(der) == loads);
    CHECK(strictly(der) == errc::non_minimal_der);
}

// ---- by the keys of others ---------------------------------------------------------------------------------------------------

TEST_CASE("chains of the corpus hold, link by link, and only upwards") {
    const octets ca_der = corpus::file("keys/ca.cert.der"), middle_der = corpus::file("keys/intermediate.cert.der");
    const octets leaf_der = corpus::file("keys/leaf.cert.der"), p256_der = corpus::file("keys/p256.cert.der");
    const auto ca = key::parse_certificate(ca_der), middle = key::parse_certificate(middle_der);
    const auto leaf = key::parse_certificate(leaf_der), p256 = key::parse_certificate(p256_der);
    REQUIRE((ca && middle && leaf && p256));
    const auto check = [](const auto& subject, const auto& issuer) {
        const auto prepared = engine_type::prepare(issuer->info.key);
        REQUIRE(prepared);
        const auto strict = keyring::check_certificate_signature<engine_type>(*subject, *prepared, issuer->info.key, false);
        const auto lenient = keyring::check_certificate_signature<engine_type>(*subject, *prepared, issuer->info.key, true);
        CHECK(strict.has_value() == lenient.has_value());
        return strict ? errc::none : strict.error().code;
    };
    CHECK(check(ca, ca) == errc::none);
    CHECK(check(middle, ca) == errc::none);
    CHECK(check(leaf, middle) == errc::none);
    CHECK(check(leaf, ca) != errc::none);
    CHECK(check(ca, middle) != errc::none);
    CHECK(check(leaf, leaf) != errc::none);
    CHECK(check(middle, p256) == (fits(p256->info.key.algorithm, middle->signature_algorithm.scheme) ? errc::signature_mismatch : errc::key_type_mismatch));

    key::certificate unknown = *middle;
    unknown.signature_algorithm = {};
    CHECK(check(&unknown, ca) == errc::unsupported_algorithm);
}

TEST_CASE("the only public keys that add_key(2) accepts are certificates, even without the constructed bit of their outer SEQUENCE") {
    const auto says = [](byte_view payload) {
        const auto admitted = policy::linux_modsign::admits(payload);
        return admitted ? linux_error::none : admitted.error().linux_errno();
    };
    octets certificate = corpus::file("keys/rsa2048.cert.der");
    CHECK(says(certificate) == linux_error::none);
    certificate[0] = 0x10;
    CHECK(says(certificate) == linux_error::none);
    CHECK(grammar<linux_reading>::parse_key(certificate)->certificate.size() == certificate.size());
    CHECK(key::parse_any(certificate).error().code == errc::bad_der);
    for (const char* other : {"keys/rsa2048.pub.der", "keys/p256.pub.der", "keys/rsa2048.digsig-v1.bin", "keys/rsa2048.cert.pem"})
        CHECK(says(corpus::file(other)) == linux_error::ebadmsg);
    CHECK(says({}) == linux_error::einval);
}
