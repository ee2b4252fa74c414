// SPDX-License-Identifier: BSL-1.0
//
// Accepts the modules that Linux 6.12 accepts with module.sig_enforce=1, oddities included: measured on 6.12 and 6.1. The
// trusted signers are found by linux/verifier/pkcs7.hpp, the syntax is that of linux_reading. Linux refuses no date, usage, key
// length or digest as insufficient.
#ifndef MODSIG_POLICY_LINUX_MODSIGN_HPP
#define MODSIG_POLICY_LINUX_MODSIGN_HPP

#include <modsig/key/x509.hpp>
#include <modsig/linux/reading.hpp>
#include <modsig/policy.hpp>

namespace modsig::policy {

/// `linux_errno()` is the errno of the verification inside, `linux_errno(true)` that of finit_module(2).
struct linux_modsign : rule {
    using reading = linux_reading;  ///< BER, trailing bytes, unchecked fields.

    linux_kernel kernel{};  ///< The kernel that is followed.

    /// finit_module(2) refuses an empty file before it looks for a signature (fs/kernel_read_file.c).
    [[nodiscard]] static constexpr linux_error errno_of(const failure& failure) {
        return failure.code == errc::no_signature && failure.offset == 0 ? linux_error::einval : failure.linux_errno();
    }

    /// The first check of add_key(2) of type `asymmetric`: the only public keys that it takes are certificates
    /// (crypto/asymmetric_keys/asymmetric_type.c, asymmetric_key_preparse()). Then linux/keyring/entry_rules.hpp decides.
    [[nodiscard]] static constexpr result<void> admits(byte_view payload) {
        if (payload.empty()) return failure{errc::truncated, 0, linux_error::einval};
        if (!key::x509::recognises(payload)) return errc::bad_der;
        return result<void>::success();
    }
};
static_assert(explain_trust_policy<linux_modsign>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_LINUX_MODSIGN_HPP
