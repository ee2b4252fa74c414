// SPDX-License-Identifier: BSL-1.0
//
// Eight numbers modulo a prime with AVX-512 IFMA, one a lane, radix 2^52: a field as the formulas of curve_group.hpp and edwards.hpp want it.
// Instructions: see rsa_ifma.hpp.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_IFMA_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_IFMA_HPP

#include <modsig/engine/native/curve_field.hpp>
#include <modsig/engine/native/limb_vector.hpp>
#include <modsig/engine/native/rsa_ifma.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#ifdef MODSIG_NATIVE_X86

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// `Field` is the one number's field, of 64-bit limbs. Limbs are below 2^52 and numbers below 2 p and 1.1 * 2^(bits of p): a sum or a
/// difference takes off what is above those bits, and a product is small enough by itself.
template <class Field>
class ifma_field {
    static constexpr __mmask8 all_lanes = 0xff;  // see rsa_ifma.hpp
    static constexpr std::uint64_t mask52 = (std::uint64_t{1} << 52) - 1;
    static constexpr bool is_montgomery = requires { Field::n0; };

public:
    static constexpr std::size_t bits = Field::bits;
    /// Of Montgomery's form at least four bits more than the prime has, so that a product of two numbers is below 2 p.
    static constexpr std::size_t limbs_each = limbs::count(bits + (is_montgomery ? 4 : 0), 52);
    using limb_array = std::array<std::uint64_t, limbs_each>;

    struct element {
        alignas(64) std::uint64_t limb[8 * limbs_each];
    };

    // Functions write to their first argument and return nothing: for results of calls GCC 12 was seen to choose places in memory that are
    // not aligned.

    /// One number of the one number's field, in limbs of this one.
    [[nodiscard]] static constexpr limb_array limbs_of(const typename Field::element& a) {
        typename Field::element value = a;
        if constexpr (is_montgomery) value = Field::multiply(a, into);
        return split(value);
    }
    /// The number of a lane.
    [[nodiscard]] static constexpr typename Field::element lane(const element& a, std::size_t index) {
        std::array<std::uint64_t, Field::size + 1> words{};
        limbs::join<52>(words, limbs_each, [&](std::size_t i) { return a.limb[8 * i + index]; });
        typename Field::element value{};
        for (std::size_t i = 0; i != Field::size; ++i) value.limb[i] = words[i];
        value = Field::reduce_once(value, words[Field::size]);
        if constexpr (is_montgomery) value = Field::multiply(value, out_of);
        return value;
    }
    static constexpr limb_array one = limbs_of(Field::one);

    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void add(element& r, const element& a, const element& b) {
        __m512i t[limbs_each];
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) t[i] = _mm512_add_epi64(load(a, i), load(b, i));
        settle(r, t);
    }

    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void subtract(element& r, const element& a, const element& b) {
        __m512i t[limbs_each];
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) t[i] = _mm512_add_epi64(load(a, i), _mm512_sub_epi64(constant(minuend[i]), load(b, i)));
        settle(r, t);
    }

    /// -a in the lanes of `lanes`.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void negate(element& r, const element& a, std::uint8_t lanes) {
        __m512i t[limbs_each];
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) t[i] = _mm512_mask_sub_epi64(load(a, i), lanes, constant(minuend[i]), load(a, i));
        settle(r, t);
    }

    /// The same number in each lane.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void broadcast(element& r, const limb_array& a) {
        for (std::size_t i = 0; i != limbs_each; ++i) store(r, i, constant(a[i]));
    }

    /// a and b change places in the lanes of `lanes`.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void exchange(element& a, element& b, std::uint8_t lanes) {
        for (std::size_t i = 0; i != limbs_each; ++i) {
            const __m512i x = load(a, i), y = load(b, i);
            store(a, i, _mm512_mask_blend_epi64(lanes, x, y));
            store(b, i, _mm512_mask_blend_epi64(lanes, y, x));
        }
    }

    /// Lanes turned by `By`.
    template <int By>
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void turn(element& r, const element& a) {
        for (std::size_t i = 0; i != limbs_each; ++i) store(r, i, _mm512_maskz_alignr_epi64(all_lanes, load(a, i), load(a, i), By));
    }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"  // without optimization GCC's intrinsic is a macro, which converts its mask
    /// Words from eight addresses, plus the offset of a number behind them; lanes that are not of `lanes` get `other`.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void gather(element& r, const std::uint64_t* addresses, std::size_t offset, std::uint8_t lanes, const limb_array& other) {
        const __m512i at = _mm512_add_epi64(_mm512_load_si512(addresses), constant(8 * offset));
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i)
            store(r, i, _mm512_mask_i64gather_epi64(constant(other[i]), lanes, _mm512_add_epi64(at, constant(8 * i)), nullptr, 1));
    }
