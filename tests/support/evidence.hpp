// SPDX-License-Identifier: BSL-1.0
//
// Evidence for tests of policies, which read it and calculate nothing: proven by an engine that finds every signature good.
#ifndef MODSIG_TESTS_SUPPORT_EVIDENCE_HPP
#define MODSIG_TESTS_SUPPORT_EVIDENCE_HPP

#include <modsig/candidate.hpp>

namespace modsig::test {

struct agreeable_engine {
    static constexpr result<void> check(int, const to_check&) { return result<void>::success(); }
};

/// Claim and keys must outlive it.
constexpr evidence evidence_of(const candidate& candidate) {
    return evidence(candidate, digest_value{}, *check_signature(agreeable_engine{}, 0, to_check{}));
}

/// A claim that says no more than this.
constexpr claim claim_of(const claim_facts& facts) {
    claim made;
    static_cast<claim_facts&>(made) = facts;
    return made;
}

}  // namespace modsig::test

#endif  // MODSIG_TESTS_SUPPORT_EVIDENCE_HPP
