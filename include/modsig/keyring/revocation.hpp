// SPDX-License-Identifier: BSL-1.0
//
// Whether a certificate that came with a message is revoked: by its key, or by its digest (keyring/blacklist.hpp).
#ifndef MODSIG_KEYRING_REVOCATION_HPP
#define MODSIG_KEYRING_REVOCATION_HPP

#include <modsig/keyring.hpp>
#include <modsig/keyring/certificate_signature.hpp>

namespace modsig::keyring {

/// One whose digest cannot be calculated is revoked for strict where digests are revoked at all, and is not for Linux.
template <reading Reading, class Engine>
[[nodiscard]] constexpr bool is_revoked(const keyring_view<Engine>& ring, const key::certificate& certificate) {
    if (ring.is_revoked(certificate.info.key)) return true;
    if (ring.revoked_digests.empty()) return false;
    const auto digest = certificate_digest<Engine>(certificate);
    return digest ? ring.is_revoked_certificate(digest->view()) : is_strict<Reading>;
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_REVOCATION_HPP
