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

/// `count` bits from bit `position` on; count is less than a limb has. What lies above the limbs is zero.
template <class Limb>
[[nodiscard]] constexpr unsigned bits_at(const Limb* x, std::size_t size, std::size_t position, unsigned count) {
    const std::size_t i = position / limb_bits<Limb>;
    const unsigned within = static_cast<unsigned>(position % limb_bits<Limb>);
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
    static constexpr std::size_t size = Bits + 1;                            ///< digits: one more than the number has bits
    static constexpr std::size_t multiples = std::size_t{1} << (Width - 2);  ///< 1, 3, 5 ...

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
    /// Digit i, of weight 2^i: zero, or odd and between -2^(Width - 1) and 2^(Width - 1).
    [[nodiscard]] constexpr int operator[](std::size_t i) const { return digits_[i]; }
};

/// A digit of a window: the multiple in a table of multiples, and its sign.
struct table_digit {
    std::uint8_t entry;  ///< index in the table's row of this window
    bool negative;       ///< the multiple is subtracted
    bool zero;           ///< nothing is added; `entry` is 0
};

inline constexpr unsigned window_bits = 5;                                          ///< Bits of a window of the tables of curve_table.hpp.
inline constexpr std::size_t window_entries = std::size_t{1} << (window_bits - 1);  ///< Multiples that a table has for each window.

/// Windows for numbers of so many bits: a multiple of four, one half of eight lanes.
[[nodiscard]] constexpr std::size_t window_count(std::size_t bits) { return (limbs::count(bits, window_bits) + 3) / 4 * 4; }

/// Every digit is odd, so that none is zero: a table holds 1, 3, 5 ... of each window.
///   Source: M. Joye, M. Tunstall, Exponent recoding and regular exponentiation algorithms (2009), section 3.
/// The order is odd: of a number and the order less it one is odd.
template <class Scalars>
class odd_digits {
    typename Scalars::element number_;
    bool negative_;

public:
    static constexpr std::size_t size = window_count(Scalars::bits);  ///< windows of a scalar

    /// Of a number below the order.
    constexpr explicit odd_digits(const typename Scalars::element& number) : number_(number), negative_((number.limb[0] & 1) == 0) {
        if (negative_) limbs::subtract(number_.limb, Scalars::prime.limb, number.limb, Scalars::size);
    }
    /// The digit of window i, of weight 2^(5 i); never zero.
    [[nodiscard]] constexpr table_digit operator[](std::size_t i) const {
        // 2 bits + 1 - 2^5, and the last digit 2 bits + 1
        constexpr unsigned half = window_entries;
        const unsigned bits = bits_at(number_.limb, Scalars::size, window_bits * i + 1, window_bits);
        const bool positive = bits >= half || i + 1 == size;
        const unsigned entry = i + 1 == size ? bits : positive ? bits - half : half - 1 - bits;
        return {static_cast<std::uint8_t>(entry), positive == negative_, false};
    }
};

/// Digits from -16 to 16: a table holds 1, 2, 3 ... of each window.
template <class Scalars>
class signed_digits {
    std::int8_t digits_[window_count(Scalars::bits)]{};

public:
    static constexpr std::size_t size = window_count(Scalars::bits);  ///< windows of a scalar

    /// Of a number below the order.
    constexpr explicit signed_digits(const typename Scalars::element& number) {
        static_assert(Scalars::bits < window_bits * size);
        int carry = 0;
        for (std::size_t i = 0; i != size; ++i) {
            const int digit = static_cast<int>(bits_at(number.limb, Scalars::size, window_bits * i, window_bits)) + carry;
            carry = digit > static_cast<int>(window_entries);
            digits_[i] = static_cast<std::int8_t>(digit - carry * (1 << window_bits));
        }
    }
    /// The digit of window i, of weight 2^(5 i).
    [[nodiscard]] constexpr table_digit operator[](std::size_t i) const {
        const int digit = digits_[i];
        return {static_cast<std::uint8_t>(digit == 0 ? 0 : (digit < 0 ? -digit : digit) - 1), digit < 0, digit == 0};
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_DIGITS_HPP
