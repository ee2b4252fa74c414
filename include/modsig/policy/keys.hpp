// SPDX-License-Identifier: BSL-1.0
//
// Rules about keys.
#ifndef MODSIG_POLICY_KEYS_HPP
#define MODSIG_POLICY_KEYS_HPP

#include <modsig/policy.hpp>

namespace modsig::policy {

/// RSA moduli of at least this many bits (`weak_key`). Other keys are left alone.
template <unsigned Bits>
struct min_rsa_bits : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts&, const key_info& info, const context& at) const {
        return allows_issuer(info, at);
    }
    [[nodiscard]] constexpr errc allows_issuer(const key_info& info, const context&) const {
        return info.key.algorithm == key_algorithm::rsa && info.key.bits < Bits ? errc::weak_key : errc::none;
    }
};

/// Keys are found by an identifier of their own (`key_name_mismatch`); for Linux a digsig v1 key's name is just a name.
struct own_name : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts&, const key_info& info, const context&) const {
        return info.name_mismatch ? errc::key_name_mismatch : errc::none;
    }
};

/// Certificates are within their validity (`expired`). Without a clock a dated key is not let in.
struct within_validity : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts&, const key_info& info, const context& at) const {
        return allows_issuer(info, at);
    }
    [[nodiscard]] constexpr errc allows_issuer(const key_info& info, const context& at) const {
        if (!info.validity.known) return errc::none;
        const bool inside = at.now != context::no_clock && info.validity.not_before <= at.now && at.now <= info.validity.not_after;
        return inside ? errc::none : errc::expired;
    }
};

/// Certificates are meant for what they are used for (`key_usage`). A signer's: keyUsage, where present, has
/// digitalSignature, extKeyUsage code signing, and no CA signs code. An issuer's: keyUsage has keyCertSign.
struct signing_usage : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts&, const key_info& info, const context&) const {
        const key_purpose& purpose = info.purpose;
        if (purpose.usage_known && !purpose.digital_signature) return errc::key_usage;
        if (purpose.extended_usage_known && !purpose.code_signing) return errc::key_usage;
        return purpose.constraints_known && purpose.is_ca ? errc::key_usage : errc::none;
    }
    [[nodiscard]] constexpr errc allows_issuer(const key_info& issuer, const context&) const {
        return issuer.purpose.usage_known && !issuer.purpose.cert_sign ? errc::key_usage : errc::none;
    }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_KEYS_HPP
