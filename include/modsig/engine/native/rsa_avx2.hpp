// SPDX-License-Identifier: BSL-1.0
//
// Four RSA signatures of one key at once with AVX2, for CPUs without IFMA: one signature a lane, limb j of all four in
// vector j, radix 2^28 or 2^27, so that whole columns of products add up in 64 bits.
// Instruction: Intel SDM, volume 2, VPMULUDQ: the product of the low 32 bits of two 64-bit lanes.
#ifndef MODSIG_ENGINE_NATIVE_RSA_AVX2_HPP
#define MODSIG_ENGINE_NATIVE_RSA_AVX2_HPP

#include <modsig/engine/native/wide_modulus.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>

#define MODSIG_TARGET_AVX2 gnu::target("avx2")

namespace modsig::engine::inline MODSIG_KERNELS {

/// Numbers have `size` limbs, each below 2^Radix, and are below 2n. `Limbs` is what there is room for; `size` is a multiple of
/// 4 (wide_limbs).
template <unsigned Radix, std::size_t Limbs>
class avx2_four {
public:
    using number = limb_lanes<Radix, Limbs, 4>;
    using modulus = limb_vector<Radix, Limbs / 8, std::uint32_t>;
    static_assert(modulus::room == Limbs);

private:
    const modulus& n_;
    const number& r2_;  // R^2 mod n in each lane
    std::uint64_t n0_;
    std::size_t size_;

public:
    avx2_four(const modulus& n, const number& r2, std::uint64_t n0, std::size_t size) : n_(n), r2_(r2), n0_(n0), size_(size) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    void enter(number& r, const number& a) const { multiply(r, a, r2_); }

    /// r = a * b / R mod n, in each lane. r may be a or b.
    [[MODSIG_TARGET_AVX2, gnu::noinline]] void multiply(number& r, const number& a, const number& b) const {
        const std::size_t size = size_;
        __m256i t[2 * Limbs];
        for (std::size_t c = 0; c != size; ++c) t[c] = _mm256_setzero_si256();
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) rows(t + i, load(a.limb, i), load(a.limb, i + 1), load(a.limb, i + 2), load(a.limb, i + 3), b.limb, size);
        reduce(r.limb, t);
    }

    /// r = a^2 / R mod n, in each lane. r may be a. Each product of two different limbs is made once, with one of them doubled.
    [[MODSIG_TARGET_AVX2, gnu::noinline]] void square(number& r, const number& a) const {
        const std::size_t size = size_;
        __m256i t[2 * Limbs];
        for (std::size_t c = 0; c != size; ++c) t[c] = _mm256_setzero_si256();
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) {
            const std::size_t rest = size - i - 4;
            if (rest == 0)
                for (std::size_t c = 4; c != 8; ++c) t[2 * i + c] = _mm256_setzero_si256();
            __m256i* const q = t + 2 * i;
            const __m256i x0 = load(a.limb, i), x1 = load(a.limb, i + 1), x2 = load(a.limb, i + 2), x3 = load(a.limb, i + 3);
            const __m256i d0 = _mm256_add_epi64(x0, x0), d1 = _mm256_add_epi64(x1, x1), d2 = _mm256_add_epi64(x2, x2), d3 = _mm256_add_epi64(x3, x3);
            q[0] = plus(q[0], x0, x0);
            q[1] = plus(q[1], d0, x1);
            q[2] = plus(plus(q[2], d0, x2), x1, x1);
            q[3] = plus(plus(q[3], d0, x3), d1, x2);
            q[4] = plus(plus(q[4], d1, x3), x2, x2);
            q[5] = plus(q[5], d2, x3);
            q[6] = plus(q[6], x3, x3);
            if (rest != 0) rows(q + 4, d0, d1, d2, d3, a.limb + 4 * (i + 4), rest);
        }
        reduce(r.limb, t);
    }

