// SPDX-License-Identifier: BSL-1.0
#include <modsig/keyring/store.hpp>
#include <modsig/linux/reading.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {
using ring = keyring::store<engine::botan>;
template <class Policy>
appraisal judge(const ring& keys) {
    static const auto image = corpus::file("digsig-v1/b4096.bin.rsa2048.sha256.modsig");
    return verifier<layouts<layout::digsig>, engine::botan, Policy>{keys}.appraise({image});
}
}  // namespace

TEST_CASE("keys are trusted in every form, and bytes that are no key are refused and not kept") {
    for (const char* name : {"keys/rsa2048.digsig-v1.bin", "keys/rsa2048.pub.der", "keys/rsa2048.cert.der"}) {
        CAPTURE(name);
        ring keys;
        CHECK(keys.add(corpus::file(name)));
        CHECK_FALSE(keys.add(corpus::file("modules/b4096.bin")));
        CHECK(keys.keys().size() == 1);
        CHECK(judge<policy::legacy>(keys).outcome == verdict::verified);
    }
}

TEST_CASE("a keyring can be moved without its keys moving") {
    ring keys;
    REQUIRE(keys.add(corpus::file("keys/rsa2048.digsig-v1.bin")));
    CHECK(judge<policy::legacy>(keys).outcome == verdict::verified);
    const ring moved = std::move(keys);
    CHECK(judge<policy::legacy>(moved).outcome == verdict::verified);
}

TEST_CASE("a user key is found by its description; strict compares the description with the key, Linux does not") {
    const auto blob = corpus::file("keys/rsa2048.digsig-v1.bin");
    ring honest, misfiled;
    CHECK(honest.add_user_key("BA7A6206B401AA46", blob));
    CHECK(judge<policy::legacy>(honest).outcome == verdict::verified);
    CHECK(judge<policy::linux_digsig>(honest).outcome == verdict::verified);

    const auto other = corpus::file("keys/rsa2048e3.digsig-v1.bin");
    CHECK(misfiled.add_user_key("BA7A6206B401AA46", other));
    CHECK(judge<policy::legacy>(misfiled).why.code == errc::key_name_mismatch);
    CHECK(judge<policy::linux_digsig>(misfiled).why.linux_errno() == linux_error::einval);

    ring lower_case;
    CHECK_FALSE(lower_case.add_user_key("ba7a6206b401aa46", blob));
    CHECK(judge<policy::linux_digsig>(lower_case).why.linux_errno() == linux_error::eagain);
}

TEST_CASE("a malformed user key is found by its description, and refused") {
    ring keys;
    CHECK_FALSE(keys.add_user_key("BA7A6206B401AA46", corpus::file("modules/one.bin")));
    CHECK(judge<policy::legacy>(keys).why.code == errc::truncated);
    CHECK(judge<policy::linux_digsig>(keys).why.linux_errno() == linux_error::einval);
}

TEST_CASE("a revoked key does not verify, in whatever form it was revoked") {
    for (const char* name : {"keys/rsa2048.digsig-v1.bin", "keys/rsa2048.cert.der"}) {
        ring keys;
        REQUIRE(keys.add(corpus::file("keys/rsa2048.digsig-v1.bin")));
        REQUIRE(keys.revoke(corpus::file(name)));
        CHECK(judge<policy::legacy>(keys).why.code == errc::revoked);
    }
}

namespace {
cms::chained authority() { return {"authority", {1}, &cms::corpus_key("rsa2048"), "authority", &cms::corpus_key("rsa2048")}; }
cms::chained newcomer() { return {"candidate", {2}, &cms::corpus_key("p256"), "authority", &cms::corpus_key("rsa2048")}; }

template <class Reading>
failure entry_of(const octets& certificate, std::initializer_list<octets> trusted) {
    keyring::store<engine::botan> keys;
    for (const octets& each : trusted) REQUIRE(keys.add<Reading>(each));
    const auto added = keys.add_vouched<Reading>(certificate);
    CHECK(keys.keys().size() == trusted.size() + (added ? 1 : 0));
    return added ? failure{errc::none} : added.error();
}
}  // namespace

TEST_CASE("a certificate enters the secondary keyring when a trusted one vouches for it") {
    CHECK(entry_of<strict_reading>(newcomer(), {authority()}).code == errc::none);
    CHECK(entry_of<linux_reading>(newcomer(), {authority()}).code == errc::none);
    CHECK(entry_of<strict_reading>(newcomer(), {}).code == errc::key_not_found);
    CHECK(entry_of<linux_reading>(newcomer(), {}).linux_errno() == linux_error::enokey);

    cms::chained other = authority();
    other.skid = text("other");
    CHECK(entry_of<strict_reading>(newcomer(), {other}).code == errc::key_not_found);
    CHECK(entry_of<linux_reading>(newcomer(), {other}).linux_errno() == linux_error::enokey);

    cms::chained unnamed = newcomer();  // without a key identifier Linux looks for the issuer's name
    unnamed.has_akid = false;
    CHECK(entry_of<strict_reading>(unnamed, {authority()}).code == errc::key_not_found);
    CHECK(entry_of<linux_reading>(unnamed, {authority()}).code == errc::none);

    cms::chained forged = newcomer();
    forged.signed_by = &cms::corpus_key("rsa2048e3");
    CHECK(entry_of<strict_reading>(forged, {authority()}).code == errc::signature_mismatch);
    CHECK(entry_of<linux_reading>(forged, {authority()}).code == errc::signature_mismatch);
    CHECK(entry_of<strict_reading>(octets{0x30}, {authority()}).code == errc::truncated);
}

TEST_CASE("strict takes the signature of a certificate that is vouched for as DER, Linux as BER") {
    cms::chained issuer = authority(), candidate = newcomer();
    issuer.holder = issuer.signed_by = candidate.signed_by = &cms::corpus_key("p384");
    forge longer = candidate.parts();
    longer.inner_algorithm = longer.outer_algorithm = algorithm(cms::oid_of(scheme_id::ecdsa, digest_id::sha256));
    const octets good = cms::sign(*candidate.signed_by, digest_id::sha256, longer.tbs());
    longer.signature = bit_string(good);
    CHECK(entry_of<strict_reading>(longer, {issuer}).code == errc::none);
    longer.signature = bit_string(good + octets{0});
    CHECK(entry_of<strict_reading>(longer, {issuer}).code == errc::trailing_garbage);
    CHECK(entry_of<linux_reading>(longer, {issuer}).code == errc::none);
}

TEST_CASE("in Linux any trusted key may vouch for a certificate, in strict only a CA") {
    cms::chained no_ca = authority();
    no_ca.constraints = cms::ca_false;
    CHECK(entry_of<strict_reading>(newcomer(), {no_ca}).code == errc::key_usage);
    CHECK(entry_of<linux_reading>(newcomer(), {no_ca}).code == errc::none);
    no_ca.constraints = cms::ca_true + cms::sign_digitally;
    CHECK(entry_of<strict_reading>(newcomer(), {no_ca}).code == errc::key_usage);
    cms::chained below{"below", {3}, &cms::corpus_key("p384"), "candidate", &cms::corpus_key("p256")};
    keyring::store<engine::botan> keys;  // a certificate that was vouched for vouches for others, too
    REQUIRE(keys.add(octets(authority())));
    CHECK(!keys.add_vouched(octets(below)));
    REQUIRE(keys.add_vouched(octets(newcomer())));
    CHECK(keys.add_vouched(octets(below)));
}
