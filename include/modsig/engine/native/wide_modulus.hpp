// SPDX-License-Identifier: BSL-1.0
//
// A modulus with its Montgomery constants in limbs of fewer bits: what vector arithmetic multiplies modulo.
//   radix 2^52           AVX-512 IFMA (rsa_ifma.hpp, rsa_ifma8.hpp)
//   radix 2^28 or 2^27   AVX2 (rsa_avx2.hpp)
#ifndef MODSIG_ENGINE_NATIVE_WIDE_MODULUS_HPP
#define MODSIG_ENGINE_NATIVE_WIDE_MODULUS_HPP

#include <modsig/engine/native/limb_vector.hpp>
#include <modsig/engine/native/montgomery.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// Limbs that numbers modulo an n of so many bits take. R = 2^(radix * limbs) is above 4n, so that products of numbers below
/// 2n come out below 2n without a final subtraction, and not below the R of the 64-bit words, from which it is calculated.
/// A multiple of 4: the loops over many lanes take four rows at a time.
[[nodiscard]] constexpr std::size_t wide_limbs(std::size_t bits, unsigned radix) {
    return (limbs::count(std::max(bits + 2, 64 * limbs::count(bits, 64)), radix) + 3) / 4 * 4;
}

/// Vectors of eight limbs that these are.
[[nodiscard]] constexpr std::size_t wide_vectors(std::size_t bits, unsigned radix) { return limbs::count(wide_limbs(bits, radix), 8); }

/// The 64-bit words of the largest moduli whose numbers fit into so many vectors.
[[nodiscard]] constexpr std::uint16_t words_in_vectors(std::size_t vectors, unsigned radix) {
    std::uint16_t words = 0;
    while (wide_vectors(64 * (words + std::size_t{1}), radix) <= vectors) ++words;
    return words;
}

/// Of at most `MaxBits` bits.
template <unsigned Radix, std::size_t MaxBits, class Limb = std::uint64_t>
struct wide_modulus {
    using number = limb_vector<Radix, wide_vectors(MaxBits, Radix), Limb>;  ///< A number in limbs of `Radix` bits.

    number n{};            ///< the modulus
    number r2{};           ///< R^2 mod n
    std::uint64_t n0 = 0;  ///< -1/n mod 2^Radix
    std::size_t size = 0;  ///< limbs in use

    constexpr wide_modulus() = default;

    /// Of a modulus of `bits` bits whose constants for 64-bit words are known.
    template <std::size_t MaxWords>
    constexpr wide_modulus(const montgomery<std::uint64_t, MaxWords>& m, std::size_t bits)
        : n(std::span(m.n, m.size)), n0(m.n0 & ((std::uint64_t{1} << Radix) - 1)), size(wide_limbs(bits, Radix)) {
        std::uint64_t power[MaxWords]{};  // from the square of the words' R, 2^(128 * m.size) mod n, by doubling
        for (std::size_t i = 0; i != m.size; ++i) power[i] = m.r2[i];
        for (std::size_t bit = 128 * m.size; bit != 2 * Radix * size; ++bit) limbs::double_modulo(power, m.n, m.size);
        r2 = number(std::span<const std::uint64_t>(power, m.size));
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_WIDE_MODULUS_HPP
