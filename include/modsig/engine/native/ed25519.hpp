// SPDX-License-Identifier: BSL-1.0
//
// Verifying an Ed25519 signature: no heap, in constant expressions too. Nothing here is secret, and times depend on the input.
//   Source: RFC 8032, section 5.1.7, without the cofactor: S B = R + h A, checked as encode(S B - h A) = R, byte by byte.
// Botan and OpenSSL check the same: both encode S B - h A. An R in another encoding than its own is refused, and so is one that differs
// from the sum by a point of small order, which the RFC's other equation, 8 S B = 8 R + 8 h A, takes.
// Keys of small order and keys with a y that is not below the prime are refused before (engine/ed25519_signature.hpp).
#ifndef MODSIG_ENGINE_NATIVE_ED25519_HPP
#define MODSIG_ENGINE_NATIVE_ED25519_HPP

#include <modsig/engine/native/edwards.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace modsig::engine {

/// A scalar from 32 bytes, least significant first.
template <class Limb>
[[nodiscard]] constexpr typename curve_25519::scalars<Limb>::element load_ed25519_scalar(byte_view little_endian) {
    return curve_25519::scalars<Limb>::load(detail::reversed(little_endian));
}

/// SHA-512(R || A || M), 64 bytes, least significant first, modulo the order.
template <class Limb>
[[nodiscard]] constexpr typename curve_25519::scalars<Limb>::element reduce_ed25519_hash(byte_view hash) {
    using S = curve_25519::scalars<Limb>;
    static_assert(S::size * limb_bits<Limb> == 256);
    // Montgomery's form of the high half is that half times 2^256.
    return S::add(S::leave(S::enter(load_ed25519_scalar<Limb>(hash.first(32)))), S::enter(load_ed25519_scalar<Limb>(hash.last(32))));
}

/// The opposite of a key's point; none: not a point, or one that ed25519_key_y() refuses.
template <class Limb>
[[nodiscard]] constexpr std::optional<typename edwards_group<Limb>::affine> load_negative_ed25519_key(byte_view key) {
    using group = edwards_group<Limb>;
    const auto y = ed25519_key_y(key);
    if (!y) return std::nullopt;
    return group::decompress(group::number(*y), (key[31] & 0x80) == 0);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ED25519_HPP
