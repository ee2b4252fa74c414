// SPDX-License-Identifier: BSL-1.0
#include "judge.hpp"

#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

namespace fuzz {

namespace {

/// Both policies as one type: the verifier is compiled once.
struct strict_or_legacy {
    using reading = strict_reading;
    bool is_strict = true;

    template <class Ask>
    [[nodiscard]] auto ask(const Ask& question) const {
        return is_strict ? question(policy::strict{}) : question(policy::legacy{});
    }
    [[nodiscard]] errc allows(const claim_facts& claim, const context& at) const {
        return ask([&](const auto& policy) { return policy.allows(claim, at); });
    }
    [[nodiscard]] ruling judge(const candidate& candidate, const context& at) const {
        return ask([&](const auto& policy) { return policy.judge(candidate, at); });
    }
    [[nodiscard]] ruling suffices(std::span<const evidence> proven, const context& at) const {
        return ask([&](const auto& policy) { return policy.suffices(proven, at); });
    }
    [[nodiscard]] bool permits(unproven_part part, std::span<const evidence> proven, const context& at) const {
        return ask([&](const auto& policy) { return policy.permits(part, proven, at); });
    }
    [[nodiscard]] decision decide(undecided question) const {
        return ask([&](const auto& policy) { return policy.decide(question); });
    }
};

using every_layout = layouts<layout::modsign, layout::digsig, layout::ima, layout::evm, layout::fsverity, layout::mcuboot>;
using other_order = layouts<layout::mcuboot, layout::fsverity, layout::evm, layout::ima, layout::digsig, layout::modsign>;

template <class Layouts>
appraisal appraise_with(const fuzz_case& of, const ring<strict_reading>& keys, bool is_strict) {
    return verifier<Layouts, issuer, strict_or_legacy>{keys.view, keys.revocations, strict_or_legacy{is_strict}}.appraise(of.subject(), of.context());
}

}  // namespace

key_scope scope_of(const fuzz_case& of) {
    if (of.scope == 0) return {};
    key_scope scope = every_layout{};
    if (of.scope == 2) scope.form = signature_form::attributes;
    if (of.scope == 3) scope.form = signature_form::content;
    return scope;
}

appraisal appraise(const fuzz_case& of, const ring<strict_reading>& keys, bool is_strict, signatures which, layout_order order) {
    issuer::begin(which);
    return order == layout_order::forward ? appraise_with<every_layout>(of, keys, is_strict) : appraise_with<other_order>(of, keys, is_strict);
}

}  // namespace fuzz
