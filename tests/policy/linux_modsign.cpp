// SPDX-License-Identifier: BSL-1.0
// Signed modules as Linux 6.12 verifies them, rule by rule, and strict's results. Messages without certificates: those with
// certificates are in linux_modsign_chain.cpp.
#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>

using namespace modsig;
using cms::linux_says, cms::module_of, cms::signer_of, cms::strict_says;

namespace {

const octets content = text("\x7f" "ELF, or so");
const linux_error good = linux_error::none, soft_unsigned = linux_error::enodata, soft_algorithm = linux_error::enopkg,
                  soft_unknown_key = linux_error::enokey, ebadmsg = linux_error::ebadmsg, einval = linux_error::einval,
                  rejected = linux_error::ekeyrejected;

const cms::key& rsa() { return cms::corpus_key("rsa2048"); }
const cms::key& p256() { return cms::corpus_key("p256"); }
const cms::key& unknown_signer() { return cms::corpus_key("rsa3072"); }
const cms::ring& ring() {
    static const auto& trusted = *new cms::ring(cms::ring_of({rsa().certificate, p256().certificate, cms::corpus_key("p384").certificate,
                                                             cms::corpus_key("p521").certificate}));
    return trusted;
}

/// The usual message, before a test changes it.
cms::signer usual_signer() { return signer_of(rsa(), content); }
cms::message usual() { return cms::message_of({usual_signer()}); }

octets with(const std::function<void(cms::message&)>& change) {
    cms::message made = usual();
    change(made);
    return module_of(content, made);
}
octets with_signer(const std::function<void(cms::signer&)>& change) {
    cms::signer made = usual_signer();
    change(made);
    return module_of(content, cms::message_of({made}));
}
/// The message encoded in another way.
octets around(const octets& message) { return module_of(content, message); }

void check(const octets& module, linux_error linux_answer, errc strict_answer) {
    CHECK(linux_says(module, ring()) == linux_answer);
    CHECK(strict_says(module, ring()) == strict_answer);
}

}  // namespace

TEST_CASE("the message that these tests change verifies") {
    check(around(usual()), good, errc::none);
    check(module_of(content, cms::message_of({signer_of(p256(), content)})), good, errc::none);
    check(module_of(content + octets{0}, usual()), rejected, errc::signature_mismatch);
}

TEST_CASE("soft refusals are ENODATA, ENOPKG, ENOKEY: EKEYREJECTED when enforced, tolerated when not; others are hard") {
    struct row {
        octets module;
        linux_error inner, enforced;
        verdict not_enforced;
    };
    const auto md5 = with_signer([](cms::signer& s) { s.digest_algorithm = algorithm(cms::oid_of(digest_id::md5)); });
    const row rows[] = {
        {around(usual()), good, good, verdict::verified},
        {content, soft_unsigned, rejected, verdict::tolerated},
        {md5, soft_algorithm, rejected, verdict::tolerated},
        {module_of(content, usual(), {.id_type = 1}), soft_algorithm, rejected, verdict::tolerated},
        {module_of(content, cms::message_of({signer_of(unknown_signer(), content)})), soft_unknown_key, rejected, verdict::tolerated},
        {module_of(content + octets{1}, usual()), rejected, rejected, verdict::rejected},
        {module_of(content, usual(), {.hash = 4}), ebadmsg, ebadmsg, verdict::rejected},
        {with([](cms::message& m) { m.type = cms::enveloped_data; }), einval, einval, verdict::rejected},
        {around(octets(usual()) + octets(65536, 0)), linux_error::emsgsize, linux_error::emsgsize, verdict::rejected},
        {{}, einval, einval, verdict::rejected},  // finit_module(2) refuses an empty file
    };
    for (const row& each : rows) {
        const appraisal enforced = cms::judged<policy::linux_modsign>(each.module, ring());
        const appraisal lax = cms::judged<policy::tolerating<policy::linux_modsign>>(each.module, ring());
        CHECK((enforced.outcome == verdict::verified) == (each.inner == good));
        CHECK(enforced.outcome != verdict::tolerated);
        CHECK((lax.outcome == each.not_enforced));
        for (const appraisal* said : {&enforced, &lax}) {
            if (each.inner == good) continue;
            CHECK(said->why.linux_errno() == each.inner);
            CHECK(said->why.linux_errno(true) == each.enforced);
        }
    }
}

TEST_CASE("the marker is the last 28 bytes, exactly") {
    const auto marked = [](const octets& marker) { return module_of(content, usual(), {.marker = marker}); };
    const octets marker = text(cms::marker), line(marker.begin(), marker.end() - 1);
    check(marked(marker), good, errc::none);
    check(marked(marker + octets{0}), soft_unsigned, errc::no_signature);
    check(marked(marker + text("\n")), soft_unsigned, errc::no_signature);
    check(marked(line + text("\r\n")), soft_unsigned, errc::no_signature);
    check(marked(line), soft_unsigned, errc::no_signature);
    check(marked(text("~module signature appended~\n")), soft_unsigned, errc::no_signature);
    check(marked(octets(marker.begin() + 1, marker.end())), soft_unsigned, errc::no_signature);
}

TEST_CASE("only the last signature is verified, an inner one is content") {
    const octets inner = module_of(content, cms::message_of({signer_of(unknown_signer(), content)}));
    check(module_of(inner, cms::message_of({signer_of(rsa(), inner)})), good, errc::none);
    const octets good_inside = around(usual());
    check(module_of(good_inside, cms::message_of({signer_of(unknown_signer(), good_inside)})), soft_unknown_key, errc::key_not_found);
}

