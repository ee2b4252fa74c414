// SPDX-License-Identifier: BSL-1.0
//
// Whether a key has signed a certificate (RFC 5280, section 4.1.1.3; for Linux crypto/asymmetric_keys/public_key.c,
// public_key_verify_signature()). Names and identifiers are not compared here.
#ifndef MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP
#define MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP

#include <modsig/candidate.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/layout.hpp>

namespace modsig::keyring {

/// `certificate_digest` returns the digest that a certificate's signature is over; an empty digest for schemes that sign the
/// message itself. Error: `unsupported_hash`.
template <class Engine>
[[nodiscard]] constexpr result<digest_value> certificate_digest(const key::certificate& certificate) {
    if (certificate.signature_algorithm.digest == digest_id::none) return digest_value{};
    return Engine{}.digest(certificate.signature_algorithm.digest, {&certificate.tbs, 1});
}

/// `revocation_digest` returns the digest that `tbs:` entries of Linux's blacklist are compared with: by the digest algorithm
/// of the certificate's signature, or SHA-256, depending on the kernel's release (x509_public_key.c, x509_get_sig_params()).
template <class Engine, class Reading>
[[nodiscard]] constexpr result<digest_value> revocation_digest(const key::certificate& certificate, [[maybe_unused]] const Reading& reading) {
    if constexpr (requires { reading.kernel; })
        if (reading.kernel.release.hashes_tbs_by_sha256) return Engine{}.digest(digest_id::sha256, {&certificate.tbs, 1});
    return certificate_digest<Engine>(certificate);
}

/// `check_certificate_signature` checks that `issuer` signed the certificate. `prepared`: the same key, as the engine has
/// prepared it. `lenient`: values are read as Linux reads them. Errors: `unsupported_algorithm`, `unsupported_hash`,
/// `key_type_mismatch`, and those of the engine. Names, identifiers, dates and key usage are not checked.
template <class Engine>
[[nodiscard]] constexpr result<proof> check_certificate_signature(const key::certificate& certificate, const typename Engine::prepared_key& prepared,
                                                                  const public_key& issuer, bool lenient) {
    const scheme_id scheme = certificate.signature_algorithm.scheme;
    if (scheme == scheme_id::none) return errc::unsupported_algorithm;
    if (!fits(issuer.algorithm, scheme)) return errc::key_type_mismatch;
    const result<digest_value> digest = certificate_digest<Engine>(certificate);
    if (!digest) return digest.error();
    to_check input;
    input.scheme = scheme;
    input.digest = *digest;
    input.signature = certificate.signature;
    input.lenient = lenient;
    if (digest->id == digest_id::none) input.message = certificate.tbs;
    return check_signature(Engine{}, prepared, input);
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP
