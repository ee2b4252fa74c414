// SPDX-License-Identifier: BSL-1.0
//
// SHA-1 and SHA-256 with the ARMv8 Cryptography Extensions, for one to four messages at once: one message is a serial chain
// of instructions, several fill the unit. Instructions: Arm ARM (DDI 0487), section C7.2, SHA1C, SHA1P, SHA1M, SHA1H,
// SHA1SU0, SHA1SU1, SHA256H, SHA256H2, SHA256SU0, SHA256SU1; they keep the state as (a b c d), (e f g h), and as (a b c d), e.
#ifndef MODSIG_ENGINE_NATIVE_SHA_ARMV8_HPP
#define MODSIG_ENGINE_NATIVE_SHA_ARMV8_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/digest/sha2.hpp>
#include <modsig/engine/native/cpu.hpp>

#ifdef MODSIG_NATIVE_ARM

#include <arm_neon.h>
#include <cstddef>
#include <cstdint>

namespace modsig::engine::inline MODSIG_KERNELS {

// `state` holds one message's words after the other's; `blocks` is one pointer a message; all move on by `count` blocks.
// Loops over n go over messages, so that step k of every message comes before step k + 1 of any.
template <std::size_t Messages>
struct sha_armv8 {
    static constexpr std::size_t n_max = Messages;

    [[gnu::target("+crypto"), gnu::noinline]] static void sha256(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
        const std::uint32_t* const k = digest::detail::sha256_constants.data();
        uint32x4_t abcd[n_max], efgh[n_max];
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            abcd[n] = vld1q_u32(state + 8 * n);
            efgh[n] = vld1q_u32(state + 8 * n + 4);
        }
        for (std::size_t at = 0; count != 0; --count, at += 64) {
            uint32x4_t w[n_max][4], x[n_max], y[n_max];
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) x[n] = abcd[n], y[n] = efgh[n];
#pragma GCC unroll 16
            for (std::size_t t = 0; t != 16; ++t) {
                const uint32x4_t constants = vld1q_u32(k + 4 * t);
#pragma GCC unroll 4
                for (std::size_t n = 0; n != n_max; ++n) {
                    uint32x4_t& word = w[n][t % 4];
                    if (t < 4) word = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks[n] + at + 16 * t)));
                    else word = vsha256su1q_u32(vsha256su0q_u32(word, w[n][(t + 1) % 4]), w[n][(t + 2) % 4], w[n][(t + 3) % 4]);
                    const uint32x4_t wk = vaddq_u32(word, constants);
                    const uint32x4_t before = x[n];
                    x[n] = vsha256hq_u32(x[n], y[n], wk);
                    y[n] = vsha256h2q_u32(y[n], before, wk);
                }
            }
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) {
                abcd[n] = vaddq_u32(abcd[n], x[n]);
                efgh[n] = vaddq_u32(efgh[n], y[n]);
            }
        }
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            vst1q_u32(state + 8 * n, abcd[n]);
            vst1q_u32(state + 8 * n + 4, efgh[n]);
        }
    }

    [[gnu::target("+crypto"), gnu::noinline]] static void sha1(std::uint32_t* state, const std::uint8_t* const* blocks, std::size_t count) {
        uint32x4_t abcd[n_max];
        std::uint32_t e[n_max];
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            abcd[n] = vld1q_u32(state + 5 * n);
            e[n] = state[5 * n + 4];
        }
        for (std::size_t at = 0; count != 0; --count, at += 64) {
            uint32x4_t w[n_max][4], x[n_max];
            std::uint32_t y[n_max];
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) x[n] = abcd[n], y[n] = e[n];
#pragma GCC unroll 20
            for (std::size_t t = 0; t != 20; ++t) {
                const uint32x4_t constant = vdupq_n_u32(digest::sha1_functions::constants[t / 5]);
#pragma GCC unroll 4
                for (std::size_t n = 0; n != n_max; ++n) {
                    uint32x4_t& word = w[n][t % 4];
                    if (t < 4) word = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks[n] + at + 16 * t)));
                    else word = vsha1su1q_u32(vsha1su0q_u32(word, w[n][(t + 1) % 4], w[n][(t + 2) % 4]), w[n][(t + 3) % 4]);
                    const uint32x4_t wk = vaddq_u32(word, constant);
                    const std::uint32_t next = vsha1h_u32(vgetq_lane_u32(x[n], 0));
                    if (t < 5) x[n] = vsha1cq_u32(x[n], y[n], wk);
                    else if (t < 10 || t >= 15) x[n] = vsha1pq_u32(x[n], y[n], wk);
                    else x[n] = vsha1mq_u32(x[n], y[n], wk);
                    y[n] = next;
                }
            }
#pragma GCC unroll 4
            for (std::size_t n = 0; n != n_max; ++n) {
                abcd[n] = vaddq_u32(abcd[n], x[n]);
                e[n] += y[n];
            }
        }
#pragma GCC unroll 4
        for (std::size_t n = 0; n != n_max; ++n) {
            vst1q_u32(state + 5 * n, abcd[n]);
            state[5 * n + 4] = e[n];
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_ARM

#endif  // MODSIG_ENGINE_NATIVE_SHA_ARMV8_HPP
