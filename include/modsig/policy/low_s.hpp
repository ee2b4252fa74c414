// SPDX-License-Identifier: BSL-1.0
//
// An ECDSA signature has a twin: where (r, s) is good, so is (r, n - s), with n the order of the group, and anyone can
// calculate it. This rule accepts the smaller of the two, as BIP 146 does (LOW_S), so that a signature has one form only.
// Ordinary signers, OpenSSL among them, make either: hence `strict` does not have this rule.
#ifndef MODSIG_POLICY_LOW_S_HPP
#define MODSIG_POLICY_LOW_S_HPP

#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/policy.hpp>

#include <array>
#include <cstddef>

namespace modsig::policy {

/// ECDSA signatures must have s of at most n/2 (`signature_out_of_range`). Other signatures are allowed; malformed ones are
/// refused with their own reason.
struct low_s : rule {
    /// `signature_out_of_range` where s is above n/2; the reason of parse_ecdsa_signature() for a malformed signature.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        const key_algorithm algorithm = candidate.key().key.algorithm;
        const byte_view order = key::order_of(algorithm);
        if (order.empty()) return ruling::allow();
        const auto numbers = key::parse_ecdsa_signature(algorithm, candidate.claim().signature);
        if (!numbers) return ruling::refuse(numbers.error().code);
        std::array<std::uint8_t, key::detail::order_p521.size()> half{};
        unsigned carry = 0;
        for (std::size_t i = 0; i != order.size(); ++i) {
            half[i] = static_cast<std::uint8_t>(carry << 7 | order[i] >> 1);
            carry = order[i] & 1u;
        }
        const bool is_low = compare_integers(numbers->s(), byte_view(half).first(order.size())) <= 0;
        return ruling::unless(is_low ? errc::none : errc::signature_out_of_range);
    }
};
static_assert(explain_trust_policy<low_s>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_LOW_S_HPP
