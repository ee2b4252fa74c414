// SPDX-License-Identifier: BSL-1.0
//
// Numbers modulo a prime that the compiler knows, portable and constexpr, in two kinds:
//   montgomery_field   any odd prime; elements are in Montgomery's form (montgomery.hpp)
//   mersenne_field     2^Bits - Less, for a small Less; elements are themselves
// Everything here may take a time that depends on the values: keys, signatures and digests are public.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_FIELD_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_FIELD_HPP

#include <modsig/engine/native/limbs.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine {

namespace curve_detail {

/// The bytes of hexadecimal digits, of which there are an even number.
template <std::size_t Size>
[[nodiscard]] consteval auto bytes_of_hex(const char (&digits)[Size]) {
    std::array<std::uint8_t, Size / 2> bytes{};
    for (std::size_t i = 0; i != 2 * bytes.size(); ++i)
        bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | (digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10));
    return bytes;
}

}  // namespace curve_detail

/// What both kinds share. `Prime::bytes` is the prime, big-endian; elements are below it.
template <class Prime, class Limb, std::size_t Spare = 0>
struct field_base {
    using limb = Limb;                                                                ///< Unit of the arithmetic: std::uint32_t or std::uint64_t.
    using wide = double_limb_t<Limb>;                                                 ///< What two limbs multiply to.
    static constexpr std::size_t bits = bit_length(Prime::bytes);                     ///< of the prime
    static constexpr std::size_t size = limbs::count(bits + Spare, limb_bits<Limb>);  ///< limbs of an element

    /// A number below the prime, in the form of its field.
    struct element {
        Limb limb[size];  ///< least significant first

        /// Whether all limbs are the same: elements are reduced, so equal numbers are.
        friend constexpr bool operator==(const element& a, const element& b) {
            Limb difference = 0;
            for (std::size_t i = 0; i != size; ++i) difference |= a.limb[i] ^ b.limb[i];
            return difference == 0;
        }
    };

    /// The integer, big-endian, as limbs; what does not fit is lost, and nothing is reduced.
    [[nodiscard, gnu::noinline]] static constexpr element load(byte_view integer) {
        element r{};
        limbs::load(r.limb, size, integer);
        return r;
    }
    static constexpr element prime = load(Prime::bytes);  ///< the prime as limbs: no element
    static constexpr element zero{};                      ///< 0, in every form of a field
    /// A small integer as limbs, not in Montgomery's form.
    static constexpr element small(Limb value) { return {{value}}; }

    /// Whether the number is 0.
    [[nodiscard]] static constexpr bool is_zero(const element& a) { return a == zero; }

    /// Whether an integer is below the prime.
    [[nodiscard]] static constexpr bool is_reduced(const element& a) { return !limbs::at_least(a.limb, prime.limb, size); }

    // Both results of a comparison are made and one is taken by a mask: what is compared looks random, to a branch predictor too.
    // (In constant expressions it is the fewest steps that count: compilers limit them.)
    /// a, or a less the prime: of a number below twice the prime, whose bit above the limbs is `top`.
    [[nodiscard, gnu::always_inline]] static constexpr element reduce_once(const element& a, Limb top) {
        if (std::is_constant_evaluated() && top == 0 && is_reduced(a)) return a;
        element r;
        const Limb borrow = subtract_unrolled(r, a, prime);
        if (std::is_constant_evaluated()) return r;
        const Limb keep = static_cast<Limb>(0 - static_cast<Limb>(borrow & (top ^ 1)));  // a is below the prime
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) r.limb[i] ^= (r.limb[i] ^ a.limb[i]) & keep;
        return r;
    }

    // Formulas for any field (curve_group.hpp) use functions that write to their first argument, which may be one of the others. Products
    // are never inlined, sums of up to four limbs always: faster than all in one function, and less to compile (GCC 12).
    /// r = a + b; r may be one of the operands.
    [[gnu::always_inline]] static constexpr void add(element& r, const element& a, const element& b) {
        if constexpr (size <= 4) r = sum(a, b);
        else separate_sum(r, a, b);
    }
    /// r = a - b; r may be one of the operands.
    [[gnu::always_inline]] static constexpr void subtract(element& r, const element& a, const element& b) {
        if constexpr (size <= 4) r = difference(a, b);
        else separate_difference(r, a, b);
    }
    /// a + b.
    [[nodiscard]] static constexpr element add(const element& a, const element& b) {
        element r;
        separate_sum(r, a, b);
        return r;
    }
    /// a - b.
    [[nodiscard]] static constexpr element subtract(const element& a, const element& b) {
        element r;
        separate_difference(r, a, b);
        return r;
    }
    /// -a.
    [[nodiscard]] static constexpr element negate(const element& a) { return subtract(zero, a); }

