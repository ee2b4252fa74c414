// SPDX-License-Identifier: BSL-1.0
//
// The parts of a message that strict refuses and Linux reads: each rule once, beside Linux's result. Nothing is signed: only
// parsing is tested.
#include <modsig/grammar.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/linux/grammar.hpp>

#include "../key/forge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace modsig;

namespace {

const octets sha1_oid = hex("06052b0e03021a"), sha256_oid = hex("0609608648016503040201"), sha512_oid = hex("0609608648016503040203");
const octets signed_data = hex("06092a864886f70d010702"), data = hex("06092a864886f70d010701");
const octets content_type = hex("301806092a864886f70d010903310b06092a864886f70d010701");
const octets message_digest = tlv(0x30, hex("06092a864886f70d010904") + tlv(0x31, tlv(0x04, octets(32, 1))));

octets set_of(std::uint8_t tag, std::vector<octets> elements) {
    octets inside;
    for (const octets& each : elements) inside = inside + each;
    return tlv(tag, inside);
}

struct cms_signer {
    octets serial = hex("020105");
    octets digest = algorithm(sha256_oid);
    octets attributes{};
    octets signature_algorithm = algorithm(rsa_encryption + asn1_null);
    octets unsigned_attributes{};

    operator octets() const {
        return tlv(0x30, hex("020101") + tlv(0x30, common_name("signer") + serial) + digest + attributes + signature_algorithm + tlv(4, octets(16, 9)) +
                             unsigned_attributes);
    }
};

struct cms_message {
    octets digests = set_of(0x31, {algorithm(sha256_oid)});
    octets certificates{};
    octets signers = set_of(0x31, {cms_signer{}});

    operator octets() const {
        return tlv(0x30, signed_data + tlv(0xa0, tlv(0x30, hex("020101") + digests + tlv(0x30, data) + certificates + signers)));
    }
};

using both = std::pair<errc, errc>;  // the results of strict and of Linux

template <class Reading, class Layout>
errc answer(const subject& s) {
    using layout = typename grammar<Reading>::template layout<Layout>;
    const auto where = layout::find(s);
    if (!where) return where.error().code;
    auto claims = layout::open(s, *where);
    if (!claims) return claims.error().code;
    while (!claims->done())
        if (const auto claim = claims->next(); !claim) return claim.error().code;
    return errc::none;
}
template <class Layout = layout::modsign>
both answers(const octets& bytes, const octets& image = text("content"), signature_source source = signature_source::detached) {
    subject s{.image = image, .signature = {source, bytes}};
    return {answer<strict_reading, Layout>(s), answer<linux_reading, Layout>(s)};
}

const both good{errc::none, errc::none};

}  // namespace

TEST_CASE("strict: digestAlgorithms are the digests of the signers") {
    const auto with = [](std::vector<octets> digests) {
        cms_message m;
        m.digests = set_of(0x31, std::move(digests));
        return answers(m);
    };
    const octets sha1 = algorithm(sha1_oid), sha256 = algorithm(sha256_oid), sha256_null = algorithm(sha256_oid + asn1_null), sha512 = algorithm(sha512_oid);
    CHECK(with({sha256}) == good);
    CHECK(with({sha256_null}) == good);  // absent or NULL: the only thing that may be either
    CHECK(with({sha512}) == both(errc::inconsistent_algorithms, errc::none));
    CHECK(with({sha256, sha512}) == both(errc::inconsistent_algorithms, errc::none));
    CHECK(with({sha1, sha256}) == both(errc::inconsistent_algorithms, errc::none));
    CHECK(with({algorithm(hex("06012a")), sha256}) == both(errc::inconsistent_algorithms, errc::none));
    CHECK(with({sha256, sha256}) == both(errc::repeated_element, errc::none));
    CHECK(with({sha256, sha256_null}) == both(errc::repeated_element, errc::none));
    CHECK(with({algorithm(sha256_oid + hex("040101"))}) == both(errc::bad_der, errc::none));
}

TEST_CASE("strict: signers and certificates occur once, in ascending order") {
    const octets a = cms_signer{.serial = hex("020105")}, b = cms_signer{.serial = hex("020106")};
    const auto signers = [](std::vector<octets> list) { return answers(cms_message{.signers = set_of(0x31, std::move(list))}); };
    CHECK(signers({a, b}) == good);
    CHECK(signers({b, a}) == both(errc::non_minimal_der, errc::none));
    CHECK(signers({a, a}) == both(errc::repeated_element, errc::none));
    const octets first = forged([](forge& c) { c.serial = hex("020105"); }), second = forged([](forge& c) { c.serial = hex("020106"); });
    const auto certificates = [](std::vector<octets> list) { return answers(cms_message{.certificates = set_of(0xa0, std::move(list))}); };
    CHECK(certificates({first, second}) == good);
    CHECK(certificates({second, first}) == both(errc::non_minimal_der, errc::none));
    CHECK(certificates({first, first}) == both(errc::repeated_element, errc::none));
}