#pragma GCC diagnostic pop

    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void multiply(element& r, const element& a, const element& b) {
        __m512i t[2 * limbs_each];
#pragma GCC unroll 24
        for (std::size_t i = 0; i != 2 * limbs_each; ++i) t[i] = _mm512_setzero_si512();
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) {
            const __m512i x = load(a, i);
#pragma GCC unroll 12
            for (std::size_t j = 0; j != limbs_each; ++j) t[i + j] = low(t[i + j], x, load(b, j));
#pragma GCC unroll 12
            for (std::size_t j = 0; j != limbs_each; ++j) t[i + j + 1] = high(t[i + j + 1], x, load(b, j));
        }
        reduce(r, t);
    }

    /// Each product of two different limbs is made once and doubled.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] static void square(element& r, const element& a) {
        __m512i t[2 * limbs_each];
#pragma GCC unroll 24
        for (std::size_t i = 0; i != 2 * limbs_each; ++i) t[i] = _mm512_setzero_si512();
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) {
            const __m512i x = load(a, i);
#pragma GCC unroll 12
            for (std::size_t j = i + 1; j < limbs_each; ++j) t[i + j] = low(t[i + j], x, load(a, j));
#pragma GCC unroll 12
            for (std::size_t j = i + 1; j < limbs_each; ++j) t[i + j + 1] = high(t[i + j + 1], x, load(a, j));
        }
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) {
            const __m512i x = load(a, i);
            t[2 * i] = low(_mm512_add_epi64(t[2 * i], t[2 * i]), x, x);
            t[2 * i + 1] = high(_mm512_add_epi64(t[2 * i + 1], t[2 * i + 1]), x, x);
        }
        reduce(r, t);
    }

private:
    [[nodiscard]] static constexpr limb_array split(const typename Field::element& value) {
        limb_array r{};
        limbs::split<52>(value.limb, limbs_each, [&](std::size_t i, std::uint64_t limb) { r[i] = limb; });
        return r;
    }

    static constexpr auto into = [] {  // times this: from R = 2^(64 size) to 2^(52 limbs_each)
        if constexpr (is_montgomery) return Field::power_of_two(52 * limbs_each);
        else return 0;
    }();
    static constexpr auto out_of = [] {
        if constexpr (is_montgomery) return Field::power_of_two(2 * 64 * Field::size - 52 * limbs_each);
        else return 0;
    }();

    static constexpr limb_array prime = split(Field::prime);
    static constexpr std::uint64_t n0 = limbs::negative_inverse(prime[0]) & mask52;

    /// 4 p, in limbs of which each is at least as large as those of a number: differences of limbs are positive.
    static constexpr limb_array minuend = [] {
        limb_array r{};
        for (std::size_t i = 0; i != limbs_each; ++i) r[i] = 4 * prime[i] + (i + 1 != limbs_each ? std::uint64_t{1} << 52 : 0) - (i != 0 ? 1 : 0);
        return r;
    }();

    /// 2^bits modulo the prime.
    static constexpr unsigned top_bits = bits - 52 * (limbs_each - 1);
    static constexpr limb_array excess = [] {
        limb_array r{};  // 2^bits - p, limb by limb
        std::int64_t carry = 0;
        for (std::size_t i = 0; i != limbs_each; ++i) {
            const std::int64_t limb = (i + 1 == limbs_each ? std::int64_t{1} << top_bits : 0) - static_cast<std::int64_t>(prime[i]) + carry;
            r[i] = static_cast<std::uint64_t>(limb) & mask52;
            carry = limb >> 52;
        }
        return r;
    }();

    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i load(const element& a, std::size_t i) { return _mm512_load_si512(a.limb + 8 * i); }
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void store(element& a, std::size_t i, __m512i value) { _mm512_store_si512(a.limb + 8 * i, value); }
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i constant(std::uint64_t value) { return _mm512_set1_epi64(static_cast<long long>(value)); }
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i low(__m512i sum, __m512i a, __m512i b) { return _mm512_madd52lo_epu64(sum, a, b); }
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i high(__m512i sum, __m512i a, __m512i b) { return _mm512_madd52hi_epu64(sum, a, b); }
    // The intrinsic takes an int or an unsigned, as the compiler optimizes or not: a constant is both.
    template <unsigned Bits>
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i shift(__m512i a) { return _mm512_maskz_srli_epi64(all_lanes, a, Bits); }

    /// Limbs below 2^52 from columns below 2^60.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void carry(element& r, __m512i* t) {
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) {
            store(r, i, i + 1 == limbs_each ? t[i] : _mm512_and_si512(t[i], constant(mask52)));
            if (i + 1 != limbs_each) t[i + 1] = _mm512_add_epi64(t[i + 1], shift<52>(t[i]));
        }
    }

    /// The same, less a multiple of p that is seen in the top limb: what is above `bits` is multiplied by `excess`.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void settle(element& r, __m512i* t) {
        if constexpr (top_bits < 16) return settle_wide(r, t);  // what the other limbs carry would be no small part of the number
        const __m512i above = shift<top_bits>(t[limbs_each - 1]);
        t[limbs_each - 1] = _mm512_and_si512(t[limbs_each - 1], constant((std::uint64_t{1} << top_bits) - 1));