TEST_CASE("a file not longer than trailer and marker is EBADMSG; nothing but a marker is unsigned") {
    const octets marker = text(cms::marker);
    check(marker, soft_unsigned, errc::truncated);
    for (const std::size_t size : {1u, 11u}) check(octets(size, 0) + marker, ebadmsg, errc::truncated);
    check(octets(12, 0) + marker, ebadmsg, errc::truncated);   // sig_len 0 of nothing
    check(octets(13, 0) + marker, soft_algorithm, errc::unsupported_version);  // one byte of payload, id_type 0
}

TEST_CASE("trailer: sig_len is checked first, and must leave content") {
    const octets message = usual();
    const auto size = static_cast<std::uint32_t>(message.size()), rest = static_cast<std::uint32_t>(content.size() + message.size());
    const auto sized = [&](std::uint32_t s, std::uint8_t type = 2) { return module_of(content, message, {.id_type = type, .size = s}); };
    check(sized(size), good, errc::none);
    check(sized(rest + 1), ebadmsg, errc::length_overflow);
    check(sized(0xffffffff), ebadmsg, errc::length_overflow);
    check(sized(rest), ebadmsg, errc::truncated);
    check(sized(rest, 1), ebadmsg, errc::truncated);
    check(sized(rest - 1), ebadmsg, errc::bad_der);  // begins inside the content
    check(sized(__builtin_bswap32(size)), ebadmsg, errc::length_overflow);
    check(sized(0), ebadmsg, errc::truncated);
    const octets empty = module_of({}, cms::message_of({signer_of(rsa(), {})}));
    check(empty, ebadmsg, errc::truncated);
    check(module_of({0}, cms::message_of({signer_of(rsa(), {0})})), good, errc::none);
}

TEST_CASE("trailer: id_type is checked next, whatever the other fields") {
    for (const int type : {0, 1, 3, 255}) {
        const auto id_type = static_cast<std::uint8_t>(type);
        check(module_of(content, usual(), {.id_type = id_type}), soft_algorithm, errc::unsupported_version);
        check(module_of(content, usual(), {.algorithm = 1, .hash = 4, .id_type = id_type, .signer_length = 9, .padding = {1, 1, 1}}),
              soft_algorithm, errc::unsupported_version);
        check(module_of(content, usual(), {.id_type = id_type, .size = 0}), soft_algorithm, errc::unsupported_version);
    }
}

TEST_CASE("trailer: every other byte is zero") {
    check(module_of(content, usual(), {}), good, errc::none);
    for (const cms::trailer& end : {cms::trailer{.algorithm = 1}, cms::trailer{.hash = 4}, cms::trailer{.signer_length = 1},
                                    cms::trailer{.key_id_length = 20}, cms::trailer{.padding = {1, 0, 0}},
                                    cms::trailer{.padding = {0, 0x80, 0}}, cms::trailer{.padding = {0, 0, 255}}})
        check(module_of(content, usual(), end), ebadmsg, errc::reserved_nonzero);
}

TEST_CASE("DER: a constructed element may lack its constructed bit, a primitive one may not have it") {
    const cms::message m = usual();
    const octets outer = m;
    check(around(cms::retagged(outer, 0x10)), good, errc::bad_der);
    check(with([](cms::message& c) { c.digest_algorithms[0] = 0x11; }), good, errc::bad_der);
    check(with([](cms::message& c) { c.content_info[0] = 0x10; }), good, errc::bad_der);
    check(with([](cms::message& c) { c.signer_infos = tlv(0x11, c.signers_joined()); }), good, errc::bad_der);
    check(around(tlv(0x30, cms::signed_data + tlv(0x80, tlv(0x10, m.signed_data_content())))), good, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.tag = 0x10; }), good, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.identifier[0] = 0x10; }), good, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.digest_algorithm[0] = 0x10; }), good, errc::bad_der);

    check(with([](cms::message& c) { c.version[0] = 0x22; }), ebadmsg, errc::bad_der);
    check(with([](cms::message& c) { c.type[0] = 0x26; }), ebadmsg, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.signature_element = tlv(0x24, s.signature); }), ebadmsg, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.signature_element = tlv(0x24, tlv(4, s.signature)); }), ebadmsg, errc::bad_der);
}

TEST_CASE("DER: constructed elements may have an indefinite length, and then an end") {
    const cms::message m = usual();
    const octets body = m.signed_data_content();
    check(around(cms::indefinite(0x30, m.content())), good, errc::non_minimal_der);
    check(around(tlv(0x30, m.type + cms::indefinite(0xa0, tlv(0x30, body)))), good, errc::non_minimal_der);
    check(around(tlv(0x30, m.type + tlv(0xa0, cms::indefinite(0x30, body)))), good, errc::non_minimal_der);
    check(around(cms::indefinite(0x30, m.type + cms::indefinite(0xa0, cms::indefinite(0x30, body)))), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.digest_algorithms = cms::indefinite(0x31, cms::inside(c.digest_algorithms)); }), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.content_info = cms::indefinite(0x30, cms::id_data); }), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.signer_infos = cms::indefinite(0x31, c.signers_joined()); }), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.signers = {cms::indefinite(0x30, usual_signer().content())}; }), good, errc::non_minimal_der);
    check(with_signer([](cms::signer& s) { s.identifier = cms::indefinite(0x30, cms::inside(s.identifier)); }), good, errc::non_minimal_der);

    check(around(octets{0x30, 0x80} + m.content()), ebadmsg, errc::non_minimal_der);
    check(around(octets{0x30, 0x80} + m.content() + octets{0}), ebadmsg, errc::non_minimal_der);
    check(around(octets{0x30, 0x80} + m.content() + octets{0, 1}), ebadmsg, errc::non_minimal_der);
    check(around(octets{0x10, 0x80} + m.content() + octets{0, 0}), ebadmsg, errc::bad_der);  // not both
    check(with([](cms::message& c) { c.version = {2, 0x80, 1, 0, 0}; }), ebadmsg, errc::bad_der);
}

