// SPDX-License-Identifier: BSL-1.0
// One verifier for two layouts, of which one is held to more.
#include <modsig/policy/for_layout.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/cms_forge.hpp"
#include "../support/evidence.hpp"

#include <doctest/doctest.h>

#include <concepts>

using namespace modsig;
using namespace modsig::policy;

namespace {

const octets content = text("a module");
using ring = keyring::store<engine::botan>;

template <class Policy>
errc judged(byte_view image, const ring& keys, const Policy& policy = {}) {
    using tested = verifier<layouts<layout::modsign, layout::digsig>, engine::botan, Policy>;
    return tested{keys, policy}.appraise(subject{image}, context{.now = 1790000000}).why.code;
}
template <class Policy>
verdict outcome(byte_view image, const ring& keys, const Policy& policy = {}) {
    using tested = verifier<layouts<layout::modsign, layout::digsig>, engine::botan, Policy>;
    return tested{keys, policy}.appraise(subject{image}, context{.now = 1790000000}).outcome;
}
octets modsign_with(digest_id digest) {
    cms::message message = cms::message_of({cms::signer_of(cms::corpus_key("rsa2048"), content, digest)});
    message.digest_algorithms = tlv(0x31, algorithm(cms::oid_of(digest)));
    return cms::module_of(content, message);
}

}  // namespace

TEST_CASE("for_layout: one verifier refuses the weak digest in one layout and accepts it in another") {
    ring keys;
    REQUIRE(keys.add(cms::corpus_key("rsa2048").certificate));
    const octets digsig = read_file(data_folder() / "corpus/digsig-v1/b4096.bin.rsa2048.sha256.modsig");
    const octets modsign_sha1 = modsign_with(digest_id::sha1), modsign_sha256 = modsign_with(digest_id::sha256);
    for (const octets& each : {digsig, modsign_sha1, modsign_sha256}) CHECK(judged<legacy>(each, keys) == errc::none);

    using mixed = all_of<legacy, for_layout<layout::modsign, strict>>;
    CHECK(judged<mixed>(digsig, keys) == errc::none);
    CHECK(judged<mixed>(modsign_sha256, keys) == errc::none);
    CHECK(judged<mixed>(modsign_sha1, keys) == errc::weak_digest);
    using other_way = all_of<legacy, for_layout<layout::digsig, strict>>;
    CHECK(judged<other_way>(digsig, keys) == errc::weak_digest);
    CHECK(judged<other_way>(modsign_sha1, keys) == errc::none);
}

TEST_CASE("for_layout: keys, signers and state are the policy's, for its layout") {
    using rule_of_modsign = for_layout<layout::modsign, min_rsa_bits<4096>>;
    static_assert(std::is_empty_v<rule_of_modsign> && trust_policy<rule_of_modsign>);
    const claim by_modsign = test::claim_of({layout::modsign::name}), by_digsig = test::claim_of({layout::digsig::name}), by_nobody;
    key_info rsa2048;
    rsa2048.key.algorithm = key_algorithm::rsa;
    rsa2048.key.bits = 2048;
    CHECK(rule_of_modsign{}.judge(candidate(by_modsign, rsa2048), {}) == ruling::refuse(errc::weak_key));
    CHECK(rule_of_modsign{}.judge(candidate(by_digsig, rsa2048), {}).abstains());
    CHECK(rule_of_modsign{}.judge(candidate(by_nobody, rsa2048), {}).abstains());

    const for_layout<layout::modsign, threshold> two{threshold{2}};
    const evidence modsign_signer[] = {test::evidence_of(candidate(by_modsign, rsa2048))}, digsig_signer[] = {test::evidence_of(candidate(by_digsig, rsa2048))};
    CHECK(two.suffices(modsign_signer, {}) == ruling::refuse(errc::too_few_signers));
    CHECK(two.suffices(digsig_signer, {}).abstains());
    CHECK(two.suffices({}, {}) == ruling::refuse(errc::too_few_signers));  // no signer is never enough, in any layout
    using lax = for_layout<layout::modsign, other_signers_permitted>;
    CHECK(lax{}.permits(unproven_part::signer, modsign_signer, {}));
    CHECK_FALSE(lax{}.permits(unproven_part::signer, digsig_signer, {}));
}

TEST_CASE("for_layout: any_of does not let one layout's leniency help another") {
    ring keys;
    REQUIRE(keys.add(cms::corpus_key("rsa1024").certificate));
    using mixed = any_of<for_layout<layout::modsign, strict>, for_layout<layout::digsig, legacy>>;
    const octets digsig = read_file(data_folder() / "corpus/digsig-v1/small.ko.rsa1024.sha256.modsig");
    const octets modsign = cms::module_of(content, cms::message_of({cms::signer_of(cms::corpus_key("rsa1024"), content)}));
    CHECK(judged<mixed>(digsig, keys) == errc::none);
    CHECK(judged<mixed>(modsign, keys) == errc::weak_key);
    CHECK(judged<legacy>(modsign, keys) == errc::none);
    // A layout that no part speaks for is refused.
    CHECK(judged<for_layout<layout::digsig, legacy>>(modsign, keys) == errc::no_rule_allows);
}

TEST_CASE("for_layout: tolerates nothing, and has the policy's reading and digests") {
    using lax = for_layout<layout::modsign, permissive>;
    CHECK(lax{}.decide(undecided::no_signature) == decision::reject);
    ring keys;
    REQUIRE(keys.add(cms::corpus_key("rsa2048").certificate));
    CHECK((outcome<lax>(content, keys) == verdict::rejected));
    CHECK((outcome<tolerating<lax>>(content, keys) == verdict::tolerated));
    struct linux_rule : rule {
        using reading = linux_reading;
    };
    static_assert(std::same_as<for_layout<layout::modsign, linux_rule>::reading, linux_reading>);
    struct no_engine {
        static constexpr bool has(digest_id) { return false; }
    };
    static_assert(!policy::served_by<for_layout<layout::modsign, digests<sha256>>, no_engine>());
    static_assert(policy::served_by<for_layout<layout::modsign, rule>, no_engine>());
}
