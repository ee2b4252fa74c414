// SPDX-License-Identifier: BSL-1.0
#include <modsig/layout/ima.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/attribute_text.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/hex.hpp"
#include "../support/ima.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace modsig;

namespace {

using ring = keyring::store<engine::botan>;
template <class Policy, class... L>
using verifier_of = verifier<layouts<L...>, engine::botan, Policy>;
using all_of_ima = layouts<layout::modsign, layout::ima, layout::digsig>;

const auto payload = hex(ima_example::payload);
const auto v2_rsa = hex(ima_example::v2_rsa), v2_p256 = hex(ima_example::v2_p256), v3_rsa = hex(ima_example::v3_rsa);
const auto v1 = hex(ima_example::v1_sha256);

ring example_keys() {
    ring keys;
    REQUIRE(keys.add(hex(ima_example::rsa_certificate)));
    REQUIRE(keys.add(hex(ima_example::p256_certificate)));
    return keys;
}

subject beside(byte_view image, byte_view value, signature_source source = signature_source::xattr) {
    subject s{image};
    s.signature.source = source;
    s.signature.bytes = value;
    return s;
}

template <class Policy = policy::legacy, class Keys = ring>
appraisal appraise(const Keys& keys, const subject& s) {
    return verifier_of<Policy, layout::ima>{keys}.appraise(s);
}

std::vector<std::uint8_t> with(std::vector<std::uint8_t> value, std::size_t at, std::uint8_t byte) {
    value.at(at) = byte;
    return value;
}

}  // namespace

TEST_CASE("ima: signatures of evmctl verify as attribute and as file") {
    const ring keys = example_keys();
    for (const auto source : {signature_source::xattr, signature_source::detached}) {
        const appraisal rsa = appraise(keys, beside(payload, v2_rsa, source));
        CHECK(rsa.why.code == errc::none);
        CHECK(rsa.outcome == verdict::verified);
        CHECK(rsa.layout == "ima");
        CHECK(rsa.claim.scheme == scheme_id::rsa_pkcs1_v15);
        CHECK(rsa.claim.content_digest == digest_id::sha256);
        CHECK(rsa.key.kind == key_id_kind::ima);
        CHECK(equal(rsa.key.view(), hex("ea8bf9e0")));
        CHECK(equal(rsa.digest.view(), hex("5b57d120c4f1039e9c9d829a8f3635d26179e46e89a4e6daf52a76bd7fd09933")));
        const appraisal curve = appraise(keys, beside(payload, v2_p256, source));
        CHECK(curve.why.code == errc::none);
        CHECK(curve.claim.scheme == scheme_id::ecdsa);
        CHECK(equal(curve.key.view(), hex("e127607d")));
    }
    const auto proof = verifier_of<policy::legacy, layout::ima>{keys}.verify(byte_view(payload), beside(payload, v2_rsa));
    REQUIRE(proof);
    CHECK(equal(proof->content(), payload));
}

TEST_CASE("ima: version 3 is over fs-verity's digest, calculated or measured") {
    const ring keys = example_keys();
    const appraisal answer = appraise(keys, beside(payload, v3_rsa));
    CHECK(answer.why.code == errc::none);
    CHECK(answer.claim.signed_digest == digest_id::sha256);
    CHECK(equal(answer.digest.view(), hex(ima_example::verity_digest)));

    subject measured = beside(payload, v3_rsa);
    measured.beside.measured.id = digest_id::sha256;
    const auto digest = hex(ima_example::verity_digest);
    std::copy(digest.begin(), digest.end(), measured.beside.measured.bytes.begin());
    CHECK(appraise(keys, measured).why.code == errc::none);
    measured.beside.measured.bytes[0] ^= 1;
    CHECK(appraise(keys, measured).why.code == errc::signature_mismatch);

    // Files may be measured with another algorithm than the signature names.
    measured.beside.measured.id = digest_id::sha512;
    const appraisal other = appraise(keys, measured);
    CHECK(other.why.code == errc::signature_mismatch);
    CHECK(other.why.linux_errno() == linux_error::ekeyrejected);
    // verity_options are others' affair: the block size and salt of version 3 are fixed.
    subject odd = beside(payload, v3_rsa);
    odd.beside.verity = verity_options{.block_size = 1024};
    CHECK(appraise(keys, odd).why.code == errc::none);
}