TEST_CASE("DER: the end of an AlgorithmIdentifier without parameters is taken for parameters") {
    const octets sha256 = cms::oid_of(digest_id::sha256);
    const auto digested = [](const octets& id) { return with_signer([&](cms::signer& s) { s.digest_algorithm = id; }); };
    check(digested(cms::indefinite(0x30, sha256 + asn1_null)), good, errc::non_minimal_der);
    check(digested(cms::indefinite(0x30, sha256)), ebadmsg, errc::non_minimal_der);
    check(digested(cms::indefinite(0x30, sha256) + octets{0, 0}), good, errc::non_minimal_der);
}

TEST_CASE("DER: lengths in one or two bytes more than needed are read, in three not") {
    const cms::message m = usual();
    const octets body = m.signed_data_content();
    const auto set_of = [](std::size_t bytes) {
        return with([&](cms::message& c) { c.digest_algorithms = cms::long_form(0x31, cms::inside(c.digest_algorithms), bytes); });
    };
    check(set_of(1), good, errc::non_minimal_der);
    check(set_of(2), good, errc::non_minimal_der);
    check(set_of(3), ebadmsg, errc::bad_der);
    check(set_of(4), ebadmsg, errc::bad_der);
    check(with([](cms::message& c) { c.version = cms::long_form(2, {1}, 1); }), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.version = cms::long_form(2, {1}, 2); }), good, errc::non_minimal_der);
    check(with([](cms::message& c) { c.version = cms::long_form(2, {1}, 3); }), ebadmsg, errc::bad_der);
    check(around(cms::long_form(0x30, m.content(), 2)), good, errc::none);  // which it needs
    check(around(cms::long_form(0x30, m.content(), 3)), ebadmsg, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.signature_element = cms::long_form(4, s.signature, 2); }), good, errc::none);
    check(with_signer([](cms::signer& s) { s.signature_element = cms::long_form(4, s.signature, 126); }), ebadmsg, errc::bad_der);
}

TEST_CASE("DER: anything may follow the outermost SEQUENCE inside sig_len, up to 65535 bytes in all") {
    const octets message = usual();
    check(around(message + octets{0}), good, errc::trailing_garbage);
    check(around(message + message), good, errc::trailing_garbage);
    check(around(message + octets(65535 - message.size(), 0xff)), good, errc::trailing_garbage);
    check(around(message + octets(65536 - message.size(), 0xff)), linux_error::emsgsize, errc::too_large);
}

TEST_CASE("DER: lengths that contradict the content are refused") {
    const octets message = usual();
    octets longer = message, shorter = message;
    ++longer[3], --shorter[3];
    check(around(longer), ebadmsg, errc::truncated);
    check(around(longer + octets{0}), ebadmsg, errc::bad_der);
    check(around(shorter), ebadmsg, errc::bad_der);
    check(around(octets(message.begin(), message.end() - 1)), ebadmsg, errc::truncated);
    check(around({0x30}), ebadmsg, errc::truncated);
}

TEST_CASE("DER: high tag numbers, and elements that the syntax does not have") {
    check(around(cms::retagged(usual(), 0x3f)), ebadmsg, errc::bad_der);
    check(around(cms::retagged(usual(), 0x31)), ebadmsg, errc::bad_der);
    const octets extra{5, 0};
    check(with([&](cms::message& m) { m.behind_signers = extra; }), ebadmsg, errc::bad_der);
    check(with([&](cms::message& m) { m.behind_signed_data = extra; }), ebadmsg, errc::bad_der);
    check(with([&](cms::message& m) { m.behind_content = extra; }), ebadmsg, errc::bad_der);
    check(with([&](cms::message& m) { m.content_info = tlv(0x30, cms::id_data + extra); }), ebadmsg, errc::bad_der);
    check(with_signer([&](cms::signer& s) { s.behind = extra; }), ebadmsg, errc::bad_der);
    check(with_signer([&](cms::signer& s) { s.identifier = tlv(0x30, cms::inside(s.identifier) + extra); }), ebadmsg, errc::bad_der);
    check(with_signer([&](cms::signer& s) { s.signature_algorithm = tlv(0x30, rsa_encryption + asn1_null + extra); }), ebadmsg, errc::bad_der);
}

TEST_CASE("DER: an empty SET OF or SEQUENCE OF is refused") {
    check(with([](cms::message& m) { m.digest_algorithms = {0x31, 0}; }), ebadmsg, errc::missing_element);
    check(with([](cms::message& m) { m.signer_infos = octets{0x31, 0}; }), ebadmsg, errc::no_signer);
    check(with([](cms::message& m) { m.signer_infos = octets{0x30, 0}; }), ebadmsg, errc::bad_der);
    check(with_signer([](cms::signer& s) { s.unsigned_attributes = {0xa1, 0}; }), ebadmsg, errc::attributes_present);
    check(with_signer([](cms::signer& s) { s.identifier = cms::issuer_and_serial({0x30, 0}, {2, 1, 1}); }), ebadmsg, errc::missing_element);
    check(with_signer([](cms::signer& s) { s.identifier = cms::issuer_and_serial({0x30, 2, 0x31, 0}, {2, 1, 1}); }), ebadmsg, errc::missing_element);
}

TEST_CASE("DER: deep nesting is skipped where any element may stand, and refused where it is parsed") {
    octets deep{5, 0};
    for (int i = 0; i != 4000; ++i) deep = tlv(0x30, deep);
    check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(cms::oid_of(digest_id::sha256) + deep); }), good, errc::bad_der);
    check(around(deep), ebadmsg, errc::bad_der);
    check(with_signer([&](cms::signer& s) { s.identifier = deep; }), ebadmsg, errc::bad_der);
}

