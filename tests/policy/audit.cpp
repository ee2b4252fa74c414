// SPDX-License-Identifier: BSL-1.0
// What an audited policy reports, and that it decides as it would without.
#include <modsig/policy/audit.hpp>

#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <concepts>
#include <array>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::policy;

namespace {

const octets content = text("a module");

template <class P>
concept names_errnos = requires(const failure& failure) { P::errno_of(failure); };

using log = std::vector<std::string>;
void note(void* target, const audited& answer) noexcept {
    static constexpr const char* questions[] = {"algorithm", "candidate", "signers", "unproven_part", "undecided"};
    std::string line = std::string(questions[static_cast<int>(answer.asked)]) + (answer.allowed ? " allowed" : " " + std::string(name(answer.reason)));
    if (answer.claim != nullptr) line += " " + std::string(answer.claim->layout);
    if (answer.candidate != nullptr) line += " " + std::to_string(answer.candidate->key().key.bits) + " by " + std::to_string(answer.candidate->anchor().key.bits);
    if (answer.asked == question::signers) line += " " + std::to_string(answer.proven.size());
    if (answer.asked == question::unproven_part) line += answer.part == unproven_part::signer ? " signer" : " certificate";
    if (!answer.name.empty()) line += " (" + std::string(answer.name) + ")";
    static_cast<log*>(target)->push_back(line);
}

/// The reports about this image; the verdict must be that without an audit.
template <class Policy>
log reported(const octets& image, const cms::ring& keys) {
    using plain = verifier<layouts<layout::modsign>, engine::botan, Policy>;
    using tested = verifier<layouts<layout::modsign>, engine::botan, audit<Policy>>;
    const context at{.now = 1790000000, .name = "crc7"};
    log lines;
    const appraisal with = tested{keys, audit<Policy>{Policy{}, note, &lines}}.appraise(subject{image}, at);
    const std::array<appraisal, 2> both{plain{keys}.appraise(subject{image}, at), tested{keys}.appraise(subject{image}, at)};
    for (const appraisal& without : both) {
        CHECK((with.outcome == without.outcome));
        CHECK(with.why.code == without.why.code);
        CHECK(with.why.offset == without.why.offset);
    }
    return lines;
}

}  // namespace

TEST_CASE("audit: every decision is reported, in order") {
    const cms::ring keys = cms::ring_of({cms::corpus_key("rsa2048").certificate});
    const octets image = cms::module_of(content, cms::message_of({cms::signer_of(cms::corpus_key("rsa2048"), content)}));
    CHECK(reported<strict>(image, keys) == log{"algorithm allowed modsign (crc7)", "algorithm allowed modsign (crc7)",
                                           "candidate allowed modsign 2048 by 2048 (crc7)", "signers allowed 1 (crc7)"});
    CHECK(reported<min_rsa_bits<4096>>(image, keys).back() == "candidate weak_key modsign 2048 by 2048 (crc7)");
    CHECK(reported<at_least<2>>(image, keys).back() == "signers too_few_signers 1 (crc7)");
    CHECK(reported<digests<sha512>>(image, keys) == log{"algorithm digest_not_allowed modsign (crc7)"});
    CHECK(reported<strict>(content, keys) == log{"undecided not_checked"});
    CHECK(reported<permissive>(content, keys) == log{"undecided allowed"});
}

TEST_CASE("audit: the trust anchor of a path is reported, too") {
    const cms::chained root{"root", {1}, &cms::corpus_key("rsa2048"), "root", &cms::corpus_key("rsa2048")};
    cms::chained leaf{"leaf", {2}, &cms::corpus_key("p256"), "root", &cms::corpus_key("rsa2048")};
    leaf.constraints = cms::ca_false + cms::sign_digitally;
    cms::signer info = cms::signer_of(cms::corpus_key("p256"), content);
    info.identifier = leaf.identifier();
    cms::message message = cms::message_of({info});
    message.certificates = cms::sorted_set(0xa0, {octets(leaf)});
    const log lines = reported<legacy>(cms::module_of(content, message), cms::ring_of({root}));
    CHECK(std::ranges::find(lines, "candidate allowed modsign 256 by 2048 (crc7)") != lines.end());
}

TEST_CASE("audit: Linux's errnos, readings and the engine's digests are the policy's") {
    static_assert(audit<linux_digsig>::errno_of(failure{errc::key_not_found}) == linux_error::eagain);
    static_assert(std::same_as<audit<linux_digsig>::reading, linux_reading>);
    static_assert(names_errnos<audit<linux_digsig>> && !names_errnos<audit<strict>>);
    struct no_engine {
        static constexpr bool has(digest_id) { return false; }
    };
    static_assert(!policy::served_by<audit<digests<sha256>>, no_engine>());
    log lines;
    const all_of both{audit{strict{}, note, &lines}, rule{}};  // a part like any other
    CHECK(both.allows({"test", scheme_id::rsa_pkcs1_v15, digest_id::sha1, digest_id::sha1}, {}) == errc::weak_digest);
    CHECK(lines == log{"algorithm weak_digest test"});
}
