// SPDX-License-Identifier: BSL-1.0
// Signed modules that bring certificates, as Linux 6.12 verifies them, rule by rule; the errors of the arithmetic that occur
// only there; and strict's results. crypto/asymmetric_keys/pkcs7_verify.c, pkcs7_trust.c.
#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace modsig;
using cms::linux_says, cms::chained, cms::module_of, cms::ring_of, cms::signer_of, cms::strict_says;

namespace {

const octets content = text("\x7f" "ELF, or so");
const linux_error good = linux_error::none, soft_algorithm = linux_error::enopkg, soft_unknown_key = linux_error::enokey,
                  ebadmsg = linux_error::ebadmsg, einval = linux_error::einval, rejected = linux_error::ekeyrejected;

const cms::key& p256() { return cms::corpus_key("p256"); }
const cms::key& p384() { return cms::corpus_key("p384"); }
const cms::key& rsa() { return cms::corpus_key("rsa2048"); }

// One key serves everybody but root: who is who is a matter of names.
chained root() { return {.name = "root", .serial = {1}, .holder = &p384(), .issuer = "root", .signed_by = &p384()}; }
chained middle() { return {.name = "middle", .serial = {2}, .holder = &p256(), .issuer = "root", .signed_by = &p384()}; }
chained leaf() {
    return {.name = "leaf", .serial = {3}, .holder = &p256(), .issuer = "middle", .signed_by = &p256(), .constraints = cms::ca_false + cms::sign_digitally};
}

cms::signer signed_as(const chained& who, const octets& what = content) {
    cms::signer made = signer_of(*who.holder, what);
    made.identifier = who.identifier();
    return made;
}
cms::message brought(std::initializer_list<octets> certificates, const cms::signer& by = signed_as(leaf())) {
    cms::message made = cms::message_of({by});
    made.certificates = cms::sorted_set(0xa0, certificates);
    return made;
}
octets with(std::initializer_list<octets> certificates, const cms::signer& by = signed_as(leaf())) {
    return module_of(content, brought(certificates, by));
}
cms::ring rooted() { return ring_of({root()}); }

}  // namespace

TEST_CASE("chain: accepted where it ends at a trusted certificate, in the message or above it") {
    const cms::ring trusted = rooted();
    CHECK(linux_says(with({leaf(), middle()}), trusted) == good);
    CHECK(linux_says(with({leaf(), middle(), root()}), trusted) == good);
    CHECK(strict_says(with({leaf(), middle()}), trusted) == errc::none);
    CHECK(strict_says(with({leaf(), middle(), root()}), trusted) == errc::none);
    CHECK(linux_says(with({leaf(), middle()}), ring_of({leaf()})) == good);    // the signer itself
    CHECK(linux_says(with({leaf(), middle()}), ring_of({middle()})) == good);  // on the way
    CHECK(linux_says(with({leaf()}), ring_of({middle()})) == good);
    CHECK(linux_says(with({}), ring_of({leaf()})) == good);

    CHECK(linux_says(with({leaf(), middle()}), ring_of({p384().certificate})) == soft_unknown_key);
    CHECK(linux_says(with({leaf(), middle(), root()}), ring_of({p384().certificate})) == soft_unknown_key);
    CHECK(linux_says(with({leaf()}), trusted) == soft_unknown_key);
    CHECK(linux_says(with({middle()}), trusted) == soft_unknown_key);  // the signer's is not there
    CHECK(strict_says(with({leaf(), middle()}), ring_of({p384().certificate})) == errc::untrusted_chain);
    CHECK(strict_says(with({leaf(), middle(), root()}), ring_of({p384().certificate})) == errc::untrusted_chain);
    CHECK(strict_says(with({leaf()}), trusted) == errc::untrusted_chain);
    CHECK(strict_says(with({middle()}), trusted) == errc::key_not_found);
}

TEST_CASE("chain: in any order, doubled, as a sequence, an empty set") {
    const cms::ring trusted = rooted();
    const std::vector<octets> all{leaf(), middle(), root()};
    std::vector<std::size_t> order{0, 1, 2};
    do {
        auto m = brought({});
        m.certificates = cms::certificate_set({all[order[0]], all[order[1]], all[order[2]]});
        CHECK(linux_says(module_of(content, m), trusted) == good);
    } while (std::ranges::next_permutation(order).found);
    auto m = brought({});
    m.certificates = cms::certificate_set({leaf(), leaf(), middle(), leaf(), middle()});
    CHECK(linux_says(module_of(content, m), trusted) == good);
    m.certificates = tlv(0xa2, octets(leaf()) + octets(middle()));
    CHECK(linux_says(module_of(content, m), trusted) == good);
    CHECK(strict_says(module_of(content, m), trusted) == errc::bad_der);
    m.certificates = {0xa0, 0};
    CHECK(linux_says(module_of(content, m), ring_of({leaf()})) == good);
    CHECK(strict_says(module_of(content, m), ring_of({leaf()})) == errc::missing_element);
    m.certificates = {0xa2, 0};
    CHECK(linux_says(module_of(content, m), ring_of({leaf()})) == ebadmsg);
    m.certificates = cms::indefinite(0xa0, octets(leaf()) + octets(middle()));
    CHECK(linux_says(module_of(content, m), trusted) == good);
    m.certificates = cms::certificate_set({cms::indefinite(0x30, cms::inside(leaf())), middle()});
    CHECK(linux_says(module_of(content, m), trusted) == good);
    m.certificates = cms::certificate_set({cms::retagged(leaf(), 0x10), middle()});  // the only place where Linux checks the bit
    CHECK(linux_says(module_of(content, m), trusted) == ebadmsg);
}

TEST_CASE("chain: sixteen deep, which is where the kernel does not stop; strict stops at eight") {
    for (const int depth : {7, 8, 16, 20}) {
        std::vector<octets> certificates;
        chained below = leaf();
        for (int i = 0; i != depth; ++i) {
            const bool last = i + 1 == depth;
            below.issuer = last ? "root" : "ca" + std::to_string(i);
            below.signed_by = last ? &p384() : &p256();
            certificates.push_back(below);
            below = middle();
            below.name = "ca" + std::to_string(i);
            below.serial = {static_cast<std::uint8_t>(10 + i)};
        }
        chained signer = leaf();
        signer.issuer = "ca0";
        cms::message m = cms::message_of({signed_as(signer)});
        m.certificates = cms::sorted_set(0xa0, certificates);
        // Sixteen signatures by keys that no trusted key vouches for are calculated: the one deviation from the kernel.
        CHECK(linux_says(module_of(content, m), rooted()) == (depth <= 16 ? good : rejected));
        CHECK(strict_says(module_of(content, m), rooted()) == (depth <= 8 ? errc::none : depth <= 16 ? errc::untrusted_chain : errc::too_costly));
        CHECK(linux_says(module_of(content, m), ring_of({p256().certificate})) == (depth <= 16 ? soft_unknown_key : rejected));
    }
}

TEST_CASE("chain: expired, without basicConstraints, no CA: accepted") {
    const auto with_middle = [](const std::function<void(chained&)>& change) {
        chained changed = middle();
        change(changed);
        const octets module = with({leaf(), changed});
        return std::pair(linux_says(module, rooted()), strict_says(module, rooted()));
    };
    using both = std::pair<linux_error, errc>;
    CHECK((with_middle([](chained&) {}) == both(good, errc::none)));
    CHECK((with_middle([](chained& c) { c.validity = tlv(0x30, utc("000101000000Z") + utc("010101000000Z")); }) == both(good, errc::expired)));
    CHECK((with_middle([](chained& c) { c.constraints = {}; }) == both(good, errc::key_usage)));
    CHECK((with_middle([](chained& c) { c.constraints = cms::ca_false + cms::sign_digitally; }) == both(good, errc::key_usage)));
    CHECK((with_middle([](chained& c) { c.constraints = cms::ca_true + cms::sign_digitally; }) == both(good, errc::key_usage)));
    // The trusted certificate may be marked as no CA, too.
    chained plain = root();
    plain.constraints = cms::ca_false;
    CHECK(linux_says(with({leaf(), middle()}), ring_of({plain})) == good);
    CHECK(strict_says(with({leaf(), middle()}), ring_of({plain})) == errc::key_usage);
    // cA FALSE spelled out is no certificate for Linux.
    CHECK((with_middle([](chained& c) { c.constraints = extension(19, hex("3003010100")); }).first == ebadmsg));
}

TEST_CASE("certificates: each must parse, needed or not") {
    const cms::ring trusted = rooted();
    const auto beside = [&](const octets& other) {
        auto m = brought({});
        m.certificates = cms::certificate_set({leaf(), other, middle()});
        return linux_says(module_of(content, m), trusted);
    };
    CHECK(beside(rsa().certificate) == good);
    CHECK(beside({0x30, 0}) == ebadmsg);
    CHECK(beside({4, 1, 0}) == ebadmsg);
    CHECK(beside(tlv(0xa0, cms::inside(rsa().certificate))) == ebadmsg);
    auto cut = brought({});
    cut.certificates = cms::certificate_set({leaf(), middle(), octets(rsa().certificate.begin(), rsa().certificate.end() - 1)});
    CHECK(linux_says(module_of(content, cut), trusted) == ebadmsg);
    CHECK(beside(tlv(0x30, cms::inside(rsa().certificate) + octets{5, 0})) == ebadmsg);
    CHECK(beside(forged([](forge& c) { c.outer_algorithm = algorithm(sha256_with_rsa); })) == einval);
    CHECK(strict_says(with({leaf(), octets{0x30, 0}, middle()}), trusted) == errc::bad_der);
}

TEST_CASE("certificates: one of an unsupported algorithm is soft for the whole message, though it be unrelated") {
    const auto beside = [](const octets& other) { return linux_says(with({leaf(), middle(), other}), rooted()); };
    chained other = leaf();
    other.name = "other", other.serial = {9};
    CHECK(beside(other) == good);
    CHECK(beside(cms::corpus_key("ed25519").certificate) == soft_algorithm);
    const auto signed_with = [&](const octets& oid) {
        forge it = other.parts();
        it.inner_algorithm = it.outer_algorithm = algorithm(oid);
        return octets(it);
    };
    CHECK(beside(signed_with(cms::oid_of(scheme_id::rsa_pkcs1_v15, digest_id::md5))) == soft_algorithm);
    CHECK(beside(signed_with(cms::oid_of(scheme_id::rsa_pss, digest_id::none))) == soft_algorithm);
    CHECK(beside(signed_with(rsa_encryption)) == soft_algorithm);
    CHECK(beside(signed_with(sha256_with_rsa)) == good);  // the statement is not checked
    forge curve = other.parts();
    curve.spki = make_spki(ec_public_key + hex("06052b8104000a"), p256_point);
    CHECK(beside(curve) == soft_algorithm);
}

TEST_CASE("certificates: an unknown self-signed certificate with a bad self-signature gives its raw error") {
    const auto beside = [](const octets& other, const octets& digest = cms::oid_of(digest_id::sha256)) {
        cms::signer s = signed_as(leaf());
        s.digest_algorithm = algorithm(digest);
        return linux_says(with({leaf(), middle(), other}, s), rooted());
    };
    const chained alone{.name = "alone", .serial = {7}, .holder = &p256(), .issuer = "alone", .signed_by = &p256()};
    CHECK(beside(alone) == good);
    const auto spoiled = [](const chained& it, const std::function<void(octets&)>& change) {
        forge parts = it.parts();
        parts.inner_algorithm = parts.outer_algorithm = algorithm(cms::oid_of(it.signed_by->scheme(), digest_id::sha256) +
                                                                 (it.signed_by == &rsa() ? asn1_null : octets{}));
        octets signature = cms::sign(*it.signed_by, digest_id::sha256, parts.tbs());
        change(signature);
        parts.signature = bit_string(signature);
        return octets(parts);
    };
    CHECK(beside(spoiled(alone, [](octets&) {})) == good);
    CHECK(beside(spoiled(alone, [](octets& s) { s.back() ^= 1; })) == rejected);
    CHECK(beside(spoiled(alone, [](octets& s) { s = {1, 2, 3}; })) == ebadmsg);
    CHECK(beside(spoiled(alone, [](octets& s) { s = tlv(0x30, tlv(2, octets(50, 1)) + tlv(2, {1})); })) == einval);
    chained by_rsa = alone;
    by_rsa.holder = by_rsa.signed_by = &rsa();
    CHECK(beside(by_rsa) == good);
    CHECK(beside(spoiled(by_rsa, [](octets& s) { s.pop_back(); })) == einval);
    // An authorityKeyIdentifier of another key makes the certificate an unknown signer's, which is not verified; one of which
    // only half is this key's is contradictory.
    chained elsewhere = alone;
    elsewhere.signed_by = &p384();
    CHECK(beside(elsewhere) == einval);  // a signature for the other curve
    elsewhere.akid = cms::authority{text("elsewhere"), {}, {}};
    CHECK(beside(elsewhere) == good);
    elsewhere.akid = cms::authority{text("alone"), common_name("alone"), octets{8}};
    CHECK(beside(elsewhere) == rejected);
    chained renamed = alone;
    renamed.signed_by = &rsa();
    CHECK(beside(renamed) == rejected);  // of another algorithm than the key
    // The fault is found while the message is parsed: before later faults, and before the checks of the whole message.
    CHECK(beside(spoiled(alone, [](octets& s) { s = {1, 2, 3}; }), cms::oid_of(digest_id::md5)) == ebadmsg);
    CHECK(beside(alone, cms::oid_of(digest_id::md5)) == soft_algorithm);
}