TEST_CASE("DER: a CHOICE missing at the end goes unnoticed, but then there is no signer") {
    check(with([](cms::message& m) { m.signer_infos = octets{}; }), einval, errc::bad_der);
    check(around(tlv(0x30, cms::signed_data)), einval, errc::bad_der);
    check(around(tlv(0x30, cms::enveloped_data)), einval, errc::unsupported_content_type);
}

TEST_CASE("SignedData: the outer type is signedData, the inner one data") {
    for (const octets& type : {cms::enveloped_data, cms::id_data, hex("060a2a864886f70d01070202"), hex("0600")}) {
        CHECK(linux_says(with([&](cms::message& m) { m.type = type; }), ring()) == einval);
        CHECK(linux_says(with([&](cms::message& m) { m.content_info = tlv(0x30, type == cms::id_data ? cms::signed_data : type); }), ring()) == einval);
    }
    CHECK(strict_says(with([](cms::message& m) { m.type = cms::enveloped_data; }), ring()) == errc::unsupported_content_type);
    check(with([](cms::message& m) { m.content_info = tlv(0x30, cms::enveloped_data); }), einval, errc::unsupported_content_type);
}

TEST_CASE("SignedData: Authenticode is parsed, requires signed attributes, and is no module signature") {
    const auto authenticode = [](const octets& attributes) {
        return with([&](cms::message& m) {
            m.content_info = tlv(0x30, cms::indirect_data);
            cms::signer s = usual_signer();
            s.signed_attributes = attributes;
            m.signers = {s};
        });
    };
    const octets attributes = tlv(0xa0, cms::attribute(cms::id_content_type, cms::indirect_data) +
                                            cms::attribute(cms::id_message_digest, tlv(4, octets(32, 1))));
    check(authenticode(attributes), rejected, errc::attributes_present);
    check(authenticode({}), ebadmsg, errc::unsupported_content_type);
}

TEST_CASE("versions are 1 or 3, in one byte") {
    for (const int number : {0, 2, 4, 5, 0x81, 255}) {
        const octets version{2, 1, static_cast<std::uint8_t>(number)};
        CHECK(linux_says(with([&](cms::message& m) { m.version = version; }), ring()) == einval);
        CHECK(linux_says(with_signer([&](cms::signer& s) { s.version = version; }), ring()) == einval);
    }
    for (const int number : {0, 2, 4, 5}) {
        const octets version{2, 1, static_cast<std::uint8_t>(number)};
        CHECK(strict_says(with([&](cms::message& m) { m.version = version; }), ring()) == errc::unsupported_version);
        CHECK(strict_says(with_signer([&](cms::signer& s) { s.version = version; }), ring()) == errc::unsupported_version);
    }
    for (const octets& version : {octets{2, 0}, octets{2, 2, 0, 1}, octets{2, 2, 1, 0}}) {
        CHECK(linux_says(with([&](cms::message& m) { m.version = version; }), ring()) == einval);
        CHECK(linux_says(with_signer([&](cms::signer& s) { s.version = version; }), ring()) == einval);
    }
    check(with([](cms::message& m) { m.version = {2, 2, 0, 1}; }), einval, errc::non_minimal_der);
}

TEST_CASE("versions of SignedData and SignerInfo are 1/1 or 3/3: EBADMSG") {
    const auto versions = [](std::uint8_t data, std::uint8_t info, const octets& identifier) {
        return with([&](cms::message& m) {
            m.version = {2, 1, data};
            cms::signer s = usual_signer();
            s.version = {2, 1, info};
            s.identifier = identifier;
            m.signers = {s};
        });
    };
    const octets name = cms::by_name(rsa()), skid = cms::by_skid(rsa().skid());
    check(versions(1, 1, name), good, errc::none);
    check(versions(3, 3, skid), good, errc::none);
    check(versions(1, 3, skid), ebadmsg, errc::version_mismatch);
    check(versions(3, 1, name), ebadmsg, errc::version_mismatch);
    // Crosswise, or with an empty identifier, there is nothing to look for.
    check(versions(3, 3, name), einval, errc::version_mismatch);
    check(versions(1, 1, skid), einval, errc::version_mismatch);
    check(versions(3, 3, cms::by_skid({})), einval, errc::bad_der);
    check(versions(1, 1, cms::issuer_and_serial(rsa().issuer(), {2, 0})), soft_unknown_key, errc::bad_der);
}

TEST_CASE("a signer whose identifier is not of its version's kind gets the last identifier of that kind") {
    cms::signer first = usual_signer(), second = usual_signer();
    second.identifier = cms::by_skid(rsa().skid());
    CHECK(linux_says(module_of(content, cms::message_of({first, second})), ring()) == good);
    CHECK(linux_says(module_of(content, cms::message_of({second, first})), ring()) == einval);
    second.signature.back() ^= 1;
    CHECK(linux_says(module_of(content, cms::message_of({first, second})), ring()) == rejected);
    // The fault is found after everything was parsed: other faults are reported first.
    second.digest_algorithm = algorithm(cms::oid_of(digest_id::md5));
    CHECK(linux_says(module_of(content, cms::message_of({second, second})), ring()) == soft_algorithm);
}

