// SPDX-License-Identifier: BSL-1.0
//
// Which certificates may enter a keyring, in the strict reading. Linux's rules: linux/keyring/entry_rules.hpp.
#ifndef MODSIG_KEYRING_ENTRY_RULES_HPP
#define MODSIG_KEYRING_ENTRY_RULES_HPP

#include <modsig/grammar.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/certificate_signature.hpp>

namespace modsig::keyring {

/// admit          whether a certificate that the caller trusts may enter
/// admit_vouched  whether a certificate that a key in the keyring has signed may enter, as into Linux's secondary keyring
/// keeps_revoked  whether a revoked certificate enters, and is refused when a signature names it
template <class Reading>
struct entry_rules;

/// The strict reading's: every certificate's key must be usable.
template <>
struct entry_rules<strict_reading> {
    static constexpr bool keeps_revoked = true;  ///< a revoked certificate enters, and is refused with its reason

    /// The key must be usable, and a self-issued certificate must be signed with its own key, `prepared`.
    template <class Engine>
    [[nodiscard]] static constexpr result<void> admit(const key::certificate& certificate, const result<typename Engine::prepared_key>& prepared, strict_reading = {}) {
        if (certificate.info.fault != errc::none) return certificate.info.fault;
        if (!prepared) return prepared.error();
        if (certificate.self_issued() != key::self_issue::yes) return result<void>::success();
        const auto own = check_certificate_signature<Engine>(certificate, *prepared, certificate.info.key, false);
        if (!own) return own.error();
        return result<void>::success();
    }

    /// A CA in the keyring that may issue certificates must have signed the certificate. Errors: `key_not_found` (no key in the
    /// keyring is the issuer that the certificate names); else the reason of the first such issuer.
    template <class Engine>
    [[nodiscard]] static constexpr result<void> admit_vouched(const key::certificate& certificate, const keyring_view<Engine>& ring, strict_reading = {}) {
        failure reason{errc::key_not_found};
        for (const trusted_key<Engine>& issuer : ring.keys) {
            if (key::match_issuer(certificate, issuer.info) != key::issuer_match::yes) continue;
            const result<void> vouched = vouches(issuer, certificate, ring);
            if (vouched) return vouched;
            if (reason.code == errc::key_not_found) reason = vouched.error();
        }
        return reason;
    }

private:
    template <class Engine>
    static constexpr result<void> vouches(const trusted_key<Engine>& issuer, const key::certificate& certificate, const keyring_view<Engine>& ring) {
        const key_purpose& purpose = issuer.info.purpose;
        const bool may_issue = purpose.constraints_known && purpose.is_ca && (!purpose.usage_known || purpose.cert_sign);
        if (!may_issue) return errc::key_usage;
        if (ring.revoked.holds(issuer.info.key)) return errc::revoked;
        if (issuer.info.fault != errc::none) return issuer.info.fault;
        if (!issuer.prepared) return issuer.prepared.error();
        const auto signature = check_certificate_signature<Engine>(certificate, *issuer.prepared, issuer.info.key, false);
        if (!signature) return signature.error();
        return result<void>::success();
    }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_ENTRY_RULES_HPP
