// SPDX-License-Identifier: BSL-1.0
#include <modsig/policy/combine.hpp>

#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>

#include "../support/evidence.hpp"

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

/// A policy's whole ruling about a claim with this key, which is itself trusted.
template <class P>
constexpr errc answer(const P& policy, const claim_facts& facts, const key_info& key, const context& context = {}) {
    const claim claim = test::claim_of(facts);
    return judge_whole(policy, candidate(claim, key), context).reason();
}
/// The same where an issuer's key is the trust anchor.
template <class P>
errc answer(const P& policy, const claim_facts& facts, const key::certificate& signer, const key_info& anchor, const context& context = {}) {
    const claim claim = test::claim_of(facts);
    const key::certificate* const path[] = {&signer};
    return judge_whole(policy, candidate(claim, path, anchor), context).reason();
}
}  // namespace

TEST_CASE("digests: every digest of a claim must be in the list, and weak ones are weak_digest") {
    static_assert(digests<sha256>{}.allows(sha2_claim, {}) == errc::none);
    static_assert(digests<sha256>{}.allows(v1_claim, {}) == errc::weak_digest);
    static_assert(digests<sha512>{}.allows(sha2_claim, {}) == errc::digest_not_allowed);
    static_assert(digests<sha1, sha256>{}.allows(v1_claim, {}) == errc::none);
    CHECK(answer(min_digest_bits<256>{}, using_digest(digest_id::sha224, digest_id::none), rsa(modulus)) == errc::weak_digest);
    CHECK(digests<sha256>{}.allows(using_digest(digest_id::none, digest_id::none), {}) == errc::none);
    CHECK(answer(min_digest_bits<256>{}, using_digest(digest_id::none, digest_id::none), rsa(modulus)) == errc::none);
    CHECK(answer(min_digest_bits<256>{}, using_digest(digest_id::sha256, digest_id::sha224), rsa(modulus)) == errc::weak_digest);
}

TEST_CASE("digests: the digests of a path's certificates are checked, too") {
    key::certificate signer;
    signer.info = rsa(modulus);
    signer.signature_algorithm.digest = digest_id::sha1;
    const key_info anchor = rsa(other_modulus);
    CHECK(answer(no_weak_digest_but<>{}, sha2_claim, signer, anchor) == errc::weak_digest);
    CHECK(answer(no_weak_digest_but<sha1>{}, sha2_claim, signer, anchor) == errc::none);
    CHECK(answer(digests<sha256>{}, sha2_claim, signer, anchor) == errc::weak_digest);
    signer.signature_algorithm.digest = digest_id::sha512;
    CHECK(answer(digests<sha256>{}, sha2_claim, signer, anchor) == errc::digest_not_allowed);
}

TEST_CASE("min_rsa_bits counts true bits, of every key on the path, and allows other keys") {
    static_assert(answer(min_rsa_bits<2048>{}, sha2_claim, rsa(modulus)) == errc::none);
    static_assert(answer(min_rsa_bits<2048>{}, sha2_claim, rsa(short_modulus)) == errc::weak_key);
    key_info curve;
    curve.key.algorithm = key_algorithm::ecdsa_p256;
    curve.key.bits = 256;
    CHECK(answer(min_rsa_bits<2048>{}, sha2_claim, curve) == errc::none);
    CHECK(answer(min_curve_bits<256>{}, sha2_claim, curve) == errc::none);
    curve.key.algorithm = key_algorithm::ecdsa_p192;
    curve.key.bits = 192;
    CHECK(answer(min_curve_bits<256>{}, sha2_claim, curve) == errc::weak_key);
    key_info almost = rsa(modulus);
    almost.key.bits = 2047;
    CHECK(answer(min_rsa_bits<2048>{}, sha2_claim, almost) == errc::weak_key);
    key::certificate signer;
    signer.info = rsa(modulus);
    CHECK(answer(min_rsa_bits<2048>{}, sha2_claim, signer, rsa(other_modulus)) == errc::none);
    CHECK(answer(min_rsa_bits<2048>{}, sha2_claim, signer, rsa(short_modulus)) == errc::weak_key);
}

