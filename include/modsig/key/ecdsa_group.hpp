// SPDX-License-Identifier: BSL-1.0
//
// The groups of ECDSA: their orders, the part of a digest that is signed in them, and the two numbers of a signature.
#ifndef MODSIG_KEY_ECDSA_GROUP_HPP
#define MODSIG_KEY_ECDSA_GROUP_HPP

#include <modsig/algorithm.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::key {

namespace detail {
// Orders of the groups: FIPS 186-4, appendix D.1.2.
inline constexpr std::array<std::uint8_t, 24> order_p192{
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x99, 0xde, 0xf8, 0x36, 0x14, 0x6b, 0xc9, 0xb1, 0xb4, 0xd2,
    0x28, 0x31};
inline constexpr std::array<std::uint8_t, 32> order_p256{
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
inline constexpr std::array<std::uint8_t, 48> order_p384{
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a,
    0xcc, 0xc5, 0x29, 0x73};
inline constexpr std::array<std::uint8_t, 66> order_p521{
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc,
    0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09};
}  // namespace detail

/// `order_of` returns the order, big-endian, as wide as the numbers of a signature; empty for algorithms other than ECDSA.
[[nodiscard]] constexpr byte_view order_of(key_algorithm curve) {
    switch (curve) {
        case key_algorithm::ecdsa_p192: return detail::order_p192;
        case key_algorithm::ecdsa_p256: return detail::order_p256;
        case key_algorithm::ecdsa_p384: return detail::order_p384;
        case key_algorithm::ecdsa_p521: return detail::order_p521;
        default: return {};
    }
}

/// `leftmost` returns the part of a digest that ECDSA signs: as many leftmost bits as the order has (FIPS 186-4, section 6.4).
/// Whole bytes suffice: the order of P-521, the only one whose bits do not fill its bytes, is longer than any digest.
[[nodiscard]] constexpr byte_view leftmost(byte_view digest, key_algorithm curve) {
    const std::size_t width = order_of(curve).size();
    return digest.size() > width ? digest.first(width) : digest;
}
static_assert(max_digest_size < detail::order_p521.size());

/// `ecdsa_takes`: whether Linux 6.12 takes `digest`, with any curve (crypto/asymmetric_keys/public_key.c,
/// software_key_determine_akcipher()).
[[nodiscard]] constexpr bool ecdsa_takes(digest_id digest) {
    switch (digest) {
        case digest_id::sha1:
        case digest_id::sha224:
        case digest_id::sha256:
        case digest_id::sha384:
        case digest_id::sha512:
        case digest_id::sha3_256:
        case digest_id::sha3_384:
        case digest_id::sha3_512: return true;
        default: return false;
    }
}

/// r and s, each as wide as the order: r || s is the form of IEEE P1363.
class ecdsa_signature {
    std::array<std::uint8_t, 2 * detail::order_p521.size()> bytes_{};
    std::size_t width_;

public:
    /// r and s are big-endian; without leading zeros neither has more than `width` bytes.
    constexpr ecdsa_signature(byte_view r, byte_view s, std::size_t width) : width_(width) {
        r = without_leading_zeros(r);
        s = without_leading_zeros(s);
        for (std::size_t i = 0; i != r.size(); ++i) bytes_[width - r.size() + i] = r[i];
        for (std::size_t i = 0; i != s.size(); ++i) bytes_[2 * width - s.size() + i] = s[i];
    }

    /// r and s, each as wide as the order; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(2 * width_); }
    /// big-endian, as wide as the order
    [[nodiscard]] constexpr byte_view r() const { return view().first(width_); }
    /// big-endian, as wide as the order
    [[nodiscard]] constexpr byte_view s() const { return view().last(width_); }
};

}  // namespace modsig::key

#endif  // MODSIG_KEY_ECDSA_GROUP_HPP
