// SPDX-License-Identifier: BSL-1.0
//
// The policies of Linux, for every release: refusals have an errno, checks are limited, a revocation of the signer's key makes no
// refusal an acceptance; and what strict verifies, they verify or refuse for a reason that is named here.
#include "judge.hpp"
#include "mutator.hpp"

#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/limits.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/verifier.hpp>

using namespace fuzz;

namespace {

using of_modules = layouts<layout::modsign>;
using of_ima = layouts<layout::ima, layout::digsig, layout::modsign>;
using by_name = layouts<layout::ima, layout::digsig, layout::modsign, layout::evm, layout::fsverity>;

template <class Layouts, class Policy>
[[nodiscard]] appraisal appraise(const fuzz_case& of, const ring<linux_reading>& keys, const linux_kernel& kernel) {
    Policy policy;
    policy.kernel = kernel;
    issuer::begin(signatures::every);
    const appraisal report = verifier<Layouts, issuer, Policy>{keys.view, keys.revocations, policy}.appraise(of.subject(), of.context());
    require(report.outcome != verdict::tolerated, "where signatures are enforced nothing is tolerated");
    const bool is_verified = report.outcome == verdict::verified;
    require(is_verified == (report.why.code == errc::none), "a refusal has a reason, and nothing else has");
    require(is_verified || report.why.linux_errno() != linux_error::none, "a refusal has an errno");
    require(issuer::checks() <= linux_limits.checks + linux_limits.unknown_checks + 1, "no more signatures are checked than the limits say");
    return report;
}

/// Why Linux refuses what strict has verified.
[[nodiscard]] bool is_known(const fuzz_case& of, const appraisal& report, const linux_kernel& kernel) {
    switch (report.why.code) {
        case errc::unsupported_algorithm:  // Ed25519, RSA-PSS, ML-DSA before 7.0
        case errc::unsupported_hash:       // SHA-3 of some signers
        case errc::unsupported_key: return true;
        case errc::no_rule_allows:   // version 2, where the rule asks for version 3; fs-verity's, where the kernel has measured nothing
            return kernel.wants_file_ids || (kernel.release.signs_file_ids && !of.signature.empty() && of.signature[0] == 6);
        case errc::revoked: return of.revoked != 0;  // whoever is revoked, of all signers
        case errc::attributes_present: return report.layout == "modsign";  // modules alone; IMA's and fs-verity's messages may
        case errc::unsupported_version:  // version 3 of IMA and EVM: by release, and by where it stands
            return kernel.release.signs_file_ids || of.source == 2 || (of.signature.size() > 1 && of.signature[1] == 3);
        default: return false;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz_case of = fuzz_case::read({data, size});
    linux_kernel kernel;
    kernel.release = linux_releases[size % std::size(linux_releases)];
    kernel.has_ml_dsa = kernel.release.knows_ml_dsa;
    kernel.wants_file_ids = size % 7 == 0;

    const appraisal strict = [&] {
        const ring<strict_reading> keys(of, scope_of(of));
        return fuzz::appraise(of, keys, true);
    }();
    for (const bool is_module : {true, false}) {
        const auto judged = [&](const fuzz_case& which) {
            const ring<linux_reading> keys(which, which.scope == 0 ? key_scope{} : key_scope(by_name{}));
            if (is_module) return appraise<of_modules, policy::linux_modsign>(which, keys, kernel);
            // Which attribute it is Linux knows by its name.
            if (which.beside == 1) return appraise<layouts<layout::evm>, policy::linux_ima>(which, keys, kernel);
            if (which.beside != 0) return appraise<layouts<layout::fsverity>, policy::linux_ima>(which, keys, kernel);
            return appraise<of_ima, policy::linux_ima>(which, keys, kernel);
        };
        const appraisal report = judged(of);
        if (strict.outcome == verdict::verified && strict.layout == report.layout && report.outcome != verdict::verified && !is_known(of, report, kernel)) {
            std::fprintf(stderr, "\n%s: %s", std::string(report.layout).c_str(), std::string(name(report.why.code)).c_str());
            require(false, "what strict verifies, Linux verifies, or refuses for a reason that is known");
        }
        fuzz_case revoked = of;
        revoked.revoked |= static_cast<std::uint16_t>(1u << (size % 16));
        require(report.outcome == verdict::verified || judged(revoked).outcome != verdict::verified, "a revocation makes no refusal an acceptance");
    }
    return 0;
}
