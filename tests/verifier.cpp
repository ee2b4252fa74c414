// SPDX-License-Identifier: BSL-1.0
// The composition itself, with a toy layout of several signers and a toy engine, so that each step can be made to fail.
#include <modsig/verifier.hpp>

#include <modsig/policy/combine.hpp>
#include <modsig/policy/digests.hpp>
#include <modsig/policy/keys.hpp>

#include "support/traps.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace modsig;

namespace {

/// content ‖ { key id, value } per signer ‖ number of signers ‖ '!'
struct toy_layout {
    static constexpr std::string_view name = "toy";
    static constexpr std::size_t max_signers = 3;

    template <class Reading>
    static constexpr result<located> find(const subject& s) {
        const std::size_t size = s.image.size();
        if (size == 0 || s.image.back() != '!') return failure{errc::no_signature, size};
        if (size < 2) return failure{errc::truncated, size};
        const std::size_t blob = 2u * s.image[size - 2] + 2u;
        if (blob > size) return failure{errc::length_overflow, size - 2};
        return located{range{0, size - blob}, {size - blob, blob}};
    }
    class cursor {
        located where_;
        byte_view pairs_;

    public:
        constexpr cursor(located where, byte_view pairs) : where_(where), pairs_(pairs) {}
        constexpr bool done() const { return pairs_.empty(); }
        constexpr result<claim> next() {
            claim said;
            said.layout = name;
            said.scheme = scheme_id::rsa_pkcs1_raw;
            said.content_digest = said.signed_digest = digest_id::sha256;
            said.where = where_;
            said.key = {key_id_kind::skid, pairs_.first(1), {}};
            said.signature = pairs_.subspan(1, 1);
            said.offset = where_.blob.offset + where_.blob.size - 2 - pairs_.size();
            pairs_ = pairs_.subspan(2);
            return said;
        }
    };
    template <class Reading>
    static constexpr result<cursor> open(const subject& s, const located& w) {
        return cursor(w, s.image.subspan(static_cast<std::size_t>(w.blob.offset), static_cast<std::size_t>(w.blob.size) - 2));
    }
    template <digests_parts E>
    static constexpr result<to_check> finish(const subject&, const claim& said, const digest_value& content, const E&) {
        return to_check{said.scheme, content, {}, said.signature, false};
    }
};

/// The "digest" is the sum of the content, and a signature is that sum.
struct toy_engine {
    struct prepared_key {};
    static constexpr bool has(digest_id id) { return id == digest_id::sha256; }
    static constexpr result<prepared_key> prepare(const public_key&) { return prepared_key{}; }
    constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        digest_value sum{id, {}};
        for (const byte_view part : parts)
            for (const std::uint8_t byte : part) sum.bytes[0] = static_cast<std::uint8_t>(sum.bytes[0] + byte);
        return sum;
    }
    constexpr result<void> check(const prepared_key&, const to_check& what) const {
        if (what.signature[0] != what.digest.bytes[0]) return errc::signature_mismatch;
        return result<void>::success();
    }
};

constexpr std::array<std::uint8_t, 5> ids{'a', 'b', 'c', 'd', 'e'};
constexpr std::array<std::uint8_t, 256> moduli[] = {{0x80, 1}, {0x80, 2}, {0x80, 3}};

constexpr trusted_key<toy_engine> key(std::size_t id, std::size_t modulus) {
    key_info info;
    info.key = {key_algorithm::rsa, 2048, moduli[modulus], {}};
    info.skid = byte_view(ids).subspan(id, 1);
    return {info, toy_engine::prepared_key{}};
}
constexpr trusted_key<toy_engine> keys[] = {key(0, 0), key(1, 1), key(2, 0), key(3, 0), key(3, 2)};
constexpr keyring_view<toy_engine> trust{"_module", keys, {}};

template <class Policy = policy::rule>
using checker = verifier<layouts<toy_layout>, toy_engine, Policy>;

constexpr std::array<std::uint8_t, 6> good{10, 20, 'a', 30, 1, '!'};
static_assert(checker<>{trust}.verify(byte_view(good))->content().size() == 2);
static_assert(sizeof(checker<policy::min_rsa_bits<2048>>) == sizeof(trust), "empty policies and engines cost nothing");

struct linux_rule : policy::rule {
    using reading = linux_reading;
};