private:
    [[gnu::noinline]] static constexpr void separate_sum(element& r, const element& a, const element& b) { r = sum(a, b); }
    [[gnu::noinline]] static constexpr void separate_difference(element& r, const element& a, const element& b) { r = difference(a, b); }

    [[nodiscard, gnu::always_inline]] static constexpr element sum(const element& a, const element& b) {
        element r;
        Limb carry = 0;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            const wide limbs = wide{a.limb[i]} + b.limb[i] + carry;
            r.limb[i] = static_cast<Limb>(limbs);
            carry = static_cast<Limb>(limbs >> limb_bits<Limb>);
        }
        return reduce_once(r, carry);
    }
    [[nodiscard, gnu::always_inline]] static constexpr element difference(const element& a, const element& b) {
        element r;
        const Limb mask = static_cast<Limb>(0 - subtract_unrolled(r, a, b));
        Limb carry = 0;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            const wide limbs = wide{r.limb[i]} + (prime.limb[i] & mask) + carry;
            r.limb[i] = static_cast<Limb>(limbs);
            carry = static_cast<Limb>(limbs >> limb_bits<Limb>);
        }
        return r;
    }
    [[gnu::always_inline]] static constexpr Limb subtract_unrolled(element& r, const element& a, const element& b) {
        Limb borrow = 0;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            const wide difference = static_cast<wide>(wide{a.limb[i]} - b.limb[i] - borrow);
            r.limb[i] = static_cast<Limb>(difference);
            borrow = static_cast<Limb>(difference >> limb_bits<Limb>) & 1;
        }
        return borrow;
    }
};

/// R = 2^(bits of all limbs).
template <class Prime, class Limb = native_limb>
struct montgomery_field : field_base<Prime, Limb> {
    using base = field_base<Prime, Limb>;  ///< The base, for its names.
    using typename base::element;
    using typename base::wide;
    using base::prime;
    using base::size;

    static constexpr Limb n0 = limbs::negative_inverse(prime.limb[0]);  ///< -1 / prime modulo 2^limb_bits.

    /// 2^exponent mod the prime, as an integer. 2^(bits - 1) is below it.
    [[nodiscard]] static constexpr element power_of_two(std::size_t exponent) {
        const std::size_t start = exponent < base::bits ? exponent : base::bits - 1;
        element r{};
        r.limb[start / limb_bits<Limb>] = Limb{1} << (start % limb_bits<Limb>);
        for (std::size_t i = start; i != exponent; ++i) limbs::double_modulo(r.limb, prime.limb, size);
        return r;
    }
    static constexpr element one = power_of_two(size * limb_bits<Limb>);     ///< 1 in Montgomery's form: R modulo the prime.
    static constexpr element r2 = power_of_two(2 * size * limb_bits<Limb>);  ///< R^2 modulo the prime, which enter() multiplies by.

    /// From an integer of `size` limbs, and back.
    [[nodiscard]] static constexpr element enter(const element& integer) { return multiply(integer, r2); }
    /// The integer of an element.
    [[nodiscard]] static constexpr element leave(const element& a) { return multiply(a, base::small(1)); }

    /// r = a b / R, the product in Montgomery's form; r may be one of the operands.
    [[gnu::noinline]] static constexpr void multiply(element& r, const element& a, const element& b) { r = product(a, b); }
    /// a b / R.
    [[nodiscard]] static constexpr element multiply(const element& a, const element& b) {
        element r;
        multiply(r, a, b);
        return r;
    }
    /// The square in Montgomery's form.
    [[nodiscard]] static constexpr element square(const element& a) { return multiply(a, a); }
    /// r = the square of `a`, which r may be.
    static constexpr void square(element& r, const element& a) { multiply(r, a, a); }

private:
    /// CIOS, unrolled. A limb of the prime that is zero is no product, and none is a lowest one that n0 = 1 tells of: it is all ones, so
    /// that the sum of its column is m * 2^limb_bits.
    [[nodiscard, gnu::always_inline]] static constexpr element product(const element& a, const element& b) {
        constexpr unsigned shift = limb_bits<Limb>;
        element t{};
        Limb top = 0;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            const Limb x = b.limb[i];
            Limb carry = 0;
#pragma GCC unroll 24
            for (std::size_t j = 0; j != size; ++j) {
                const wide z = wide{a.limb[j]} * x + t.limb[j] + carry;
                t.limb[j] = static_cast<Limb>(z);
                carry = static_cast<Limb>(z >> shift);
            }
            const wide above = wide{top} + carry;
            const Limb m = static_cast<Limb>(t.limb[0] * n0);
            if constexpr (n0 == 1) carry = m;
            else carry = static_cast<Limb>((wide{m} * prime.limb[0] + t.limb[0]) >> shift);
#pragma GCC unroll 24
            for (std::size_t j = 1; j != size; ++j) {
                const wide z = (prime.limb[j] == 0 ? wide{0} : wide{m} * prime.limb[j]) + t.limb[j] + carry;
                t.limb[j - 1] = static_cast<Limb>(z);
                carry = static_cast<Limb>(z >> shift);
            }
            const wide sum = above + carry;
            t.limb[size - 1] = static_cast<Limb>(sum);
            top = static_cast<Limb>(sum >> shift);
        }
        return base::reduce_once(t, top);
    }
};

