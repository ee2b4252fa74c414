// SPDX-License-Identifier: BSL-1.0
// Each limit is spent once, under strict and under Linux: the last that is within it, and the first beyond it.
#include <modsig/limits.hpp>

#include <modsig/modsig.hpp>

#include "../support/cms_forge.hpp"

#include <modsig/keyring/revocations.hpp>
#include <modsig/policy/linux_modsign.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace modsig;

namespace {

/// Counts the calculations.
struct counting : engine::botan {
    static inline std::size_t checks = 0;
    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& what) const {
        ++checks;
        return engine::botan::check(key, what);
    }
};
using ring = keyring::store<counting>;
constexpr context today{.now = 1790000000};
using with_others = policy::all_of<policy::strict, policy::other_signers_permitted>;

const octets payload = text("a module");
const cms::key& root_key() { return cms::corpus_key("rsa2048"); }
const cms::key& leaf_key() { return cms::corpus_key("p256"); }
cms::chained root() { return {"root", {1}, &root_key(), "root", &root_key()}; }
cms::chained leaf_of(const std::string& issuer) {
    cms::chained made{"leaf", {3}, &leaf_key(), issuer, &root_key()};
    made.constraints = cms::ca_false + cms::sign_digitally;
    return made;
}
octets signer_of(const cms::chained& who) {
    cms::signer info = cms::signer_of(*who.holder, payload);
    info.identifier = who.identifier();
    return info;
}
/// A signature of zeros, whose signer's certificate has this serial number.
octets serial_of(std::size_t number) { return {0x20, static_cast<std::uint8_t>(number)}; }
octets zeros_by(const std::string& issuer, std::size_t number) {
    cms::signer made;
    made.identifier = cms::issuer_and_serial(common_name(issuer), tlv(2, serial_of(number)));
    made.digest_algorithm = algorithm(cms::oid_of(digest_id::sha256));
    made.signature_algorithm = algorithm(ecdsa_with_sha256);
    made.signature = octets(70);
    return made;
}
octets module_of(const std::vector<octets>& signers, const std::vector<octets>& certificates) {
    cms::message made;
    made.signer_infos = cms::sorted_set(0x31, signers);
    if (!certificates.empty()) made.certificates = cms::sorted_set(0xa0, certificates);
    return cms::module_of(payload, made);
}
/// Linux takes the same element several times.
octets module_as_is(const std::vector<octets>& signers, const std::vector<octets>& certificates) {
    cms::message made = cms::message_of(signers);
    octets all;
    for (const octets& each : certificates) all = all + each;
    if (!all.empty()) made.certificates = tlv(0xa0, all);
    return cms::module_of(payload, made);
}

ring trusting(const std::vector<octets>& certificates) {
    ring keys;
    for (const octets& each : certificates) REQUIRE(keys.add<linux_reading>(each));
    return keys;
}

struct answer {
    errc code;
    std::size_t checks;
};
template <class Policy>
answer judged(const octets& image, const ring& keys) {
    counting::checks = 0;
    const appraisal said = verifier<layouts<layout::modsign>, counting, Policy>{keys}.appraise({image}, today);
    CHECK((said.outcome == verdict::verified) == (said.why.code == errc::none));
    return {said.why.code, counting::checks};
}
template <class Policy>
errc code(const octets& image, const ring& keys) {
    return judged<Policy>(image, keys).code;
}

/// An RSA key without a private half: only its form matters. `bits` is a multiple of 8.
octets rsa_spki(std::size_t bits, const octets& exponent, std::uint8_t number = 1) {
    octets modulus(bits / 8, 0xa5);
    modulus[1] = number;
    return make_spki(rsa_encryption + asn1_null, rsa_public_key(octets{0} + modulus, exponent));
}
octets certificate_with(const cms::chained& as, const octets& spki) {
    forge parts = as.parts();
    parts.spki = spki;
    return cms::issued(parts, *as.signed_by);
}

}  // namespace

