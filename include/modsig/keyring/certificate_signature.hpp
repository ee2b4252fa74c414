// SPDX-License-Identifier: BSL-1.0
//
// Whether a key has signed a certificate (RFC 5280, section 4.1.1.3; for Linux crypto/asymmetric_keys/public_key.c,
// public_key_verify_signature()). Whose the key is, is another question.
#ifndef MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP
#define MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP

#include <modsig/key/certificate.hpp>
#include <modsig/layout.hpp>

#include <array>

namespace modsig::keyring {

/// The digest that a certificate's signature is over; also what `.blacklist` names it by. `unsupported_hash`; with the
/// empty digest for schemes that sign the certificate itself.
template <class Engine>
[[nodiscard]] constexpr result<digest_value> certificate_digest(const key::certificate& certificate) {
    if (certificate.signature_algorithm.digest == digest_id::none) return digest_value{};
    const std::array<byte_view, 1> parts{certificate.tbs};
    const Engine engine{};
    return engine.digest(certificate.signature_algorithm.digest, parts);
}

/// `issuer` as the engine has prepared it. `unsupported_algorithm`, `unsupported_hash`, `key_type_mismatch`, and those of
/// the engine.
template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> check_certificate_signature(const key::certificate& certificate, const typename Engine::prepared_key& prepared,
                                                                 const public_key& issuer) {
    const scheme_id scheme = certificate.signature_algorithm.scheme;
    if (scheme == scheme_id::none) return errc::unsupported_algorithm;
    if (!fits(issuer.algorithm, scheme)) return errc::key_type_mismatch;
    const result<digest_value> digest = certificate_digest<Engine>(certificate);
    if (!digest) return digest.error();
    to_check what;
    what.scheme = scheme;
    what.digest = *digest;
    what.signature = certificate.signature;
    what.lenient = !is_strict<Reading>;
    if (digest->id == digest_id::none && !what.message.add(certificate.tbs)) return errc::too_large;
    const Engine engine{};
    return engine.check(prepared, what);
}

/// The same by the key in another certificate, or in itself; besides, the faults of that key. Linux compares the algorithms
/// before it looks at the key.
template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> check_certificate_signature(const key::certificate& certificate, const key::certificate& issuer,
                                                                 const result<typename Engine::prepared_key>& prepared) {
    const scheme_id scheme = certificate.signature_algorithm.scheme;
    if (scheme != scheme_id::none && !fits(issuer.info.key.algorithm, scheme)) return errc::key_type_mismatch;
    if (issuer.info.fault != errc::none) return issuer.info.fault;
    if (!prepared) return prepared.error();
    return check_certificate_signature<Reading, Engine>(certificate, *prepared, issuer.info.key);
}

template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> check_certificate_signature(const key::certificate& certificate, const key::certificate& issuer) {
    return check_certificate_signature<Reading, Engine>(certificate, issuer, Engine::prepare(issuer.info.key));
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_CERTIFICATE_SIGNATURE_HPP