TEST_CASE("links go through authorityKeyIdentifier only, by key identifier, by issuer and serial number, or both") {
    const auto linked = [](const std::function<void(chained&)>& change) {
        chained changed = leaf();
        change(changed);
        const octets module = with({changed, middle()}, signed_as(changed));
        return std::pair(linux_says(module, rooted()), strict_says(module, rooted()));
    };
    using both = std::pair<linux_error, errc>;
    const octets id = text("middle"), issuer = common_name("root"), serial{2}, wrong{9};
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, {}, {}}; }) == both(good, errc::none)));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{{}, issuer, serial}; }) == both(good, errc::none)));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, issuer, serial}; }) == both(good, errc::none)));
    // Both must fit: the look-up is by serial number, and then the key identifier is compared.
    CHECK((linked([&](chained& c) { c.akid = cms::authority{wrong, issuer, serial}; }) == both(rejected, errc::key_name_mismatch)));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, issuer, wrong}; }) == both(soft_unknown_key, errc::key_name_mismatch)));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, common_name("other"), serial}; }) == both(soft_unknown_key, errc::key_name_mismatch)));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{wrong, {}, {}}; }) == both(soft_unknown_key, errc::untrusted_chain)));
    // Without it: soft, even if names fit, which is all that strict needs.
    CHECK((linked([&](chained& c) { c.has_akid = false; }) == both(soft_unknown_key, errc::untrusted_chain)));
    CHECK((linked([&](chained& c) { c.akid = octets{0x30, 0}; }).first == soft_unknown_key));
    // Half a name is none; then the key identifier decides, if it is there.
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, issuer, {}}; }).first == good));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{id, {}, wrong}; }).first == good));
    CHECK((linked([&](chained& c) { c.akid = cms::authority{{}, issuer, {}}; }).first == soft_unknown_key));
    // An empty key identifier cannot be looked up.
    CHECK((linked([&](chained& c) { c.akid = cms::authority{octets{}, {}, {}}; }).first == einval));
    // Names are not compared at all.
    CHECK((linked([&](chained& c) { c.issuer = "somebody", c.akid = cms::authority{id, {}, {}}; }) == both(good, errc::untrusted_chain)));
}

TEST_CASE("the same holds for the link from the message to the keyring") {
    const auto linked = [](const cms::authority& akid) {
        chained changed = middle();
        changed.akid = akid;
        return linux_says(with({leaf(), changed}), rooted());
    };
    const octets id = text("root"), issuer = common_name("root"), serial{1}, wrong{9};
    CHECK(linked({id, {}, {}}) == good);
    CHECK(linked({{}, issuer, serial}) == good);
    CHECK(linked({id, issuer, serial}) == good);
    CHECK(linked({wrong, issuer, serial}) == rejected);
    CHECK(linked({id, issuer, wrong}) == soft_unknown_key);
    CHECK(linked({wrong, {}, {}}) == soft_unknown_key);
    CHECK(linked({octets{}, {}, {}}) == einval);
    // There one look-up serves both kinds of identifier.
    CHECK(linked({octets{1} + cms::inside(common_name("root")), {}, {}}) == good);
}

TEST_CASE("found for a signer by issuer and serial number only: a subjectKeyIdentifier finds no certificate in the message") {
    const auto by_skid = [](const octets& skid) {
        cms::signer s = signed_as(leaf());
        s.version = {2, 1, 3};
        s.identifier = cms::by_skid(skid);
        cms::message m = brought({leaf(), middle()}, s);
        m.version = {2, 1, 3};
        return module_of(content, m);
    };
    const octets module = by_skid(text("leaf"));
    CHECK(linux_says(module, rooted()) == soft_unknown_key);
    CHECK(linux_says(module, ring_of({leaf()})) == good);
    CHECK(strict_says(module, rooted()) == errc::none);
    CHECK(linux_says(by_skid(octets{3} + cms::inside(common_name("middle"))), rooted()) == good);  // unless it is the other one, joined
}

TEST_CASE("the signature of a link is wrong: EKEYREJECTED by a trusted key, the raw error by one in the message") {
    const auto spoil = [](const chained& it, const std::function<void(octets&)>& change) {
        forge parts = it.parts();
        parts.inner_algorithm = parts.outer_algorithm = algorithm(ecdsa_with_sha256);
        octets signature = cms::sign(*it.signed_by, digest_id::sha256, parts.tbs());
        change(signature);
        parts.signature = bit_string(signature);
        return octets(parts);
    };
    struct row {
        std::function<void(octets&)> change;
        linux_error raw;
    };
    const row rows[] = {
        {[](octets& s) { s.back() ^= 1; }, rejected},
        {[](octets& s) { s = {1, 2, 3}; }, ebadmsg},
        {[](octets& s) { s = tlv(0x30, tlv(2, {0}) + tlv(2, {1})); }, ebadmsg},
        {[](octets& s) { s = tlv(0x30, tlv(2, octets(50, 1)) + tlv(2, {1})); }, einval},
    };
    for (const row& each : rows) {
        const octets bad_leaf = spoil(leaf(), each.change), bad_middle = spoil(middle(), each.change);
        CHECK(linux_says(with({bad_leaf, middle()}), rooted()) == each.raw);
        CHECK(linux_says(with({leaf(), bad_middle}), rooted()) == rejected);
        CHECK(linux_says(with({leaf(), bad_middle, root()}), rooted()) == each.raw);
        CHECK(linux_says(with({bad_leaf}), ring_of({middle()})) == rejected);
        CHECK(linux_says(with({bad_leaf}), ring_of({leaf()})) == good);  // the trusted certificate needs no other
    }
    // A key of another algorithm, or one that is no key.
    chained by_rsa = middle();
    by_rsa.holder = &rsa();
    CHECK(linux_says(with({leaf(), by_rsa}), rooted()) == rejected);
    forge off_curve = middle().parts();
    off_curve.spki = make_spki(ec_public_key + prime256v1, octets{4} + octets(64, 1));
    off_curve.inner_algorithm = off_curve.outer_algorithm = algorithm(cms::oid_of(scheme_id::ecdsa, digest_id::sha256));
    off_curve.signature = bit_string(cms::sign(p384(), digest_id::sha256, off_curve.tbs()));
    CHECK(linux_says(with({leaf(), off_curve}), rooted()) == einval);
}

