// SPDX-License-Identifier: BSL-1.0
//
// Scalars in signed digits.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_DIGITS_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_DIGITS_HPP

#include <modsig/engine/native/limbs.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// `count` bits from bit `at` on; count is less than a limb has. What lies above the limbs is zero.
template <class Limb>
[[nodiscard]] constexpr unsigned bits_at(const Limb* x, std::size_t size, std::size_t at, unsigned count) {
    const std::size_t i = at / limb_bits<Limb>;
    const unsigned within = static_cast<unsigned>(at % limb_bits<Limb>);
    if (i >= size) return 0;
    Limb bits = x[i] >> within;
    if (within + count > limb_bits<Limb> && i + 1 < size) bits |= static_cast<Limb>(x[i + 1] << (limb_bits<Limb> - within));
    return static_cast<unsigned>(bits & ((Limb{1} << count) - 1));
}

/// Non-adjacent form: digits are zero or odd and below 2^(Width - 1), and of any Width digits one at most is not zero.
///   Source: D. Hankerson, A. Menezes, S. Vanstone, Guide to Elliptic Curve Cryptography (2004), algorithm 3.35.
template <std::size_t Bits, unsigned Width>
class adjacent_free_digits {
    std::array<std::int8_t, Bits + 1> digits_{};

public:
    static constexpr std::size_t size = Bits + 1;
    static constexpr std::size_t multiples = std::size_t{1} << (Width - 2);  // 1, 3, 5 ...

    /// Of a number of at most `Bits` bits.
    template <class Limb>
    constexpr adjacent_free_digits(const Limb* number, std::size_t limb_count) {
        unsigned carry = 0;
        for (std::size_t i = 0; i < size;) {
            if (bits_at(number, limb_count, i, 1) == carry) {
                ++i;
                continue;
            }
            const unsigned window = bits_at(number, limb_count, i, Width) + carry;
            carry = window >> (Width - 1) & 1;
            digits_[i] = static_cast<std::int8_t>(static_cast<int>(window) - static_cast<int>(carry << Width));
            i += Width;
        }
    }
    [[nodiscard]] constexpr int operator[](std::size_t i) const { return digits_[i]; }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_DIGITS_HPP
