// SPDX-License-Identifier: BSL-1.0
//
// Rules about keys: the signer's, and those that vouch for it.
#ifndef MODSIG_POLICY_KEYS_HPP
#define MODSIG_POLICY_KEYS_HPP

#include <modsig/policy.hpp>

namespace modsig::policy {

/// RSA moduli of at least this many bits, for every key on the path (`weak_key`). Other keys are allowed.
template <unsigned Bits>
struct min_rsa_bits : rule {
    /// `weak_key` where a modulus on the path is shorter.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        return ruling::unless(candidate.first_refusal_of_keys([](const key_info& info) {
            return info.key.algorithm == key_algorithm::rsa && info.key.bits < Bits ? errc::weak_key : errc::none;
        }));
    }
};

/// Curves of at least this many bits, for every key on the path (`weak_key`). Other keys are allowed.
template <unsigned Bits>
struct min_curve_bits : rule {
    /// `weak_key` where a curve on the path is smaller.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        return ruling::unless(candidate.first_refusal_of_keys([](const key_info& info) {
            return is_ecdsa(info.key.algorithm) && info.key.bits < Bits ? errc::weak_key : errc::none;
        }));
    }
};

/// A key must be found by an identifier of its own (`key_name_mismatch`). Linux does not compare a digsig v1 key's description with the key.
struct own_name : rule {
    /// `key_name_mismatch` where key_info::name_mismatch is set.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        return ruling::unless(candidate.key().name_mismatch ? errc::key_name_mismatch : errc::none);
    }
};

/// Every certificate on the path is within its validity (`expired`). Without a clock a key with a validity is refused.
struct within_validity : rule {
    /// `expired` where a certificate on the path is not valid at context::now.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return ruling::unless(candidate.first_refusal_of_keys([&](const key_info& info) {
            const validity_period& validity = info.validity;
            const bool inside = context.now != modsig::context::no_clock && validity.not_before <= context.now && context.now <= validity.not_after;
            return !validity.known || inside ? errc::none : errc::expired;
        }));
    }
};

/// Certificates are used as they are meant (`key_usage`). A signer's: keyUsage, where present, has digitalSignature;
/// extKeyUsage, where present, has code signing; a CA signs no code. An issuer's: keyUsage, where present, has keyCertSign.
struct signing_usage : rule {
    /// `key_usage` where a certificate is not meant for this.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        const key_purpose& purpose = candidate.key().purpose;
        const bool may_sign = (!purpose.usage_known || purpose.digital_signature) && (!purpose.extended_usage_known || purpose.code_signing) &&
                              !(purpose.constraints_known && purpose.is_ca);
        if (!may_sign) return ruling::refuse(errc::key_usage);
        return ruling::unless(candidate.first_refusal_of_issuers([](const key_info& issuer) {
            return issuer.purpose.usage_known && !issuer.purpose.cert_sign ? errc::key_usage : errc::none;
        }));
    }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_KEYS_HPP
