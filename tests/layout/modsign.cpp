// SPDX-License-Identifier: BSL-1.0
// MODSIGN: the worked examples of the format, faults of the container with their offsets, detached messages, the form of 3.7.
#include <modsig/layout/modsign.hpp>
#include <modsig/layout/modsign_x509.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"
#include "../support/example.hpp"
#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace modsig;

namespace {

using ring = keyring::store<engine::botan>;
template <class Policy, class... Layout>
using verifier_of = verifier<layouts<Layout...>, engine::botan, Policy>;
using octets = std::vector<std::uint8_t>;

octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// Made by sign-file 6.1 and OpenSSL 3.0.
const octets payload = hex(example::payload);
const octets rsa_certificate = hex(example::rsa_certificate);
const octets p256_certificate = hex(example::p256_certificate);
const octets rsa_value = hex(
    "073b147d8da9eea73912d5b685431eff10c1c78ddc46367b1249a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed79d0de90b34be6be14a0178208"
    "12a5e75acd7b0333f7e629462503108b5bc7e7daf3a090f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e9327fbbe58d1a9a3ae99917c4407e383764d");
const octets by_issuer = hex(
    "3082010006092a864886f70d010702a081f23081ef020101310d300b0609608648016503040201300b06092a864886f70d0107013181cd3081ca020101302630"
    "1a3118301606035504030c0f6d6f647369672074657374206b657902081122334455667788300b0609608648016503040201300d06092a864886f70d01010105"
    "00048180") + rsa_value;
constexpr std::uint8_t by_skid_head[] = {
    0x30, 0x81, 0xee, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x81, 0xe0, 0x30, 0x81, 0xdd, 0x02, 0x01,
    0x03, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86,
    0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0x31, 0x81, 0xbb, 0x30, 0x81, 0xb8, 0x02, 0x01, 0x03, 0x80, 0x14, 0x72, 0x04, 0xc2, 0xbe,
    0xc5, 0x6c, 0x7b, 0xb6, 0x90, 0x88, 0xb3, 0xbc, 0x33, 0x26, 0x87, 0x8e, 0xea, 0x8b, 0xf9, 0xe0, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
    0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    0x04, 0x81, 0x80};
const octets by_skid = octets(std::begin(by_skid_head), std::end(by_skid_head)) + rsa_value;
const octets by_p256 = hex(
    "3081bd06092a864886f70d010702a081af3081ac020101310d300b0609608648016503040202300b06092a864886f70d01070131818a3081870201013020301a"
    "3118301606035504030c0f6d6f647369672074657374206b657902020102300b0609608648016503040202300a06082a8648ce3d04030304473045022100ee9a"
    "a436dc2c0f821afe0ec6c865b8554db980300458b1a8e3e458d69587eb1802206e3a4411b993a92674b7a22bb8d6b7d11dca1de0b7582da13c56da816cf41840");
const octets form_of_3_7 = hex("6d6f647369672074657374206b65797204c2bec56c7bb69088b3bc3326878eea8bf9e00080") + rsa_value +
                           hex("0104010f1400000000000082") + hex("7e4d6f64756c65207369676e617475726520617070656e6465647e0a");

/// Offsets of the trailer's fields from the end of the image.
constexpr std::size_t marker_size = 28, trailer_size = 40;

octets trailer(std::size_t size, std::uint8_t type = 2) {
    octets fields{0, 0, type, 0, 0, 0, 0, 0};
    for (const std::uint8_t byte : store_be<4>(static_cast<std::uint32_t>(size))) fields.push_back(byte);
    for (const char c : layout::module_trailer::marker) fields.push_back(static_cast<std::uint8_t>(c));
    return fields;
}
octets appended(const octets& content, const octets& message) { return content + message + trailer(message.size()); }

ring ring_of(std::initializer_list<octets> certificates) {
    ring keys;
    for (const octets& certificate : certificates) REQUIRE(keys.add(certificate));
    return keys;
}

/// The certificates of the examples begin on 23 November 2026.
constexpr context today{.now = 1795500000};

appraisal strictly(const octets& image, const ring& keys) {
    return verifier_of<policy::strict, layout::modsign>{keys}.appraise(subject{image}, today);
}
appraisal plainly(const octets& image, const ring& keys) {
    return verifier_of<policy::legacy, layout::modsign>{keys}.appraise(subject{image}, today);
}
appraisal as_linux(const octets& image, const ring& keys) {
    return verifier_of<policy::linux_modsign, layout::modsign>{keys}.appraise(subject{image}, today);
}

}  // namespace