TEST_CASE("limits: signers") {
    const octets good = signer_of(leaf_of("root"));
    const ring keys = trusting({leaf_of("root")});
    const auto beside = [&](std::size_t unknown_signers) {
        std::vector<octets> all{good};
        for (std::size_t i = 0; i != unknown_signers; ++i) all.push_back(zeros_by("x", i));
        return module_of(all, {});
    };
    CHECK(code<with_others>(beside(strict_limits.signers - 1), keys) == errc::none);
    CHECK(code<with_others>(beside(strict_limits.signers), keys) == errc::too_many_signers);
    CHECK(code<policy::linux_modsign>(beside(linux_limits.signers - 1), keys) == errc::none);
    CHECK(code<policy::linux_modsign>(beside(linux_limits.signers), keys) == errc::too_costly);
}

TEST_CASE("limits: certificates") {
    const octets good = signer_of(leaf_of("root"));
    const ring keys = trusting({leaf_of("root")});
    const auto beside = [&](std::size_t count) {
        std::vector<octets> all;
        for (std::size_t i = 0; i != count; ++i) all.push_back(forged([&](forge& it) { it.serial = tlv(2, serial_of(i)); }));
        return module_of({good}, all);
    };
    CHECK(code<policy::strict>(beside(strict_limits.certificates), keys) == errc::unneeded_certificate);
    CHECK(code<policy::legacy>(beside(strict_limits.certificates), keys) == errc::none);
    CHECK(code<policy::strict>(beside(strict_limits.certificates + 1), keys) == errc::too_costly);
    CHECK(code<policy::legacy>(beside(strict_limits.certificates + 1), keys) == errc::too_costly);
    CHECK(code<policy::linux_modsign>(beside(linux_limits.certificates), keys) == errc::none);
    CHECK(code<policy::linux_modsign>(beside(linux_limits.certificates + 1), keys) == errc::too_costly);
}

TEST_CASE("limits: length of a path, and in Linux the certificates of a message that are verified") {
    const ring keys = trusting({root()});
    const auto path = [&](std::size_t length) {  // with the signer's own certificate
        std::vector<octets> all;
        std::string issuer = "root";
        for (std::size_t i = 1; i != length; ++i) {
            const std::string name = "middle " + std::to_string(i);
            all.push_back(cms::chained{name, serial_of(i), &root_key(), issuer, &root_key()});
            issuer = name;
        }
        all.push_back(leaf_of(issuer));
        return module_of({signer_of(leaf_of(issuer))}, all);
    };
    CHECK(code<policy::strict>(path(strict_limits.path_length), keys) == errc::none);
    CHECK(code<policy::strict>(path(strict_limits.path_length + 1), keys) == errc::untrusted_chain);
    // One is the signer's own signature; the last link is calculated with the trusted key.
    CHECK(code<policy::linux_modsign>(path(linux_limits.unknown_checks), keys) == errc::none);
    CHECK(code<policy::linux_modsign>(path(linux_limits.unknown_checks + 1), keys) == errc::too_costly);
    CHECK(judged<policy::linux_modsign>(path(linux_limits.unknown_checks + 10), keys).checks <= linux_limits.unknown_checks);
}

