// SPDX-License-Identifier: BSL-1.0
// The composition itself, with a toy layout of several signers and a toy engine, so that each step can be made to fail.
#include <modsig/verifier.hpp>

#include <modsig/policy/combine.hpp>
#include <modsig/policy/digests.hpp>
#include <modsig/policy/keys.hpp>

#include "support/traps.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace modsig;

namespace {

/// content ‖ { key id, value } per signer ‖ number of signers ‖ '!'
struct toy_layout {
    static constexpr std::string_view name = "toy";
    static constexpr layout_traits traits{.max_signers = 3};

    static constexpr result<located> find(const subject& s) {
        const std::size_t size = s.image.size();
        if (size == 0 || s.image.back() != '!') return failure{errc::no_signature, size};
        if (size < 2) return failure{errc::truncated, size};
        const std::size_t blob = 2u * s.image[size - 2] + 2u;
        if (blob > size) return failure{errc::length_overflow, size - 2};
        return located{.content = {0, size - blob}, .blob = {size - blob, blob}};
    }
    class cursor {
        located where_;
        byte_view pairs_;

    public:
        constexpr cursor(located where, byte_view pairs) : where_(where), pairs_(pairs) {}
        constexpr bool done() const { return pairs_.empty(); }
        constexpr result<claim> next() {
            claim next;
            next.layout = name;
            next.scheme = scheme_id::rsa_pkcs1_raw;
            next.content_digest = next.signed_digest = digest_id::sha256;
            next.where = where_;
            next.key = {key_id_kind::skid, pairs_.first(1), {}};
            next.signature = pairs_.subspan(1, 1);
            next.offset = where_.blob.offset + where_.blob.size - 2 - pairs_.size();
            pairs_ = pairs_.subspan(2);
            return next;
        }
    };
    static constexpr result<cursor> open(const subject& s, const located& w) {
        return cursor(w, s.image.subspan(static_cast<std::size_t>(w.blob.offset), static_cast<std::size_t>(w.blob.size) - 2));
    }
    template <digests_parts E>
    static constexpr result<digest_value> finish(const claim&, const digest_value& content, const E&) {
        return content;
    }
};

/// The "digest" is the sum of the content, and a signature is that sum and a number of the key's.
struct toy_engine {
    struct prepared_key {
        std::uint8_t number = 0;
    };
    static constexpr bool has(digest_id id) { return id == digest_id::sha256; }
    static constexpr result<prepared_key> prepare(const public_key& key) { return prepared_key{key.material[1]}; }
    constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        digest_value sum{id, {}};
        for (const byte_view part : parts)
            for (const std::uint8_t byte : part) sum.bytes[0] = static_cast<std::uint8_t>(sum.bytes[0] + byte);
        return sum;
    }
    constexpr result<void> check(const prepared_key& key, const to_check& input) const {
        if (input.signature[0] != static_cast<std::uint8_t>(input.digest.bytes[0] + key.number)) return errc::signature_mismatch;
        return result<void>::success();
    }
};

constexpr std::array<std::uint8_t, 5> ids{'a', 'b', 'c', 'd', 'e'};
constexpr std::array<std::uint8_t, 256> moduli[] = {{0x80, 1}, {0x80, 2}, {0x80, 3}};

constexpr trusted_key<toy_engine> toy_key(std::size_t id, std::size_t modulus) {
    key_info info;
    info.key = {key_algorithm::rsa, 2048, moduli[modulus], {}};
    info.skid = byte_view(ids).subspan(id, 1);
    return {info, toy_engine::prepare(info.key), {}};
}
constexpr trusted_key<toy_engine> keys[] = {toy_key(0, 0), toy_key(1, 1), toy_key(2, 0), toy_key(3, 0), toy_key(3, 2)};
constexpr keyring_view<toy_engine> trust{"_module", keys, {}};

template <class Policy = policy::rule>
using checker = verifier<layouts<toy_layout>, toy_engine, Policy>;

constexpr std::array<std::uint8_t, 6> good{10, 20, 'a', 31, 1, '!'};
static_assert(checker<>{trust}.verify(byte_view(good))->content().size() == 2);
static_assert(sizeof(checker<policy::min_rsa_bits<2048>>) == 2 * sizeof(void*), "empty policies and engines cost nothing");

