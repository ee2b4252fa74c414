// SPDX-License-Identifier: BSL-1.0
//
// A policy for one layout, where a verifier reads several:
//
//     any_of<for_layout<layout::modsign, strict>, for_layout<layout::digsig, legacy>>   // SHA-1 only where the format requires it
#ifndef MODSIG_POLICY_FOR_LAYOUT_HPP
#define MODSIG_POLICY_FOR_LAYOUT_HPP

#include <modsig/policy.hpp>

#include <string_view>
#include <utility>

namespace modsig::policy {

/// Decides as P for signatures in the layout L; abstains from others. Tolerates nothing: an undecided image has no layout.
template <class L, trust_policy P>
class for_layout {
    static_assert(requires { { L::name } -> std::convertible_to<std::string_view>; },
                  "modsig: for_layout needs a layout and a policy: for_layout<layout::modsign, policy::strict>");
    [[no_unique_address]] P policy_{};

public:
    using reading = typename P::reading;  ///< that of P

    constexpr for_layout() = default;
    /// `policy`, for this layout only.
    constexpr explicit for_layout(P policy) : policy_(std::move(policy)) {}

    /// P's for the layout; of other layouts any algorithm is allowed here.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context& context) const {
        return is_meant(claim) ? policy_.allows(claim, context) : errc::none;
    }
    /// P's for the layout; abstains from other candidates.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return is_meant(candidate.claim()) ? policy_.judge(candidate, context) : ruling::abstain();
    }
    /// All signers are of one message, which has one layout.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context& context) const {
        if (proven.empty()) return ruling::refuse(errc::too_few_signers);
        return is_meant(proven.front().claim()) ? policy_.suffices(proven, context) : ruling::abstain();
    }
    /// P's for the layout; nothing of others.
    [[nodiscard]] constexpr bool permits(unproven_part part, std::span<const evidence> proven, const context& context) const {
        return !proven.empty() && is_meant(proven.front().claim()) && policy_.permits(part, proven, context);
    }
    /// Nothing is tolerated: an image without a proof may be of any layout.
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::reject; }

    /// P's.
    [[nodiscard]] constexpr reading read_as() const { return reading_of(policy_); }
    /// P's.
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<P, Engine>();
    }

private:
    static constexpr bool is_meant(const claim_facts& claim) { return claim.layout == std::string_view(L::name); }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_FOR_LAYOUT_HPP
