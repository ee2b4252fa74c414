// SPDX-License-Identifier: BSL-1.0
//
// 1/a modulo a prime that the compiler knows, in a time that depends on a: 62 division steps at a time on the lowest words, then one
// pass over the numbers.
//   Source: D. J. Bernstein, B.-Y. Yang, Fast constant-time gcd computation and modular inversion (2019), sections 8 to 11.
// Without 128-bit integers: a^(p - 2).
#ifndef MODSIG_ENGINE_NATIVE_CURVE_INVERSE_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_INVERSE_HPP

#include <modsig/engine/native/curve_field.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine {

#ifdef __SIZEOF_INT128__
namespace curve_detail {

__extension__ typedef __int128 signed_wide;

/// Integers in limbs of 62 bits, the topmost one with the sign.
template <std::size_t Size>
struct signed_62 {
    static constexpr std::int64_t mask = (std::int64_t{1} << 62) - 1;
    std::int64_t limb[Size]{};

    constexpr signed_62() = default;
    /// Of a number in 64-bit words, least significant first.
    constexpr explicit signed_62(std::span<const std::uint64_t> words) {
        for (std::size_t i = 0; i != Size; ++i) {
            const std::size_t bit = 62 * i, word = bit / 64;
            if (word >= words.size()) break;
            std::uint64_t value = words[word] >> (bit % 64);
            if (bit % 64 != 0 && word + 1 < words.size()) value |= words[word + 1] << (64 - bit % 64);
            limb[i] = static_cast<std::int64_t>(value) & mask;
        }
    }
    [[nodiscard]] constexpr bool is_zero() const {
        for (const std::int64_t each : limb)
            if (each != 0) return false;
        return true;
    }
    [[nodiscard]] constexpr bool is_negative() const { return limb[Size - 1] < 0; }
    /// this += factor * other, for a factor of 1 or -1.
    constexpr void add(const signed_62& other, std::int64_t factor) {
        std::int64_t carry = 0;
        for (std::size_t i = 0; i != Size; ++i) {
            const std::int64_t sum = limb[i] + factor * other.limb[i] + carry;
            limb[i] = i + 1 == Size ? sum : sum & mask;
            carry = sum >> 62;
        }
    }
    constexpr void to_words(std::span<std::uint64_t> words) const {
        for (std::uint64_t& word : words) word = 0;
        for (std::size_t i = 0; i != Size; ++i) {
            const std::size_t bit = 62 * i, word = bit / 64;
            const std::uint64_t value = static_cast<std::uint64_t>(limb[i]);
            if (word < words.size()) words[word] |= value << (bit % 64);
            if (bit % 64 > 2 && word + 1 < words.size()) words[word + 1] |= value >> (64 - bit % 64);
        }
    }
};

/// 2^62 times what 62 division steps do to (f, g).
struct division_steps {
    std::int64_t u, v, q, r;
};

/// f is odd. `eta` is minus the difference of degrees, and moves on.
[[nodiscard]] constexpr division_steps divide_62(std::int64_t& eta, std::uint64_t f, std::uint64_t g) {
    std::uint64_t u = 1, v = 0, q = 0, r = 1;
    for (int left = 62;;) {
        const int zeros = std::countr_zero(g | ~std::uint64_t{0} << left);
        g >>= zeros, u <<= zeros, v <<= zeros;
        eta -= zeros, left -= zeros;
        if (left == 0) break;
        if (eta < 0) {
            eta = -eta;
            std::uint64_t t = f;
            f = g, g = 0 - t;
            t = u, u = q, q = 0 - t;
            t = v, v = r, r = 0 - t;
        }
        // As many steps as leave f where it is clear as many bits of g, up to six: f (f^2 - 2) = -1/f modulo 64.
        const int count = std::min({static_cast<int>(std::min<std::int64_t>(eta + 1, 62)), left, 6});
        const std::uint64_t w = f * g * (f * f - 2) & ((std::uint64_t{1} << count) - 1);
        g += f * w, q += u * w, r += v * w;
    }
    return {static_cast<std::int64_t>(u), static_cast<std::int64_t>(v), static_cast<std::int64_t>(q), static_cast<std::int64_t>(r)};
}

/// Modulo an odd number that needs `Words` words and `Size` limbs of 62 bits.
template <std::size_t Words, std::size_t Size>
struct inverse_62 {
    using number = signed_62<Size>;

    number modulus{};
    std::uint64_t lowest_word = 0, inverse_of_lowest = 0;  // modulo 2^64

    constexpr explicit inverse_62(byte_view prime) {
        std::array<std::uint64_t, Words> words{};
        limbs::load(words.data(), Words, prime);
        modulus = number(words);
        lowest_word = words[0];
        inverse_of_lowest = 0 - limbs::negative_inverse(words[0]);
    }