TEST_CASE("modules signed by sign-file verify with either signer identifier, and the content is unchanged") {
    const ring keys = ring_of({rsa_certificate, p256_certificate});
    struct example {
        octets message;
        digest_id digest;
        key_id_kind kind;
        octets key_id;
    };
    for (const example& e : {example{by_issuer, digest_id::sha256, key_id_kind::issuer_serial, hex("1122334455667788")},
                             example{by_skid, digest_id::sha256, key_id_kind::skid, hex("7204c2bec56c7bb69088b3bc3326878eea8bf9e0")},
                             example{by_p256, digest_id::sha384, key_id_kind::issuer_serial, hex("0102")}}) {
        auto proof = verifier_of<policy::legacy, layout::modsign>{keys}.verify(appended(payload, e.message), today);
        REQUIRE(proof);
        CHECK(equal(proof->content(), payload));
        CHECK(proof->layout() == "modsign");
        CHECK(proof->digest().id == e.digest);
        CHECK(proof->key_id().kind == e.kind);
        CHECK(equal(proof->key_id().view(), e.key_id));
        CHECK(as_linux(appended(payload, e.message), keys).outcome == verdict::verified);
    }
    CHECK(strictly(appended(payload, by_issuer), keys).why.code == errc::weak_key);
    CHECK(strictly(appended(payload, by_p256), keys).outcome == verdict::verified);
    CHECK(strictly(appended(payload, by_p256), ring_of({rsa_certificate})).why.code == errc::key_not_found);
}

TEST_CASE("a signed module with a changed or missing byte is refused") {
    const ring keys = ring_of({rsa_certificate, p256_certificate});
    std::size_t changed = 0, cut = 0;
    for (const octets& message : {by_issuer, by_skid, by_p256}) {
        const octets good = appended(payload, message);
        REQUIRE(plainly(good, keys).outcome == verdict::verified);
        for (std::size_t i = 0; i != good.size(); ++i)
            for (unsigned bit = 0; bit != 8; ++bit, ++changed) {
                octets bad = good;
                bad[i] = static_cast<std::uint8_t>(bad[i] ^ 1u << bit);
                CHECK(plainly(bad, keys).outcome == verdict::rejected);
            }
        for (std::size_t size = 0; size != good.size(); ++size, ++cut) {
            CHECK(plainly(octets(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), keys).outcome == verdict::rejected);
            CHECK(plainly(octets(good.end() - static_cast<std::ptrdiff_t>(size), good.end()), keys).outcome == verdict::rejected);
        }
    }
    MESSAGE(changed << " flipped bits, " << cut << " truncations at each end");
}