TEST_CASE("ima: a change of any byte of a value is refused") {
    const ring keys = example_keys();
    std::size_t tried = 0;
    for (const auto& value : {v2_rsa, v2_p256, v3_rsa})
        for (std::size_t i = 0; i != value.size(); ++i)
            for (const unsigned bit : {0x01u, 0x80u}) {
                const appraisal answer = appraise(keys, beside(payload, with(value, i, static_cast<std::uint8_t>(value[i] ^ bit))));
                CHECK_MESSAGE(answer.outcome == verdict::rejected, i);
                ++tried;
            }
    for (std::size_t size = 0; size != v2_rsa.size(); ++size, ++tried)
        CHECK(appraise(keys, beside(payload, byte_view(v2_rsa).first(size))).why.code == (size < 10 ? errc::truncated : errc::length_overflow));
    MESSAGE(tried << " values");
}

TEST_CASE("ima: faults of a header have their reason, offset and Linux's errno") {
    const ring keys = example_keys();
    const auto longer = [](std::vector<std::uint8_t> value) {
        value.push_back(0);
        return value;
    };
    struct fault {
        const char* what;
        std::vector<std::uint8_t> value;
        errc code;
        std::uint64_t offset;
        linux_error error;
    };
    const fault faults[] = {
        {"nothing", {}, errc::truncated, 0, linux_error::einval},
        {"one byte", {3}, errc::truncated, 1, linux_error::einval},
        {"two bytes", {3, 2}, errc::truncated, 2, linux_error::ebadmsg},
        {"two bytes, of version 4", {3, 4}, errc::unsupported_version, 1, linux_error::einval},
        {"no signature in it", std::vector<std::uint8_t>(v2_rsa.begin(), v2_rsa.begin() + 9), errc::truncated, 9, linux_error::ebadmsg},
        {"type 0", with(v2_rsa, 0, 0), errc::bad_magic, 0, linux_error::einval},
        {"type 2, an HMAC", with(v2_rsa, 0, 2), errc::bad_magic, 0, linux_error::einval},
        {"type 5, of EVM", with(v2_rsa, 0, 5), errc::bad_magic, 0, linux_error::einval},
        {"type 7", with(v2_rsa, 0, 7), errc::bad_magic, 0, linux_error::einval},
        {"version 0", with(v2_rsa, 1, 0), errc::unsupported_version, 1, linux_error::eopnotsupp},
        {"version 4", with(v2_rsa, 1, 4), errc::unsupported_version, 1, linux_error::einval},
        {"version 2 of fs-verity", with(v3_rsa, 1, 2), errc::unsupported_version, 1, linux_error::einval},
        {"version 1 of fs-verity", with(v3_rsa, 1, 1), errc::unsupported_version, 1, linux_error::einval},
        {"hash 23", with(v2_rsa, 2, 23), errc::unsupported_hash, 2, linux_error::enopkg},
        {"hash 255", with(v2_rsa, 2, 255), errc::unsupported_hash, 2, linux_error::enopkg},
        {"hash 13, Whirlpool", with(v2_rsa, 2, 13), errc::unsupported_hash, 2, linux_error::eacces},
        {"size one more", with(v2_rsa, 8, 129), errc::length_overflow, 7, linux_error::ebadmsg},
        {"size one less", with(v2_rsa, 8, 127), errc::trailing_garbage, 9 + 127, linux_error::ebadmsg},
        {"a byte behind", longer(v2_rsa), errc::trailing_garbage, 9 + 128, linux_error::ebadmsg},
        {"another key", with(v2_rsa, 6, 0), errc::key_not_found, 0, linux_error::enokey},
    };
    for (const fault& each : faults) {
        const appraisal strict = appraise<policy::legacy>(keys, beside(payload, each.value));
        const appraisal as_linux = appraise<policy::linux_ima>(keys, beside(payload, each.value));
        CHECK_MESSAGE(name(strict.why.code) == name(each.code), each.what);
        CHECK_MESSAGE(name(as_linux.why.code) == name(each.code), each.what);
        CHECK_MESSAGE(strict.why.offset == each.offset, each.what);
        CHECK_MESSAGE(name(as_linux.why.linux_errno()) == name(each.error), each.what);
    }
    MESSAGE(std::size(faults) << " faults");
    // Version 3 of a plain signature is over a file identifier. Linux 6.12 has none.
    const auto version_3 = with(v2_rsa, 1, 3);
    CHECK(appraise<policy::legacy>(keys, beside(payload, version_3)).why.code == errc::signature_mismatch);
    const appraisal as_linux = appraise<policy::linux_ima>(keys, beside(payload, version_3));
    CHECK(as_linux.why.code == errc::unsupported_version);
    CHECK(as_linux.why.linux_errno() == linux_error::einval);
}

