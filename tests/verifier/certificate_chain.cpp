// SPDX-License-Identifier: BSL-1.0
// Strict chains: from a certificate that a message brings to a trusted one, and each reason why it leads nowhere.
#include <modsig/verifier.hpp>

#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>

#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

using ring = keyring::store<engine::botan>;
constexpr context today{.now = 1795500000};

const octets payload = text("a module");

const cms::key& root_key() { return cms::corpus_key("rsa2048"); }
const cms::key& middle_key() { return cms::corpus_key("p384"); }
const cms::key& leaf_key() { return cms::corpus_key("p256"); }

cms::chained root() { return {"root", {1}, &root_key(), "root", &root_key()}; }
cms::chained middle() { return {"middle", {2}, &middle_key(), "root", &root_key()}; }
cms::chained leaf_of(const std::string& issuer, const cms::key& by) {
    cms::chained made{"leaf", {3}, &leaf_key(), issuer, &by};
    made.constraints = cms::ca_false + cms::sign_digitally;
    return made;
}
cms::chained leaf() { return leaf_of("middle", middle_key()); }

template <class... Certificate>
octets module_with(const cms::chained& signer, const Certificate&... certificate) {
    cms::signer info = cms::signer_of(*signer.holder, payload);
    info.identifier = signer.identifier();
    cms::message message = cms::message_of({info});
    if constexpr (sizeof...(certificate) != 0) message.certificates = cms::sorted_set(0xa0, {octets(certificate)...});
    return cms::module_of(payload, message);
}

ring trusting(std::initializer_list<octets> certificates) {
    ring keys;
    for (const octets& certificate : certificates) REQUIRE(keys.add(certificate));
    return keys;
}

template <class Policy>
appraisal judged(const octets& image, const ring& keys) {
    return verifier<layouts<layout::modsign>, engine::botan, Policy>{keys}.appraise(subject{image}, today);
}
errc strictly(const octets& image, const ring& keys) { return judged<policy::strict>(image, keys).why.code; }
errc plainly(const octets& image, const ring& keys) { return judged<policy::legacy>(image, keys).why.code; }

}  // namespace

TEST_CASE("a chain leads to the trusted certificate that vouches for it") {
    const ring keys = trusting({root()});
    const octets image = module_with(leaf(), leaf(), middle());
    const appraisal said = judged<policy::strict>(image, keys);
    CHECK(said.outcome == verdict::verified);
    REQUIRE(said.anchor != nullptr);
    CHECK(equal(said.anchor->subject, cms::inside(common_name("root"))));  // in the keyring: it stays
    CHECK(equal(said.key.view(), leaf().serial));
    const cms::chained direct = leaf_of("root", root_key());
    CHECK(strictly(module_with(direct, direct), keys) == errc::none);
    CHECK(strictly(module_with(leaf(), leaf()), trusting({middle()})) == errc::none);
    CHECK(strictly(module_with(leaf(), leaf(), middle(), root()), keys) == errc::none);
}

TEST_CASE("a chain that ends before a trusted certificate is none") {
    const octets image = module_with(leaf(), leaf(), middle());
    CHECK(strictly(image, ring{}) == errc::untrusted_chain);
    CHECK(strictly(module_with(leaf(), leaf()), trusting({root()})) == errc::untrusted_chain);
    CHECK(strictly(module_with(leaf()), trusting({root()})) == errc::key_not_found);
    CHECK(strictly(module_with(leaf(), middle()), trusting({root()})) == errc::key_not_found);
    cms::chained other = root();
    other.name = other.issuer = "another";
    CHECK(strictly(image, trusting({other})) == errc::untrusted_chain);
    cms::chained self = leaf();
    self.issuer = self.name, self.signed_by = self.holder, self.has_akid = false;
    CHECK(strictly(module_with(self, self), trusting({root()})) == errc::untrusted_chain);
}

TEST_CASE("an issuer must be a CA whose path length allows the intermediates below it") {
    cms::chained no_ca = middle();
    no_ca.constraints = cms::ca_false + cms::sign_certificates;
    CHECK(strictly(module_with(leaf(), leaf(), no_ca), trusting({root()})) == errc::key_usage);
    CHECK(plainly(module_with(leaf(), leaf(), no_ca), trusting({root()})) == errc::key_usage);
    no_ca.constraints = cms::sign_certificates;
    CHECK(strictly(module_with(leaf(), leaf(), no_ca), trusting({root()})) == errc::key_usage);

    cms::chained no_signer = middle();
    no_signer.constraints = cms::ca_true + cms::sign_digitally;
    CHECK(strictly(module_with(leaf(), leaf(), no_signer), trusting({root()})) == errc::key_usage);
    CHECK(plainly(module_with(leaf(), leaf(), no_signer), trusting({root()})) == errc::none);

    const octets none_below = extension(19, hex("30060101ff020100"), true), one_below = extension(19, hex("30060101ff020101"), true);
    cms::chained narrow_root = root(), narrow_middle = middle();
    narrow_root.constraints = none_below + cms::sign_certificates;
    CHECK(strictly(module_with(leaf(), leaf(), middle()), trusting({narrow_root})) == errc::key_usage);
    narrow_root.constraints = one_below + cms::sign_certificates;
    narrow_middle.constraints = none_below + cms::sign_certificates;
    CHECK(strictly(module_with(leaf(), leaf(), narrow_middle), trusting({narrow_root})) == errc::none);
}

