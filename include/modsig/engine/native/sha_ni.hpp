// SPDX-License-Identifier: BSL-1.0
//
// SHA-1 and SHA-256 with SHA-NI, for one to four messages at once: one message is a serial chain of instructions, several
// fill the unit. Instructions: Intel SDM, volume 2, SHA1RNDS4, SHA1NEXTE, SHA1MSG1, SHA1MSG2, SHA256RNDS2, SHA256MSG1,
// SHA256MSG2; they keep the state as (a b e f), (c d g h), and as (a b c d), (e . . .).
#ifndef MODSIG_ENGINE_NATIVE_SHA_NI_HPP
#define MODSIG_ENGINE_NATIVE_SHA_NI_HPP

#include <modsig/digest/sha2.hpp>
#include <modsig/engine/native/x86_intrinsics.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>

namespace modsig::engine::inline MODSIG_KERNELS {

// `state` holds one message's words after the other's; `blocks` is one pointer a message; all move on by `count` blocks.
// Loops over n go over messages, so that step k of every message comes before step k + 1 of any.
template <std::size_t Messages>
struct sha_ni {
    static constexpr std::size_t n_max = Messages;

    [[gnu::target("sha,sse4.1,ssse3"), gnu::noinline]] static void sha256(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
        const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
        const std::uint32_t* const k = digest::detail::sha256_constants.data();
        __m128i abef[n_max], cdgh[n_max];
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            const auto* words = reinterpret_cast<const __m128i*>(state + 8 * n);
            const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
            const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
            abef[n] = _mm_alignr_epi8(badc, hgfe, 8);
            cdgh[n] = _mm_blend_epi16(hgfe, badc, 0xf0);
        }
        for (std::size_t at = 0; count != 0; --count, at += 64) {
            __m128i w[n_max][4], x[n_max], y[n_max];
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) x[n] = abef[n], y[n] = cdgh[n];
#pragma GCC unroll 16
            for (std::size_t t = 0; t != 16; ++t) {
                const __m128i constants = _mm_loadu_si128(reinterpret_cast<const __m128i*>(k + 4 * t));
#pragma GCC unroll 4
                for (std::size_t n = 0; n != n_max; ++n) {
                    __m128i& word = w[n][t % 4];
                    if (t < 4) {
                        word = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[n] + at + 16 * t)), big_endian);
                    } else {
                        const __m128i last = w[n][(t + 3) % 4];
                        const __m128i w7 = _mm_alignr_epi8(last, w[n][(t + 2) % 4], 4);
                        word = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(word, w[n][(t + 1) % 4]), w7), last);
                    }
                    const __m128i wk = _mm_add_epi32(word, constants);
                    y[n] = _mm_sha256rnds2_epu32(y[n], x[n], wk);
                    x[n] = _mm_sha256rnds2_epu32(x[n], y[n], _mm_shuffle_epi32(wk, 0x0e));
                }
            }
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) {
                abef[n] = _mm_add_epi32(abef[n], x[n]);
                cdgh[n] = _mm_add_epi32(cdgh[n], y[n]);
            }
        }
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            auto* words = reinterpret_cast<__m128i*>(state + 8 * n);
            const __m128i feba = _mm_shuffle_epi32(abef[n], 0x1b);
            const __m128i dchg = _mm_shuffle_epi32(cdgh[n], 0xb1);
            _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
            _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
        }
    }

    [[gnu::target("sha,sse4.1,ssse3"), gnu::noinline]] static void sha1(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
        const __m128i reversed = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
        __m128i abcd[n_max], e[n_max];
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            abcd[n] = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state + 5 * n)), 0x1b);
            e[n] = _mm_set_epi32(static_cast<int>(state[5 * n + 4]), 0, 0, 0);
        }
        for (std::size_t at = 0; count != 0; --count, at += 64) {
            __m128i w[n_max][4], x[n_max], previous[n_max];
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) x[n] = abcd[n];
#pragma GCC unroll 20
            for (std::size_t t = 0; t != 20; ++t) {
#pragma GCC unroll 4
                for (std::size_t n = 0; n != n_max; ++n) {
                    __m128i& word = w[n][t % 4];
                    if (t < 4) {
                        word = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks[n] + at + 16 * t)), reversed);
                    } else {
                        const __m128i mixed = _mm_xor_si128(_mm_sha1msg1_epu32(word, w[n][(t + 1) % 4]), w[n][(t + 2) % 4]);
                        word = _mm_sha1msg2_epu32(mixed, w[n][(t + 3) % 4]);
                    }
                    const __m128i with_e = t == 0 ? _mm_add_epi32(e[n], word) : _mm_sha1nexte_epu32(previous[n], word);
                    previous[n] = x[n];
                    if (t < 5) x[n] = _mm_sha1rnds4_epu32(x[n], with_e, 0);
                    else if (t < 10) x[n] = _mm_sha1rnds4_epu32(x[n], with_e, 1);
                    else if (t < 15) x[n] = _mm_sha1rnds4_epu32(x[n], with_e, 2);
                    else x[n] = _mm_sha1rnds4_epu32(x[n], with_e, 3);
                }
            }
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) {
                abcd[n] = _mm_add_epi32(abcd[n], x[n]);
                e[n] = _mm_sha1nexte_epu32(previous[n], e[n]);
            }
        }
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 5 * n), _mm_shuffle_epi32(abcd[n], 0x1b));
            state[5 * n + 4] = static_cast<std::uint32_t>(_mm_extract_epi32(e[n], 3));
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_SHA_NI_HPP
