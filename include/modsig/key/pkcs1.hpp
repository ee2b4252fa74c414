// SPDX-License-Identifier: BSL-1.0
//
// RSAPublicKey, in PEM "RSA PUBLIC KEY": SEQUENCE { modulus INTEGER, publicExponent INTEGER }.
// Format: RFC 8017, appendix A.1.1.
#ifndef MODSIG_KEY_PKCS1_HPP
#define MODSIG_KEY_PKCS1_HPP

#include <modsig/der.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/key/rsa.hpp>

#include <string_view>

namespace modsig::key {

/// `read_rsa_key` reads the key that fills `in`. A key that rsa_key() refuses is a fault of `in`.
[[nodiscard]] constexpr public_key read_rsa_key(der::reader in) {
    auto fields = in.enter(der::tag_sequence);
    const der::element n = fields.unsigned_integer();
    const der::element e = fields.unsigned_integer();
    fields.finish();
    in.finish();
    if (in.failed()) return {};
    const result<public_key> key = rsa_key(n.content, e.content, n.offset);
    if (!key) return in.fail(key.error()), public_key{};
    return *key;
}

/// A form of keys: RSAPublicKey in DER.
struct pkcs1 {
    static constexpr std::string_view name = "pkcs1";  ///< of the form, for reports

    /// Whether the bytes begin a SEQUENCE whose first element is an INTEGER; private keys do, too.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        const byte_view inside = der::behind_header(bytes);
        return der::begins_sequence(bytes) && !inside.empty() && inside[0] == der::tag_integer;
    }

    /// Private keys of PKCS#1, PKCS#8 and SEC 1 begin with a version, 0 or 1, in the place of the modulus.
    [[nodiscard]] static constexpr bool is_private(byte_view bytes) {
        const byte_view inside = der::behind_header(bytes);
        return inside.size() > 3 && inside[0] == der::tag_integer && inside[1] == 1 && inside[2] <= 1;
    }

    /// The key, without identifiers of certificates. Errors: `wrong_key_kind` (a private key), `bad_key`, those of der::reader.
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        if (is_private(bytes)) return failure{errc::wrong_key_kind, 0};
        failure fault{errc::none};
        const der::reader in(bytes, fault);
        const public_key key = read_rsa_key(in);
        if (in.failed()) return fault;
        key_info info;
        identify(info, key, bytes);
        return info;
    }
};
static_assert(explain_key_form<pkcs1>());

}  // namespace modsig::key

#endif  // MODSIG_KEY_PKCS1_HPP