TEST_CASE("dates hold for every certificate of the chain") {
    const octets past = tlv(0x30, utc("200101000000Z") + utc("210101000000Z"));
    cms::chained old_leaf = leaf(), old_middle = middle(), old_root = root();
    old_leaf.validity = old_middle.validity = old_root.validity = past;
    CHECK(strictly(module_with(leaf(), old_leaf, middle()), trusting({root()})) == errc::expired);
    CHECK(strictly(module_with(leaf(), leaf(), old_middle), trusting({root()})) == errc::expired);
    CHECK(strictly(module_with(leaf(), leaf(), middle()), trusting({old_root})) == errc::expired);
    CHECK(plainly(module_with(leaf(), old_leaf, old_middle), trusting({old_root})) == errc::none);
}

TEST_CASE("the signer's certificate is meant for signing code") {
    cms::chained ca = leaf(), server = leaf(), code = leaf();
    ca.constraints = cms::ca_true + cms::sign_digitally;
    server.constraints = server.constraints + extension(37, hex("300a06082b06010505070301"));
    code.constraints = code.constraints + extension(37, hex("300a06082b06010505070303"));
    const ring keys = trusting({root()});
    CHECK(strictly(module_with(ca, ca, middle()), keys) == errc::key_usage);
    CHECK(strictly(module_with(server, server, middle()), keys) == errc::key_usage);
    CHECK(plainly(module_with(server, server, middle()), keys) == errc::none);
    CHECK(strictly(module_with(code, code, middle()), keys) == errc::none);
}

TEST_CASE("certificates with weak signatures are refused") {
    const ring keys = trusting({root()});
    const octets sha1 = cms::issued(middle().parts(), root_key(), digest_id::sha1);
    CHECK(strictly(module_with(leaf(), leaf(), sha1), keys) == errc::weak_digest);
    CHECK(plainly(module_with(leaf(), leaf(), sha1), keys) == errc::none);
    cms::chained short_middle = middle();
    short_middle.holder = &cms::corpus_key("rsa1024");
    const cms::chained below = leaf_of("middle", *short_middle.holder);
    CHECK(strictly(module_with(below, below, short_middle), keys) == errc::weak_key);
    CHECK(plainly(module_with(below, below, short_middle), keys) == errc::none);
}

TEST_CASE("a link is a name, an authority key identifier, and a signature") {
    const ring keys = trusting({root()});
    octets forged_middle = middle();
    forged_middle.back() = static_cast<std::uint8_t>(forged_middle.back() ^ 1);
    CHECK(strictly(module_with(leaf(), leaf(), forged_middle), keys) == errc::signature_mismatch);
    cms::chained by_unknown_signer = middle();
    by_unknown_signer.signed_by = &cms::corpus_key("rsa3072");
    CHECK(strictly(module_with(leaf(), leaf(), by_unknown_signer), keys) == errc::signature_length);
    cms::chained other_issuer = leaf();
    other_issuer.akid = octets(cms::authority{text("elsewhere"), {}, {}});
    CHECK(strictly(module_with(other_issuer, other_issuer, middle()), keys) == errc::untrusted_chain);
    other_issuer.akid = octets(cms::authority{text("middle"), common_name("root"), octets{2}});
    CHECK(strictly(module_with(other_issuer, other_issuer, middle()), keys) == errc::none);
    other_issuer.akid = octets(cms::authority{text("middle"), common_name("root"), octets{9}});
    CHECK(strictly(module_with(other_issuer, other_issuer, middle()), keys) == errc::key_name_mismatch);
    cms::chained without = leaf();
    without.has_akid = false;
    CHECK(strictly(module_with(without, without, middle()), keys) == errc::untrusted_chain);

    octets changed = module_with(leaf(), leaf(), middle());
    changed[0] = static_cast<std::uint8_t>(changed[0] ^ 1);
    CHECK(strictly(changed, keys) == errc::signature_mismatch);
}

TEST_CASE("certificates that name each other end the search") {
    cms::chained a{"a", {1}, &middle_key(), "b", &leaf_key()}, b{"b", {2}, &leaf_key(), "a", &middle_key()};
    const cms::chained below = leaf_of("a", middle_key());
    CHECK(strictly(module_with(below, below, a, b), trusting({root()})) == errc::untrusted_chain);
    CHECK(strictly(module_with(a, a, b), trusting({root()})) == errc::untrusted_chain);
}