private:
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] static inline __m256i load(const std::uint64_t* a, std::size_t i) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(a + 4 * i));
    }
    // Only the low half of a lane is looked at, so a limb may stand in both halves.
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] static inline __m256i load(const std::uint32_t* n, std::size_t i) {
        return _mm256_set1_epi32(static_cast<int>(n[i]));
    }
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] static inline __m256i plus(__m256i sum, __m256i a, __m256i b) {
        return _mm256_add_epi64(sum, _mm256_mul_epu32(a, b));
    }

    /// Four rows: t += (x0 + x1 * radix + ...) * (y[0] + ... ). count is a multiple of 4. The last four columns, t[count]
    /// and up, are new: they are written, not added to.
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] static inline void rows(__m256i* t, __m256i x0, __m256i x1, __m256i x2, __m256i x3, const std::uint64_t* y, std::size_t count) {
        const __m256i w0 = load(y, 0), w1 = load(y, 1), w2 = load(y, 2), w3 = load(y, 3);
        t[0] = plus(t[0], x0, w0);
        t[1] = plus(plus(t[1], x0, w1), x1, w0);
        t[2] = plus(plus(plus(t[2], x0, w2), x1, w1), x2, w0);
        t[3] = plus(plus(plus(plus(t[3], x0, w3), x1, w2), x2, w1), x3, w0);
        slide<true>(t, x0, x1, x2, x3, y, count, w1, w2, w3);
    }

    /// Columns 4 and up of four rows, given limbs 1 to 3 of y. `New`: the last four columns are written.
    template <bool New, class Limb>
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] static inline void slide(__m256i* t, __m256i x0, __m256i x1, __m256i x2, __m256i x3, const Limb* y, std::size_t count, __m256i w3, __m256i w2, __m256i w1) {
        std::size_t c = 4;
#pragma GCC unroll 1
        for (; c != count; c += 4) {
            const __m256i v0 = load(y, c);
            t[c] = plus(plus(plus(plus(t[c], x0, v0), x1, w1), x2, w2), x3, w3);
            const __m256i v1 = load(y, c + 1);
            t[c + 1] = plus(plus(plus(plus(t[c + 1], x0, v1), x1, v0), x2, w1), x3, w2);
            const __m256i v2 = load(y, c + 2);
            t[c + 2] = plus(plus(plus(plus(t[c + 2], x0, v2), x1, v1), x2, v0), x3, w1);
            const __m256i v3 = load(y, c + 3);
            t[c + 3] = plus(plus(plus(plus(t[c + 3], x0, v3), x1, v2), x2, v1), x3, v0);
            w3 = v1, w2 = v2, w1 = v3;
        }
        const __m256i zero = _mm256_setzero_si256();
        t[c] = plus(plus(plus(New ? zero : t[c], x1, w1), x2, w2), x3, w3);
        t[c + 1] = plus(plus(New ? zero : t[c + 1], x2, w1), x3, w2);
        t[c + 2] = plus(New ? zero : t[c + 2], x3, w1);
        if constexpr (New) t[c + 3] = zero;
    }

    /// r = t / R mod n: adds multiples m of n, four rows at a time, that clear the lowest columns.
    [[MODSIG_TARGET_AVX2, gnu::always_inline]] inline void reduce(std::uint64_t* r, __m256i* t) const {
        const std::uint32_t* const n = n_.limb;
        const std::size_t size = size_;
        const __m256i mask = _mm256_set1_epi64x((1ll << Radix) - 1), inverse = _mm256_set1_epi64x(static_cast<long long>(n0_));
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) {
            __m256i* const q = t + i;
            const __m256i w0 = load(n, 0), w1 = load(n, 1), w2 = load(n, 2), w3 = load(n, 3);
            const __m256i m0 = _mm256_and_si256(_mm256_mul_epu32(q[0], inverse), mask);
            __m256i sum = plus(_mm256_add_epi64(q[1], _mm256_srli_epi64(plus(q[0], m0, w0), Radix)), m0, w1);
            const __m256i m1 = _mm256_and_si256(_mm256_mul_epu32(sum, inverse), mask);
            sum = _mm256_add_epi64(plus(q[2], m0, w2), _mm256_srli_epi64(plus(sum, m1, w0), Radix));
            sum = plus(sum, m1, w1);
            const __m256i m2 = _mm256_and_si256(_mm256_mul_epu32(sum, inverse), mask);
            sum = _mm256_add_epi64(plus(plus(q[3], m0, w3), m1, w2), _mm256_srli_epi64(plus(sum, m2, w0), Radix));
            sum = plus(sum, m2, w1);
            const __m256i m3 = _mm256_and_si256(_mm256_mul_epu32(sum, inverse), mask);
            q[4] = _mm256_add_epi64(q[4], _mm256_srli_epi64(plus(sum, m3, w0), Radix));
            slide<false>(q, m0, m1, m2, m3, n, size, w1, w2, w3);
        }
        __m256i carry = _mm256_setzero_si256();
        for (std::size_t i = 0; i != size; ++i) {
            const __m256i limb_and_carry = _mm256_add_epi64(t[size + i], carry);
            carry = _mm256_srli_epi64(limb_and_carry, Radix);
            _mm256_store_si256(reinterpret_cast<__m256i*>(r + 4 * i), _mm256_and_si256(limb_and_carry, mask));
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_RSA_AVX2_HPP