using bytes = std::vector<std::uint8_t>;
using others_permitted = policy::all_of<policy::rule, policy::other_signers_permitted>;

template <class Policy = policy::rule>
errc answer(const bytes& image, Policy policy = {}, const keyring_view<toy_engine>& ring = trust) {
    return checker<Policy>{ring, policy}.appraise({image}).why.code;
}

}  // namespace

TEST_CASE("the reasons come in the documented order") {
    using weak = policy::all_of<policy::digests<>, policy::min_rsa_bits<4096>>;
    CHECK(answer({1, 2, 3}) == errc::no_signature);
    CHECK(answer({9, '!'}) == errc::length_overflow);
    CHECK(answer<weak>({10, 'z', 99, 1, '!'}) == errc::digest_not_allowed);                       // before the key is looked up
    CHECK(answer<policy::min_rsa_bits<4096>>({10, 'z', 99, 1, '!'}) == errc::key_not_found);      // before a candidate is judged
    CHECK(answer<policy::min_rsa_bits<4096>>({10, 'a', 99, 1, '!'}) == errc::weak_key);           // before any arithmetic
    CHECK(answer({10, 'a', 99, 1, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'a', 11, 1, '!'}, policy::threshold{2}) == errc::too_few_signers);
    CHECK(answer({10, 'a', 11, 1, '!'}) == errc::none);
}

TEST_CASE("a revoked key never verifies, before anybody asks the policy about it") {
    const revoked_key<toy_engine> revoked[] = {{keys[0].info, keys[0].prepared}};
    const keyring_view<toy_engine> ring{"_module", keys, {revoked, {}}};
    const verifier<layouts<toy_layout>, toy_engine, policy::min_rsa_bits<4096>> v{ring};
    CHECK(v.appraise({good}).why.code == errc::revoked);
    // The key of an unknown signer that is revoked is named, too; a signer of zeros in front or behind changes nothing.
    const keyring_view<toy_engine> nobody{"_module", {}, {revoked, {}}};
    CHECK(answer({10, 20, 'a', 31, 1, '!'}, policy::rule{}, nobody) == errc::revoked);
    for (const bytes& image : {bytes{10, 20, 'a', 31, 'z', 0, 2, '!'}, bytes{10, 20, 'z', 0, 'a', 31, 2, '!'}}) {
        CHECK(answer(image, policy::rule{}, ring) == errc::revoked);
        CHECK(answer(image, others_permitted{}, ring) == errc::revoked);
    }
}

TEST_CASE("trust and revocations may come from two places, and what is revoked later counts") {
    keyring::revocations<toy_engine> revoked;
    const checker<> v{trust, revoked.view()};
    CHECK(v.appraise({good}).why.code == errc::none);
    digest_value digest{digest_id::sha256, {}};
    digest.bytes[0] = 30;  // the content's sum
    CHECK(revoked.revoke_digest({revoked_kind::binary, digest}));
    CHECK(v.appraise({good}).why.code == errc::revoked);
    CHECK_FALSE(revoked.revoke_digest(revoked_digest{}));  // as long as no digest
}

TEST_CASE("a signer that is not proven refuses the message, unless a rule permits others") {
    CHECK(answer({10, 'z', 1, 'a', 11, 2, '!'}) == errc::unproven_signer);
    CHECK(answer({10, 'a', 11, 'z', 1, 2, '!'}) == errc::unproven_signer);
    CHECK(answer({10, 'z', 1, 'a', 11, 2, '!'}, others_permitted{}) == errc::none);
    CHECK(answer({10, 'a', 11, 'z', 1, 2, '!'}, others_permitted{}) == errc::none);
    CHECK(answer({10, 'z', 1, 'y', 1, 2, '!'}) == errc::key_not_found);
    CHECK(answer({10, 'z', 1, 'y', 1, 2, '!'}, others_permitted{}) == errc::key_not_found);
    CHECK(answer({10, 0, '!'}) == errc::no_signer);
}

TEST_CASE("one bad signature of a known key spoils all, whatever is permitted") {
    CHECK(answer({10, 'a', 11, 'b', 1, 2, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'b', 1, 'a', 11, 2, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'b', 1, 'a', 11, 2, '!'}, others_permitted{}) == errc::signature_mismatch);
}

