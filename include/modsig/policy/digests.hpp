// SPDX-License-Identifier: BSL-1.0
//
// Rules about digest algorithms. A rule applies to every digest that a signature depends on: digsig v1 has two, and each
// certificate of a path has one.
#ifndef MODSIG_POLICY_DIGESTS_HPP
#define MODSIG_POLICY_DIGESTS_HPP

#include <modsig/policy.hpp>

namespace modsig::policy {

namespace detail {
/// A rule about single digests: Rule::refusal_of(digest_id).
template <class Rule>
struct digest_rule : rule {
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context&) const {
        for (const digest_id used : {claim.content_digest, claim.signed_digest})
            if (const errc refusal = of(used); refusal != errc::none) return refusal;
        return errc::none;
    }
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        for (const key::certificate* const certificate : candidate.path())
            if (const errc refusal = of(certificate->signature_algorithm.digest); refusal != errc::none) return ruling::refuse(refusal);
        return ruling::allow();
    }

private:
    static constexpr errc of(digest_id used) { return used == digest_id::none ? errc::none : Rule::refusal_of(used); }
};
}  // namespace detail

/// Only these digests. Another digest is `weak_digest` where it is weak, else `digest_not_allowed`.
template <digest_name... Digest>
struct digests : detail::digest_rule<digests<Digest...>> {
    /// The refusal of a digest, or `none`.
    [[nodiscard]] static constexpr errc refusal_of(digest_id used) {
        return digest_list<Digest...>::has(used) ? errc::none : is_weak(used) ? errc::weak_digest : errc::digest_not_allowed;
    }
    /// Whether the engine has all of them; else the verifier does not compile.
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return (Engine::has(Digest::id) && ...);
    }
};

/// No digest with known or feasible collisions (MD4, MD5, SHA-1, RIPEMD-160), except these.
template <digest_name... Except>
struct no_weak_digest_but : detail::digest_rule<no_weak_digest_but<Except...>> {
    /// The refusal of a digest, or `none`.
    [[nodiscard]] static constexpr errc refusal_of(digest_id used) {
        return is_weak(used) && !digest_list<Except...>::has(used) ? errc::weak_digest : errc::none;
    }
};

/// No digest of fewer bits (`weak_digest`): collisions of n bits cost 2^(n/2). Decided with the candidate, so that rules about
/// keys that stand before it give their reason first.
template <unsigned Bits>
struct min_digest_bits : rule {
    /// `weak_digest` where a digest of the claim or of a certificate on the path is shorter.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        const claim_facts& claim = candidate.claim();
        bool is_short = is_too_short(claim.content_digest) || is_too_short(claim.signed_digest);
        for (const key::certificate* const certificate : candidate.path()) is_short = is_short || is_too_short(certificate->signature_algorithm.digest);
        return ruling::unless(is_short ? errc::weak_digest : errc::none);
    }

private:
    static constexpr bool is_too_short(digest_id used) { return used != digest_id::none && 8 * size_of(used) < Bits; }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_DIGESTS_HPP
