// SPDX-License-Identifier: BSL-1.0
//
// Accepts what lib/digsig.c of Linux accepts, with its errnos: measured on 6.1 and 6.12, oddities included.
#ifndef MODSIG_POLICY_LINUX_DIGSIG_HPP
#define MODSIG_POLICY_LINUX_DIGSIG_HPP

#include <modsig/linux/reading.hpp>
#include <modsig/policy.hpp>

namespace modsig::policy {

/// The policy of lib/digsig.c.
struct linux_digsig : rule {
    using reading = linux_reading;  ///< BER, unchecked fields.

    /// digsig_verify_rsa(): the result is counted in limbs of 8 bytes, so only some lengths of a modulus are usable.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context&) const {
        const public_key& key = candidate.key().key;
        if (key.algorithm != key_algorithm::rsa) return ruling::refuse(errc::key_type_mismatch);
        return ruling::unless(key.material.size() % 8 > 1 ? errc::unsupported_key : errc::none);
    }

    /// digsig_verify(): an unknown algorithm and a missing key have errnos of their own (-EAGAIN comes from the keyring
    /// search); all other faults are EINVAL.
    [[nodiscard]] static constexpr linux_error errno_of(const failure& failure) {
        switch (failure.code) {
            case errc::no_signature: return linux_error::enodata;
            case errc::unsupported_algorithm: return linux_error::enotsupp;
            case errc::key_not_found: return linux_error::eagain;
            case errc::io_error: return linux_error::eio;
            default: return linux_error::einval;
        }
    }
};
static_assert(explain_trust_policy<linux_digsig>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_LINUX_DIGSIG_HPP