TEST_CASE("limits: steps of the search") {
    const ring keys = trusting({root()});
    // Certificates that may each have issued each other, all by one name: as many ways up as there are orders of them.
    const auto tangle = [&](std::size_t count) {
        std::vector<octets> all;
        for (std::size_t i = 0; i != count; ++i) all.push_back(cms::chained{"x", serial_of(i), &root_key(), "x", &root_key()});
        const cms::chained below = leaf_of("x");
        all.push_back(below);
        return module_of({signer_of(below)}, all);
    };
    // 1 + n + n (n-1) + ... steps: 1 + 5 + 20 + 60 + 120 + 120 = 326 for five of them
    CHECK(code<policy::strict>(tangle(4), keys) == errc::untrusted_chain);
    CHECK(code<policy::strict>(tangle(5), keys) == errc::too_costly);
    for (const std::size_t count : {4u, 5u, 15u}) {
        CHECK(judged<policy::strict>(tangle(count), keys).checks == 0);  // no path reaches a trust anchor
        CHECK(judged<policy::legacy>(tangle(count), keys).checks == 0);
    }
    CHECK(code<policy::legacy>(tangle(15), keys) == errc::too_costly);
    // Linux follows one path.
    const answer linux_one = judged<policy::linux_modsign>(tangle(15), keys);
    CHECK(linux_one.code != errc::none);
    CHECK(linux_one.checks <= linux_limits.unknown_checks);
}

TEST_CASE("limits: checks with trusted keys") {
    // Many trusted keys of one name, and the right one behind them.
    const cms::chained signer{"signer", {5}, &root_key(), "ca", &root_key()};
    const auto keys_before = [&](std::size_t count) {
        ring keys;
        for (std::size_t i = 0; i != count; ++i)
            REQUIRE(keys.add(certificate_with(signer, rsa_spki(2048, hex("010001"), static_cast<std::uint8_t>(i)))));
        REQUIRE(keys.add(octets(signer)));
        return keys;
    };
    const octets image = module_of({signer_of(signer)}, {});
    const answer last = judged<policy::legacy>(image, keys_before(strict_limits.checks - 1)), beyond = judged<policy::legacy>(image, keys_before(strict_limits.checks));
    CHECK(last.code == errc::none);
    CHECK(last.checks == strict_limits.checks);
    CHECK(beyond.code == errc::too_costly);
    CHECK(beyond.checks == strict_limits.checks);

    // Linux takes the first key of a name; what it tries of many are revoked keys, of each signer in each list.
    ring keys = trusting({leaf_of("root")});
    const cms::chained revoked{"revoked", {9}, &leaf_key(), "somebody", &root_key()};
    const auto linux_code = [&](std::size_t signers) {
        keyring::revocations<counting> beside;
        ring both = trusting({leaf_of("root")});
        std::vector<octets> infos{signer_of(leaf_of("root"))};
        for (std::size_t i = 0; i != signers; ++i) {
            cms::chained each = revoked;
            each.serial = serial_of(i);
            const octets certificate = certificate_with(each, cms::corpus_key("p384").spki);
            REQUIRE(both.revoke<linux_reading>(certificate));
            REQUIRE(beside.revoke<linux_reading>(certificate));
            infos.push_back(zeros_by("somebody", i));
        }
        const octets module = module_of(infos, {});
        counting::checks = 0;
        const verifier<layouts<layout::modsign>, counting, policy::linux_modsign> tested(both, beside);
        const errc said = tested.appraise({module}, today).why.code;
        CHECK(counting::checks <= linux_limits.checks);
        return said;
    };
    CHECK(linux_code((linux_limits.checks - 1) / 2) == errc::none);
    CHECK(linux_code(linux_limits.checks / 2 + 1) == errc::too_costly);
}

TEST_CASE("limits: checks with keys that no trusted key vouches for") {
    // Strict makes none, whatever the message holds.
    const cms::chained unknown_signer{"unknown_signer", {7}, &leaf_key(), "unknown_signer", &leaf_key()};
    const octets image = module_of({signer_of(unknown_signer)}, {unknown_signer});
    for (const ring& keys : {trusting({}), trusting({root()})}) {
        const answer strict = judged<policy::strict>(image, keys), legacy = judged<policy::legacy>(image, keys);
        CHECK(strict.code == errc::untrusted_chain);
        CHECK(legacy.code == errc::untrusted_chain);
        CHECK(strict.checks + legacy.checks == strict_limits.unknown_checks);
    }
    // Linux verifies each signer with the signer's own certificate.
    const ring keys = trusting({leaf_of("root")});
    const auto repeated = [&](std::size_t count) { return module_as_is(std::vector<octets>(count, signer_of(leaf_of("root"))), {leaf_of("root")}); };
    CHECK(code<policy::linux_modsign>(repeated(linux_limits.unknown_checks), keys) == errc::none);
    CHECK(code<policy::linux_modsign>(repeated(linux_limits.unknown_checks + 1), keys) == errc::too_costly);
    CHECK(judged<policy::linux_modsign>(repeated(linux_limits.signers), keys).checks <= linux_limits.unknown_checks + linux_limits.checks);
}

