// SPDX-License-Identifier: BSL-1.0
//
// The ways to calculate ML-DSA that some CPUs have, and which one an Isa chooses. Each function has its own target attribute; the
// code is that of ml_dsa_lanes.hpp.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_KERNELS_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_KERNELS_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/ml_dsa.hpp>
#include <modsig/engine/native/ml_dsa_lanes.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

#ifdef MODSIG_NATIVE_X86

/// One sponge: rorx turns without a copy, andn is chi's.
struct keccak_with_bmi2 {
    [[gnu::target("bmi,bmi2"), gnu::noinline]] static void permute(std::uint64_t* state) { digest::keccak_functions::permute(state); }
};

struct ml_dsa_avx2 {
    static constexpr cpu_features needs = cpu_features{}.with(feature::bmi2).with(feature::avx2);
    static constexpr std::size_t lanes = 4;
    using permutation = keccak_with_bmi2;
    using code = ml_dsa_lanes<8>;

    [[gnu::target("avx2,bmi,bmi2"), gnu::noinline]] static void permute_lanes(std::uint64_t* state) { code::permute(state); }
    [[gnu::target("avx2,bmi,bmi2"), gnu::noinline]] static void ntt(ml_dsa_polynomial& a) { code::ntt(a); }
    [[gnu::target("avx2,bmi,bmi2"), gnu::noinline]] static void inverse_ntt(ml_dsa_polynomial& a) { code::inverse_ntt(a); }
    [[gnu::target("avx2,bmi,bmi2"), gnu::noinline]] static void multiply(ml_dsa_sums& sums, const ml_dsa_polynomial& a, const ml_dsa_polynomial& b) {
        code::multiply(sums, a, b);
    }
    [[gnu::target("avx2,bmi,bmi2"), gnu::noinline]] static void reduce(ml_dsa_polynomial& out, const ml_dsa_sums& sums) { code::reduce(out, sums); }
    template <std::size_t Stride>
    [[nodiscard]] static std::size_t draw_coefficients(ml_dsa_polynomial& a, std::size_t filled, const std::uint64_t* block) {
        return engine::draw_coefficients<Stride>(a, filled, block);
    }
};

struct ml_dsa_avx512 {
    static constexpr cpu_features needs = cpu_features{}.with(feature::bmi2).with(feature::avx512);
    static constexpr std::size_t lanes = 8;
    using permutation = keccak_with_bmi2;
    using code = ml_dsa_lanes<16>;

    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static void permute_lanes(std::uint64_t* state) { code::permute(state); }
    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static void ntt(ml_dsa_polynomial& a) { code::ntt(a); }
    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static void inverse_ntt(ml_dsa_polynomial& a) { code::inverse_ntt(a); }
    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static void multiply(ml_dsa_sums& sums, const ml_dsa_polynomial& a, const ml_dsa_polynomial& b) {
        code::multiply(sums, a, b);
    }
    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static void reduce(ml_dsa_polynomial& out, const ml_dsa_sums& sums) {
        code::reduce(out, sums);
    }

    /// As engine::draw_coefficients, 16 candidates at a time: three bytes each are put into words, and those below q together.
    template <std::size_t Stride>
    [[nodiscard, gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi,bmi2"), gnu::noinline]] static std::size_t draw_coefficients(
        ml_dsa_polynomial& a, std::size_t filled, const std::uint64_t* block) {
        constexpr std::size_t words = 21;
        alignas(64) std::uint64_t bytes[24];
        for (std::size_t i = 0; i != words; ++i) bytes[i] = block[i * Stride];
        const __m512i twelves = _mm512_setr_epi32(0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
        const __m512i threes = _mm512_maskz_broadcast_i32x4(0xffff, _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
        for (std::size_t i = 0; i < words; i += 6) {
            const std::size_t count = std::min(words - i, std::size_t{6});
            const auto present = static_cast<__mmask8>((1u << count) - 1);
            __m512i candidates = _mm512_maskz_loadu_epi64(present, bytes + i);
            candidates = _mm512_shuffle_epi8(_mm512_maskz_permutexvar_epi32(0xffff, twelves, candidates), threes);
            candidates = _mm512_and_si512(candidates, _mm512_set1_epi32(0x7fffff));
            const auto valid = static_cast<__mmask16>(_mm512_cmplt_epi32_mask(candidates, _mm512_set1_epi32(ml_dsa_q)) & ((1u << count * 8 / 3) - 1));
            const std::size_t found = std::min(static_cast<std::size_t>(__builtin_popcount(valid)), ml_dsa_coefficients - filled);
            _mm512_mask_storeu_epi32(a.data() + filled, static_cast<__mmask16>((1u << found) - 1), _mm512_maskz_compress_epi32(valid, candidates));
            filled += found;
        }
        return filled;
    }
};

#endif  // MODSIG_NATIVE_X86

/// Calls `action.operator()<Code>()` with the fastest way to calculate that Isa has, in constant expressions with the portable one.
template <class Isa, class Action>
[[nodiscard]] constexpr auto with_ml_dsa_code(const Action& action) {
#ifdef MODSIG_NATIVE_X86
    if constexpr (Isa::accelerated) {
        if (!std::is_constant_evaluated()) {
            const auto has = [](cpu_features needs, cpu_features features) { return (needs & features) == needs; };
            if constexpr (has(ml_dsa_avx512::needs, Isa::possible()))
                if (has(ml_dsa_avx512::needs, Isa::features())) return action.template operator()<ml_dsa_avx512>();
            if constexpr (has(ml_dsa_avx2::needs, Isa::possible()))
                if (has(ml_dsa_avx2::needs, Isa::features())) return action.template operator()<ml_dsa_avx2>();
        }
    }
#endif
    return action.template operator()<portable_ml_dsa<Isa::small_code>>();
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_KERNELS_HPP
