// SPDX-License-Identifier: BSL-1.0
//
// Eight RSA signatures at once with AVX-512 IFMA: one signature a lane, limb j of all eight in vector j, radix 2^52. The
// signatures belong to one key (`SharedKey`: its limbs are broadcast), or to keys of one size.
// Instructions: see rsa_ifma.hpp.
#ifndef MODSIG_ENGINE_NATIVE_RSA_IFMA8_HPP
#define MODSIG_ENGINE_NATIVE_RSA_IFMA8_HPP

#include <modsig/engine/native/rsa_ifma.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Numbers have `size` limbs, each below 2^52, and are below 2n. `Limbs` is what there is room for; `size` is a multiple of 4
/// (wide_limbs).
template <std::size_t Limbs, bool SharedKey>
class ifma_eight {
    static constexpr __mmask8 all_lanes = 0xff;  // see rsa_ifma.hpp

public:
    using number = limb_lanes<52, Limbs, 8>;
    using modulus = std::conditional_t<SharedKey, limb_vector<52, Limbs / 8>, number>;
    static_assert(modulus::room == Limbs);

private:

    const std::uint64_t* n_;  // SharedKey: a limb each; else 8 lanes each
    const number& r2_;        // R^2 mod n
    const limb_vector<52, 1>& n0_;
    std::size_t size_;

public:
    ifma_eight(const modulus& n, const number& r2, const limb_vector<52, 1>& n0, std::size_t size) : n_(n.limb), r2_(r2), n0_(n0), size_(size) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    void enter(number& r, const number& a) const { multiply(r, a, r2_); }

    /// r = a * b / R mod n, in each lane. r may be a or b.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] void multiply(number& r, const number& a, const number& b) const {
        const std::size_t size = size_;
        __m512i t[2 * Limbs];
        for (std::size_t c = 0; c != size; ++c) t[c] = _mm512_setzero_si512();
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) {
            const __m512i x[4] = {load(a.limb, i), load(a.limb, i + 1), load(a.limb, i + 2), load(a.limb, i + 3)};
            rows<false>(t + i, x, b.limb, size);
        }
        reduce(r.limb, t);
    }

    /// r = a^2 / R mod n, in each lane. r may be a. Each product of two different limbs is made once and doubled.
    [[MODSIG_TARGET_IFMA, gnu::noinline]] void square(number& r, const number& a) const {
        const std::size_t size = size_;
        __m512i t[2 * Limbs];
        for (std::size_t c = 0; c != size; ++c) t[c] = _mm512_setzero_si512();
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) {
            const __m512i x[4] = {load(a.limb, i), load(a.limb, i + 1), load(a.limb, i + 2), load(a.limb, i + 3)};
            const std::size_t rest = size - i - 4;
            if (rest == 0)
                for (std::size_t c = 4; c != 8; ++c) t[2 * i + c] = _mm512_setzero_si512();
            triangle(t + 2 * i, x);
            if (rest != 0) rows<false>(t + 2 * i + 4, x, a.limb + 8 * (i + 4), rest);
        }
#pragma GCC unroll 4
        for (std::size_t i = 0; i < size; ++i) {
            const __m512i x = load(a.limb, i);
            t[2 * i] = _mm512_madd52lo_epu64(_mm512_add_epi64(t[2 * i], t[2 * i]), x, x);
            t[2 * i + 1] = _mm512_madd52hi_epu64(_mm512_add_epi64(t[2 * i + 1], t[2 * i + 1]), x, x);
        }
        reduce(r.limb, t);
    }