TEST_CASE("limits: bits of an RSA key") {
    const cms::chained as{"signer", {5}, &root_key(), "ca", &root_key()};
    const octets e = hex("010001");
    ring keys;
    CHECK(keys.add(certificate_with(as, rsa_spki(strict_limits.rsa_bits, e))));
    CHECK(keys.add(rsa_spki(strict_limits.rsa_bits, e)));
    CHECK_FALSE(keys.add(certificate_with(as, rsa_spki(strict_limits.rsa_bits + 8, e))));
    CHECK_FALSE(keys.add(rsa_spki(strict_limits.rsa_bits + 8, e)));
    CHECK(keys.add<linux_reading>(certificate_with(as, rsa_spki(linux_limits.rsa_bits, e))));
    CHECK_FALSE(keys.add<linux_reading>(rsa_spki(linux_limits.rsa_bits + 8, e)));

    // Brought by a message, such a key is never calculated with.
    for (const std::size_t bits : {strict_limits.rsa_bits, strict_limits.rsa_bits + 8, linux_limits.rsa_bits, linux_limits.rsa_bits + 8}) {
        const octets image = module_of({signer_of(as)}, {certificate_with(as, rsa_spki(bits, e))});
        CHECK(judged<policy::strict>(image, keys).code != errc::none);
        CHECK(judged<policy::strict>(image, trusting({root()})).checks == 0);
        CHECK(judged<policy::legacy>(image, trusting({root()})).checks == 0);
    }
}

TEST_CASE("limits: bits of an exponent") {
    const cms::chained as{"signer", {5}, &root_key(), "ca", &root_key()};
    const octets strict_last = hex("01ffffffff"), strict_beyond = hex("0200000001"), linux_last = hex("00ffffffffffffffff"), linux_beyond = hex("010000000000000001");
    CHECK(bit_length(strict_last) == strict_limits.exponent_bits);
    CHECK(bit_length(linux_last) == linux_limits.exponent_bits);
    ring keys;
    CHECK(keys.add(certificate_with(as, rsa_spki(2048, strict_last))));
    CHECK(keys.add(rsa_spki(2048, strict_last)));
    CHECK_FALSE(keys.add(certificate_with(as, rsa_spki(2048, strict_beyond))));
    CHECK_FALSE(keys.add(rsa_spki(2048, strict_beyond)));

    const octets image = module_of({signer_of(as)}, {});
    const auto linux_answer = [&](const octets& exponent) { return judged<policy::linux_modsign>(image, trusting({certificate_with(as, rsa_spki(2048, exponent))})); };
    CHECK(linux_answer(linux_last).checks == 1);
    CHECK(linux_answer(linux_last).code != errc::too_costly);
    CHECK(linux_answer(linux_beyond).checks == 0);
    CHECK(linux_answer(linux_beyond).code == errc::too_costly);
    // The same for a signer's own certificate in the message.
    const auto own_answer = [&](const octets& exponent) {
        return judged<policy::linux_modsign>(module_of({signer_of(as)}, {certificate_with(as, rsa_spki(2048, exponent))}), trusting({root()}));
    };
    CHECK(own_answer(linux_last).checks == 1);
    CHECK(own_answer(linux_beyond).checks == 0);
    CHECK(own_answer(linux_beyond).code == errc::too_costly);
}
