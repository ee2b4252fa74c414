// SPDX-License-Identifier: BSL-1.0
//
// One RSA signature with AVX-512 IFMA: the limbs of a number, radix 2^52, lie across the lanes of `Vectors` vectors.
// Instructions: Intel SDM, volume 2, VPMADD52LUQ and VPMADD52HUQ: the low and high 52 bits of the product of the low 52
// bits of two lanes, added to a 64-bit lane. (What lies above 52 bits in a factor is silently ignored.)
#ifndef MODSIG_ENGINE_NATIVE_RSA_IFMA_HPP
#define MODSIG_ENGINE_NATIVE_RSA_IFMA_HPP

#include <modsig/engine/native/wide_modulus.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>

#define MODSIG_TARGET_IFMA gnu::target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx2,bmi,bmi2")

namespace modsig::engine::inline MODSIG_KERNELS {

/// Numbers are below 2n.
template <std::size_t Vectors>
class ifma_single {
    static constexpr std::uint64_t mask52 = (std::uint64_t{1} << 52) - 1;

    // With a mask of all lanes: GCC 12 warns of the undefined vector inside the intrinsics without one (GCC bug 105593).
    static constexpr __mmask8 all_lanes = 0xff;

public:
    using number = limb_vector<52, Vectors>;

    /// Of a modulus that needs no more vectors.
    template <std::size_t MaxBits>
    explicit ifma_single(const wide_modulus<52, MaxBits>& modulus) : n_(modulus.n), r2_(modulus.r2), n0_(modulus.n0), size_(modulus.size) {}

    void enter(number& r, const number& a) const { multiply(r, a, r2_); }
    void square(number& r, const number& a) const { multiply(r, a, a); }

    /// r = a * b / R mod n, R = 2^(52 * limbs of n). r may be a or b.
    //
    // For each limb of b: add a * b_i, add the multiple m of n that clears the lowest column, shift down by one column.
    // m depends on the lowest column, so that and the next one are kept in scalar registers:
    //   value = low + next * 2^52 + sum of t[lane] * 2^(52 * lane) over lanes >= 2; lanes 0 and 1 of t are not used.
    // The way from a vector to m is then three steps long, and no step waits for it. In the scalar part factors stand
    // 12 bits higher, so that the two words of a product are its high 52 bits, and its low 52 bits 12 bits higher.
    // A lane grows by less than 4 * 2^52 a step, to less than 2^62.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] void multiply(number& r, const number& a, const number& b) const {
        __extension__ typedef unsigned __int128 wide;
        __m512i t[Vectors], av[Vectors], nv[Vectors];
#pragma GCC unroll 20
        for (std::size_t k = 0; k != Vectors; ++k) {
            t[k] = _mm512_setzero_si512();
            av[k] = _mm512_load_si512(a.limb + 8 * k);
            nv[k] = _mm512_load_si512(n_.limb + 8 * k);
        }
        std::uint64_t low = 0, next = 0;
        const std::uint64_t a0 = a.limb[0] << 12, a1 = a.limb[1] << 12, n_0 = n_.limb[0], n_1 = n_.limb[1], n_2 = n_.limb[2], inverse = n0_ << 12;
        const std::size_t steps = size_;
#pragma GCC unroll 1
        for (std::size_t i = 0; i != steps; ++i) {
            const std::uint64_t bi = b.limb[i];
            const wide a0b = wide{a0} * bi, a1b = wide{a1} * bi;
            const std::uint64_t column = low + (static_cast<std::uint64_t>(a0b) >> 12);
            const std::uint64_t m = column * inverse;  // what is above 52 bits falls off
            const wide mn1 = wide{m} * n_1;
            const __m512i bv = _mm512_set1_epi64(static_cast<long long>(bi));
            const __m512i mv = _mm512_set1_epi64(static_cast<long long>(m >> 12));
            // The column's low 52 bits plus those of m * n_0 are zero or 2^52: the carry does not wait for m.
            low = next + ((column + mask52) >> 52) + static_cast<std::uint64_t>(a0b >> 64) + (static_cast<std::uint64_t>(a1b) >> 12) +
                  static_cast<std::uint64_t>(wide{m} * n_0 >> 64) + (static_cast<std::uint64_t>(mn1) >> 12);
#pragma GCC unroll 20
            for (std::size_t k = 0; k != Vectors; ++k) t[k] = _mm512_madd52lo_epu64(t[k], bv, av[k]);
            next = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm512_maskz_extracti64x2_epi64(all_lanes, t[0], 1))) +
                   static_cast<std::uint64_t>(a1b >> 64) + static_cast<std::uint64_t>(mn1 >> 64) + (m * n_2 >> 12);
            __m512i high[Vectors];
#pragma GCC unroll 20
            for (std::size_t k = 0; k != Vectors; ++k) {
                t[k] = _mm512_madd52lo_epu64(t[k], mv, nv[k]);
                high[k] = _mm512_madd52hi_epu64(_mm512_madd52hi_epu64(_mm512_setzero_si512(), bv, av[k]), mv, nv[k]);
            }
#pragma GCC unroll 20
            for (std::size_t k = 0; k != Vectors; ++k) {
                const __m512i above = k + 1 < Vectors ? t[k + 1] : _mm512_setzero_si512();
                t[k] = _mm512_add_epi64(_mm512_maskz_alignr_epi64(all_lanes, above, t[k], 1), high[k]);
            }
        }
        t[0] = _mm512_mask_blend_epi64(1, t[0], _mm512_set1_epi64(static_cast<long long>(low)));
        t[0] = _mm512_mask_blend_epi64(2, t[0], _mm512_set1_epi64(static_cast<long long>(next)));
        carry(r.limb, t);
    }