#pragma GCC unroll 12
        for (std::size_t i = 0; i != limbs_each; ++i) {
            if (excess[i] == 0) continue;
            t[i] = low(t[i], above, constant(excess[i]));
            if (i + 1 != limbs_each && excess[i] >> 44 != 0) t[i + 1] = high(t[i + 1], above, constant(excess[i]));  // above is below 2^8
        }
        carry(r, t);
    }

    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void reduce(element& r, __m512i* t) {
        if constexpr (is_montgomery) {
#pragma GCC unroll 12
            for (std::size_t i = 0; i != limbs_each; ++i) {
                if constexpr (n0 == 1) {
                    // p[0] is all ones: t[i] + m p[0] is m 2^52 and what is above 52 bits of t[i]
                    const __m512i m = _mm512_and_si512(t[i], constant(mask52));
                    t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_add_epi64(shift<52>(t[i]), m));
                    add_multiple(t + i, m);
                } else {
                    const __m512i m = low(_mm512_setzero_si512(), t[i], constant(n0));
                    t[i + 1] = high(_mm512_add_epi64(t[i + 1], shift<52>(low(t[i], m, constant(prime[0])))), m, constant(prime[0]));
                    add_multiple(t + i, m);
                }
            }
            carry(r, t + limbs_each);
        } else {
            // What is above 52 limbs_each bits is worth 2^(52 limbs_each - bits) * excess each.
            constexpr std::uint64_t factor = excess[0] << (52 * limbs_each - bits);
            static_assert(factor <= mask52 && [] {
                for (std::size_t i = 1; i != limbs_each; ++i)
                    if (excess[i] != 0) return false;
                return true;
            }());
#pragma GCC unroll 12
            for (std::size_t i = limbs_each; i != 2 * limbs_each; ++i) {
                if (i + 1 != 2 * limbs_each) {
                    t[i + 1] = _mm512_add_epi64(t[i + 1], shift<52>(t[i]));
                    t[i] = _mm512_and_si512(t[i], constant(mask52));
                }
                t[i - limbs_each] = low(t[i - limbs_each], t[i], constant(factor));
                if (i + 1 != 2 * limbs_each) t[i + 1 - limbs_each] = high(t[i + 1 - limbs_each], t[i], constant(factor));
            }
            // The topmost limb is so small that what its product has above 52 bits stays where it is.
            const __m512i rest = high(_mm512_setzero_si512(), t[2 * limbs_each - 1], constant(factor));
            t[limbs_each - 1] = _mm512_add_epi64(t[limbs_each - 1], _mm512_maskz_slli_epi64(all_lanes, rest, 52));
            settle_wide(r, t);
        }
    }

    /// + m p, but for the lowest limb.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void add_multiple(__m512i* t, __m512i m) {
#pragma GCC unroll 12
        for (std::size_t j = 1; j != limbs_each; ++j) {
            if (prime[j] == 0) continue;
            t[j] = low(t[j], m, constant(prime[j]));
            t[j + 1] = high(t[j + 1], m, constant(prime[j]));
        }
    }

    /// settle() for columns of a product, whose top may have any bits above: it is carried into first, so that nothing is above afterwards.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void settle_wide(element& r, __m512i* t) {
#pragma GCC unroll 12
        for (std::size_t i = 0; i + 1 != limbs_each; ++i) {
            t[i + 1] = _mm512_add_epi64(t[i + 1], shift<52>(t[i]));
            t[i] = _mm512_and_si512(t[i], constant(mask52));
        }
        const __m512i above = shift<top_bits>(t[limbs_each - 1]);
        t[limbs_each - 1] = _mm512_and_si512(t[limbs_each - 1], constant((std::uint64_t{1} << top_bits) - 1));
        t[0] = excess[0] == 1 ? _mm512_add_epi64(t[0], above) : low(t[0], above, constant(excess[0]));
        carry(r, t);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_CURVE_IFMA_HPP
