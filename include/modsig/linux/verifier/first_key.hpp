// SPDX-License-Identifier: BSL-1.0
//
// How Linux verifies a signature that brings no certificates: with the first key that its identifier names. Source: security/
// integrity/digsig_asymmetric.c, asymmetric_verify(); lib/digsig.c, digsig_verify().
#ifndef MODSIG_LINUX_VERIFIER_FIRST_KEY_HPP
#define MODSIG_LINUX_VERIFIER_FIRST_KEY_HPP

#include <modsig/linux/keyring/lookup.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/prover.hpp>

namespace modsig::kernel {

/// Verifies a signature of digsig v1, IMA or EVM.
template <class Layout, class Engine, class Policy, class Arithmetic>
class first_key_appraiser {
    modsig::detail::prover<Layout, Engine, Policy, Arithmetic> prover_;
    claim claim_{};

public:
    /// Everything is viewed, and outlives the appraiser.
    constexpr first_key_appraiser(const keyring_view<Engine>& ring, const revocation_view<Engine>* revoked, const Policy& policy,
                                  const Arithmetic& arithmetic, const subject& subject, const context& context)
        : prover_(ring, revoked, policy, arithmetic, subject, context, linux_limits) {}

    /// Success is proof; `report` gets claim, key, digest and trust anchor. Errors: those of the layout, the prover and the policy.
    [[nodiscard]] constexpr result<void> run(const located& location, appraisal& report) {
        auto claims = open(location);
        if (!claims) return claims.error();
        if (claims->done()) return failure{errc::no_signer, location.blob.offset};
        const result<claim> only = claims->next();
        if (!only) return only.error();
        claim_ = *only;
        report.claim = claim_;
        report.key = key_id_copy(claim_.key);
        const result<evidence> proven = prove();
        if (!proven) return about(proven.error());
        const evidence& good = *proven;
        if (const ruling enough = prover_.policy().suffices({&good, 1}, prover_.context()); !enough.allows()) return failure{enough.reason(), location.blob.offset};
        if (prover_.is_content_revoked({&good, 1}, location.content)) return errc::revoked;
        report.claim = claim_;
        report.digest = good.content_digest();
        report.anchor = &good.anchor();
        return result<void>::success();
    }

private:
    constexpr auto open(const located& location) const {
        if constexpr (requires { Layout::open(prover_.subject(), location, kernel()); }) return Layout::open(prover_.subject(), location, kernel());
        else return Layout::open(prover_.subject(), location);
    }
    constexpr linux_kernel kernel() const { return reading_of(prover_.policy()).kernel; }

    constexpr result<evidence> prove() {
        if (const errc refusal = prover_.policy().allows(claim_, prover_.context()); refusal != errc::none) return refusal;
        if (!can_digest<Engine>(kernel(), claim_.content_digest)) return errc::unsupported_hash;
        for (const trusted_key<Engine>& key : prover_.trust().keys) {
            if (!names(key.info)) continue;
            if constexpr (Layout::traits.scheme_by_key) claim_.scheme = Layout::scheme_of(key.info.key.algorithm);
            if (!kernel().has(key.info.key.algorithm)) return no_code;
            return prover_.prove(candidate(claim_, key.info), key);
        }
        return errc::key_not_found;
    }

    [[nodiscard]] constexpr bool names(const key_info& info) const {
        return claim_.key.kind == key_id_kind::ima ? is_found_by_end(info, claim_.key.bytes) : info.matches(claim_.key);
    }

    constexpr failure about(failure reason) const {
        if (reason.offset == 0) reason.offset = claim_.offset;
        reason.key = key_id_copy(claim_.key);
        return reason;
    }
};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_VERIFIER_FIRST_KEY_HPP