private:
    number n_, r2_;
    std::uint64_t n0_;
    std::size_t size_;

    // Brings all lanes below 2^52. One pass moves what is above 52 bits one lane up; after it a lane is at most a little
    // above 2^52, so that what is left are single carries. They run through lanes of all ones like those of an addition:
    // bit l of `over`: lane l gives a carry; of `full`: it hands one on.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void carry(std::uint64_t* r, __m512i* t) {
        const __m512i mask = _mm512_set1_epi64(static_cast<long long>(mask52));
        __m512i up = _mm512_setzero_si512();
        std::uint64_t over[(Vectors + 7) / 8]{}, full[(Vectors + 7) / 8]{};
#pragma GCC unroll 20
        for (std::size_t k = 0; k != Vectors; ++k) {
            const __m512i high = _mm512_maskz_srli_epi64(all_lanes, t[k], 52);
            t[k] = _mm512_add_epi64(_mm512_and_si512(t[k], mask), _mm512_maskz_alignr_epi64(all_lanes, high, up, 7));
            up = high;
            over[k / 8] |= std::uint64_t{_mm512_cmpgt_epu64_mask(t[k], mask)} << (8 * (k % 8));
            full[k / 8] |= std::uint64_t{_mm512_cmpeq_epu64_mask(t[k], mask)} << (8 * (k % 8));
        }
        std::uint64_t carried = 0;
#pragma GCC unroll 20
        for (std::size_t k = 0; k != Vectors; ++k) {
            if (k % 8 == 0) {
                const std::uint64_t given = over[k / 8] << 1 | carried, sum = given + full[k / 8];
                carried = over[k / 8] >> 63 | std::uint64_t{sum < given};
                over[k / 8] = sum ^ full[k / 8];  // now: the lanes that receive a carry
            }
            const auto receives = static_cast<__mmask8>(over[k / 8] >> (8 * (k % 8)));
            t[k] = _mm512_and_si512(_mm512_mask_sub_epi64(t[k], receives, t[k], _mm512_set1_epi64(-1)), mask);
            _mm512_store_si512(r + 8 * k, t[k]);
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_RSA_IFMA_HPP