TEST_CASE("thresholds count distinct public keys, not identifiers and not signatures") {
    const policy::threshold two{2};
    CHECK(answer({10, 'a', 11, 'b', 12, 2, '!'}, two) == errc::none);
    CHECK(answer({10, 'a', 11, 'a', 11, 2, '!'}, two) == errc::repeated_element);  // the same signature twice
    CHECK(answer({10, 'a', 11, 'c', 11, 2, '!'}, two) == errc::repeated_element);  // one key under two names
    const policy::all_of both{two, policy::other_signers_permitted{}};
    CHECK(answer({10, 'a', 11, 'a', 11, 2, '!'}, both) == errc::too_few_signers);
    CHECK(answer({10, 'a', 11, 'c', 11, 2, '!'}, both) == errc::too_few_signers);
}

TEST_CASE("every key that an identifier names is tried, in any order of the keyring") {
    constexpr trusted_key<toy_engine> reversed[] = {toy_key(3, 2), toy_key(3, 0), toy_key(2, 0), toy_key(1, 1), toy_key(0, 0)};
    const keyring_view<toy_engine> other{"_module", reversed, {}};
    for (const keyring_view<toy_engine>* ring : {&trust, &other}) {
        CHECK(answer({10, 'd', 11, 1, '!'}, policy::rule{}, *ring) == errc::none);
        CHECK(answer({10, 'd', 13, 1, '!'}, policy::rule{}, *ring) == errc::none);
        CHECK(answer({10, 'd', 12, 1, '!'}, policy::rule{}, *ring) == errc::signature_mismatch);
    }
}

TEST_CASE("certificates of one key are one candidate: good if the policy allows any of them") {
    trusted_key<toy_engine> expired = toy_key(0, 0), renewed = toy_key(0, 0);
    expired.info.validity = {true, 0, 1000};
    renewed.info.validity = {true, 0, 2000000000};
    const trusted_key<toy_engine> first[] = {expired, renewed}, last[] = {renewed, expired}, only[] = {expired, expired};
    const auto answer_of = [](std::span<const trusted_key<toy_engine>> set) {
        const keyring_view<toy_engine> ring{"_module", set, {}};
        return checker<policy::within_validity>{ring}.appraise({good}, {.now = 1500000000}).why.code;
    };
    CHECK(answer_of(first) == errc::none);
    CHECK(answer_of(last) == errc::none);
    CHECK(answer_of(only) == errc::expired);
}

TEST_CASE("a key serves what it was added for") {
    constexpr std::array<std::string_view, 1> another{"other"}, own{"toy"};
    trusted_key<toy_engine> one[] = {toy_key(0, 0)};
    const keyring_view<toy_engine> ring{"_module", one, {}};
    one[0].scope.layouts = another;
    CHECK(checker<>{ring}.appraise({good}).why.code == errc::key_not_for_layout);
    one[0].scope.layouts = own;
    CHECK(checker<>{ring}.appraise({good}).why.code == errc::none);
    one[0].scope.form = signature_form::attributes;
    CHECK(checker<>{ring}.appraise({good}).why.code == errc::form_not_allowed);
    one[0].scope.form = signature_form::content;
    CHECK(checker<>{ring}.appraise({good}).why.code == errc::none);
}

namespace {
/// Allows whatever it is asked about once, and then nothing more.
struct fickle : policy::rule {
    std::shared_ptr<int> asked = std::make_shared<int>(0);
    [[nodiscard]] ruling judge(const candidate&, const context&) const { return ++*asked == 1 ? ruling::allow() : ruling::abstain(); }
};
struct silent : policy::rule {
    [[nodiscard]] constexpr ruling judge(const candidate&, const context&) const { return ruling::abstain(); }
};
}  // namespace

TEST_CASE("silence is no consent, and a policy is asked once a candidate") {
    CHECK(answer({10, 'a', 11, 1, '!'}, silent{}) == errc::no_rule_allows);
    CHECK(answer({10, 'a', 11, 1, '!'}, policy::any_of<silent, silent>{}) == errc::no_rule_allows);
    CHECK(answer({10, 'a', 11, 1, '!'}, policy::all_of<silent, silent>{}) == errc::no_rule_allows);
    CHECK(answer({10, 'a', 11, 1, '!'}, policy::any_of<silent, policy::rule>{}) == errc::none);
    const fickle once;
    CHECK(answer({10, 'a', 11, 1, '!'}, once) == errc::none);
    CHECK(*once.asked == 1);
}

