// SPDX-License-Identifier: BSL-1.0
//
// A policy whose decisions are reported: for logs, and to find out what a stricter policy would refuse before it is used.
//
//     void note(void* target, const audited& answer) noexcept;
//     verifier<..., audit<strict>>{ring, audit{strict{}, note, &log}}
#ifndef MODSIG_POLICY_AUDIT_HPP
#define MODSIG_POLICY_AUDIT_HPP

#include <modsig/policy.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace modsig::policy {

/// The member of trust_policy that was called.
enum class question : std::uint8_t {
    algorithm,      ///< allows()
    candidate,      ///< judge()
    signers,        ///< suffices()
    unproven_part,  ///< permits()
    undecided,      ///< decide()
};

/// One decision. Pointers and views are valid during the call only.
struct audited {
    question asked = question::algorithm;          ///< which member was called
    bool allowed = false;                          ///< allowed, permitted or tolerated
    errc reason = errc::not_checked;               ///< of a refusal; none: allowed; no_rule_allows: the policy abstains
    const claim_facts* claim = nullptr;            ///< algorithm, candidate
    const modsig::candidate* candidate = nullptr;  ///< candidate
    std::span<const evidence> proven{};            ///< signers, unproven_part
    modsig::unproven_part part{};                  ///< unproven_part
    modsig::undecided undecided{};                 ///< undecided
    std::string_view name{};                       ///< context::name; empty for `undecided`, which has no context
};

/// Called by the verifier's thread, so perhaps by several at once, and several times for one file.
using audit_report = void (*)(void* target, const audited& answer) noexcept;

/// Decides as P. Without a report nothing is reported.
template <trust_policy P>
class audit {
    [[no_unique_address]] P policy_{};
    audit_report report_ = nullptr;
    void* target_ = nullptr;

    constexpr void notify(const audited& answer) const {
        if (report_ != nullptr) report_(target_, answer);
    }

public:
    using reading = typename P::reading;  ///< that of P

    constexpr audit() = default;
    /// Reports P's decisions to `report(target, ...)`; null: nothing is reported. `target` is passed on as it is.
    constexpr audit(P policy, audit_report report, void* target = nullptr) : policy_(std::move(policy)), report_(report), target_(target) {}

    /// P's, reported.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context& context) const {
        const errc answer = policy_.allows(claim, context);
        notify({.asked = question::algorithm, .allowed = answer == errc::none, .reason = answer, .claim = &claim, .name = context.name});
        return answer;
    }
    /// P's, reported.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        const ruling answer = policy_.judge(candidate, context);
        notify({.asked = question::candidate, .allowed = answer.allows(), .reason = answer.reason(), .claim = &candidate.claim(), .candidate = &candidate, .name = context.name});
        return answer;
    }
    /// P's, reported.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context& context) const {
        const ruling answer = policy_.suffices(proven, context);
        notify({.asked = question::signers, .allowed = answer.allows(), .reason = answer.reason(), .proven = proven, .name = context.name});
        return answer;
    }
    /// P's, reported.
    [[nodiscard]] constexpr bool permits(unproven_part part, std::span<const evidence> proven, const context& context) const {
        const bool answer = policy_.permits(part, proven, context);
        notify({.asked = question::unproven_part, .allowed = answer, .reason = errc::not_checked, .proven = proven, .part = part, .name = context.name});
        return answer;
    }
    /// P's, reported.
    [[nodiscard]] constexpr decision decide(undecided reason) const {
        const decision answer = policy_.decide(reason);
        notify({.asked = question::undecided, .allowed = answer == decision::tolerate, .undecided = reason});
        return answer;
    }

    /// P's.
    [[nodiscard]] constexpr reading read_as() const { return reading_of(policy_); }
    /// Whether an engine has what P names: P's.
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<P, Engine>();
    }
    /// P's.
    [[nodiscard]] static constexpr linux_error errno_of(const failure& failure)
        requires requires { P::errno_of(failure); }
    {
        return P::errno_of(failure);
    }
};
static_assert(explain_trust_policy<audit<rule>>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_AUDIT_HPP
