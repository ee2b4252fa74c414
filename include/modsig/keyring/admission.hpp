// SPDX-License-Identifier: BSL-1.0
//
// Which certificates a keyring takes. Linux, crypto/asymmetric_keys/x509_public_key.c, x509_check_for_self_signed(): one that
// says that it has signed itself has to have done so; of others neither key nor signature is looked at. Strict takes no
// key that cannot be used.
#ifndef MODSIG_KEYRING_ADMISSION_HPP
#define MODSIG_KEYRING_ADMISSION_HPP

#include <modsig/keyring/certificate_signature.hpp>

namespace modsig::keyring {

/// `prepared`: its own key. Faults are those of the key and of check_certificate_signature().
template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> admit(const key::certificate& certificate, const result<typename Engine::prepared_key>& prepared) {
    if (certificate.self_issued() == key::self_issue::yes)
        return check_certificate_signature<Reading, Engine>(certificate, certificate, prepared);
    if (!is_strict<Reading>) return result<void>::success();
    if (certificate.info.fault != errc::none) return certificate.info.fault;
    if (!prepared) return prepared.error();
    return result<void>::success();
}

template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> admit(const key::certificate& certificate) {
    return admit<Reading, Engine>(certificate, Engine::prepare(certificate.info.key));
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_ADMISSION_HPP