TEST_CASE("the signer's signature is checked with its certificate in the message, whichever key is trusted") {
    const octets module = with({leaf(), middle()}, signed_as(leaf(), text("something else")));
    CHECK(linux_says(module, rooted()) == rejected);
    CHECK(strict_says(module, rooted()) == errc::signature_mismatch);
    CHECK(linux_says(module, ring_of({p384().certificate})) == rejected);  // although no trusted key vouches for it
    CHECK(linux_says(with({middle()}, signed_as(leaf(), text("something else"))), ring_of({p384().certificate})) == soft_unknown_key);
    // Of another algorithm than the certificate's key.
    cms::signer s = signer_of(rsa(), content);
    s.identifier = leaf().identifier();
    CHECK(linux_says(with({leaf(), middle()}, s), rooted()) == rejected);
    // The first certificate of that name is the signer's.
    chained twin = leaf();
    twin.holder = &p384();
    auto m = brought({});
    m.certificates = cms::certificate_set({leaf(), twin, middle()});
    CHECK(linux_says(module_of(content, m), rooted()) == good);
    m.certificates = cms::certificate_set({twin, leaf(), middle()});
    CHECK(linux_says(module_of(content, m), rooted()) != good);
}

TEST_CASE("an impostor of a trusted root: EKEYREJECTED with its name, serial and key identifier, else soft") {
    const auto impostor = [](const std::function<void(chained&)>& change) {
        chained fake = root();
        fake.holder = fake.signed_by = &p256();
        change(fake);
        chained below = middle();
        below.signed_by = &p256();
        below.akid = cms::authority{fake.skid.value_or(text(fake.name)), {}, {}};
        below.issuer = fake.name;
        chained signer = leaf();
        return with({signer, below, fake});
    };
    CHECK(linux_says(impostor([](chained&) {}), rooted()) == rejected);
    CHECK(linux_says(impostor([](chained& c) { c.serial = {7}; }), rooted()) == soft_unknown_key);
    CHECK(linux_says(impostor([](chained& c) { c.skid = text("other"), c.akid = cms::authority{text("other"), {}, {}}; }), rooted()) == soft_unknown_key);
    CHECK(linux_says(impostor([](chained& c) { c.name = c.issuer = "Root"; }), rooted()) == soft_unknown_key);
    CHECK(strict_says(impostor([](chained&) {}), rooted()) == errc::signature_mismatch);
    CHECK(strict_says(impostor([](chained& c) { c.name = c.issuer = "Root"; }), rooted()) == errc::untrusted_chain);
}

TEST_CASE("loops are soft") {
    chained first = leaf(), second = middle();
    second.issuer = "leaf", second.signed_by = &p256();
    CHECK(linux_says(with({first, second}, signed_as(first)), rooted()) == soft_unknown_key);
    CHECK(strict_says(with({first, second}, signed_as(first)), rooted()) == errc::untrusted_chain);
    CHECK(linux_says(with({first, second}, signed_as(first)), ring_of({second})) == good);
    chained itself = leaf();
    itself.akid = cms::authority{text("leaf"), {}, {}};
    CHECK(linux_says(with({itself, middle()}, signed_as(itself)), rooted()) == soft_unknown_key);
    CHECK(linux_says(with({itself}, signed_as(itself)), ring_of({itself})) == good);
}