TEST_CASE("digestAlgorithms: not empty, of any content, a SET OF or a SEQUENCE OF") {
    const auto algorithms = [](const octets& list) { return with([&](cms::message& m) { m.digest_algorithms = list; }); };
    const octets sha256 = algorithm(cms::oid_of(digest_id::sha256)), sha512 = algorithm(cms::oid_of(digest_id::sha512));
    check(algorithms(tlv(0x31, sha256)), good, errc::none);
    check(algorithms(tlv(0x31, sha256 + sha512)), good, errc::inconsistent_algorithms);  // no signer uses SHA-512
    check(algorithms(tlv(0x31, sha512 + sha256)), good, errc::non_minimal_der);
    check(algorithms(tlv(0x31, sha256 + sha256)), good, errc::repeated_element);
    check(algorithms(tlv(0x30, sha256)), good, errc::bad_der);
    check(algorithms(tlv(0x31, sha512)), good, errc::inconsistent_algorithms);
    check(algorithms(tlv(0x31, algorithm(hex("06022a03")))), good, errc::inconsistent_algorithms);
    check(algorithms(tlv(0x31, algorithm(hex("0600")))), good, errc::bad_der);
    check(algorithms(tlv(0x31, algorithm(hex("06028080")))), good, errc::non_minimal_der);
    check(algorithms(tlv(0x31, sha256) + tlv(0x31, sha256)), ebadmsg, errc::bad_der);
    check(algorithms(tlv(0x31, tlv(0x30, {}))), ebadmsg, errc::bad_der);
    check(algorithms(tlv(0x31, {2, 1, 1})), ebadmsg, errc::bad_der);
    check(algorithms({}), ebadmsg, errc::bad_der);
}

TEST_CASE("signerInfos: a SET OF or a SEQUENCE OF") {
    check(with([](cms::message& m) { m.signer_infos = tlv(0x31, m.signers_joined()); }), good, errc::none);
    check(with([](cms::message& m) { m.signer_infos = tlv(0x30, m.signers_joined()); }), good, errc::bad_der);
    check(with([](cms::message& m) { m.signer_infos = tlv(0x31, {2, 1, 1}); }), ebadmsg, errc::bad_der);
    check(with([](cms::message& m) { m.signer_infos = tlv(0xa1, m.signers_joined()); }), ebadmsg, errc::bad_structure);
}

TEST_CASE("content inside, even empty, is EBADMSG") {
    const auto inside = [](const octets& brought) { return with([&](cms::message& m) { m.content_info = tlv(0x30, cms::id_data + brought); }); };
    check(inside({}), good, errc::none);
    check(inside(tlv(0xa0, tlv(4, content))), ebadmsg, errc::content_present);
    check(inside(tlv(0xa0, tlv(4, {}))), ebadmsg, errc::content_present);
    check(inside({0xa0, 0}), ebadmsg, errc::content_present);
    check(inside(tlv(0xa0, tlv(4, content) + tlv(4, content))), ebadmsg, errc::content_present);
}

TEST_CASE("a certificate in the crls field is EBADMSG") {
    for (const std::uint8_t form : {std::uint8_t{0xa1}, std::uint8_t{0xa3}}) {
        check(with([&](cms::message& m) { m.revocations = tlv(form, rsa().certificate); }), ebadmsg, errc::bad_structure);
        check(with([&](cms::message& m) { m.revocations = {form, 0}; }), ebadmsg, errc::bad_structure);
        // The syntax of Linux has lists of certificates there.
        check(with([&](cms::message& m) { m.revocations = tlv(form, tlv(0x30, rsa().certificate)); }), good, errc::bad_structure);
    }
}

TEST_CASE("signed attributes are EKEYREJECTED however correct") {
    const auto attributed = [](const octets& values) {
        return with_signer([&](cms::signer& s) {
            s.signed_attributes = tlv(0xa0, values);
            s.signature = cms::sign(rsa(), digest_id::sha256, tlv(0x31, values));
        });
    };
    const auto digest = cms::digest_of(digest_id::sha256, content);
    const octets type = cms::attribute(cms::id_content_type, cms::id_data),
                 value = cms::attribute(cms::id_message_digest, tlv(4, octets(digest.view().begin(), digest.view().end()))),
                 time = cms::attribute(cms::id_signing_time, utc("260101000000Z"));
    const octets correct = cms::inside(cms::sorted_set(0x31, {type, value, time}));
    check(attributed(correct), rejected, errc::attributes_present);
    check(attributed({}), ebadmsg, errc::missing_element);
    check(attributed(type), ebadmsg, errc::missing_element);
    check(attributed(value), ebadmsg, errc::missing_element);
    check(attributed(type + value + value), rejected, errc::repeated_element);
    check(attributed(cms::attribute(cms::id_message_digest, tlv(4, {1}) + tlv(4, {2})) + type), rejected, errc::repeated_element);
    check(attributed(cms::attribute(cms::id_content_type, cms::signed_data) + value), ebadmsg, errc::content_type_mismatch);
    CHECK(linux_says(attributed(type + cms::attribute(cms::id_message_digest, tlv(3, {1}))), ring()) == ebadmsg);
    CHECK(linux_says(attributed(correct + cms::attribute(cms::id_smime_capabilities, {5, 0})), ring()) == rejected);
    CHECK(linux_says(attributed(correct + cms::attribute(cms::id_signing_time, utc("26010100000"))), ring()) == rejected);  // a second one
    CHECK(linux_says(attributed(type + value + cms::attribute(cms::id_signing_time, utc("26010100000"))), ring()) == ebadmsg);
    CHECK(linux_says(attributed(type + value + tlv(0x30, cms::id_signing_time)), ring()) == ebadmsg);
    CHECK(linux_says(attributed(type + value + cms::attribute(cms::id_signing_time, {})), ring()) == ebadmsg);
}

