// SPDX-License-Identifier: BSL-1.0
//
// Which valid signature is accepted: the concept of a policy, whose members a verifier calls in this order.
//
//   allows    whether these algorithms may be used at all: before any key is looked up; a refusal costs nothing
//   judge     whether a candidate is allowed: once, when claim, signing key, path and trust anchor are known, before any arithmetic
//   permits   whether a message with proven signers may also hold this unproven part
//   suffices  whether the proven signers, which are distinct public keys, are enough
//   decide    what becomes of an image that could not be proven
//
// A candidate that no rule of a policy allows is refused: to abstain is not to allow.
#ifndef MODSIG_POLICY_HPP
#define MODSIG_POLICY_HPP

#include <modsig/candidate.hpp>
#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace modsig {

/// What Linux tolerates while signatures are not enforced (kernel/module/signing.c). Nothing else can be tolerated.
enum class undecided : std::uint8_t {
    no_signature,       ///< the image is not signed
    unknown_algorithm,  ///< a version, signature algorithm or digest that is not supported
    unknown_key,        ///< no trusted key is named, and no path leads to one
};
/// What becomes of an image that could not be proven.
enum class decision : std::uint8_t {
    reject,    ///< the zero value
    tolerate,  ///< the image is let in unproven
};

/// The parts of a message that no signature proves, and that a policy may permit nevertheless.
enum class unproven_part : std::uint8_t {
    signer,       ///< a SignerInfo of an unknown signer
    certificate,  ///< a certificate that no proven signer needs
};

/// A policy's decision about a candidate, or about all evidence. The default refuses.
class [[nodiscard]] ruling {
    enum class kind : std::uint8_t { refuse, abstain, allow };
    kind kind_ = kind::refuse;
    errc reason_ = errc::not_checked;

    constexpr ruling(kind value, errc reason) : kind_(value), reason_(reason) {}

public:
    constexpr ruling() = default;
    /// The rule allows the candidate.
    [[nodiscard]] static constexpr ruling allow() { return {kind::allow, errc::none}; }
    /// The rule is about other candidates.
    [[nodiscard]] static constexpr ruling abstain() { return {kind::abstain, errc::no_rule_allows}; }
    /// The rule refuses the candidate, for this reason; `not_checked` for `none`.
    [[nodiscard]] static constexpr ruling refuse(errc reason) { return {kind::refuse, reason == errc::none ? errc::not_checked : reason}; }
    /// A refusal for this reason; for `none`, allows.
    [[nodiscard]] static constexpr ruling unless(errc reason) { return reason == errc::none ? allow() : refuse(reason); }

    /// Whether the candidate is allowed.
    [[nodiscard]] constexpr bool allows() const { return kind_ == kind::allow; }
    /// Whether the candidate is refused.
    [[nodiscard]] constexpr bool refuses() const { return kind_ == kind::refuse; }
    /// Whether the rule is about other candidates.
    [[nodiscard]] constexpr bool abstains() const { return kind_ == kind::abstain; }
    /// The reason of a refusal or an abstention; `none` where the ruling allows.
    [[nodiscard]] constexpr errc reason() const { return reason_; }

    /// Whether both say the same, for the same reason.
    friend constexpr bool operator==(const ruling&, const ruling&) = default;
};

/// What a policy may use besides claims and keys. The caller gives the time, since firmware has no clock.
struct context {
    /// the time is not known: validities are refused
    static constexpr std::int64_t no_clock = std::numeric_limits<std::int64_t>::min();

    std::int64_t now = no_clock;  ///< seconds since 1970
    std::string_view name{};      ///< of what is loaded
};

/// A policy: what is accepted. explain_trust_policy() has the members' declarations.
template <class P>
concept trust_policy = std::copyable<P> && requires(const P& policy, const claim_facts& claim, const candidate& candidate, const context& context,
                                                    std::span<const evidence> proven, unproven_part part, undecided reason) {
    typename P::reading;
    { policy.allows(claim, context) } -> std::same_as<errc>;
    { policy.judge(candidate, context) } -> std::same_as<ruling>;
    { policy.suffices(proven, context) } -> std::same_as<ruling>;
    { policy.permits(part, proven, context) } -> std::same_as<bool>;
    { policy.decide(reason) } -> std::same_as<decision>;
};

/// States with `static_assert` what a type lacks for trust_policy.
template <class P>
consteval bool explain_trust_policy() {
    static_assert(requires { typename P::reading; }, "modsig: a trust_policy needs a reading: using reading = strict_reading;");
    static_assert(requires(const P& p, const claim_facts& claim, const context& context) { { p.allows(claim, context) } -> std::same_as<errc>; },
                  "modsig: a trust_policy needs allows: errc allows(const claim_facts&, const context&) const;");
    static_assert(requires(const P& p, const candidate& candidate, const context& context) { { p.judge(candidate, context) } -> std::same_as<ruling>; },
                  "modsig: a trust_policy needs judge: ruling judge(const candidate&, const context&) const;");
    static_assert(requires(const P& p, std::span<const evidence> proven, const context& context) { { p.suffices(proven, context) } -> std::same_as<ruling>; },
                  "modsig: a trust_policy needs suffices: ruling suffices(std::span<const evidence>, const context&) const;");
    static_assert(requires(const P& p, unproven_part part, std::span<const evidence> proven, const context& context) {
                      { p.permits(part, proven, context) } -> std::same_as<bool>;
                  },
                  "modsig: a trust_policy needs permits: bool permits(unproven_part, std::span<const evidence>, const context&) const;");
    static_assert(requires(const P& p, undecided reason) { { p.decide(reason) } -> std::same_as<decision>; },
                  "modsig: a trust_policy needs decide: decision decide(undecided) const;");
    return true;
}

namespace policy {

/// The base of rules, which replace its members: every candidate is allowed, one signer is enough, no unproven part is
/// permitted, and nothing is tolerated.
struct rule {
    using reading = strict_reading;  ///< DER alone.

    /// Any algorithm.
    [[nodiscard]] constexpr errc allows(const claim_facts&, const context&) const { return errc::none; }
    /// Any candidate.
    [[nodiscard]] constexpr ruling judge(const candidate&, const context&) const { return ruling::allow(); }
    /// One proven signer, else `too_few_signers`.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context&) const {
        return ruling::unless(proven.empty() ? errc::too_few_signers : errc::none);
    }
    /// No unproven part.
    [[nodiscard]] constexpr bool permits(unproven_part, std::span<const evidence>, const context&) const { return false; }
    /// Nothing is tolerated.
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::reject; }
};
static_assert(explain_trust_policy<rule>());

/// A policy's whole ruling about a candidate: `allows` again, since the key may have determined the scheme (IMA, EVM), then
/// `judge`.
template <class P>
[[nodiscard]] constexpr ruling judge_whole(const P& policy, const candidate& candidate, const context& context) {
    const errc refusal = policy.allows(candidate.claim(), context);
    return refusal != errc::none ? ruling::refuse(refusal) : policy.judge(candidate, context);
}

/// `served_by`: whether the engine has the digests that the policy names; decided at compile time.
template <class P, class Engine>
consteval bool served_by() {
    if constexpr (requires { P::template served_by<Engine>(); }) return P::template served_by<Engine>();
    else return true;
}

}  // namespace policy
}  // namespace modsig

#endif  // MODSIG_POLICY_HPP