TEST_CASE("several signers share a path") {
    const chained brother{.name = "brother", .serial = {4}, .holder = &p256(), .issuer = "middle", .signed_by = &p256()};
    const chained alien{.name = "alien", .serial = {5}, .holder = &p256(), .issuer = "nobody", .signed_by = &p256()};
    const auto signed_by = [&](std::initializer_list<chained> who, const octets& certificates) {
        std::vector<octets> signers;
        for (const chained& each : who) signers.push_back(signed_as(each));
        cms::message m = cms::message_of(signers);
        m.certificates = certificates;
        return module_of(content, m);
    };
    const octets all = cms::certificate_set({leaf(), brother, alien, middle()});
    CHECK(linux_says(signed_by({leaf(), brother}, all), rooted()) == good);
    CHECK(linux_says(signed_by({leaf(), leaf()}, all), rooted()) == good);
    CHECK(linux_says(signed_by({leaf(), alien}, all), rooted()) == good);
    CHECK(linux_says(signed_by({alien, brother}, all), rooted()) == good);
    CHECK(linux_says(signed_by({alien, alien}, all), rooted()) == soft_unknown_key);
    CHECK(linux_says(signed_by({leaf(), brother}, all), ring_of({p384().certificate})) == soft_unknown_key);
    // A way that was found for one signer is still there for the next: A to B, and from B back to A.
    chained a = middle(), b = middle();
    a.name = "a", a.serial = {20}, a.issuer = "b", a.signed_by = &p256();
    b.name = "b", b.serial = {21}, b.issuer = "a", b.signed_by = &p256();
    const octets circle = cms::certificate_set({a, b});
    CHECK(linux_says(signed_by({a, b}, circle), rooted()) == soft_unknown_key);
    CHECK(linux_says(signed_by({a, b}, circle), ring_of({b})) == good);
    CHECK(linux_says(signed_by({a}, circle), ring_of({b})) == good);
}

TEST_CASE("signingTime, where Linux reads it at all, lies within the validity of the certificate in the message") {
    const auto at = [](std::string_view time, std::initializer_list<octets> certificates) {
        cms::signer s = signed_as(leaf());
        s.signed_attributes = tlv(0xa2, tlv(0x30, cms::attribute(cms::id_signing_time, utc(time))));
        return linux_says(with(certificates, s), ring_of({root(), leaf()}));
    };
    CHECK(at("260101000000Z", {leaf(), middle()}) == good);
    CHECK(at("200101000000Z", {leaf(), middle()}) == good);
    CHECK(at("191231235959Z", {leaf(), middle()}) == rejected);
    CHECK(at("491231235959Z", {leaf(), middle()}) == good);
    CHECK(at("191231235959Z", {}) == good);  // the trusted one's does not count
}

// ---- raw errors -----------------------------------------------------------------------------------------------------------------

namespace {

/// The signer's certificate is in the message, so that the errors of RSA and ECDSA are those of Linux.
linux_error raw(const cms::key& by, const octets& signature, bool in_message = true, digest_id digest = digest_id::sha256) {
    chained own = leaf();
    own.holder = &by;
    cms::signer s = signer_of(by, content);
    s.identifier = own.identifier();
    s.digest_algorithm = algorithm(cms::oid_of(digest));
    s.signature = signature;
    return in_message ? linux_says(with({own}, s), ring_of({own})) : linux_says(with({}, s), ring_of({own}));
}
linux_error raw_in_ring(const cms::key& by, const octets& signature) { return raw(by, signature, false); }

octets padded(const octets& tail, std::size_t size, octets head = {0, 1}, std::uint8_t fill = 0xff) {
    head.resize(size - tail.size() - 1, fill);
    return head + octets{0} + tail;
}
octets digest_info() {
    const auto digest = cms::digest_of(digest_id::sha256, content);
    return hex("3031300d060960864801650304020105000420") + octets(digest.view().begin(), digest.view().end());
}

}  // namespace

TEST_CASE("raw errors of RSA: length and range") {
    const octets signature = cms::sign(rsa(), digest_id::sha256, content);
    const auto n = rsa().secret.info().key.material;
    const auto near_n = [&](int by) {
        octets value(n.begin(), n.end());
        value.back() = static_cast<std::uint8_t>(value.back() + by);
        return value;
    };
    REQUIRE(n.back() != 0xff);  // nothing to carry; it is odd
    CHECK(raw(rsa(), signature) == good);
    CHECK(raw_in_ring(rsa(), signature) == good);
    octets one(256, 0), two(256, 0);
    one.back() = 1, two.back() = 2;
    for (const octets& bad : {octets{0} + signature, signature + octets{0}, octets(signature.begin() + 1, signature.end()), octets{},
                              octets(256, 0), one, near_n(-1), near_n(0), near_n(1), octets(256, 0xff)}) {
        CHECK(raw(rsa(), bad) == einval);
        CHECK(raw_in_ring(rsa(), bad) == rejected);
    }
    CHECK(raw(rsa(), two) == einval);  // in range, but what it comes out as begins with no 00
    octets changed = signature;
    changed[100] ^= 1;
    CHECK(raw(rsa(), changed) == einval);
    CHECK(raw_in_ring(rsa(), changed) == rejected);
}