TEST_CASE("chains longer than the limit are refused") {
    for (const std::size_t intermediates : {7u, 8u}) {
        std::vector<octets> certificates;
        std::string issuer = "root";
        const cms::key* by = &root_key();
        for (std::size_t i = 0; i != intermediates; ++i) {
            const std::string name = "middle " + std::to_string(i);
            certificates.push_back(cms::chained{name, octets{static_cast<std::uint8_t>(10 + i)}, &middle_key(), issuer, by});
            issuer = name;
            by = &middle_key();
        }
        const cms::chained last = leaf_of(issuer, *by);
        certificates.push_back(last);
        cms::signer info = cms::signer_of(*last.holder, payload);
        info.identifier = last.identifier();
        cms::message message = cms::message_of({info});
        message.certificates = cms::sorted_set(0xa0, certificates);
        CHECK(strictly(cms::module_of(payload, message), trusting({root()})) == (intermediates == 7 ? errc::none : errc::untrusted_chain));
    }
}

TEST_CASE("a revoked key vouches for no other") {
    const octets image = module_with(leaf(), leaf(), middle());
    for (const cms::chained& revoked : {leaf(), middle(), root()}) {
        ring by_key = trusting({root()});
        REQUIRE(by_key.revoke(octets(revoked)));
        CHECK(strictly(image, by_key) == errc::revoked);
        ring by_digest = trusting({root()});
        const octets certificate = revoked;
        const auto parsed = key::parse_certificate(certificate);
        (void)by_digest.revoke_digest({revoked_kind::certificate, *keyring::certificate_digest<engine::botan>(*parsed)});
        CHECK(strictly(image, by_digest) == errc::revoked);
    }
    ring file = trusting({root()}), content = trusting({root()}), other = trusting({root()});
    (void)file.revoke_digest({revoked_kind::binary, cms::digest_of(digest_id::sha256, image)});
    (void)content.revoke_digest({revoked_kind::binary, cms::digest_of(digest_id::sha256, payload)});
    (void)other.revoke_digest({revoked_kind::binary, cms::digest_of(digest_id::sha256, text("another module"))});
    CHECK(strictly(image, file) == errc::revoked);
    CHECK(strictly(image, content) == errc::revoked);
    CHECK(strictly(image, other) == errc::none);
}

TEST_CASE("a certificate that no proven signer needs is refused: nothing protects it") {
    const ring keys = trusting({root(), leaf_key().certificate});
    cms::chained unknown_signer{"unknown_signer", {77}, &cms::corpus_key("rsa3072"), "unknown_signer", &cms::corpus_key("rsa3072")};
    CHECK(strictly(module_with(leaf(), leaf(), middle(), unknown_signer), keys) == errc::unneeded_certificate);
    CHECK(plainly(module_with(leaf(), leaf(), middle(), unknown_signer), keys) == errc::none);
    CHECK(strictly(module_with(leaf(), leaf(), middle(), leaf_key().certificate), keys) == errc::unneeded_certificate);  // though it is trusted
    cms::message message = cms::message_of({cms::signer_of(leaf_key(), payload)});
    message.certificates = cms::certificate_set({octets(unknown_signer)});
    CHECK(strictly(cms::module_of(payload, message), keys) == errc::unneeded_certificate);
    message.certificates = cms::certificate_set({leaf_key().certificate});
    CHECK(strictly(cms::module_of(payload, message), keys) == errc::none);
}

TEST_CASE("certificates are in the order of DER, and each must parse") {
    const ring keys = trusting({root()});
    cms::signer info = cms::signer_of(leaf_key(), payload);
    info.identifier = leaf().identifier();
    cms::message message = cms::message_of({info});
    const octets sorted = cms::sorted_set(0xa0, {octets(leaf()), octets(middle())});
    octets reversed = cms::certificate_set({octets(leaf()), octets(middle())});
    if (reversed == sorted) reversed = cms::certificate_set({octets(middle()), octets(leaf())});
    message.certificates = reversed;
    CHECK(strictly(cms::module_of(payload, message), keys) == errc::non_minimal_der);
    message.certificates = cms::certificate_set({hex("3003020101")});
    CHECK(strictly(cms::module_of(payload, message), keys) == errc::bad_der);
    message.certificates = hex("a000");
    CHECK(strictly(cms::module_of(payload, message), keys) == errc::missing_element);
}

TEST_CASE("two signers with certificates of one CA count once") {
    using two = policy::all_of<policy::strict, policy::at_least<2>>;
    const ring keys = trusting({root()});
    cms::chained first = leaf_of("root", root_key()), second = first;
    second.name = "second", second.serial = {4}, second.holder = &middle_key();
    cms::signer a = cms::signer_of(leaf_key(), payload), b = cms::signer_of(middle_key(), payload);
    a.identifier = first.identifier(), b.identifier = second.identifier();
    cms::message message;
    message.signer_infos = cms::sorted_set(0x31, {octets(a), octets(b)});
    message.certificates = cms::sorted_set(0xa0, {octets(first), octets(second)});
    CHECK(judged<policy::strict>(cms::module_of(payload, message), keys).why.code == errc::none);
    CHECK(judged<two>(cms::module_of(payload, message), keys).why.code == errc::too_few_signers);
    CHECK(judged<two>(cms::module_of(payload, message), trusting({root(), first})).why.code == errc::none);  // one of the keys is trusted itself
    CHECK(judged<two>(module_with(first, first), keys).why.code == errc::too_few_signers);
}