TEST_CASE("ima: signatures of other layouts are no_signature") {
    const ring keys = example_keys();
    const auto not_mine = [&](const subject& s) { return appraise(keys, s).why.code == errc::no_signature; };
    CHECK(not_mine(subject{payload}));
    CHECK(not_mine(beside(payload, v1)));
    CHECK(not_mine(beside(payload, hex(ima_example::named_digest))));
    CHECK(not_mine(beside(payload, hex("01e250ccb3e2ee76e08ccae4baced3890e9c559303"))));
    // A file can be no digest, and Linux wants a signature.
    CHECK(appraise(keys, beside(payload, hex(ima_example::named_digest), signature_source::detached)).why.code == errc::bad_magic);
    const appraisal required = appraise<policy::linux_ima>(keys, beside(payload, hex(ima_example::named_digest)));
    CHECK(required.why.code == errc::bad_magic);
    CHECK(required.why.linux_errno() == linux_error::einval);

    ring both = example_keys();
    REQUIRE(both.add(hex(ima_example::digsig_key)));
    const verifier<all_of_ima, engine::botan, policy::legacy> every{both};
    for (const auto source : {signature_source::xattr, signature_source::detached}) {
        CHECK(every.appraise(beside(payload, v1, source)).layout == "digsig");
        CHECK(every.appraise(beside(payload, v1, source)).outcome == verdict::verified);
        CHECK(every.appraise(beside(payload, v2_rsa, source)).layout == "ima");
        CHECK(every.appraise(beside(payload, v2_rsa, source)).outcome == verdict::verified);
        CHECK(every.appraise(beside(payload, v3_rsa, source)).outcome == verdict::verified);
    }
    CHECK(every.appraise(subject{payload}).why.code == errc::no_signature);
}

TEST_CASE("ima: strict refuses SHA-1 before it looks for a key, and short keys after") {
    const ring keys = example_keys();
    CHECK(appraise<policy::strict>(keys, beside(payload, with(v2_rsa, 2, 2))).why.code == errc::weak_digest);
    CHECK(appraise<policy::strict>(keys, beside(payload, v2_rsa)).why.code == errc::weak_key);
    CHECK(appraise<policy::strict>(keys, beside(payload, v3_rsa)).why.code == errc::weak_key);
    // A hash that fs-verity has not.
    CHECK(appraise(keys, beside(payload, with(v3_rsa, 2, 5))).why.code == errc::unsupported_hash);
    CHECK(appraise<policy::linux_ima>(keys, beside(payload, with(v3_rsa, 2, 5))).outcome == verdict::rejected);
}

TEST_CASE("ima: the key determines the scheme of a signature") {
    const ring keys = example_keys();
    const auto under = [](std::vector<std::uint8_t> value, std::string_view id) {
        const auto bytes = hex(id);
        std::copy(bytes.begin(), bytes.end(), value.begin() + 3);
        return value;
    };
    const auto rsa_as_curve = under(v2_rsa, "e127607d"), curve_as_rsa = under(v2_p256, "ea8bf9e0");
    CHECK(appraise(keys, beside(payload, curve_as_rsa)).why.code == errc::signature_length);
    CHECK(appraise(keys, beside(payload, rsa_as_curve)).why.code == errc::bad_der);
    CHECK(appraise<policy::linux_ima>(keys, beside(payload, curve_as_rsa)).why.linux_errno() == linux_error::einval);
    CHECK(appraise<policy::linux_ima>(keys, beside(payload, rsa_as_curve)).why.linux_errno() == linux_error::ebadmsg);
    CHECK(appraise(keys, beside(payload, rsa_as_curve)).claim.scheme == scheme_id::ecdsa);
}

