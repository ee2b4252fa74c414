// SPDX-License-Identifier: BSL-1.0
//
// The identifiers that are calculated from a key.
//   IMA v2: SHA-1(bytes of the BIT STRING in its SubjectPublicKeyInfo)[16..20)   (ima-evm-utils, calc_keyid_v2;
//   RFC 5280, section 4.2.1.2, method 1, makes the whole digest a certificate's subjectKeyIdentifier, by which CMS names a bare key)
//   digsig v1: key/rsa.hpp
#ifndef MODSIG_KEY_IDENTIFY_HPP
#define MODSIG_KEY_IDENTIFY_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/key.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/key/rsa.hpp>

namespace modsig::key {

/// `identify` puts the key and its identifiers into `info`. `bits`: the bytes of the BIT STRING.
constexpr void identify(key_info& info, const public_key& key, byte_view bits) {
    info.key = key;
    const digest_value digest = digest_of<digest::portable_sha1>(bits);
    for (std::size_t i = 0; i != info.ima_id.size(); ++i) info.ima_id[i] = digest.bytes[16 + i];
    info.has_ima_id = true;
    for (std::size_t i = 0; i != info.own_skid.size(); ++i) info.own_skid[i] = digest.bytes[i];
    info.has_own_skid = true;
    info.has_digsig_v1_id = key.algorithm == key_algorithm::rsa;
    if (info.has_digsig_v1_id) info.digsig_v1_id = digsig_v1_id(key.material, key.exponent);
}

/// `identified` returns the key of a certificate with the identifiers that layouts look up. They cost a digest or two, and most
/// certificates of a message are never looked up.
[[nodiscard]] constexpr key_info identified(const certificate& cert) {
    key_info info = cert.info;
    identify(info, info.fault == errc::none ? info.key : public_key{}, cert.key_bits);
    info.key = cert.info.key;
    info.has_own_skid = false;  // a certificate has the subjectKeyIdentifier that it states, or none
    if (info.skid.empty()) return info;
    info.has_ima_id = info.skid.size() >= info.ima_id.size();
    for (std::size_t i = 0; info.has_ima_id && i != info.ima_id.size(); ++i)
        info.ima_id[i] = info.skid[info.skid.size() - info.ima_id.size() + i];
    return info;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_IDENTIFY_HPP