TEST_CASE("some signers with signed attributes and some without: EINVAL") {
    cms::signer without = usual_signer(), with_some = without;
    with_some.signed_attributes = tlv(0xa0, cms::attribute(cms::id_content_type, cms::id_data) + cms::attribute(cms::id_message_digest, tlv(4, octets(32, 1))));
    CHECK(linux_says(module_of(content, cms::message_of({without, with_some})), ring()) == einval);
    CHECK(linux_says(module_of(content, cms::message_of({with_some, without})), ring()) == einval);
    CHECK(linux_says(module_of(content, cms::message_of({with_some, with_some})), ring()) == rejected);
    CHECK(linux_says(module_of(content, cms::message_of({without, without})), ring()) == good);
    CHECK(strict_says(module_of(content, cms::message_of({without, with_some})), ring()) == errc::inconsistent_attributes);
    // Which is found before content that is inside.
    auto both = cms::message_of({without, with_some});
    both.content_info = tlv(0x30, cms::id_data + tlv(0xa0, tlv(4, content)));
    CHECK(linux_says(module_of(content, both), ring()) == einval);
}

TEST_CASE("unsigned attributes are ignored, as are signed ones in the form [2]") {
    const octets time = cms::attribute(cms::id_signing_time, utc("260101000000Z"));
    for (const std::uint8_t form : {std::uint8_t{0xa1}, std::uint8_t{0xa3}}) {
        check(with_signer([&](cms::signer& s) { s.unsigned_attributes = tlv(form, time); }), good, errc::attributes_present);
        check(with_signer([&](cms::signer& s) { s.unsigned_attributes = tlv(form, time + time); }), good, errc::attributes_present);
        check(with_signer([&](cms::signer& s) { s.unsigned_attributes = tlv(form, cms::attribute(hex("0600"), {1, 0})); }), good, errc::attributes_present);
        CHECK(linux_says(with_signer([&](cms::signer& s) { s.unsigned_attributes = tlv(form, octets{2, 1, 1}); }), ring()) == ebadmsg);
        CHECK(linux_says(with_signer([&](cms::signer& s) { s.unsigned_attributes = tlv(form, tlv(0x30, cms::id_signing_time)); }), ring()) == ebadmsg);
    }
    check(with_signer([&](cms::signer& s) { s.signed_attributes = tlv(0xa2, tlv(0x30, time)); }), good, errc::attributes_present);
    CHECK(linux_says(with_signer([&](cms::signer& s) { s.signed_attributes = tlv(0xa2, tlv(0x30, time + time)); }), ring()) == rejected);
    CHECK(linux_says(with_signer([&](cms::signer& s) { s.signed_attributes = tlv(0xa2, tlv(0x31, time)); }), ring()) == ebadmsg);
    CHECK(linux_says(with_signer([&](cms::signer& s) { s.signed_attributes = tlv(0xa2, {}); }), ring()) == ebadmsg);
}

TEST_CASE("the digest is the SignerInfo's: SHA-1, SHA-2, SHA-3, with RSA and ECDSA on any curve") {
    std::size_t tried = 0;
    for (const digest_id digest : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512,
                                   digest_id::sha3_256, digest_id::sha3_384, digest_id::sha3_512})
        for (const char* name : {"rsa2048", "p256", "p384", "p521"}) {
            auto m = cms::message_of({signer_of(cms::corpus_key(name), content, digest)});
            m.digest_algorithms = tlv(0x31, algorithm(cms::oid_of(digest)));
            check(module_of(content, m), good, digest == digest_id::sha1 || digest == digest_id::sha224 ? errc::weak_digest : errc::none);
            CHECK(linux_says(module_of(content + octets{0}, m), ring()) == rejected);
            ++tried;
        }
    CHECK(tried == 32);
}

TEST_CASE("other digests are soft: MD4, MD5, RIPEMD-160, BLAKE2, SHA-512/256, what is no OID at all") {
    for (const octets& oid : {cms::oid_of(digest_id::md4), cms::oid_of(digest_id::md5), cms::oid_of(digest_id::rmd160),
                              hex("060b2b060104018d3a0c020110"), hex("0609608648016503040206"), hex("0609608648016503040207"), hex("06022a03")})
        check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(oid); }), soft_algorithm, errc::unsupported_hash);
    CHECK(linux_says(with_signer([](cms::signer& s) { s.digest_algorithm = algorithm(hex("0600")); }), ring()) == soft_algorithm);
    CHECK(linux_says(with_signer([](cms::signer& s) { s.digest_algorithm = algorithm(hex("06028080")); }), ring()) == soft_algorithm);
}

TEST_CASE("SM3 and Streebog are known, but neither RSA nor ECDSA accepts them: EKEYREJECTED") {
    for (const digest_id digest : {digest_id::sm3, digest_id::streebog256, digest_id::streebog512})
        for (const char* name : {"rsa2048", "p256"}) {
            cms::signer s = signer_of(cms::corpus_key(name), content);
            s.digest_algorithm = algorithm(cms::oid_of(digest));
            CHECK(linux_says(module_of(content, cms::message_of({s})), ring()) == rejected);
        }
    cms::signer unknown = signer_of(unknown_signer(), content);
    unknown.digest_algorithm = algorithm(cms::oid_of(digest_id::sm3));
    CHECK(linux_says(module_of(content, cms::message_of({unknown})), ring()) == soft_unknown_key);
}

TEST_CASE("parameters of an algorithm are absent, NULL or anything, but one") {
    const octets sha256 = cms::oid_of(digest_id::sha256);
    for (const octets& parameters : {octets{}, asn1_null}) {
        check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(sha256 + parameters); }), good, errc::none);
        const errc strict_answer = parameters.empty() ? errc::bad_der : errc::none;  // RFC 3370, section 3.2: rsaEncryption has NULL
        check(with_signer([&](cms::signer& s) { s.signature_algorithm = algorithm(rsa_encryption + parameters); }), good, strict_answer);
    }
    for (const octets& parameters : {octets{5, 1, 0}, octets{4, 0}, octets{0x30, 3, 1, 2, 3}, octets{0xdf - 0x40, 0}}) {
        if ((parameters[0] & 0x1f) == 0x1f) continue;
        check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(sha256 + parameters); }), good, errc::bad_der);
        check(with_signer([&](cms::signer& s) { s.signature_algorithm = algorithm(rsa_encryption + parameters); }), good, errc::bad_der);
    }
    check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(sha256 + asn1_null + asn1_null); }), ebadmsg, errc::bad_der);
    check(with_signer([&](cms::signer& s) { s.digest_algorithm = algorithm(sha256 + octets{0x1f, 1, 0}); }), ebadmsg, errc::bad_der);
}