TEST_CASE("ima: all keys with one identifier are tried") {
    ring keys = example_keys();
    REQUIRE(keys.add(hex(ima_example::rsa_certificate)));
    CHECK(appraise(keys, beside(payload, v2_rsa)).outcome == verdict::verified);

    // Four bytes collide at will: here another key is filed under them.
    std::vector<trusted_key<engine::botan>> filed;
    for (const auto& key : {keys.keys()[1].info, keys.keys()[0].info}) {
        key_info info = key;
        info.ima_id = {0xea, 0x8b, 0xf9, 0xe0};
        info.certificate = {};
        filed.push_back({info, engine::botan::prepare(info.key)});
    }
    const keyring_view<engine::botan> view{"_ima", filed, {}};
    CHECK(verifier_of<policy::legacy, layout::ima>{view}.appraise(beside(payload, v2_rsa)).outcome == verdict::verified);
    // Linux takes the first.
    CHECK(verifier_of<policy::linux_ima, layout::ima>{view}.appraise(beside(payload, v2_rsa)).why.code == errc::bad_der);
    std::swap(filed[0], filed[1]);
    CHECK(verifier_of<policy::legacy, layout::ima>{view}.appraise(beside(payload, v2_rsa)).outcome == verdict::verified);
    CHECK(verifier_of<policy::linux_ima, layout::ima>{view}.appraise(beside(payload, v2_rsa)).outcome == verdict::verified);
}

TEST_CASE("ima: a header that is written is read again") {
    const layout::ima_header header{layout::ima_type::signature, 2, digest_id::sha256, {0xea, 0x8b, 0xf9, 0xe0}};
    CHECK(equal(header.bytes(128), byte_view(v2_rsa).first(layout::ima_header::size)));
    static_assert(layout::ima_header{}.bytes(0x1234)[7] == 0x12);
}

TEST_CASE("attribute text: the output of getfattr is read") {
    const std::string dump = "# file: etc/a\\040b\n# owner: 0\nsecurity.ima=0s" + std::string(ima_example::v2_p256_base64) +
                             "\nuser.text=\"a\\012b\\\\c\\\"d\"\n\n# file: other\nsecurity.ima=0x" + std::string(ima_example::v2_rsa) +
                             "\nuser.empty=\"\"\n";
    const byte_view text(reinterpret_cast<const std::uint8_t*>(dump.data()), dump.size());
    REQUIRE(layout::attribute_text::recognises(text));
    CHECK_FALSE(layout::attribute_text::recognises(v2_rsa));
    layout::attribute_text lines(text);
    std::array<std::uint8_t, 512> room{};
    const auto next = [&] {
        const auto line = lines.next();
        REQUIRE(line);
        REQUIRE(line->has_value());
        return **line;
    };
    const auto first = next();
    CHECK(equal(first.name, "security.ima"));
    CHECK(equal(*layout::decode_file_name(first.file, room), "etc/a b"));
    CHECK(equal(*layout::decode_attribute(first, room), v2_p256));
    const auto second = next();
    CHECK(equal(second.name, "user.text"));
    CHECK(equal(*layout::decode_attribute(second, room), "a\nb\\c\"d"));
    const auto third = next();
    CHECK(equal(third.file, "other"));
    CHECK(equal(*layout::decode_attribute(third, room), v2_rsa));
    CHECK(layout::decode_attribute(next(), room)->empty());
    const auto end = lines.next();
    REQUIRE(end);
    CHECK_FALSE(end->has_value());
}

TEST_CASE("attribute text: malformed text is refused, and nothing is written beyond the buffer") {
    std::array<std::uint8_t, 4> room{};
    const auto fault_of = [&](std::string_view value) {
        const layout::attribute_line line{{}, {}, byte_view(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()), 0};
        const auto decoded = layout::decode_attribute(line, room);
        return decoded ? errc::none : decoded.error().code;
    };
    for (const char* bad : {"", "0", "1x00", "0x0", "0x0g", "0sA", "0s!!!!", "\"", "\"a", "\"\\\"", "\"\\8\"", "\"\\400\"", "\"\\01\"", "\"a\"b\"", "plain"})
        CHECK_MESSAGE(fault_of(bad) == errc::bad_text, bad);
    for (const char* good : {"0x", "0x00010203", "0s", "0sAAECAw==", "\"\"", "\"abcd\"", "\"\\377\\000ab\""}) CHECK_MESSAGE(fault_of(good) == errc::none, good);
    for (const char* large : {"0x0001020304", "0sAAECAwQ=", "\"abcde\""}) CHECK_MESSAGE(fault_of(large) == errc::too_large, large);

    const std::string_view text = "security.ima\nuser.a=\"\"\n";
    layout::attribute_text lines(byte_view(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    const auto line = lines.next();
    REQUIRE_FALSE(line);
    CHECK(line.error().code == errc::bad_text);
    const auto behind = lines.next();
    REQUIRE(behind);
    CHECK_FALSE(behind->has_value());
}