TEST_CASE("the number of signature checks is limited, and its end is final") {
    std::vector<trusted_key<toy_engine>> many;
    static std::vector<std::array<std::uint8_t, 256>> numbers(40);
    for (std::size_t i = 0; i != numbers.size(); ++i) {
        numbers[i] = {0x80, static_cast<std::uint8_t>(100 + i), static_cast<std::uint8_t>(i)};
        trusted_key<toy_engine> one = toy_key(0, 0);
        one.info.key.material = numbers[i];
        one.prepared = toy_engine::prepare(one.info.key);
        many.push_back(std::move(one));
    }
    const keyring_view<toy_engine> ring{"_module", many, {}};
    CHECK(answer({10, 'a', 111, 1, '!'}, policy::rule{}, ring) == errc::none);
    CHECK(answer({10, 'a', 1, 1, '!'}, policy::rule{}, ring) == errc::too_costly);
    const keyring_view<toy_engine> few{"_module", std::span(many).first(strict_limits.checks), {}};
    CHECK(answer({10, 'a', 1, 1, '!'}, policy::rule{}, few) == errc::signature_mismatch);
}

TEST_CASE("only what is undecided is tolerated, and tolerated is never verified") {
    const checker<policy::tolerating<policy::rule>> v{trust};
    CHECK(v.appraise({bytes{1, 2, 3}}).outcome == verdict::tolerated);
    CHECK(v.appraise({bytes{10, 'z', 1, 1, '!'}}).outcome == verdict::tolerated);
    CHECK(v.appraise({bytes{10, 'z', 1, 'a', 11, 2, '!'}}).outcome == verdict::rejected);
    CHECK(v.appraise({bytes{10, 'a', 1, 1, '!'}}).outcome == verdict::rejected);
    CHECK(v.appraise({bytes{9, '!'}}).outcome == verdict::rejected);
    CHECK_FALSE(v.verify(bytes{1, 2, 3}));
    CHECK_FALSE(v.tolerate(bytes{10, 'a', 11, 1, '!'}));  // proven: nothing to tolerate
    const auto let_in = v.tolerate(bytes{1, 2, 3});
    REQUIRE(let_in);
    CHECK(let_in->content().size() == 3);
    CHECK(let_in->why().code == errc::no_signature);
    CHECK(appraisal{}.outcome == verdict::rejected);
    CHECK(ruling{}.refuses());
}

TEST_CASE("a refused image stays with its owner, a verified one moves into the proof") {
    bytes bad{10, 'a', 1, 1, '!'}, fine(good.begin(), good.end());
    CHECK_FALSE(checker<>{trust}.verify(std::move(bad)));
    CHECK(bad.size() == 5);  // NOLINT: that is the point
    const auto proof = checker<>{trust}.verify(std::move(fine));
    REQUIRE(proof);
    CHECK(fine.empty());  // NOLINT
    CHECK(proof->image().size() == 6);
    CHECK(proof->content().size() == 2);
    CHECK(&proof->anchor() == &keys[0].info);
    CHECK(proof->digest().bytes[0] == 30);
    CHECK(proof->layout() == "toy");
}

TEST_CASE("a moved-from proof traps, and so does one that was moved to itself") {
    CHECK(traps([] {
        auto proof = *checker<>{trust}.verify(byte_view(good));
        const auto moved = std::move(proof);
        if (moved.content().size() != 2) return 0;
        return static_cast<int>(proof.content().size());  // NOLINT
    }));
    CHECK(traps([] {
        auto proof = *checker<>{trust}.verify(byte_view(good));
        auto& same = proof;
        proof = std::move(same);
        return static_cast<int>(proof.content().size());  // NOLINT
    }));
}

TEST_CASE("a refusal says where, by which layout and for which key") {
    const bytes image{10, 'b', 1, 1, '!'};
    const failure why = checker<>{trust}.appraise({image}).why;
    CHECK(why.layout == "toy");
    CHECK(why.offset == 1);
    CHECK(equal(why.key.view(), byte_view(ids).subspan(1, 1)));
}
