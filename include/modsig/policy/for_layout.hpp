// SPDX-License-Identifier: BSL-1.0
//
// A policy for one layout of signatures, where a verifier takes several:
//
//     all_of<no_weak_digest_but<sha1>, for_layout<layout::modsign, strict>>   // SHA-1 only where the format asks for it
#ifndef MODSIG_POLICY_FOR_LAYOUT_HPP
#define MODSIG_POLICY_FOR_LAYOUT_HPP

#include <modsig/policy.hpp>

#include <concepts>
#include <string_view>
#include <utility>

namespace modsig::policy {

/// As P, for signatures in the layout L; others are left alone. About who may vouch for a signer P is asked whatever the
/// layout, which that question does not tell, and nothing is tolerated: what is undecided is of no layout.
template <class L, trust_policy P>
class for_layout {
    static_assert(requires { { L::name } -> std::convertible_to<std::string_view>; },
                  "modsig: for_layout needs a layout and a policy: for_layout<layout::modsign, policy::strict>");
    [[no_unique_address]] P policy_{};

public:
    using reading = typename P::reading;

    constexpr for_layout() = default;
    constexpr explicit for_layout(P policy) : policy_(std::move(policy)) {}

    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context& at) const {
        return is_meant(said) ? policy_.allows(said, at) : errc::none;
    }
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const key_info& key, const context& at) const {
        return is_meant(said) ? policy_.allows(said, key, at) : errc::none;
    }
    [[nodiscard]] constexpr errc allows_issuer(const key_info& issuer, const context& at) const {
        return policy_.allows_issuer(issuer, at);
    }
    [[nodiscard]] constexpr errc allows_signature(const claim_facts& said, byte_view value, const key_info& key, const context& at) const {
        return is_meant(said) ? policy::allows_signature(policy_, said, value, key, at) : errc::none;
    }
    /// The signers of one message, which has one layout.
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context& at) const {
        if (proven.empty()) return errc::too_few_signers;
        return is_meant(proven.front().said) ? policy_.suffices(proven, at) : errc::none;
    }
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::reject; }

    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<P, Engine>();
    }

private:
    static constexpr bool is_meant(const claim_facts& said) { return said.layout == std::string_view(L::name); }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_FOR_LAYOUT_HPP