TEST_CASE("faults of the container have their offset") {
    const ring keys = ring_of({rsa_certificate});
    const octets good = appended(payload, by_issuer);
    const std::size_t fields = good.size() - trailer_size;
    const auto with = [&](std::size_t at, std::uint8_t value) {
        octets bad = good;
        bad[at] = value;
        return bad;
    };
    const auto answers = [&](const octets& image, errc code, std::uint64_t offset, linux_error error) {
        const appraisal said = plainly(image, keys), kernel = as_linux(image, keys);
        CHECK(said.why.code == code);
        CHECK(said.why.offset == offset);
        CHECK(kernel.why.linux_errno() == error);
    };
    const octets marker(good.end() - marker_size, good.end());
    answers({}, errc::no_signature, 0, linux_error::einval);
    answers(payload, errc::no_signature, payload.size(), linux_error::enodata);
    answers(octets(good.begin(), good.end() - 1), errc::no_signature, good.size() - 1, linux_error::enodata);
    answers(good + octets{0}, errc::no_signature, good.size() + 1, linux_error::enodata);
    answers(octets(good.begin(), good.end() - 1) + hex("0d0a"), errc::no_signature, good.size() + 1, linux_error::enodata);
    answers(hex("0000") + marker, errc::truncated, 0, linux_error::ebadmsg);
    answers(trailer(0), errc::truncated, 0, linux_error::ebadmsg);
    answers(payload + trailer(payload.size()), errc::truncated, 0, linux_error::ebadmsg);
    answers(payload + trailer(payload.size() + 1), errc::length_overflow, payload.size() + 8, linux_error::ebadmsg);
    answers(payload + trailer(0xffffffff), errc::length_overflow, payload.size() + 8, linux_error::ebadmsg);
    answers(payload + trailer(0), errc::truncated, payload.size() + 8, linux_error::ebadmsg);
    answers(appended({}, by_issuer), errc::truncated, 0, linux_error::ebadmsg);
    for (const std::uint8_t type : hex("000103ff")) answers(with(fields + 2, type), errc::unsupported_version, fields + 2, linux_error::enopkg);
    for (const std::size_t i : {0u, 1u, 3u, 4u, 5u, 6u, 7u}) answers(with(fields + i, 1), errc::reserved_nonzero, fields + i, linux_error::ebadmsg);
    CHECK(plainly(marker, keys).why.code == errc::truncated);
    CHECK(as_linux(marker, keys).why.linux_errno() == linux_error::enodata);
    CHECK(as_linux(payload, keys).why.linux_errno(true) == linux_error::ekeyrejected);
}

TEST_CASE("the last signature is verified; one before it is content") {
    const ring both = ring_of({rsa_certificate, p256_certificate}), outer_only = ring_of({p256_certificate});
    const octets inner = appended(payload, by_issuer);
    CHECK(plainly(inner + trailer(0), both).outcome == verdict::rejected);
    const octets other = appended(inner, by_p256);  // the outer one is of another content
    CHECK(plainly(other, both).why.code == errc::signature_mismatch);
    CHECK(plainly(other, outer_only).why.code == errc::signature_mismatch);
}

TEST_CASE("a compressed module is `compressed`, not unsigned") {
    const ring keys = ring_of({rsa_certificate});
    for (const octets& start : {hex("fd377a585a0000"), hex("28b52ffd0000"), hex("1f8b0800")}) {
        CHECK(strictly(start, keys).why.code == errc::compressed);
        CHECK(as_linux(start, keys).why.linux_errno() == linux_error::enodata);
    }
    CHECK(strictly(hex("fd377a585a"), keys).why.code == errc::no_signature);
}

TEST_CASE("a detached message is parsed whole and never taken for another layout's") {
    const ring keys = ring_of({rsa_certificate});
    subject s{payload};
    s.signature.source = signature_source::detached;
    const auto say = [&](const octets& message) {
        s.signature.bytes = message;
        return verifier_of<policy::legacy, layout::modsign>{keys}.appraise(s).why;
    };
    CHECK(say(by_issuer).code == errc::none);
    CHECK(say({}).code == errc::truncated);
    CHECK(say(by_issuer + octets{0}).code == errc::trailing_garbage);
    CHECK(say(by_issuer + octets{0}).offset == by_issuer.size());
    CHECK(say(hex("0301")).code == errc::no_signature);  // an extended attribute's first byte
    CHECK(say(hex("5500")).code == errc::bad_der);
    s.signature.source = signature_source::xattr;
    CHECK(say(by_issuer).code == errc::no_signature);
}

TEST_CASE("signed attributes: the signature is over their SET, which holds the content's digest") {
    const auto rows = corpus::rows({"pkcs7-detached"});
    const auto row = std::ranges::find(rows, "modsign/openssl/attrs.rsa2048.p7s", &corpus::row::file);
    REQUIRE(row != rows.end());
    ring keys;
    REQUIRE(keys.add(corpus::file(row->key)));
    const octets message = corpus::file(row->file);
    octets content = corpus::file(row->payload);
    const verifier_of<policy::legacy, layout::modsign> verifier{keys};
    subject s{content};
    s.signature.source = signature_source::detached;
    s.signature.bytes = message;
    CHECK(verifier.appraise(s).outcome == verdict::verified);
    content[0] = static_cast<std::uint8_t>(content[0] ^ 1);
    CHECK(verifier.appraise(s).why.code == errc::digest_mismatch);
    content[0] = static_cast<std::uint8_t>(content[0] ^ 1);

    const octets appended_message = appended(content, message);
    CHECK(plainly(appended_message, keys).why.code == errc::attributes_present);
    CHECK(as_linux(appended_message, keys).why.linux_errno() == linux_error::ekeyrejected);
}