TEST_CASE("raw errors of RSA: the recovered block") {
    const octets right = padded(digest_info(), 256);
    const auto block = [](const octets& bytes) { return raw(rsa(), cms::sign_block(rsa(), bytes)); };
    CHECK(block(right) == good);
    octets other = right;
    other[0] = 1;
    CHECK(block(other) == einval);
    for (const std::uint8_t type : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{3}}) CHECK(block(padded(digest_info(), 256, {0, type})) == ebadmsg);
    CHECK(block(padded(digest_info(), 256, {0, 1}, 0xfe)) == ebadmsg);
    CHECK(block(padded(digest_info(), 256, {0, 1, 0xff, 0xff, 0x7f})) == ebadmsg);
    // Fewer than eight FF: what is too much stands behind the digest, or in front of DigestInfo.
    CHECK(block(octets{0, 1} + octets(7, 0xff) + octets{0} + digest_info() + octets(195, 0)) == ebadmsg);
    CHECK(block(octets{0, 1} + octets(8, 0xff) + octets{0} + digest_info() + octets(194, 0)) == rejected);
    CHECK(block(octets{0, 1, 0} + digest_info() + octets(202, 0)) == ebadmsg);
    CHECK(block(octets{0, 1} + octets(254, 0xff)) == ebadmsg);  // no separator
    octets spoiled = right;
    spoiled.back() ^= 1;
    CHECK(block(spoiled) == rejected);
    const octets info = digest_info();
    CHECK(block(padded(octets(info.begin(), info.end() - 1), 256)) == rejected);
    CHECK(block(padded(info + octets{0}, 256)) == rejected);
    CHECK(block(padded(octets(info.begin() + 19, info.end()), 256)) == ebadmsg);  // the bare digest
    CHECK(block(padded(octets(info.begin(), info.begin() + 19), 256)) == rejected);
    CHECK(block(padded(octets(info.begin(), info.begin() + 18), 256)) == ebadmsg);
    // The canonical DigestInfo of that hash, with NULL.
    const octets digest(info.end() - 32, info.end());
    CHECK(block(padded(hex("302f300b0609608648016503040201") + hex("0420") + digest, 256)) == ebadmsg);
    CHECK(block(padded(hex("3031300d060960864801650304020205000420") + digest, 256)) == ebadmsg);
    CHECK(block(padded(hex("308131300d060960864801650304020105000420") + digest, 256)) == ebadmsg);
    CHECK(raw_in_ring(rsa(), cms::sign_block(rsa(), padded(digest, 256))) == rejected);
}

TEST_CASE("raw errors of RSA and ECDSA with a digest that they do not accept") {
    CHECK(raw(rsa(), cms::sign(rsa(), digest_id::sha256, content), true, digest_id::sm3) == einval);
    CHECK(raw(p256(), cms::sign(p256(), digest_id::sha256, content), true, digest_id::sm3) == einval);
    CHECK(raw(rsa(), cms::sign(rsa(), digest_id::sha384, content), true, digest_id::sha384) == good);
    CHECK(raw(rsa(), cms::sign(rsa(), digest_id::sha256, content), true, digest_id::sha384) == ebadmsg);
}

TEST_CASE("raw errors of ECDSA: the SEQUENCE of two numbers") {
    const octets signature = cms::sign(p256(), digest_id::sha256, content);
    failure fault{errc::none};
    der::reader in(signature, fault);
    auto numbers = in.enter(der::tag_sequence);
    const auto bytes_of = [](byte_view number) { return octets(number.begin(), number.end()); };
    const octets r = bytes_of(numbers.integer().content), s = bytes_of(numbers.integer().content);
    REQUIRE(fault.code == errc::none);
    const auto with_numbers = [](const octets& a, const octets& b) { return tlv(0x30, tlv(2, a) + tlv(2, b)); };
    const octets n = bytes_of(key::order_of(key_algorithm::ecdsa_p256)), n_signed = octets{0} + n;
    const auto says = [](const octets& value) { return raw(p256(), value); };

    CHECK(says(signature) == good);
    CHECK(says(with_numbers(r, s)) == good);
    CHECK(says(with_numbers(s, r)) == rejected);
    for (const octets& bad : {octets{}, octets{0x30, 0}, octets{0x31, 0}, tlv(0x30, tlv(2, r)), tlv(0x30, tlv(2, r) + tlv(2, s) + tlv(2, s)),
                              tlv(0x30, tlv(2, r) + tlv(4, s)), cms::long_form(0x30, tlv(2, r) + tlv(2, s), 3), octets(signature.begin(), signature.end() - 1),
                              with_numbers({0}, s), with_numbers(r, {0}), with_numbers(n_signed, s), with_numbers(r, n_signed), with_numbers(n, s),
                              with_numbers(octets(32, 0xff), s), r + s}) {
        CHECK(says(bad) == ebadmsg);
        CHECK(raw_in_ring(p256(), bad) == rejected);
    }
    // Longer than the curve allows; one leading zero byte is forgiven, and so is one that is missing.
    const octets r32 = r.size() == 33 ? octets(r.begin() + 1, r.end()) : octets(32 - r.size(), 0) + r;
    const octets s32 = s.size() == 33 ? octets(s.begin() + 1, s.end()) : octets(32 - s.size(), 0) + s;
    CHECK(says(with_numbers(r32, s32)) == good);
    CHECK(says(with_numbers(octets{0} + r32, octets{0} + s32)) == good);
    CHECK(says(with_numbers(octets{0, 0} + r32, s32)) == einval);
    CHECK(says(with_numbers(r32, octets{1} + s32)) == einval);
    CHECK(says(with_numbers({}, s32)) == einval);
    CHECK(raw_in_ring(p256(), with_numbers(octets{0, 0} + r32, s32)) == rejected);

    CHECK(says(signature + octets{1, 2, 3}) == good);
    CHECK(says(cms::indefinite(0x30, cms::inside(signature))) == good);
    CHECK(says(cms::long_form(0x30, cms::inside(signature), 2)) == good);
    const Botan::BigInt high = Botan::BigInt(n.data(), n.size()) - Botan::BigInt(s.data(), s.size());
    CHECK(says(with_numbers(r, octets{0} + encoded(high, 32))) == good);  // the other s
}

