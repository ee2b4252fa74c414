// SPDX-License-Identifier: BSL-1.0
// Pins: as rules, and in a verifier whose keyring trusts more keys than the pins do.
#include <modsig/policy/pinned.hpp>

#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/cms_forge.hpp"
#include "vendor_key.hpp"  // made of tests/data/corpus/keys/rsa2048.digsig-v1.bin

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

using namespace modsig;
using namespace modsig::policy;

namespace {

constexpr key_info vendor = *key::parse_any(byte_view(vendor_key));
constexpr std::array<std::uint8_t, 256> other_modulus{0x81};
constexpr key_info with_modulus(byte_view n) {
    key_info info = vendor;
    info.key.material = n;
    return info;
}
constexpr key_info unknown_signer = with_modulus(other_modulus);
constexpr pin table[] = {{"doubler", vendor.key}, {"squarer", unknown_signer.key}, {"shared", vendor.key}, {"shared", unknown_signer.key}};

template <class Rule>
constexpr errc says(const Rule& rule, std::string_view name, const key_info& key) {
    const claim claim;
    return rule.judge(candidate(claim, key), {.name = name}).reason();
}

// ---- in a verifier ---------------------------------------------------------------------------------------------------

const octets content = text("a plugin");
const cms::key& rsa() { return cms::corpus_key("rsa2048"); }
const cms::key& p256() { return cms::corpus_key("p256"); }
octets signed_by(std::initializer_list<const cms::key*> keys) {
    std::vector<octets> signers;
    for (const cms::key* each : keys) signers.push_back(cms::signer_of(*each, content));
    std::sort(signers.begin(), signers.end());  // X.690, section 11.6
    return cms::module_of(content, cms::message_of(signers));
}

template <class Policy>
appraisal judged(const octets& image, const cms::ring& keys, const Policy& policy, std::string_view name) {
    using tested = verifier<layouts<layout::modsign>, engine::botan, Policy>;
    return tested{keys, policy}.appraise(subject{image}, context{.now = 1790000000, .name = name});
}
template <class Policy>
errc verdict_of(const octets& image, const cms::ring& keys, const Policy& policy, std::string_view name) {
    return judged(image, keys, policy, name).why.code;
}

const key_info& info_of(const cms::ring& keys, std::size_t i) { return keys.keys()[i].info; }

}  // namespace

TEST_CASE("pinned: the name needs the key, the rule abstains from other names, no name is refused") {
    using rule = pinned<"doubler", vendor_key>;
    static_assert(std::is_empty_v<rule> && explain_trust_policy<rule>());
    static_assert(says(rule{}, "doubler", vendor) == errc::none);
    static_assert(says(rule{}, "doubler", unknown_signer) == errc::key_usage);
    static_assert(says(rule{}, "squarer", unknown_signer) == errc::no_rule_allows);
    static_assert(says(rule{}, "", vendor) == errc::key_usage);
    for (const char* name : {"doubler ", "Doubler", "double", "doublers"}) CHECK(says(rule{}, name, unknown_signer) == errc::no_rule_allows);
    CHECK(says(rule{}, std::string_view("doubler\0", 8), unknown_signer) == errc::no_rule_allows);
    CHECK(rule{}.decide(undecided::unknown_key) == decision::reject);
    CHECK(rule{}.suffices({}, {}) == ruling::refuse(errc::too_few_signers));
}

TEST_CASE("pinned: the exponent is part of a key") {
    key_info other_exponent = vendor;
    constexpr std::array<std::uint8_t, 1> three{3};
    other_exponent.key.exponent = three;
    CHECK(says(pinned<"doubler", vendor_key>{}, "doubler", other_exponent) == errc::key_usage);
    CHECK(says(pins{table}, "doubler", other_exponent) == errc::key_usage);
}

TEST_CASE("pins: each name has its keys, names without a pin are refused, and so is everything by default") {
    static_assert(says(pins{table}, "doubler", vendor) == errc::none);
    static_assert(says(pins{table}, "doubler", unknown_signer) == errc::key_usage);
    static_assert(says(pins{table}, "squarer", unknown_signer) == errc::none);
    static_assert(says(pins{table}, "squarer", vendor) == errc::key_usage);
    for (const key_info& key : {vendor, unknown_signer}) {
        CHECK(says(pins{table}, "shared", key) == errc::none);
        CHECK(says(pins{table}, "tripler", key) == errc::key_usage);
        CHECK(says(pins{table}, "", key) == errc::key_usage);
        CHECK(says(pins{}, "doubler", key) == errc::key_usage);
    }
    static_assert(says(pins{}, "", vendor) == errc::key_usage);
}

TEST_CASE("pins: keys for other names are not accepted for names in the table") {
    const public_key others[] = {vendor.key};
    const pins rule{table, others};
    CHECK(says(rule, "tripler", vendor) == errc::none);
    CHECK(says(rule, "tripler", unknown_signer) == errc::key_usage);
    CHECK(says(rule, "squarer", vendor) == errc::key_usage);
    CHECK(says(rule, "", vendor) == errc::key_usage);  // no name
    CHECK(says(pins{{}, others}, "doubler", vendor) == errc::none);
}

TEST_CASE("both keys are trusted, and each may sign only what it is pinned for") {
    const cms::ring keys = cms::ring_of({rsa().certificate, p256().certificate});
    const std::vector<pin> pinned_keys{{"doubler", info_of(keys, 0).key}, {"squarer", info_of(keys, 1).key}};
    const all_of policy{strict{}, pins{pinned_keys}};
    const octets by_rsa = signed_by({&rsa()}), by_p256 = signed_by({&p256()});
    CHECK(verdict_of(by_rsa, keys, policy, "doubler") == errc::none);
    CHECK(verdict_of(by_p256, keys, policy, "squarer") == errc::none);
    for (const char* name : {"squarer", "tripler", ""}) CHECK(verdict_of(by_rsa, keys, policy, name) == errc::key_usage);
    for (const char* name : {"doubler", "tripler", ""}) CHECK(verdict_of(by_p256, keys, policy, name) == errc::key_usage);
    // without the pins they are all good, so it is the pins that refuse
    for (const char* name : {"doubler", "squarer", "tripler"})
        for (const octets& each : {by_rsa, by_p256}) CHECK(verdict_of(each, keys, strict{}, name) == errc::none);

    const auto answer = judged(by_rsa, keys, policy, "squarer");
    CHECK(answer.outcome == verdict::rejected);
    CHECK(answer.why.linux_errno() == linux_error::ekeyrejected);
    octets damaged = by_rsa;
    damaged[0] ^= 1;
    CHECK(verdict_of(damaged, keys, policy, "doubler") == errc::signature_mismatch);  // a pin proves nothing
}

TEST_CASE("a pinned builtin key matches in every form in which it is trusted") {
    const cms::ring keys = cms::ring_of({rsa().certificate, p256().certificate});
    const all_of<strict, pinned<"doubler", vendor_key>> policy;  // a digsig blob; the keyring has the certificate
    CHECK(verdict_of(signed_by({&rsa()}), keys, policy, "doubler") == errc::none);
    CHECK(verdict_of(signed_by({&p256()}), keys, policy, "doubler") == errc::key_usage);
    CHECK(verdict_of(signed_by({&p256()}), keys, policy, "squarer") == errc::none);
}

TEST_CASE("no policy tolerates what a pin refuses") {
    const cms::ring keys = cms::ring_of({rsa().certificate, p256().certificate});
    const std::vector<pin> pinned_keys{{"doubler", info_of(keys, 0).key}};
    const tolerating lax{all_of{legacy{}, pins{pinned_keys}}};
    CHECK((judged(signed_by({&p256()}), keys, lax, "doubler").outcome == verdict::rejected));
    CHECK((judged(content, keys, lax, "doubler").outcome == verdict::tolerated));  // although it tolerates
}

TEST_CASE("every signer must be pinned") {
    const cms::ring keys = cms::ring_of({rsa().certificate, p256().certificate});
    const key_info &first = info_of(keys, 0), &second = info_of(keys, 1);
    const std::vector<pin> one{{"doubler", first.key}}, both{{"doubler", first.key}, {"doubler", second.key}};
    const octets by_both = signed_by({&rsa(), &p256()});
    CHECK(verdict_of(by_both, keys, all_of{strict{}, pins{both}}, "doubler") == errc::none);
    CHECK(verdict_of(by_both, keys, all_of{strict{}, pins{one}}, "doubler") == errc::key_usage);
    CHECK(verdict_of(by_both, keys, all_of{strict{}, pins{both}, threshold{2}}, "doubler") == errc::none);
    CHECK(verdict_of(signed_by({&rsa()}), keys, all_of{strict{}, pins{both}, threshold{2}}, "doubler") == errc::too_few_signers);
}

TEST_CASE("a pinned CA does not pin the keys that it certifies") {
    const cms::chained root{"root", {1}, &rsa(), "root", &rsa()};
    cms::chained leaf{"leaf", {2}, &p256(), "root", &rsa()};
    leaf.constraints = cms::ca_false + cms::sign_digitally;
    cms::signer info = cms::signer_of(p256(), content);
    info.identifier = leaf.identifier();
    cms::message message = cms::message_of({info});
    message.certificates = cms::sorted_set(0xa0, {octets(leaf)});
    const octets image = cms::module_of(content, message);

    const cms::ring keys = cms::ring_of({root});
    const cms::ring leaf_key = cms::ring_of({p256().certificate});
    const std::vector<pin> to_root{{"doubler", info_of(keys, 0).key}}, to_leaf{{"doubler", info_of(leaf_key, 0).key}};
    CHECK(verdict_of(image, keys, legacy{}, "doubler") == errc::none);
    CHECK(verdict_of(image, keys, all_of{legacy{}, pins{to_root}}, "doubler") == errc::key_usage);
    CHECK(verdict_of(image, keys, all_of{legacy{}, pins{to_leaf}}, "doubler") == errc::none);
}

TEST_CASE("a table may change between two verifications") {
    const cms::ring keys = cms::ring_of({rsa().certificate, p256().certificate});
    std::vector<pin> changing{{"doubler", info_of(keys, 0).key}};
    const octets by_rsa = signed_by({&rsa()});
    const all_of policy{strict{}, pins{changing}};
    CHECK(verdict_of(by_rsa, keys, policy, "doubler") == errc::none);
    changing[0].key = info_of(keys, 1).key;
    CHECK(verdict_of(by_rsa, keys, policy, "doubler") == errc::key_usage);
}