TEST_CASE("strict: a message has as many certificates as the limits allow") {
    const auto certificates = [](std::size_t count) {
        std::vector<octets> list;
        for (std::size_t i = 0; i != count; ++i) list.push_back(forged([&](forge& c) { c.serial = {2, 1, static_cast<std::uint8_t>(i)}; }));
        return answers(cms_message{.certificates = set_of(0xa0, list)});
    };
    CHECK(certificates(strict_limits.certificates) == good);
    CHECK(certificates(strict_limits.certificates + 1) == both(errc::too_costly, errc::none));
}

TEST_CASE("strict: parameters are those of their algorithm") {
    const auto signature = [](const octets& inside) { return answers(cms_message{.signers = set_of(0x31, {cms_signer{.signature_algorithm = algorithm(inside)}})}); };
    CHECK(signature(rsa_encryption + asn1_null) == good);
    CHECK(signature(rsa_encryption) == both(errc::bad_der, errc::none));
    CHECK(signature(rsa_encryption + hex("0500")) == good);
    CHECK(signature(rsa_encryption + hex("0400")) == both(errc::bad_der, errc::none));
    CHECK(signature(ecdsa_with_sha256) == good);
    CHECK(signature(ecdsa_with_sha256 + asn1_null) == both(errc::bad_der, errc::none));
    const auto digest = [](const octets& inside) { return answers(cms_message{.signers = set_of(0x31, {cms_signer{.digest = algorithm(inside)}})}); };
    CHECK(digest(sha256_oid + asn1_null) == good);
    CHECK(digest(sha256_oid + hex("020100")) == both(errc::bad_der, errc::none));
}

TEST_CASE("strict: attributes that no signature protects are refused") {
    const octets attribute = tlv(0x30, hex("06012a") + tlv(0x31, asn1_null));
    const octets in_form_1 = cms_message{.signers = set_of(0x31, {cms_signer{.unsigned_attributes = tlv(0xa1, attribute)}})};
    CHECK(answers(in_form_1) == both(errc::attributes_present, errc::none));
    const octets in_form_3 = cms_message{.signers = set_of(0x31, {cms_signer{.unsigned_attributes = tlv(0xa3, attribute)}})};
    CHECK(answers(in_form_3) == both(errc::attributes_present, errc::none));
    const octets in_form_2 = cms_message{.signers = set_of(0x31, {cms_signer{.attributes = tlv(0xa2, tlv(0x30, content_type + message_digest))}})};
    CHECK(answers(in_form_2) == both(errc::attributes_present, errc::none));
}

TEST_CASE("strict: attributes are signed where the layout allows it, and claims have their form") {
    const octets with_attributes = cms_message{.signers = set_of(0x31, {cms_signer{.attributes = tlv(0xa0, content_type + message_digest)}})};
    CHECK(answers(with_attributes) == both(errc::none, errc::attributes_present));  // detached; for Linux the signature is a module's
    for (const octets& bytes : {octets(cms_message{}), with_attributes}) {
        const octets image = text("content");
        const subject s{.image = image, .signature = {signature_source::detached, bytes}};
        auto claims = layout::modsign::open(s, *layout::modsign::find(s));
        CHECK(claims->next()->form == (bytes == with_attributes ? signature_form::attributes : signature_form::content));
    }
}

TEST_CASE("strict: content that another kind of signature signs is ambiguous") {
    const octets attributes = tlv(0x31, content_type + message_digest);
    const octets formatted = text("FSVerity") + hex("01002000") + octets(32, 7), file_id = hex("0604") + octets(32, 7);
    const octets with_attributes = cms_message{.signers = set_of(0x31, {cms_signer{.attributes = tlv(0xa0, content_type + message_digest)}})};
    const octets ima = hex("030204aabbccdd0004") + octets(4, 1);
    for (const octets& content : {attributes, tlv(0x31, message_digest + content_type), octets{0x31, 0x80} + content_type + message_digest,
                                  octets{0x31, 0x80} + content_type + message_digest + octets{0, 0}, formatted, file_id}) {
        CHECK(layout::is_ambiguous(content));
        CHECK(answers(cms_message{}, content) == both(errc::ambiguous_content, errc::none));
        // Then the attributes are signed, as in fs-verity's messages, too.
        CHECK(answers(with_attributes, content).first == (content == formatted ? errc::ambiguous_content : errc::none));
        CHECK(answers<layout::ima>(ima, content) == both(errc::ambiguous_content, errc::none));
    }
    for (const octets& content : {octets{}, text("content"), tlv(0x31, content_type), tlv(0x31, message_digest), attributes + octets{0},
                                  tlv(0x30, content_type + message_digest), formatted + octets{0}, file_id + octets{0}, hex("06ff") + octets(32, 7)}) {
        CHECK(!layout::is_ambiguous(content));
        CHECK(answers(cms_message{}, content) == good);
    }
}