    /// (f, g) = (u f + v g, q f + r g) / 2^62, which is exact.
    static constexpr void update(number& f, number& g, const division_steps& t) {
        signed_wide cf = signed_wide{t.u} * f.limb[0] + signed_wide{t.v} * g.limb[0], cg = signed_wide{t.q} * f.limb[0] + signed_wide{t.r} * g.limb[0];
        cf >>= 62, cg >>= 62;
        for (std::size_t i = 1; i != Size; ++i) {
            const std::int64_t fi = f.limb[i], gi = g.limb[i];
            cf += signed_wide{t.u} * fi + signed_wide{t.v} * gi;
            cg += signed_wide{t.q} * fi + signed_wide{t.r} * gi;
            f.limb[i - 1] = static_cast<std::int64_t>(cf) & number::mask;
            g.limb[i - 1] = static_cast<std::int64_t>(cg) & number::mask;
            cf >>= 62, cg >>= 62;
        }
        f.limb[Size - 1] = static_cast<std::int64_t>(cf);
        g.limb[Size - 1] = static_cast<std::int64_t>(cg);
    }

    /// The same modulo the prime, by a multiple of it that makes the division exact. Between -2p and p before, and so after.
    constexpr void update_modulo(number& d, number& e, const division_steps& t) const {
        std::int64_t md = (d.is_negative() ? t.u : 0) + (e.is_negative() ? t.v : 0), me = (d.is_negative() ? t.q : 0) + (e.is_negative() ? t.r : 0);
        signed_wide cd = signed_wide{t.u} * d.limb[0] + signed_wide{t.v} * e.limb[0], ce = signed_wide{t.q} * d.limb[0] + signed_wide{t.r} * e.limb[0];
        const auto complete = [this](signed_wide sum, std::int64_t m) {  // m less what clears the lowest 62 bits of sum + m * modulus
            const std::uint64_t low = static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(m) * lowest_word;
            return m - (static_cast<std::int64_t>(low * inverse_of_lowest) & number::mask);
        };
        md = complete(cd, md), me = complete(ce, me);
        cd += signed_wide{modulus.limb[0]} * md, ce += signed_wide{modulus.limb[0]} * me;
        cd >>= 62, ce >>= 62;
        for (std::size_t i = 1; i != Size; ++i) {
            const std::int64_t di = d.limb[i], ei = e.limb[i];
            cd += signed_wide{t.u} * di + signed_wide{t.v} * ei + signed_wide{modulus.limb[i]} * md;
            ce += signed_wide{t.q} * di + signed_wide{t.r} * ei + signed_wide{modulus.limb[i]} * me;
            d.limb[i - 1] = static_cast<std::int64_t>(cd) & number::mask;
            e.limb[i - 1] = static_cast<std::int64_t>(ce) & number::mask;
            cd >>= 62, ce >>= 62;
        }
        d.limb[Size - 1] = static_cast<std::int64_t>(cd);
        e.limb[Size - 1] = static_cast<std::int64_t>(ce);
    }

    /// In place; `a` is not zero and below the modulus.
    [[gnu::noinline]] constexpr void invert(std::span<std::uint64_t> a) const {
        number f = modulus, g(a), d, e;
        e.limb[0] = 1;
        for (std::int64_t eta = -1; !g.is_zero();) {
            const division_steps t = divide_62(eta, static_cast<std::uint64_t>(f.limb[0]) | static_cast<std::uint64_t>(f.limb[1]) << 62,
                                               static_cast<std::uint64_t>(g.limb[0]) | static_cast<std::uint64_t>(g.limb[1]) << 62);
            update_modulo(d, e, t);
            update(f, g, t);
        }
        // f is 1 or -1, and d is f / a.
        number r;
        r.add(d, f.is_negative() ? -1 : 1);
        while (r.is_negative()) r.add(modulus, 1);
        for (;;) {
            number less = r;
            less.add(modulus, -1);
            if (less.is_negative()) break;
            r = less;
        }
        r.to_words(a);
    }
};

template <class Prime>
inline constexpr inverse_62<limbs::count(bit_length(Prime::bytes), 64), bit_length(Prime::bytes) / 62 + 1> modulo_prime(Prime::bytes);

}  // namespace curve_detail
#endif

/// 1/a, where a is not zero.
template <class Prime, class Field>
[[nodiscard]] constexpr typename Field::element inverse(const typename Field::element& a) {
#ifdef __SIZEOF_INT128__
    if constexpr (sizeof(typename Field::limb) == 8) {
        typename Field::element r = Field::leave(a);
        curve_detail::modulo_prime<Prime>.invert(std::span(r.limb).first(limbs::count(bit_length(Prime::bytes), 64)));
        return Field::enter(r);
    } else
#endif
    {
        auto exponent = Prime::bytes;
        exponent.back() = static_cast<std::uint8_t>(exponent.back() - 2);  // no prime here ends with 00 or 01
        return power<Field>(a, exponent);
    }
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_INVERSE_HPP