TEST_CASE("signatureAlgorithm is the bare rsaEncryption, or ecdsa-with-*; others are soft") {
    const auto said = [](const octets& oid) { return with_signer([&](cms::signer& s) { s.signature_algorithm = algorithm(oid); }); };
    check(said(rsa_encryption + asn1_null), good, errc::none);
    for (const octets& oid : {sha256_with_rsa, cms::oid_of(scheme_id::rsa_pkcs1_v15, digest_id::sha1), ec_public_key,
                              cms::oid_of(scheme_id::rsa_pss, digest_id::none), cms::oid_of(scheme_id::ed25519, digest_id::none), hex("06022a03")})
        check(said(oid), soft_algorithm, errc::unsupported_algorithm);
    CHECK(linux_says(said(hex("0600")), ring()) == soft_algorithm);
    cms::signer ed25519 = signer_of(p256(), content);
    ed25519.signature_algorithm = algorithm(cms::oid_of(scheme_id::ed25519, digest_id::none));
    CHECK(linux_says(module_of(content, cms::message_of({ed25519})), ring()) == soft_algorithm);
}

TEST_CASE("for ECDSA the hash in the signature's OID need not be the one used") {
    for (const digest_id named : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512,
                                  digest_id::sha3_256, digest_id::sha3_384, digest_id::sha3_512}) {
        cms::signer s = signer_of(p256(), content);
        s.signature_algorithm = algorithm(cms::oid_of(scheme_id::ecdsa, named));
        check(module_of(content, cms::message_of({s})), good, named == digest_id::sha256 ? errc::none : errc::inconsistent_algorithms);
    }
}

TEST_CASE("several signers: for Linux one trusted signer suffices beside unknown ones; strict requires every signer to be proven") {
    const cms::signer known = usual_signer(), other = signer_of(p256(), content), unknown = signer_of(unknown_signer(), content);
    const auto signed_by = [](std::initializer_list<cms::signer> all) {
        std::vector<octets> signers;
        for (const cms::signer& each : all) signers.push_back(each);
        return module_of(content, cms::message_of(signers));
    };
    CHECK(linux_says(signed_by({known, unknown}), ring()) == good);
    CHECK(linux_says(signed_by({unknown, known}), ring()) == good);
    CHECK(linux_says(signed_by({known, other}), ring()) == good);
    CHECK(linux_says(signed_by({known, known}), ring()) == good);
    CHECK(linux_says(signed_by({unknown, unknown}), ring()) == soft_unknown_key);
    auto sorted = usual();
    sorted.signer_infos = cms::sorted_set(0x31, {known, unknown});
    check(module_of(content, sorted), good, errc::unproven_signer);
    CHECK(cms::judged<policy::legacy>(module_of(content, sorted), ring()).why.code == errc::none);
    cms::signer bad = other;
    bad.signature = signer_of(p256(), content + octets{1}).signature;
    CHECK(linux_says(signed_by({known, bad}), ring()) == rejected);
    CHECK(linux_says(signed_by({bad, known}), ring()) == rejected);
    CHECK(linux_says(signed_by({unknown, bad}), ring()) == rejected);
    auto two = usual();
    two.signer_infos = cms::sorted_set(0x31, {known, bad});
    CHECK(strict_says(module_of(content, two), ring()) == errc::signature_mismatch);
}

TEST_CASE("one signer with an unsupported digest or algorithm spoils the whole message") {
    for (const bool digest : {true, false}) {
        cms::signer odd = signer_of(unknown_signer(), content);
        (digest ? odd.digest_algorithm : odd.signature_algorithm) = algorithm(digest ? cms::oid_of(digest_id::md5) : sha256_with_rsa);
        CHECK(linux_says(module_of(content, cms::message_of({usual_signer(), odd})), ring()) == soft_algorithm);
        CHECK(linux_says(module_of(content, cms::message_of({odd, usual_signer()})), ring()) == soft_algorithm);
    }
}

TEST_CASE("many signers are all tried; strict stops at 16") {
    std::vector<octets> many(17, usual_signer());
    check(module_of(content, cms::message_of(many)), good, errc::repeated_element);
    many.pop_back();
    check(module_of(content, cms::message_of(many)), good, errc::repeated_element);
    const auto unknown_signers = [](std::uint8_t count) {
        std::vector<octets> all;
        for (std::uint8_t i = 0; i != count; ++i) {
            cms::signer one = signer_of(unknown_signer(), content);
            one.identifier = cms::issuer_and_serial(common_name("nobody"), tlv(2, {static_cast<std::uint8_t>(i + 1)}));
            all.push_back(one);
        }
        cms::message m = usual();
        m.signer_infos = cms::sorted_set(0x31, all);
        return module_of(content, m);
    };
    check(unknown_signers(16), soft_unknown_key, errc::key_not_found);
    check(unknown_signers(17), soft_unknown_key, errc::too_many_signers);
    CHECK(linux_says(unknown_signers(32), ring()) == soft_unknown_key);
    CHECK(linux_says(unknown_signers(33), ring()) == rejected);  // too_costly: the one deviation from the kernel
}

