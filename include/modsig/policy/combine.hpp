// SPDX-License-Identifier: BSL-1.0
//
// Policies made of policies: all of them, any of them, k distinct signers, permissions, tolerance of undecided images.
#ifndef MODSIG_POLICY_COMBINE_HPP
#define MODSIG_POLICY_COMBINE_HPP

#include <modsig/policy.hpp>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

namespace modsig::policy {

namespace detail {
/// The common part of all combinations: the parts, and one reading. One part's `reject` outweighs every `tolerate`.
template <trust_policy First, trust_policy... Rest>
class combination {
protected:
    std::tuple<First, Rest...> parts_{};

    /// Calls action(part) for each part, until one returns true.
    template <class Action>
    constexpr bool any_part(const Action& action) const {
        return std::apply([&](const auto&... part) { return (action(part) || ...); }, parts_);
    }

public:
    using reading = typename First::reading;
    static_assert((std::same_as<reading, typename Rest::reading> && ...),
                  "modsig: policies with different readings do not combine: use a verifier of its own for policy::linux_*");

    constexpr combination() = default;
    constexpr explicit combination(First first, Rest... rest) : parts_(std::move(first), std::move(rest)...) {}

    [[nodiscard]] constexpr decision decide(undecided reason) const {
        return any_part([&](const auto& part) { return part.decide(reason) == decision::reject; }) ? decision::reject : decision::tolerate;
    }
    /// The kernel of the first part that has one.
    [[nodiscard]] constexpr reading read_as() const {
        reading answer{};
        (void)any_part([&](const auto& part) {
            if constexpr (!names_kernel<std::remove_cvref_t<decltype(part)>>) return false;
            else return answer = reading_of(part), true;
        });
        return answer;
    }
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<First, Engine>() && (policy::served_by<Rest, Engine>() && ...);
    }
};
}  // namespace detail

/// Whether P::suffices is that of `rule`: one allowed and proven signer is enough. A combination defines its own value.
template <class P>
inline constexpr bool suffices_as_rule = false;
template <class P>
    requires std::same_as<decltype(&P::suffices), decltype(&rule::suffices)>
inline constexpr bool suffices_as_rule<P> = true;  ///< Rules that do not replace `suffices`.

/// No part refuses, and at least one allows; the first refusal gives the reason. Permits what one part permits. Parts with
/// state are given by value: all_of{min_rsa_bits<2048>{}, threshold{2}}.
template <trust_policy First, trust_policy... Rest>
class all_of : public detail::combination<First, Rest...> {
    using detail::combination<First, Rest...>::any_part;

    template <class Call>
    constexpr ruling together(const Call& call) const {
        ruling answer = ruling::abstain();
        (void)any_part([&](const auto& part) {
            const ruling decided = call(part);
            if (!decided.abstains()) answer = decided;
            return decided.refuses();
        });
        return answer;
    }

public:
    constexpr all_of() = default;
    /// All of these parts.
    constexpr explicit all_of(First first, Rest... rest) : detail::combination<First, Rest...>(std::move(first), std::move(rest)...) {}

    /// The first part's refusal.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context& context) const {
        errc refusal = errc::none;
        (void)any_part([&](const auto& part) { return (refusal = part.allows(claim, context)) != errc::none; });
        return refusal;
    }
    /// The first refusal; allowed where a part allows and none refuses.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return together([&](const auto& part) { return part.judge(candidate, context); });
    }
    /// The first refusal; allowed where a part allows and none refuses.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context& context) const {
        if constexpr (suffices_as_rule<First> && (suffices_as_rule<Rest> && ...)) return rule{}.suffices(proven, context);
        else return together([&](const auto& part) { return part.suffices(proven, context); });
    }
    /// Whether a part permits it.
    [[nodiscard]] constexpr bool permits(unproven_part extra, std::span<const evidence> proven, const context& context) const {
        return any_part([&](const auto& part) { return part.permits(extra, proven, context); });
    }
};
static_assert(explain_trust_policy<all_of<rule>>());
/// A combination of rules that do not replace `suffices`.
template <class... P>
inline constexpr bool suffices_as_rule<all_of<P...>> = (suffices_as_rule<P> && ...);

/// One part allows the candidate, with all its rules, and has enough of the signers that it allowed itself: halves of two parts
/// never add up. A part that abstains does not allow. The first refusal gives the reason.
template <trust_policy First, trust_policy... Rest>
class any_of : public detail::combination<First, Rest...> {
    using detail::combination<First, Rest...>::any_part;

    template <class Call>
    constexpr ruling any(const Call& call) const {
        ruling answer = ruling::abstain();
        (void)any_part([&](const auto& part) {
            const ruling decided = call(part);
            if (decided.allows() || (decided.refuses() && !answer.refuses())) answer = decided;
            return decided.allows();
        });
        return answer;
    }

    /// Calls `action` with the evidence that this part allows.
    template <class Part, class Action>
    static constexpr auto with_allowed(const Part& part, std::span<const evidence> proven, const context& context, const Action& action) {
        evidence_list<max_signers> allowed;
        for (const evidence& each : proven)
            if (judge_whole(part, each.candidate(), context).allows()) (void)allowed.add(each);
        return action(allowed.view());
    }

public:
    static constexpr std::size_t max_signers = 16;  ///< more proven signers are not counted

