// SPDX-License-Identifier: BSL-1.0
//
// Signatures that were made elsewhere, before something is written around them.
#ifndef MODSIG_SIGN_LAYOUT_RAW_SIGNATURE_HPP
#define MODSIG_SIGN_LAYOUT_RAW_SIGNATURE_HPP

#include <modsig/engine/ml_dsa_signature.hpp>
#include <modsig/key.hpp>
#include <modsig/key/ecdsa_signature.hpp>

namespace modsig::sign {

/// Whether the key can have made it, by its shape: RSA as long as the modulus (`signature_length`), ECDSA in DER (`bad_der` and
/// the like) with numbers of its group (`signature_out_of_range`), Ed25519 and ML-DSA of their one length. Whether it is any good is
/// not looked at.
[[nodiscard]] constexpr result<void> check_shape(const public_key& key, byte_view raw) {
    if (raw.empty()) return errc::signature_length;
    if (key.algorithm == key_algorithm::rsa && raw.size() != key.material.size()) return errc::signature_length;
    if (key.algorithm == key_algorithm::ed25519 && raw.size() != 64) return errc::signature_length;
    if (const auto* const parameters = engine::ml_dsa_of(key.algorithm); parameters != nullptr && raw.size() != parameters->signature_size()) return errc::signature_length;
    if (is_ecdsa(key.algorithm))
        if (const auto shaped = key::parse_ecdsa_signature(key.algorithm, raw); !shaped) return shaped.error();
    return result<void>::success();
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_RAW_SIGNATURE_HPP