TEST_CASE("strict: the bit count of an MPI is that of its value or of its bytes") {
    const auto signature = [](std::uint8_t high, std::uint8_t low, const octets& value) {
        return answers<layout::digsig>(hex("0301000000000001") + octets(8, 5) + octets{1, high, low} + value, text("content"), signature_source::xattr);
    };
    CHECK(signature(0, 16, {0x7f, 1}) == good);                                             // evmctl's signatures
    CHECK(signature(0, 15, {0x7f, 1}) == good);                                             // RFC 4880's
    CHECK(signature(0, 14, {0x7f, 1}) == both(errc::bad_mpi, errc::none));
    CHECK(signature(0, 9, {0x7f, 1}) == both(errc::bad_mpi, errc::none));
    CHECK(signature(0, 15, {0x00, 1}) == both(errc::bad_mpi, errc::none));
    CHECK(signature(0, 16, {0x00, 1}) == good);
    CHECK(signature(0, 0, {}) == both(errc::bad_mpi, errc::bad_mpi));
}

TEST_CASE("the kind of a detached signature does not depend on the order of layouts") {
    const octets cms = cms_message{}, ima = hex("030204aabbccdd0001aa"), v1 = hex("0301") + octets(40, 0), verity = hex("060304aabbccdd0001aa");
    const octets image = text("content"), metadata = text("metadata");
    const auto claimants = [&](const octets& bytes, signature_source source, bool is_evm = false, bool is_fsverity = false) {
        subject s{.image = image, .signature = {source, bytes}};
        if (is_evm) s.beside.metadata = metadata;
        if (is_fsverity) s.beside.verity.emplace();
        std::string names;
        const auto ask = [&](std::string_view name, const result<located>& found) {
            if (found || found.error().code != errc::no_signature) names += std::string(name) + " ";
        };
        ask("modsign", layout::modsign::find(s)), ask("digsig", layout::digsig::find(s)), ask("ima", layout::ima::find(s));
        ask("evm", layout::evm::find(s)), ask("fsverity", layout::fsverity::find(s));
        return names;
    };
    constexpr signature_source detached = signature_source::detached, xattr = signature_source::xattr;
    CHECK(claimants(cms, detached) == "modsign ");
    CHECK(claimants(cms, detached, false, true) == "fsverity ");
    CHECK(claimants(v1, detached) == "digsig ");
    CHECK(claimants(v1, xattr) == "digsig ");
    CHECK(claimants(ima, detached) == "ima ");
    CHECK(claimants(ima, xattr) == "ima ");
    CHECK(claimants(verity, xattr) == "ima ");
    CHECK(claimants(ima, xattr, true) == "evm ");
    CHECK(claimants(ima, detached, true) == "evm ");
    CHECK(claimants(hex("0102"), xattr) == "");
    CHECK(claimants(hex("0404"), xattr) == "");
}

TEST_CASE("what strict accepts Linux parses, too, unless it lacks an algorithm") {
    const octets certificate = forged([](forge&) {});
    const octets issued = forged([](forge& c) {
        c.extensions = extension(14, hex("0403aabbcc")) + extension(15, hex("03020780")) + extension(19, hex("30060101ff020103")) +
                       extension(35, tlv(0x30, hex("8003ddeeff") + tlv(0xa1, tlv(0x82, text("host")) + tlv(0xa4, common_name("root"))) + hex("820105")));
    });
    const octets signing_time = tlv(0x30, hex("06092a864886f70d010905") + tlv(0x31, utc("260101000000Z")));
    const octets messages[] = {
        cms_message{},
        cms_message{.certificates = set_of(0xa0, {certificate})},
        cms_message{.certificates = set_of(0xa0, {issued})},
        cms_message{.signers = set_of(0x31, {cms_signer{.attributes = tlv(0xa0, content_type + message_digest)}})},
        cms_message{.signers = set_of(0x31, {cms_signer{.attributes = tlv(0xa0, content_type + signing_time + message_digest)}})},
        cms_message{.signers = set_of(0x31, {cms_signer{.serial = hex("020104")}, cms_signer{}})},
    };
    constexpr std::uint8_t likely[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xa1, 0xa2, 0xff};
    std::uint32_t state = 1;
    const auto random = [&](std::size_t below) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below;
    };
    std::size_t read = 0, narrower = 0;
    for (const octets& whole : messages) {
        for (int round = 0; round != 30000; ++round) {
            octets bytes = whole;
            for (std::size_t changes = 1 + random(2); changes != 0; --changes) {
                const std::size_t at = random(bytes.size());
                bytes[at] = random(2) == 0 ? likely[random(std::size(likely))] : static_cast<std::uint8_t>(bytes[at] ^ 1u << random(8));
            }
            const auto strict = layout::cms::parse(bytes, 0, layout::cms::attribute_use::allowed);
            const auto in_linux = kernel::parse_pkcs7(bytes, 0, layout::cms::attribute_use::allowed);
            read += strict.has_value();
            narrower += in_linux && !strict;
            const bool allowed = in_linux || in_linux.error().linux_errno() == linux_error::enopkg || in_linux.error().code == errc::attributes_present;
            if (strict && !allowed) CHECK_MESSAGE(false, name(in_linux.error().code), " at ", in_linux.error().offset);
        }
    }
    CHECK(read > 1000);
    CHECK(narrower > 1000);
    MESSAGE(read << " read by strict, " << narrower << " by Linux alone");
}