TEST_CASE("distinct keys count, not signers") {
    using two = policy::all_of<policy::legacy, policy::at_least<2>>;
    const auto rows = corpus::rows({"modsign"});
    const auto row = std::ranges::find(rows, "modsign/openssl/two-signers-both-known.ko", &corpus::row::file);
    REQUIRE(row != rows.end());
    const octets image = corpus::file(row->file);
    ring both, one;
    for (const std::string& name : corpus::split(row->key, ',')) REQUIRE(both.add(corpus::file(name)));
    REQUIRE(one.add(corpus::file(corpus::split(row->key, ',')[0])));
    CHECK(verifier_of<two, layout::modsign>{both}.appraise(subject{image}).outcome == verdict::verified);
    CHECK(verifier_of<two, layout::modsign>{one}.appraise(subject{image}).why.code == errc::too_few_signers);
    CHECK(verifier_of<policy::legacy, layout::modsign>{one}.appraise(subject{image}).outcome == verdict::verified);
}

TEST_CASE("the format of Linux 3.7 is read where its layout is composed, and else refused") {
    const ring keys = ring_of({rsa_certificate});
    const octets good = payload + form_of_3_7;
    const verifier_of<policy::legacy, layout::modsign_x509, layout::modsign> both{keys};
    const auto say = [&](const octets& image) { return both.appraise(subject{image}).why; };
    const appraisal said = both.appraise(subject{good});
    CHECK(said.outcome == verdict::verified);
    CHECK(said.layout == "modsign-x509");
    CHECK(said.content == range{0, payload.size()});
    CHECK(say(appended(payload, by_issuer)).code == errc::none);
    CHECK(plainly(good, keys).why.code == errc::unsupported_version);

    const std::size_t fields = good.size() - trailer_size;
    const auto with = [&](std::size_t at, std::uint8_t value) {
        octets bad = good;
        bad[at] = value;
        return say(bad);
    };
    CHECK(with(fields, 0).code == errc::unsupported_algorithm);
    for (const std::uint8_t hash : hex("0001030811ff")) CHECK(with(fields + 1, hash).code == errc::unsupported_hash);
    CHECK(with(fields + 1, 6).code == errc::bad_padding);
    CHECK(with(fields + 3, 255).code == errc::length_overflow);
    CHECK(with(fields + 3, 14).code == errc::key_not_found);
    CHECK(with(fields + 5, 1).code == errc::reserved_nonzero);
    CHECK(with(fields + 8, 1).code == errc::length_overflow);
    CHECK(with(payload.size(), 'M').code == errc::key_not_found);       // the signer's name
    CHECK(with(payload.size() + 15, 0).code == errc::key_not_found);    // the key identifier
    CHECK(with(payload.size() + 36, 0x7f).code == errc::length_mismatch);
    for (std::size_t i = 0; i != good.size(); ++i) CHECK(with(i, static_cast<std::uint8_t>(good[i] ^ 0x10)).code != errc::none);
}

TEST_CASE("a message can be verified at compile time") {
    static constexpr auto whole = [] {
        std::array<std::uint8_t, sizeof by_skid_head + 128> bytes{};
        std::copy(std::begin(by_skid_head), std::end(by_skid_head), bytes.begin());
        return bytes;
    }();
    constexpr auto claims = [] {
        const auto read = layout::cms::parse(byte_view(whole), 0, layout::cms::attribute_use::forbidden);
        return layout::cms::signer_cursor(*read).next();
    }();
    static_assert(claims && claims->digest == digest_id::sha256 && claims->scheme == scheme_id::rsa_pkcs1_v15);
    static_assert(claims->key.kind == key_id_kind::skid && claims->key.bytes.size() == 20 && claims->signature.size() == 128);
    CHECK(claims.has_value());
}
