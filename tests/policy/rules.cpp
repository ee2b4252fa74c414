// SPDX-License-Identifier: BSL-1.0
#include <modsig/policy/combine.hpp>

#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>

#include <doctest/doctest.h>

using namespace modsig;
using namespace modsig::policy;

namespace {
constexpr std::array<std::uint8_t, 128> short_modulus{0x80};
constexpr std::array<std::uint8_t, 256> modulus{0x80};
constexpr std::array<std::uint8_t, 256> other_modulus{0x81};

constexpr key_info rsa(byte_view n) {
    key_info info;
    info.key.algorithm = key_algorithm::rsa;
    info.key.bits = static_cast<std::uint32_t>(8 * n.size());
    info.key.material = n;
    return info;
}
constexpr claim_facts using_digest(digest_id content, digest_id signed_digest) {
    return {"test", scheme_id::rsa_pkcs1_v15, content, signed_digest};
}
constexpr auto sha2_claim = using_digest(digest_id::sha256, digest_id::sha256);
constexpr auto v1_claim = using_digest(digest_id::sha256, digest_id::sha1);
constexpr context at_2026{.now = 1790000000};
}  // namespace

TEST_CASE("digests: every digest of a claim must be in the list, and weak ones are named so") {
    static_assert(digests<sha256>{}.allows(sha2_claim, {}) == errc::none);
    static_assert(digests<sha256>{}.allows(v1_claim, {}) == errc::weak_digest);
    static_assert(digests<sha512>{}.allows(sha2_claim, {}) == errc::digest_not_allowed);
    static_assert(digests<sha1, sha256>{}.allows(v1_claim, {}) == errc::none);
    CHECK(digests<sha256>{}.allows(using_digest(digest_id::none, digest_id::none), {}) == errc::none);
}

TEST_CASE("min_rsa_bits counts true bits and leaves other keys alone") {
    static_assert(min_rsa_bits<2048>{}.allows(sha2_claim, rsa(modulus), {}) == errc::none);
    static_assert(min_rsa_bits<2048>{}.allows(sha2_claim, rsa(short_modulus), {}) == errc::weak_key);
    key_info curve;
    curve.key.algorithm = key_algorithm::ecdsa_p256;
    curve.key.bits = 256;
    CHECK(min_rsa_bits<2048>{}.allows(sha2_claim, curve, {}) == errc::none);
    key_info almost = rsa(modulus);
    almost.key.bits = 2047;
    CHECK(min_rsa_bits<2048>{}.allows(sha2_claim, almost, {}) == errc::weak_key);
}

TEST_CASE("strict refuses what legacy lets in by exactly three rules") {
    CHECK(strict{}.allows(v1_claim, {}) == errc::weak_digest);
    CHECK(legacy{}.allows(v1_claim, {}) == errc::none);
    CHECK(legacy{}.allows(using_digest(digest_id::md5, digest_id::md5), {}) == errc::weak_digest);
    CHECK(strict{}.allows(sha2_claim, rsa(short_modulus), at_2026) == errc::weak_key);
    CHECK(legacy{}.allows(sha2_claim, rsa(short_modulus), at_2026) == errc::none);
    key_info dated = rsa(modulus);
    dated.validity = {true, 0, 1000};
    CHECK(strict{}.allows(sha2_claim, dated, at_2026) == errc::expired);
    CHECK(legacy{}.allows(sha2_claim, dated, at_2026) == errc::none);
    dated.validity.not_after = 2000000000;
    CHECK(strict{}.allows(sha2_claim, dated, at_2026) == errc::none);
    CHECK(strict{}.allows(sha2_claim, dated, {}) == errc::expired);  // without a clock a dated key is not let in
    key_info encipherment = rsa(modulus);
    encipherment.purpose.usage_known = true;
    CHECK(strict{}.allows(sha2_claim, encipherment, at_2026) == errc::key_usage);
    CHECK(legacy{}.allows(sha2_claim, encipherment, at_2026) == errc::none);
    key_info misfiled = rsa(modulus);
    misfiled.name_mismatch = true;
    CHECK(legacy{}.allows(sha2_claim, misfiled, at_2026) == errc::key_name_mismatch);
}

TEST_CASE("all_of gives the first refusal and one reject outweighs every tolerate") {
    using both = all_of<digests<sha256>, min_rsa_bits<2048>>;
    static_assert(std::is_empty_v<digests<sha256>> && both{}.allows(sha2_claim, rsa(short_modulus), {}) == errc::weak_key);
    static_assert(all_of<tolerating<rule>, rule>{}.decide(undecided::unknown_key) == decision::reject);
    static_assert(all_of<tolerating<rule>, tolerating<rule>>{}.decide(undecided::unknown_key) == decision::tolerate);
    CHECK(both{}.allows(v1_claim, {}) == errc::weak_digest);
}

TEST_CASE("any_of never adds half of one part to half of another") {
    using old = all_of<digests<sha1>, min_rsa_bits<2048>>;      // SHA-1 only with long keys
    using modern = all_of<digests<sha256>, min_rsa_bits<1024>>;  // short keys only with SHA-256
    constexpr any_of<old, modern> either;
    const auto sha1_claim = using_digest(digest_id::sha1, digest_id::sha1);
    CHECK(either.allows(sha1_claim, {}) == errc::none);
    CHECK(either.allows(sha1_claim, rsa(modulus), {}) == errc::none);
    CHECK(either.allows(sha2_claim, rsa(short_modulus), {}) == errc::none);
    CHECK(either.allows(sha1_claim, rsa(short_modulus), {}) == errc::weak_key);
    // and the signers that one part counts are its own
    const key_info small = rsa(short_modulus), large = rsa(modulus);
    using two_modern = all_of<modern, threshold>;
    const any_of<old, two_modern> any{old{}, two_modern{modern{}, threshold{2}}};
    const signer pair[] = {{sha1_claim, &large}, {sha2_claim, &small}};
    CHECK(any.suffices(pair, {}) == errc::none);
    CHECK(any.suffices(std::span(pair).last(1), {}) != errc::none);
}

TEST_CASE("threshold and at_least count proven signers, and nobody is never enough") {
    const key_info one = rsa(modulus), two = rsa(other_modulus);
    const signer pair[] = {{sha2_claim, &one}, {sha2_claim, &two}};
    CHECK(threshold{2}.suffices(pair, {}) == errc::none);
    CHECK(threshold{3}.suffices(pair, {}) == errc::too_few_signers);
    CHECK(threshold{0}.suffices({}, {}) == errc::too_few_signers);
    CHECK(at_least<2>{}.suffices(pair, {}) == errc::none);
    CHECK(at_least<2>{}.suffices(std::span(pair).first(1), {}) == errc::too_few_signers);
    CHECK(at_least<2, min_rsa_bits<4096>>{}.allows(sha2_claim, one, {}) == errc::weak_key);
    CHECK(rule{}.suffices({}, {}) == errc::too_few_signers);
}

TEST_CASE("every default decision is a refusal") {
    for (const auto why : {undecided::no_signature, undecided::unknown_algorithm, undecided::unknown_key}) {
        CHECK(strict{}.decide(why) == decision::reject);
        CHECK(legacy{}.decide(why) == decision::reject);
        CHECK(linux_digsig{}.decide(why) == decision::reject);
        CHECK(permissive{}.decide(why) == decision::tolerate);
    }
    CHECK(decision{} == decision::reject);
}