/// The prime is 2^Bits - Less. Elements are reduced: what equals is equal.
template <class Prime, unsigned Less, class Limb = native_limb>
struct mersenne_field : field_base<Prime, Limb, 1> {
    using base = field_base<Prime, Limb, 1>;  ///< The base, for its names.
    using typename base::element;
    using typename base::wide;
    using base::bits;
    using base::size;

    static constexpr element one = base::small(1);  ///< 1.

    /// From an integer below the prime, and back: elements are themselves.
    [[nodiscard]] static constexpr element enter(const element& integer) { return integer; }
    /// The integer of an element.
    [[nodiscard]] static constexpr element leave(const element& a) { return a; }

    /// r = a b; r may be one of the operands.
    [[gnu::noinline]] static constexpr void multiply(element& r, const element& a, const element& b) {
        constexpr unsigned shift = limb_bits<Limb>;
        Limb t[2 * size]{};
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            Limb carry = 0;
#pragma GCC unroll 24
            for (std::size_t j = 0; j != size; ++j) {
                const wide z = wide{a.limb[j]} * b.limb[i] + t[i + j] + carry;
                t[i + j] = static_cast<Limb>(z);
                carry = static_cast<Limb>(z >> shift);
            }
            t[i + size] = carry;
        }
        r = fold(t);
    }
    /// a b.
    [[nodiscard]] static constexpr element multiply(const element& a, const element& b) {
        element r;
        multiply(r, a, b);
        return r;
    }
    /// a^2.
    [[nodiscard]] static constexpr element square(const element& a) { return multiply(a, a); }
    /// r = the square of `a`, which r may be.
    static constexpr void square(element& r, const element& a) { multiply(r, a, a); }

private:
    static constexpr std::size_t last = bits / limb_bits<Limb>;  // the limb in which bit number `bits` is
    static constexpr unsigned within = bits % limb_bits<Limb>;
    static_assert(within != 0 && last == size - 1);

    /// high * 2^bits = high * Less; twice, then once more for what is not below the prime.
    [[nodiscard, gnu::always_inline]] static constexpr element fold(const Limb* t) {
        constexpr unsigned shift = limb_bits<Limb>;
        constexpr Limb below = static_cast<Limb>((Limb{1} << within) - 1);
        element r;
        Limb carry = 0;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            const Limb high = static_cast<Limb>(t[last + i] >> within | (last + i + 1 < 2 * size ? static_cast<Limb>(t[last + i + 1] << (shift - within)) : Limb{0}));
            const Limb low = i == last ? static_cast<Limb>(t[i] & below) : t[i];
            const wide z = wide{high} * Less + low + carry;
            r.limb[i] = static_cast<Limb>(z);
            carry = static_cast<Limb>(z >> shift);
        }
        wide z = wide{static_cast<Limb>(r.limb[last] >> within | carry << (shift - within))} * Less;
        r.limb[last] &= below;
#pragma GCC unroll 24
        for (std::size_t i = 0; i != size; ++i) {
            z += r.limb[i];
            r.limb[i] = static_cast<Limb>(z);
            z >>= shift;
        }
        return base::reduce_once(r, 0);
    }
};

/// a^exponent, of a big-endian exponent: by its bits, from the top.
template <class Field>
[[nodiscard]] constexpr typename Field::element power(const typename Field::element& a, byte_view exponent) {
    typename Field::element r = Field::one;
    for (std::size_t i = 0; i != 8 * exponent.size(); ++i) {
        r = Field::square(r);
        if ((exponent[i / 8] << (i % 8) & 0x80) != 0) r = Field::multiply(r, a);
    }
    return r;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_FIELD_HPP