TEST_CASE("every difference between strict and legacy is a rule with a name") {
    CHECK(strict{}.allows(v1_claim, {}) == errc::weak_digest);
    CHECK(legacy{}.allows(v1_claim, {}) == errc::none);
    CHECK(legacy{}.allows(using_digest(digest_id::md5, digest_id::md5), {}) == errc::weak_digest);
    CHECK(answer(strict{}, using_digest(digest_id::sha224, digest_id::none), rsa(modulus), at_2026) == errc::weak_digest);
    CHECK(answer(strict{}, using_digest(digest_id::sha224, digest_id::none), rsa(short_modulus), at_2026) == errc::weak_key);
    CHECK(answer(legacy{}, using_digest(digest_id::sha224, digest_id::none), rsa(modulus)) == errc::none);
    CHECK(answer(strict{}, sha2_claim, rsa(short_modulus), at_2026) == errc::weak_key);
    CHECK(answer(legacy{}, sha2_claim, rsa(short_modulus), at_2026) == errc::none);
    key_info dated = rsa(modulus);
    dated.validity = {true, 0, 1000};
    CHECK(answer(strict{}, sha2_claim, dated, at_2026) == errc::expired);
    CHECK(answer(legacy{}, sha2_claim, dated, at_2026) == errc::none);
    dated.validity.not_after = 2000000000;
    CHECK(answer(strict{}, sha2_claim, dated, at_2026) == errc::none);
    CHECK(answer(strict{}, sha2_claim, dated) == errc::expired);  // without a clock a key with a validity is refused
    key_info encipherment = rsa(modulus);
    encipherment.purpose.usage_known = true;
    CHECK(answer(strict{}, sha2_claim, encipherment, at_2026) == errc::key_usage);
    CHECK(answer(legacy{}, sha2_claim, encipherment, at_2026) == errc::none);
    key_info misfiled = rsa(modulus);
    misfiled.name_mismatch = true;
    CHECK(answer(legacy{}, sha2_claim, misfiled, at_2026) == errc::key_name_mismatch);
    key_info small_curve;
    small_curve.key = {key_algorithm::ecdsa_p192, 192, {}, {}};
    CHECK(answer(strict{}, sha2_claim, small_curve, at_2026) == errc::weak_key);
    CHECK(answer(legacy{}, sha2_claim, small_curve, at_2026) == errc::weak_key);
    const key_info key = rsa(modulus);
    const claim claim = test::claim_of(sha2_claim);
    const evidence proven[] = {test::evidence_of(candidate(claim, key))};
    for (const auto part : {unproven_part::signer, unproven_part::certificate}) {
        CHECK_FALSE(strict{}.permits(part, proven, {}));
        CHECK(legacy{}.permits(part, proven, {}));
    }
}

TEST_CASE("all_of gives the first refusal and one reject outweighs every tolerate") {
    using both = all_of<digests<sha256>, min_rsa_bits<2048>>;
    static_assert(std::is_empty_v<digests<sha256>> && answer(both{}, sha2_claim, rsa(short_modulus)) == errc::weak_key);
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
    CHECK(answer(either, sha1_claim, rsa(modulus)) == errc::none);
    CHECK(answer(either, sha2_claim, rsa(short_modulus)) == errc::none);
    CHECK(answer(either, sha1_claim, rsa(short_modulus)) == errc::weak_key);
    // and the signers that one part weighs are those that it allowed
    const key_info small = rsa(short_modulus), large = rsa(modulus);
    const claim old_claim = test::claim_of(sha1_claim), new_claim = test::claim_of(sha2_claim);
    using two_modern = all_of<modern, threshold>;
    const any_of<old, two_modern> any{old{}, two_modern{modern{}, threshold{2}}};
    const evidence pair[] = {test::evidence_of(candidate(old_claim, large)), test::evidence_of(candidate(new_claim, small))};
    CHECK(any.suffices(pair, {}).allows());
    CHECK(any.suffices(std::span(pair).last(1), {}) == ruling::refuse(errc::too_few_signers));
    // what a part permits is permitted with that part's own signers alone
    using lax_old = all_of<old, other_signers_permitted>;
    const any_of<lax_old, modern> one_is_lax;
    CHECK(one_is_lax.permits(unproven_part::signer, std::span(pair).first(1), {}));
    CHECK_FALSE(one_is_lax.permits(unproven_part::signer, std::span(pair).last(1), {}));
}

TEST_CASE("threshold and at_least count keys and anchors, and no signer is never enough") {
    const key_info one = rsa(modulus), two = rsa(other_modulus);
    const claim claim = test::claim_of(sha2_claim);
    const evidence pair[] = {test::evidence_of(candidate(claim, one)), test::evidence_of(candidate(claim, two))};
    CHECK(threshold{2}.suffices(pair, {}).allows());
    CHECK(threshold{3}.suffices(pair, {}) == ruling::refuse(errc::too_few_signers));
    CHECK(threshold{0}.suffices({}, {}) == ruling::refuse(errc::too_few_signers));
    CHECK(at_least<2>{}.suffices(pair, {}).allows());
    CHECK(at_least<2>{}.suffices(std::span(pair).first(1), {}) == ruling::refuse(errc::too_few_signers));
    CHECK(answer(at_least<2, min_rsa_bits<4096>>{}, sha2_claim, one) == errc::weak_key);
    CHECK(rule{}.suffices({}, {}) == ruling::refuse(errc::too_few_signers));
    // two leaves of one authority are one voice
    key::certificate first, second;
    first.info = one;
    second.info = two;
    const key_info anchor = rsa(short_modulus);
    const key::certificate *const first_path[] = {&first}, *const second_path[] = {&second};
    const evidence leaves[] = {test::evidence_of(candidate(claim, first_path, anchor)), test::evidence_of(candidate(claim, second_path, anchor))};
    CHECK(threshold{1}.suffices(leaves, {}).allows());
    CHECK(threshold{2}.suffices(leaves, {}) == ruling::refuse(errc::too_few_signers));
    CHECK(at_least<2>{}.suffices(leaves, {}) == ruling::refuse(errc::too_few_signers));
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
