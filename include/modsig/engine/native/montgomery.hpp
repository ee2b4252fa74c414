// SPDX-License-Identifier: BSL-1.0
//
// Multiplication modulo an odd n by Montgomery's method, portable and constexpr: a * b / R mod n, R = 2^(bits of all limbs).
//   Source: P. Montgomery, Modular multiplication without trial division (1985); the loops: C. Koc, T. Acar, B. Kaliski,
//   Analyzing and comparing Montgomery multiplication algorithms (1996), sections 5 (CIOS) and 3 (SOS, for squares).
#ifndef MODSIG_ENGINE_NATIVE_MONTGOMERY_HPP
#define MODSIG_ENGINE_NATIVE_MONTGOMERY_HPP

#include <modsig/engine/native/limbs.hpp>

#include <cstddef>

namespace modsig::engine {

/// The loop that all time goes into: t += a * x, of `size` limbs; returns the carry. Another one: adx_rows.hpp.
struct portable_rows {
    /// t += a * x, of `size` limbs; returns the carry.
    template <class Limb>
    [[gnu::always_inline]] static constexpr Limb add(Limb* t, const Limb* a, Limb x, std::size_t size) {
        Limb carry = 0;
#pragma GCC unroll 4
        for (std::size_t j = 0; j < size; ++j) {
            const double_limb_t<Limb> z = double_limb_t<Limb>{a[j]} * x + t[j] + carry;
            t[j] = static_cast<Limb>(z);
            carry = static_cast<Limb>(z >> limb_bits<Limb>);
        }
        return carry;
    }
};

/// A modulus with what is worth knowing about it. `MaxLimbs` is room, `size` what is used.
template <class Limb, std::size_t MaxLimbs>
struct montgomery {
    static constexpr std::size_t max_limbs = MaxLimbs;              ///< room
    static constexpr unsigned limb_bits = engine::limb_bits<Limb>;  ///< bits of a limb

    Limb n[MaxLimbs]{};    ///< the modulus, least significant limb first
    Limb r2[MaxLimbs]{};   ///< R^2 mod n
    Limb n0 = 0;           ///< -1/n mod 2^limb_bits
    std::size_t size = 0;  ///< limbs in use

    constexpr montgomery() = default;

    /// Of an odd modulus above 1 that fits.
    constexpr explicit montgomery(byte_view modulus) : size(limbs::count(bit_length(modulus), limb_bits)) {
        limbs::load(n, size, modulus);
        n0 = limbs::negative_inverse(n[0]);
        // 2^(bits - 1) < n; doubled until it is 2R mod n, which is how Montgomery's numbers write a 2
        const std::size_t top_bit = bit_length(modulus) - 1;
        r2[top_bit / limb_bits] = static_cast<Limb>(Limb{1} << (top_bit % limb_bits));
        for (std::size_t bit = top_bit; bit != size * limb_bits + 1; ++bit) limbs::double_modulo(r2, n, size);
        // the power 2^(bits of R) of that 2, by squaring and doubling: R^2 mod n
        const std::size_t exponent = size * limb_bits;
        std::size_t bit = 1;
        while (2 * bit <= exponent) bit *= 2;
        while ((bit /= 2) != 0) {
            multiply(r2, r2, r2);
            if ((exponent & bit) != 0) limbs::double_modulo(r2, n, size);
        }
    }

    /// r = a * b / R mod n, for a, b < n. r may be a or b. (CIOS, with both products in one pass.) Of b, limb after limb is
    /// asked for: it may be anything that gives them.
    template <class Limbs = const Limb*>
    constexpr void multiply(Limb* r, const Limb* a, const Limbs& b) const {
        using wide = double_limb_t<Limb>;
        Limb t[MaxLimbs];
        for (std::size_t i = 0; i != size; ++i) t[i] = 0;
        Limb top = 0;
        for (std::size_t i = 0; i != size; ++i) {
            const Limb x = b[i];
            wide product = wide{a[0]} * x + t[0];
            const Limb m = static_cast<Limb>(product) * n0;
            wide reduced = wide{m} * n[0] + static_cast<Limb>(product);
            for (std::size_t j = 1; j != size; ++j) {
                product = wide{a[j]} * x + t[j] + static_cast<Limb>(product >> limb_bits);
                reduced = wide{m} * n[j] + static_cast<Limb>(product) + static_cast<Limb>(reduced >> limb_bits);
                t[j - 1] = static_cast<Limb>(reduced);
            }
            const wide sum = (product >> limb_bits) + static_cast<Limb>(reduced >> limb_bits) + top;
            t[size - 1] = static_cast<Limb>(sum);
            top = static_cast<Limb>(sum >> limb_bits);
        }
        finish(r, t, top);
    }

    /// The same, row by row and then reduced (SOS): for `Rows` that are faster than two products in one pass.
    template <class Rows>
    constexpr void multiply_by_rows(Limb* r, const Limb* a, const Limb* b) const {
        Limb t[2 * MaxLimbs];
        for (std::size_t i = 0; i != size; ++i) t[i] = 0;
        for (std::size_t i = 0; i != size; ++i) t[i + size] = Rows::add(t + i, a, b[i], size);
        reduce<Rows>(r, t);
    }

    /// r = a^2 / R mod n, for a < n. r may be a. (SOS: each product of two different limbs is made once and doubled.)
    template <class Rows = portable_rows>
    constexpr void square(Limb* r, const Limb* a) const {
        using wide = double_limb_t<Limb>;
        Limb t[2 * MaxLimbs];
        for (std::size_t i = 0; i != size; ++i) t[i] = 0;
        for (std::size_t i = 0; i != size; ++i) t[i + size] = Rows::add(t + 2 * i + 1, a + i + 1, a[i], size - i - 1);
        Limb shifted_out = 0, carry = 0;
        for (std::size_t i = 0; i != size; ++i) {
            const Limb low = t[2 * i], high = t[2 * i + 1];
            const wide diagonal = wide{a[i]} * a[i];
            wide sum = wide{static_cast<Limb>(low << 1 | shifted_out)} + static_cast<Limb>(diagonal) + carry;
            t[2 * i] = static_cast<Limb>(sum);
            sum = wide{static_cast<Limb>(high << 1 | low >> (limb_bits - 1))} + static_cast<Limb>(diagonal >> limb_bits) +
                  static_cast<Limb>(sum >> limb_bits);
            t[2 * i + 1] = static_cast<Limb>(sum);
            carry = static_cast<Limb>(sum >> limb_bits);
            shifted_out = high >> (limb_bits - 1);
        }
        reduce<Rows>(r, t);
    }

private:
    // t of 2 * size limbs, below n * R, is made a multiple of R and divided by it.
    template <class Rows>
    constexpr void reduce(Limb* r, Limb* t) const {
        Limb top = 0;
        for (std::size_t i = 0; i != size; ++i) {
            const Limb carry = Rows::add(t + i, n, static_cast<Limb>(t[i] * n0), size);
            const double_limb_t<Limb> sum = double_limb_t<Limb>{t[i + size]} + carry + top;
            t[i + size] = static_cast<Limb>(sum);
            top = static_cast<Limb>(sum >> limb_bits);
        }
        finish(r, t + size, top);
    }

    constexpr void finish(Limb* r, const Limb* t, Limb top) const {
        const bool above = top != 0 || limbs::at_least(t, n, size);
        limbs::subtract(r, t, n, size, static_cast<Limb>(above ? ~Limb{0} : Limb{0}));
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_MONTGOMERY_HPP
