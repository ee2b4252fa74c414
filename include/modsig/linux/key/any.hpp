// SPDX-License-Identifier: BSL-1.0
//
// A public key in any binary form, parsed as Linux parses it.
#ifndef MODSIG_LINUX_KEY_ANY_HPP
#define MODSIG_LINUX_KEY_ANY_HPP

#include <modsig/key/any.hpp>
#include <modsig/linux/key/digsig.hpp>
#include <modsig/linux/key/rsa.hpp>
#include <modsig/linux/key/spki.hpp>
#include <modsig/linux/key/x509.hpp>

namespace modsig::kernel {

/// An RSAPublicKey. Errors: `wrong_key_kind` (a private key), those of asn1_reader and of the key.
[[nodiscard]] constexpr result<key_info> parse_pkcs1(byte_view bytes) {
    if (key::pkcs1::is_private(bytes)) return failure{errc::wrong_key_kind, 0};
    failure fault{errc::none};
    const asn1_reader in(bytes, fault);
    const public_key key = read_rsa_key(in);
    if (in.failed()) return fault;
    key_info info;
    key::identify(info, key, bytes);
    return info;
}

/// `parse_key` parses bytes that begin like DER as DER, all others as a digsig v1 blob, the only form without a magic number.
/// Errors: `bad_magic` (neither of the two), else those of the form.
[[nodiscard]] constexpr result<key_info> parse_key(byte_view bytes, const linux_kernel& kernel = {}) {
    if (!der::begins_sequence(bytes)) return key::digsig::resembles(bytes) ? parse_user_key(bytes) : result<key_info>(errc::bad_magic);
    if (key::x509::recognises(bytes)) {
        const result<key::certificate> certificate = parse_certificate(bytes, 0, kernel);
        if (!certificate) return certificate.error();
        return key::identified(*certificate);
    }
    if (key::spki::recognises(bytes)) return parse_spki(bytes, kernel);
    if (key::pkcs1::recognises(bytes)) return parse_pkcs1(bytes);
    return failure{errc::bad_der, 0};
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_ANY_HPP