TEST_CASE("the key is found by issuer and serial number, byte for byte") {
    const auto named = [](const octets& issuer, const octets& serial) {
        return with_signer([&](cms::signer& s) { s.identifier = cms::issuer_and_serial(issuer, serial); });
    };
    const octets issuer = rsa().issuer(), serial = rsa().serial();
    check(named(issuer, serial), good, errc::none);
    CHECK(linux_says(named(issuer, tlv(2, octets{0} + cms::inside(serial))), ring()) == soft_unknown_key);
    CHECK(linux_says(named(issuer, tlv(2, {1})), ring()) == soft_unknown_key);
    octets printable = issuer;  // the same characters in another type of string
    for (std::size_t i = 0; i + 1 != printable.size(); ++i)
        if (printable[i] == 0x0c) printable[i] = 0x13;
    CHECK(printable != issuer);
    check(named(printable, serial), soft_unknown_key, errc::key_not_found);
    CHECK(linux_says(named(tlv(0x30, cms::inside(issuer) + rdn(3, "more")), serial), ring()) == soft_unknown_key);
    // Linux compares the two joined: a border that is moved is not noticed where the bytes happen to allow it.
    CHECK(linux_says(named(cms::long_form(0x30, cms::inside(issuer), 2), serial), ring()) == good);
}

TEST_CASE("the key is found by the whole subjectKeyIdentifier") {
    const auto named = [](const octets& skid) {
        return with([&](cms::message& m) {
            m.version = {2, 1, 3};
            cms::signer s = usual_signer();
            s.version = {2, 1, 3};
            s.identifier = cms::by_skid(skid);
            m.signers = {s};
        });
    };
    const octets skid = rsa().skid();
    check(named(skid), good, errc::none);
    check(named({skid.end() - 4, skid.end()}), soft_unknown_key, errc::key_not_found);
    check(named(skid + octets{0}), soft_unknown_key, errc::key_not_found);
    check(named(octets{0} + skid), soft_unknown_key, errc::key_not_found);
    // One look-up serves both kinds: serial number and issuer, joined, name the key, too.
    CHECK(linux_says(named(cms::inside(rsa().serial()) + cms::inside(rsa().issuer())), ring()) == good);
}

TEST_CASE("unknown is soft; found, but the signature is wrong or of another algorithm, is EKEYREJECTED") {
    cms::signer wrong = signer_of(p256(), content);
    wrong.identifier = cms::by_name(rsa());
    check(module_of(content, cms::message_of({wrong})), rejected, errc::key_type_mismatch);
    cms::signer other_curve = signer_of(cms::corpus_key("p384"), content);
    other_curve.identifier = cms::by_name(p256());
    CHECK(linux_says(module_of(content, cms::message_of({other_curve})), ring()) == rejected);
    cms::signer short_one = usual_signer();
    short_one.signature.pop_back();
    check(module_of(content, cms::message_of({short_one})), rejected, errc::signature_length);
    short_one.signature.clear();
    check(module_of(content, cms::message_of({short_one})), rejected, errc::signature_length);
    check(module_of(content, cms::message_of({signer_of(unknown_signer(), content)})), soft_unknown_key, errc::key_not_found);
}

TEST_CASE("the first of two keys with one name decides; strict tries both") {
    cms::chained real{"twin", {5}, &p256(), "twin", &p256()};
    cms::chained twin{"twin", {5}, &cms::corpus_key("p384"), "twin", &cms::corpus_key("p384")};
    cms::signer s = signer_of(p256(), content);
    s.identifier = real.identifier();
    const octets module = module_of(content, cms::message_of({s}));
    CHECK(linux_says(module, cms::ring_of({real, twin})) == good);
    CHECK(linux_says(module, cms::ring_of({twin, real})) == rejected);
    CHECK(strict_says(module, cms::ring_of({real, twin})) == strict_says(module, cms::ring_of({twin, real})));
    CHECK(cms::judged<policy::legacy>(module, cms::ring_of({real, twin})).why.code == errc::none);
    CHECK(cms::judged<policy::legacy>(module, cms::ring_of({twin, real})).why.code == errc::none);
}

TEST_CASE("dates, keyUsage, extendedKeyUsage and basicConstraints are ignored") {
    const auto with_certificate = [](const std::function<void(cms::chained&)>& change) {
        cms::chained made{"signer", {9}, &p256(), "signer", &p256()};
        made.constraints = {};
        change(made);
        cms::signer s = signer_of(p256(), content);
        s.identifier = made.identifier();
        const octets module = module_of(content, cms::message_of({s}));
        const cms::ring trusted = cms::ring_of({made});
        return std::pair(linux_says(module, trusted), strict_says(module, trusted));
    };
    using both = std::pair<linux_error, errc>;
    CHECK((with_certificate([](cms::chained&) {}) == both(good, errc::none)));
    CHECK((with_certificate([](cms::chained& c) { c.constraints = cms::sign_digitally; }) == both(good, errc::none)));
    CHECK((with_certificate([](cms::chained& c) { c.validity = tlv(0x30, utc("000101000000Z") + utc("010101000000Z")); }) == both(good, errc::expired)));
    CHECK((with_certificate([](cms::chained& c) { c.validity = tlv(0x30, utc("480101000000Z") + utc("490101000000Z")); }) == both(good, errc::expired)));
    CHECK((with_certificate([](cms::chained& c) { c.constraints = extension(15, hex("03020520")); }) == both(good, errc::key_usage)));
    CHECK((with_certificate([](cms::chained& c) { c.constraints = cms::ca_true + cms::sign_certificates; }) == both(good, errc::key_usage)));
    CHECK((with_certificate([](cms::chained& c) { c.constraints = extension(37, tlv(0x30, hex("06082b06010505070301"))); }).first == good));
}
