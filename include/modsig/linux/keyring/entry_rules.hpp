// SPDX-License-Identifier: BSL-1.0
//
// Which certificates may enter a keyring of Linux. crypto/asymmetric_keys/x509_public_key.c, x509_check_for_self_signed(): a
// certificate that claims to be self-signed must verify with its own key; of others neither key nor signature is checked.
// restrict.c, restrict_link_by_signature(): a certificate may enter the secondary keyring where a key of the keyring that it
// names as its authority has signed it.
#ifndef MODSIG_LINUX_KEYRING_ENTRY_RULES_HPP
#define MODSIG_LINUX_KEYRING_ENTRY_RULES_HPP

#include <modsig/keyring/entry_rules.hpp>
#include <modsig/linux/grammar.hpp>
#include <modsig/linux/keyring/lookup.hpp>

namespace modsig::keyring {

/// Linux's: restrict_link_by_signature() and its callers.
template <>
struct entry_rules<linux_reading> {
    static constexpr bool keeps_revoked = false;  ///< a revoked certificate does not enter: EKEYREJECTED

    /// The kernel compares algorithms before it checks the key. `prepared`: the certificate's own key.
    template <class Engine>
    [[nodiscard]] static constexpr result<void> admit(const key::certificate& certificate, const result<typename Engine::prepared_key>& prepared,
                                                      const linux_reading& reading = {}) {
        if (kernel::self_issued(certificate) != key::self_issue::yes) return result<void>::success();
        const scheme_id scheme = certificate.signature_algorithm.scheme;
        if (scheme != scheme_id::none && !fits(certificate.info.key.algorithm, scheme)) return errc::key_type_mismatch;
        if (!reading.kernel.has(certificate.info.key.algorithm)) return kernel::no_code;
        if (certificate.info.fault != errc::none) return certificate.info.fault;
        if (!prepared) return prepared.error();
        const auto own = check_certificate_signature<Engine>(certificate, *prepared, certificate.info.key, true);
        if (!own) return own.error();
        return result<void>::success();
    }

    /// Errors: `key_not_found` (no key in the keyring is the named authority); else the reason why that key does not verify the
    /// certificate.
    template <class Engine>
    [[nodiscard]] static constexpr result<void> admit_vouched(const key::certificate& certificate, const keyring_view<Engine>& ring, const linux_reading& reading = {}) {
        const auto found = kernel::find_key(ring.keys, kernel::authority_name(certificate), kernel::authority_key_id(certificate), certificate.info.issuer);
        if (!found) return errc::key_not_found;
        const trusted_key<Engine>& issuer = **found;
        if (!reading.kernel.has(issuer.info.key.algorithm)) return kernel::no_code;
        if (!issuer.prepared) return issuer.info.fault != errc::none ? failure{issuer.info.fault} : issuer.prepared.error();
        const auto signature = check_certificate_signature<Engine>(certificate, *issuer.prepared, issuer.info.key, true);
        if (!signature) return signature.error();
        return result<void>::success();
    }
};

}  // namespace modsig::keyring

#endif  // MODSIG_LINUX_KEYRING_ENTRY_RULES_HPP