private:
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i load(const std::uint64_t* a, std::size_t i) { return _mm512_load_si512(a + 8 * i); }

    /// Limb i of a row's second factor: broadcast or by lane.
    template <bool Broadcast>
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i limb(const std::uint64_t* y, std::size_t i) {
        if constexpr (Broadcast) return _mm512_set1_epi64(static_cast<long long>(y[i]));
        else return load(y, i);
    }

    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i low(__m512i sum, __m512i a, __m512i b) { return _mm512_madd52lo_epu64(sum, a, b); }
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i high(__m512i sum, __m512i a, __m512i b) { return _mm512_madd52hi_epu64(sum, a, b); }

    /// The products of four limbs among themselves; t[0] is the column of x[0]^2.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void triangle(__m512i* t, const __m512i* x) {
        t[1] = low(t[1], x[0], x[1]);
        t[2] = low(high(t[2], x[0], x[1]), x[0], x[2]);
        t[3] = low(low(high(t[3], x[0], x[2]), x[0], x[3]), x[1], x[2]);
        t[4] = low(high(high(t[4], x[0], x[3]), x[1], x[2]), x[1], x[3]);
        t[5] = low(high(t[5], x[1], x[3]), x[2], x[3]);
        t[6] = high(t[6], x[2], x[3]);
    }

    /// One column of four rows: `w` are the limbs of y at this column and the four before it.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline __m512i column(__m512i sum, const __m512i* x, __m512i w0, __m512i w1, __m512i w2, __m512i w3, __m512i w4) {
        sum = low(high(sum, x[0], w1), x[0], w0);
        sum = low(high(sum, x[1], w2), x[1], w1);
        sum = low(high(sum, x[2], w3), x[2], w2);
        return low(high(sum, x[3], w4), x[3], w3);
    }

    /// Four rows: t += (x[0] + x[1] * 2^52 + ...) * (y[0] + ... + y[count - 1] * 2^(52 (count - 1))). count is a multiple of 4.
    /// The last four columns, t[count] and up, are new: they are written, not added to.
    template <bool Broadcast>
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void rows(__m512i* t, const __m512i* x, const std::uint64_t* y, std::size_t count) {
        const __m512i w0 = limb<Broadcast>(y, 0), w1 = limb<Broadcast>(y, 1), w2 = limb<Broadcast>(y, 2), w3 = limb<Broadcast>(y, 3);
        t[0] = low(t[0], x[0], w0);
        t[1] = low(low(high(t[1], x[0], w0), x[0], w1), x[1], w0);
        t[2] = low(high(low(high(low(t[2], x[0], w2), x[0], w1), x[1], w1), x[1], w0), x[2], w0);
        t[3] = low(high(low(high(low(high(low(t[3], x[0], w3), x[0], w2), x[1], w2), x[1], w1), x[2], w1), x[2], w0), x[3], w0);
        slide<Broadcast, true>(t, x, y, count, w0, w1, w2, w3);
    }

    /// Columns 4 and up of four rows, given the first four limbs of y. `New`: the last four columns are written.
    template <bool Broadcast, bool New>
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] static inline void slide(__m512i* t, const __m512i* x, const std::uint64_t* y, std::size_t count, __m512i w4, __m512i w3, __m512i w2, __m512i w1) {
        std::size_t c = 4;
#pragma GCC unroll 1
        for (; c != count; c += 4) {
            const __m512i v0 = limb<Broadcast>(y, c);
            t[c] = column(t[c], x, v0, w1, w2, w3, w4);
            const __m512i v1 = limb<Broadcast>(y, c + 1);
            t[c + 1] = column(t[c + 1], x, v1, v0, w1, w2, w3);
            const __m512i v2 = limb<Broadcast>(y, c + 2);
            t[c + 2] = column(t[c + 2], x, v2, v1, v0, w1, w2);
            const __m512i v3 = limb<Broadcast>(y, c + 3);
            t[c + 3] = column(t[c + 3], x, v3, v2, v1, v0, w1);
            w4 = v0, w3 = v1, w2 = v2, w1 = v3;
        }
        const __m512i zero = _mm512_setzero_si512();
        __m512i sum = New ? zero : t[c];
        t[c] = low(high(low(high(low(high(high(sum, x[0], w1), x[1], w2), x[1], w1), x[2], w3), x[2], w2), x[3], w4), x[3], w3);
        sum = New ? zero : t[c + 1];
        t[c + 1] = low(high(low(high(high(sum, x[1], w1), x[2], w2), x[2], w1), x[3], w3), x[3], w2);
        sum = New ? zero : t[c + 2];
        t[c + 2] = low(high(high(sum, x[2], w1), x[3], w2), x[3], w1);
        sum = New ? zero : t[c + 3];
        t[c + 3] = high(sum, x[3], w1);
    }

    /// r = t / R mod n: adds multiples m of n, four rows at a time, that clear the lowest columns.
    [[MODSIG_TARGET_IFMA, gnu::always_inline]] inline void reduce(std::uint64_t* r, __m512i* t) const {
        const __m512i zero = _mm512_setzero_si512();
        const __m512i inverse = _mm512_load_si512(n0_.limb);
        const std::uint64_t* const n = n_;
        const std::size_t size = size_;
#pragma GCC unroll 1
        for (std::size_t i = 0; i != size; i += 4) {
            __m512i* const q = t + i;
            const __m512i w0 = limb<SharedKey>(n, 0), w1 = limb<SharedKey>(n, 1), w2 = limb<SharedKey>(n, 2), w3 = limb<SharedKey>(n, 3);
            __m512i m[4];
            m[0] = low(zero, q[0], inverse);
            __m512i sum = low(q[0], m[0], w0);
            sum = _mm512_add_epi64(q[1], _mm512_maskz_srli_epi64(all_lanes, sum, 52));
            sum = low(high(sum, m[0], w0), m[0], w1);
            m[1] = low(zero, sum, inverse);
            sum = low(sum, m[1], w0);
            sum = _mm512_add_epi64(low(high(q[2], m[0], w1), m[0], w2), _mm512_maskz_srli_epi64(all_lanes, sum, 52));
            sum = low(high(sum, m[1], w0), m[1], w1);
            m[2] = low(zero, sum, inverse);
            sum = low(sum, m[2], w0);
            sum = _mm512_add_epi64(low(high(low(high(q[3], m[0], w2), m[0], w3), m[1], w1), m[1], w2), _mm512_maskz_srli_epi64(all_lanes, sum, 52));
            sum = low(high(sum, m[2], w0), m[2], w1);
            m[3] = low(zero, sum, inverse);
            sum = low(sum, m[3], w0);
            q[4] = _mm512_add_epi64(q[4], _mm512_maskz_srli_epi64(all_lanes, sum, 52));
            slide<SharedKey, false>(q, m, n, size, w0, w1, w2, w3);
        }
        const __m512i mask = _mm512_set1_epi64(static_cast<long long>((std::uint64_t{1} << 52) - 1));
        __m512i carry = zero;
        for (std::size_t i = 0; i != size; ++i) {
            const __m512i limb_and_carry = _mm512_add_epi64(t[size + i], carry);
            carry = _mm512_maskz_srli_epi64(all_lanes, limb_and_carry, 52);
            _mm512_store_si512(r + 8 * i, _mm512_and_si512(limb_and_carry, mask));
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_RSA_IFMA8_HPP