using bytes = std::vector<std::uint8_t>;
template <class Policy = policy::rule>
errc answer(const bytes& image, Policy policy = {}) {
    return checker<Policy>{trust, policy}.appraise({image}).why.code;
}

}  // namespace

TEST_CASE("the reasons come in the documented order") {
    using weak = policy::all_of<policy::digests<>, policy::min_rsa_bits<4096>>;
    CHECK(answer({1, 2, 3}) == errc::no_signature);
    CHECK(answer({9, '!'}) == errc::length_overflow);
    CHECK(answer<weak>({10, 'z', 99, 1, '!'}) == errc::digest_not_allowed);                       // before the key is looked up
    CHECK(answer<policy::min_rsa_bits<4096>>({10, 'z', 99, 1, '!'}) == errc::key_not_found);      // before it is judged
    CHECK(answer<policy::min_rsa_bits<4096>>({10, 'a', 99, 1, '!'}) == errc::weak_key);           // before any arithmetic
    CHECK(answer({10, 'a', 99, 1, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'a', 10, 1, '!'}, policy::threshold{2}) == errc::too_few_signers);
    CHECK(answer({10, 'a', 10, 1, '!'}) == errc::none);
}

TEST_CASE("a revoked key never verifies, before anybody asks the policy about it") {
    const public_key revoked[] = {keys[0].info.key};
    const keyring_view<toy_engine> ring{"_module", keys, revoked};
    const verifier<layouts<toy_layout>, toy_engine, policy::min_rsa_bits<4096>> v{ring};
    CHECK(v.appraise({good}).why.code == errc::revoked);
}

TEST_CASE("one proven signer suffices beside strangers, and one bad signature of a known key spoils all") {
    CHECK(answer({10, 'z', 1, 'a', 10, 2, '!'}) == errc::none);
    CHECK(answer({10, 'a', 10, 'z', 1, 2, '!'}) == errc::none);
    CHECK(answer({10, 'a', 10, 'b', 1, 2, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'b', 1, 'a', 10, 2, '!'}) == errc::signature_mismatch);
    CHECK(answer({10, 'z', 1, 'y', 1, 2, '!'}) == errc::key_not_found);
    CHECK(answer({10, 0, '!'}) == errc::too_few_signers);
}

TEST_CASE("thresholds count distinct public keys, not identifiers and not signatures") {
    const policy::threshold two{2};
    CHECK(answer({10, 'a', 10, 'b', 10, 2, '!'}, two) == errc::none);
    CHECK(answer({10, 'a', 10, 'a', 10, 2, '!'}, two) == errc::too_few_signers);  // the same signature twice
    CHECK(answer({10, 'a', 10, 'c', 10, 2, '!'}, two) == errc::too_few_signers);  // one key under two names
}

TEST_CASE("an identifier that different keys share is ambiguous to the strict reading; Linux takes the first") {
    CHECK(answer({10, 'd', 10, 1, '!'}) == errc::ambiguous_key);
    CHECK(answer<linux_rule>({10, 'd', 10, 1, '!'}) == errc::none);
}

TEST_CASE("only what is undecided is tolerated, and tolerated is never verified") {
    const checker<policy::tolerating<policy::rule>> v{trust};
    CHECK(v.appraise({bytes{1, 2, 3}}).outcome == verdict::tolerated);
    CHECK(v.appraise({bytes{10, 'z', 1, 1, '!'}}).outcome == verdict::tolerated);
    CHECK(v.appraise({bytes{10, 'a', 1, 1, '!'}}).outcome == verdict::rejected);
    CHECK(v.appraise({bytes{9, '!'}}).outcome == verdict::rejected);
    CHECK_FALSE(v.verify(bytes{1, 2, 3}));
    CHECK_FALSE(v.tolerate(bytes{10, 'a', 10, 1, '!'}));  // proven: nothing to tolerate
    const auto let_in = v.tolerate(bytes{1, 2, 3});
    REQUIRE(let_in);
    CHECK(let_in->content().size() == 3);
    CHECK(let_in->why().code == errc::no_signature);
    CHECK(appraisal{}.outcome == verdict::rejected);
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
    CHECK(&proof->signer() == &keys[0].info);
    CHECK(proof->layout() == "toy");
}

TEST_CASE("a moved-from proof traps") {
    CHECK(traps([] {
        auto proof = *checker<>{trust}.verify(byte_view(good));
        const auto moved = std::move(proof);
        if (moved.content().size() != 2) return 0;
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