TEST_CASE("strict has its own reasons for the same faults of RSA and ECDSA") {
    const auto strict = [](const cms::key& by, const octets& value) {
        cms::signer s = signer_of(by, content);
        s.signature = value;
        return strict_says(module_of(content, cms::message_of({s})), ring_of({by.certificate}));
    };
    const octets signature = cms::sign(rsa(), digest_id::sha256, content), info = digest_info();
    const auto n = rsa().secret.info().key.material;
    const auto block = [&](const octets& bytes) { return strict(rsa(), cms::sign_block(rsa(), bytes)); };
    CHECK(strict(rsa(), signature) == errc::none);
    CHECK(strict(rsa(), octets{0} + signature) == errc::signature_length);
    CHECK(strict(rsa(), octets(signature.begin() + 1, signature.end())) == errc::signature_length);
    CHECK(strict(rsa(), octets(n.begin(), n.end())) == errc::signature_out_of_range);
    CHECK(strict(rsa(), octets(256, 0xff)) == errc::signature_out_of_range);
    CHECK(block(padded(info, 256)) == errc::none);
    CHECK(block(padded(info, 256, {0, 2})) == errc::bad_padding);
    CHECK(block(octets{0, 1} + octets(7, 0xff) + octets{0} + info + octets(195, 0)) == errc::bad_padding);
    CHECK(block(octets{0, 1} + octets(8, 0xff) + octets{0} + info + octets(194, 0)) == errc::bad_padding);  // low-exponent forgery
    CHECK(block(octets{0, 1} + octets(254, 0xff)) == errc::bad_padding);
    CHECK(block(padded(hex("302f300b06096086480165030402010420") + octets(info.end() - 32, info.end()), 256)) == errc::bad_padding);
    CHECK(block(padded(hex("3031300d060960864801650304020205000420") + octets(info.end() - 32, info.end()), 256)) == errc::bad_padding);

    const byte_view order_bytes = key::order_of(key_algorithm::ecdsa_p256);
    const octets order(order_bytes.begin(), order_bytes.end());
    const octets two = cms::sign(p256(), digest_id::sha256, content);
    const auto numbers = [&](const octets& a, const octets& b) { return strict(p256(), tlv(0x30, tlv(2, a) + tlv(2, b))); };
    CHECK(strict(p256(), two) == errc::none);
    CHECK(numbers({1}, {1}) == errc::signature_mismatch);
    CHECK(numbers({0}, {1}) == errc::signature_out_of_range);
    CHECK(numbers({1}, {0}) == errc::signature_out_of_range);
    CHECK(numbers({0xff}, {1}) == errc::signature_out_of_range);
    CHECK(numbers(octets{0} + order, {1}) == errc::signature_out_of_range);
    CHECK(numbers({0, 1}, {1}) == errc::non_minimal_der);
    CHECK(strict(p256(), two + octets{0}) == errc::trailing_garbage);
    CHECK(strict(p256(), octets(64, 1)) == errc::bad_der);
    CHECK(strict(p256(), {}) == errc::bad_der);
}

TEST_CASE("digests longer and shorter than the curve are accepted") {
    for (const digest_id digest : {digest_id::sha1, digest_id::sha224, digest_id::sha384, digest_id::sha512, digest_id::sha3_512})
        for (const char* name : {"p256", "p384", "p521"})
            CHECK(raw(cms::corpus_key(name), cms::sign(cms::corpus_key(name), digest, content), true, digest) == good);
}
