// SPDX-License-Identifier: BSL-1.0
//
// Certificates with one thing wrong. The signature is none: only parsing is tested with them.
#ifndef MODSIG_TESTS_KEY_FORGE_HPP
#define MODSIG_TESTS_KEY_FORGE_HPP

#include "../support/hex.hpp"

#include <modsig/der/writer.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using octets = std::vector<std::uint8_t>;

inline octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline octets tlv(std::uint8_t tag, const octets& content) {
    octets out;
    modsig::der::writer(out).element(tag, content);
    return out;
}
inline octets text(std::string_view characters) { return {characters.begin(), characters.end()}; }
inline octets utc(std::string_view time) { return tlv(0x17, text(time)); }
inline octets generalized(std::string_view time) { return tlv(0x18, text(time)); }

/// SET { SEQUENCE { 2.5.4.`type`, UTF8String } }
inline octets rdn(std::uint8_t type, std::string_view value) {
    return tlv(0x31, tlv(0x30, tlv(0x06, {0x55, 0x04, type}) + tlv(0x0c, text(value))));
}
inline octets common_name(std::string_view value) { return tlv(0x30, rdn(3, value)); }

/// An extension below id-ce with this encoded value.
inline octets extension(std::uint8_t id, const octets& value, bool critical = false) {
    return tlv(0x30, tlv(0x06, {0x55, 0x1d, id}) + (critical ? octets{1, 1, 0xff} : octets{}) + tlv(0x04, value));
}

inline const octets rsa_encryption = hex("06092a864886f70d010101"), sha256_with_rsa = hex("06092a864886f70d01010b"),
                   ec_public_key = hex("06072a8648ce3d0201"), ecdsa_with_sha256 = hex("06082a8648ce3d040302"),
                   prime256v1 = hex("06082a8648ce3d030107"), asn1_null = hex("0500");
inline const octets p256_point = hex(
    "04160dd89ea7ec558a4ef2e177e6691926858bfb9dce72a22fd2189779dfe843c1776148d1887bfab54876485e0f15fff1978c50ad74ea64cf5429010248e8552a");

inline octets algorithm(const octets& inside) { return tlv(0x30, inside); }
inline octets bit_string(const octets& content, std::uint8_t unused = 0) { return tlv(0x03, octets{unused} + content); }
inline octets make_spki(const octets& algorithm_inside, const octets& key) {
    return tlv(0x30, algorithm(algorithm_inside) + bit_string(key));
}
inline octets rsa_public_key(const octets& n, const octets& e) { return tlv(0x30, tlv(2, n) + tlv(2, e)); }

struct forge {
    octets version = hex("a003020102");
    octets serial = hex("02020102");
    octets inner_algorithm = algorithm(ecdsa_with_sha256);
    octets issuer = common_name("issuer");
    octets validity = tlv(0x30, utc("260101000000Z") + utc("270101000000Z"));
    octets subject = common_name("subject");
    octets spki = make_spki(ec_public_key + prime256v1, p256_point);
    octets unique_ids{};
    octets extensions = extension(14, hex("0403aabbcc"));
    bool has_extensions = true;
    octets outer_algorithm = inner_algorithm;
    octets signature = bit_string({1, 2, 3});
    octets behind{};

    octets tbs() const {
        const octets three = has_extensions ? tlv(0xa3, tlv(0x30, extensions)) : octets{};
        return tlv(0x30, version + serial + inner_algorithm + issuer + validity + subject + spki + unique_ids + three);
    }
    operator octets() const { return tlv(0x30, tbs() + outer_algorithm + signature) + behind; }
};

/// The default certificate, changed.
template <class Change>
octets forged(Change change) {
    forge it;
    change(it);
    return it;
}

#endif  // MODSIG_TESTS_KEY_FORGE_HPP
