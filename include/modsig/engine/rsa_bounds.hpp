// SPDX-License-Identifier: BSL-1.0
//
// What a signature by an RSA key may cost, asked before any arithmetic: time grows with the square of the modulus' length and
// with the length of the public exponent, which for a key of somebody unknown may be as long as the modulus.
#ifndef MODSIG_ENGINE_RSA_BOUNDS_HPP
#define MODSIG_ENGINE_RSA_BOUNDS_HPP

#include <modsig/key.hpp>

#include <cstddef>

namespace modsig::engine {

/// Lengths in bits.
struct rsa_bounds {
    std::size_t modulus_bits;
    std::size_t exponent_bits;

    /// Whether a key is within them; keys of other algorithms are. Looks at leading bytes only.
    [[nodiscard]] constexpr bool allow(const public_key& key) const {
        return key.algorithm != key_algorithm::rsa || (bit_length(key.material) <= modulus_bits && bit_length(key.exponent) <= exponent_bits);
    }
};

/// e < 2^33: what keys in use have, 65537 and the odd 2^32 + 1. No modulus above what the native engine has room for.
inline constexpr rsa_bounds strict_rsa_bounds{8192, 33};
/// e < 2^64, and every modulus that the key parsers take.
inline constexpr rsa_bounds linux_rsa_bounds{16384, 64};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_RSA_BOUNDS_HPP
