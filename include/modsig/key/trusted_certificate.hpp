// SPDX-License-Identifier: BSL-1.0
//
// OpenSSL's trusted certificate, in PEM "TRUSTED CERTIFICATE": a certificate, and behind it the purposes that its owner trusts
// it for.
// Format: OpenSSL, crypto/x509/x_x509a.c (X509_CERT_AUX).
//   Certificate, [SEQUENCE { [SEQUENCE OF purpose OID], [[0] SEQUENCE OF purpose OID that is rejected], name, ... }]
#ifndef MODSIG_KEY_TRUSTED_CERTIFICATE_HPP
#define MODSIG_KEY_TRUSTED_CERTIFICATE_HPP

#include <modsig/der.hpp>

namespace modsig::key {

/// `certificate_of_trusted` returns the certificate. The purposes that it is trusted for are those of TLS and are ignored.
/// Errors: `key_usage` (the owner rejects a purpose); the faults of DER.
[[nodiscard]] constexpr result<byte_view> certificate_of_trusted(byte_view bytes) {
    failure fault{errc::none};
    der::reader in(bytes, fault);
    const der::element certificate = in.expect(der::tag_sequence);
    if (!in.at_end()) {
        der::reader owner = in.enter(der::tag_sequence);
        if (owner.next_is(der::tag_sequence)) (void)owner.expect(der::tag_sequence);
        if (owner.next_is(der::context_constructed(0))) return failure{errc::key_usage, owner.offset()};
        in.finish();
    }
    if (in.failed()) return fault;
    return certificate.whole;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_TRUSTED_CERTIFICATE_HPP
