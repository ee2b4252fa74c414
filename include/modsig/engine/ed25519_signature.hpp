// SPDX-License-Identifier: BSL-1.0
//
// What RFC 8032 asks of an Ed25519 signature and key before any arithmetic, and what implementations leave out.
//   signature: R (32 bytes), S (32 bytes, little-endian, below the order of the group)   key: y, little-endian, and the sign of x
#ifndef MODSIG_ENGINE_ED25519_SIGNATURE_HPP
#define MODSIG_ENGINE_ED25519_SIGNATURE_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

inline constexpr std::size_t ed25519_key_size = 32;        ///< bytes
inline constexpr std::size_t ed25519_signature_size = 64;  ///< bytes

namespace detail {
using ed25519_integer = std::array<std::uint8_t, 32>;  // big-endian

constexpr ed25519_integer reversed(byte_view little_endian) {
    ed25519_integer value{};
    for (std::size_t i = 0; i != value.size(); ++i) value[i] = little_endian[value.size() - 1 - i];
    return value;
}

/// 2^252 + 27742317777372353535851937790883648493 (RFC 8032, section 5.1).
inline constexpr ed25519_integer ed25519_order{0x10, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                                               0,    0,    0,    0,    0,    0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7,
                                               0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed};
/// 2^255 - 19, and the y of the points whose order divides 8: 0, 1, p - 1, and two that differ in sign.
inline constexpr ed25519_integer ed25519_prime{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xed};
inline constexpr ed25519_integer ed25519_order_8{0x05, 0xfc, 0x53, 0x6d, 0x88, 0x02, 0x38, 0xb1, 0x39, 0x33, 0xc6,
                                                 0xd3, 0x05, 0xac, 0xdf, 0xd5, 0xf0, 0x98, 0xef, 0xf2, 0x89, 0xf4,
                                                 0xc3, 0x45, 0xb0, 0x27, 0xb2, 0xc2, 0x8f, 0x95, 0xe8, 0x26};

inline constexpr ed25519_integer ed25519_one = reversed(ed25519_integer{1});

/// a + b = p
constexpr bool are_opposite(const ed25519_integer& a, const ed25519_integer& b) {
    unsigned carry = 0;
    for (std::size_t i = a.size(); i != 0; --i) {
        carry += unsigned{a[i - 1]} + b[i - 1];
        if ((carry & 0xff) != ed25519_prime[i - 1]) return false;
        carry >>= 8;
    }
    return carry == 0;
}
}  // namespace detail

/// RFC 8032, section 5.1.7, step 1: `signature_length`, `signature_out_of_range`. With S above the order one signature
/// would have several forms.
[[nodiscard]] constexpr result<void> ed25519_signature_fits(byte_view signature) {
    if (signature.size() != ed25519_signature_size) return errc::signature_length;
    if (compare_integers(detail::reversed(signature.last(32)), detail::ed25519_order) >= 0) return errc::signature_out_of_range;
    return result<void>::success();
}

/// y of a key, big-endian. `bad_key`: another length, y not below p (section 5.1.3, step 1), or a point of small order,
/// under which signatures verify that nobody had to make.
[[nodiscard]] constexpr result<std::array<std::uint8_t, 32>> ed25519_key_y(byte_view key) {
    if (key.size() != ed25519_key_size) return errc::bad_key;
    detail::ed25519_integer y = detail::reversed(key);
    y[0] &= 0x7f;
    const bool small = bit_length(y) < 2 || detail::are_opposite(y, detail::ed25519_one) || y == detail::ed25519_order_8 ||
                       detail::are_opposite(y, detail::ed25519_order_8);
    if (small || compare_integers(y, detail::ed25519_prime) >= 0) return errc::bad_key;
    return y;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_ED25519_SIGNATURE_HPP