    constexpr any_of() = default;
    /// Any of these parts.
    constexpr explicit any_of(First first, Rest... rest) : detail::combination<First, Rest...>(std::move(first), std::move(rest)...) {}

    /// `none` where a part allows the algorithms, else the first refusal.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context& context) const {
        errc refusal = errc::none;
        const bool allowed = any_part([&](const auto& part) {
            const errc reason = part.allows(claim, context);
            if (refusal == errc::none) refusal = reason;
            return reason == errc::none;
        });
        return allowed ? errc::none : refusal;
    }
    /// Allowed where a part, with all its rules, allows the candidate.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return any([&](const auto& part) { return judge_whole(part, candidate, context); });
    }
    /// Allowed where a part has enough of the signers that it allows.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context& context) const {
        return any([&](const auto& part) {
            return with_allowed(part, proven, context, [&](std::span<const evidence> allowed) {
                return allowed.empty() ? ruling::refuse(errc::too_few_signers) : part.suffices(allowed, context);
            });
        });
    }
    /// Permits what a part permits that has enough signers of its own.
    [[nodiscard]] constexpr bool permits(unproven_part extra, std::span<const evidence> proven, const context& context) const {
        return any_part([&](const auto& part) {
            return with_allowed(part, proven, context, [&](std::span<const evidence> allowed) {
                return !allowed.empty() && part.suffices(allowed, context).allows() && part.permits(extra, allowed, context);
            });
        });
    }
};
static_assert(explain_trust_policy<any_of<rule>>());

/// `independent_signers` counts the distinct signing keys of evidence that `counts`, or the distinct trust anchors where these
/// are fewer: two signers under one trust anchor count once.
template <class Counts>
[[nodiscard]] constexpr std::size_t independent_signers(std::span<const evidence> proven, const Counts& counts) {
    const auto distinct = [&](const auto& key_of) {
        std::size_t count = 0;
        for (std::size_t i = 0; i != proven.size(); ++i) {
            bool is_new = counts(proven[i]);
            for (std::size_t j = 0; j != i; ++j) is_new = is_new && !(counts(proven[j]) && key_of(proven[i]) == key_of(proven[j]));
            count += is_new ? 1 : 0;
        }
        return count;
    };
    return std::min(distinct([](const evidence& each) { return each.key().key; }), distinct([](const evidence& each) { return each.anchor().key; }));
}

/// Distinct signing keys or distinct trust anchors, whichever are fewer.
[[nodiscard]] constexpr std::size_t independent_signers(std::span<const evidence> proven) {
    return independent_signers(proven, [](const evidence&) { return true; });
}

/// k distinct signing keys and k distinct trust anchors (`too_few_signers`). Keys are compared, not identifiers.
struct threshold : rule {
    std::size_t signers = 1;  ///< distinct signers and anchors; 0 is 1

    constexpr threshold() = default;
    /// `k` distinct signers and anchors.
    constexpr explicit threshold(std::size_t k) : signers(k) {}
    /// `too_few_signers` below the number.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context&) const {
        const std::size_t count = independent_signers(proven);
        return ruling::unless(count == 0 || count < signers ? errc::too_few_signers : errc::none);
    }
};

/// k distinct signers, as `threshold` counts them, of whom each satisfies all of these policies.
template <std::size_t K, trust_policy... P>
struct at_least : all_of<rule, P...> {
    static_assert(K != 0, "modsig: at_least needs at least one signer");
    /// `too_few_signers` below K, and what the policies require.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context& context) const {
        const ruling inner = all_of<rule, P...>::suffices(proven, context);
        return inner.allows() && independent_signers(proven) < K ? ruling::refuse(errc::too_few_signers) : inner;
    }
};

static_assert(suffices_as_rule<all_of<rule, all_of<rule>>> && !suffices_as_rule<all_of<rule, threshold>> && !suffices_as_rule<at_least<2, rule>>);

/// Permits unknown signers beside the proven ones: for key rotation, and for messages with signatures of two kinds. The bytes
/// of such a signer are protected by no signature. Abstains from candidates: all_of<strict, other_signers_permitted>.
struct other_signers_permitted : rule {
    /// About no candidate.
    [[nodiscard]] constexpr ruling judge(const candidate&, const context&) const { return ruling::abstain(); }
    /// Unknown signers.
    [[nodiscard]] constexpr bool permits(unproven_part part, std::span<const evidence>, const context&) const { return part == unproven_part::signer; }
};

/// Permits certificates that no proven signer needs.
struct unneeded_certificates_permitted : rule {
    /// About no candidate.
    [[nodiscard]] constexpr ruling judge(const candidate&, const context&) const { return ruling::abstain(); }
    /// Certificates.
    [[nodiscard]] constexpr bool permits(unproven_part part, std::span<const evidence>, const context&) const { return part == unproven_part::certificate; }
};

/// Decides as P, but tolerates whatever is undecided.
template <trust_policy P>
struct tolerating : P {
    constexpr tolerating() = default;
    /// Tolerates what `p` does not decide.
    constexpr explicit tolerating(P p) : P(std::move(p)) {}
    /// Everything that is undecided.
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::tolerate; }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_COMBINE_HPP
