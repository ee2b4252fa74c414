// SPDX-License-Identifier: BSL-1.0
//
// SHA-1 and SHA-2 of many messages, one a lane: the functions of digest/sha1.hpp and digest/sha2.hpp on vectors. Several
// groups of vectors run side by side where one would wait for its own results.
// State: word i of the message in lane l stands at state[i * lanes + l].
#ifndef MODSIG_ENGINE_NATIVE_SHA_LANES_HPP
#define MODSIG_ENGINE_NATIVE_SHA_LANES_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/digest/sha2.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/lanes.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace modsig::engine::inline MODSIG_KERNELS {

/// One block function on `Groups` vectors at once.
template <class Functions, class Word, std::size_t Words, std::size_t Lanes, std::size_t Groups>
struct lane_groups {
    using lane = lanes<Word, Lanes>;
    using vector = typename lane::vector;

    [[gnu::always_inline]] static void compress(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
        vector s[Groups][Words];
        for (std::size_t g = 0; g != Groups; ++g)
            for (std::size_t i = 0; i != Words; ++i) std::memcpy(&s[g][i], state + (i * Groups + g) * Lanes, lane::row_size);
        for (std::size_t at = 0; count != 0; --count, at += Functions::block_size) {
            vector w[Groups][16];
            for (std::size_t g = 0; g != Groups; ++g) lane::load(w[g], blocks + g * Lanes, at);
            Functions::template block<Groups>(s, w);
        }
        for (std::size_t g = 0; g != Groups; ++g)
            for (std::size_t i = 0; i != Words; ++i) std::memcpy(state + (i * Groups + g) * Lanes, &s[g][i], lane::row_size);
    }
};

template <class Word, std::size_t Lanes, std::size_t Groups = 1>
using sha2_lanes = lane_groups<digest::sha2_functions<Word>, Word, 8, Lanes, Groups>;
template <std::size_t Lanes, std::size_t Groups = 1>
using sha1_lanes = lane_groups<digest::sha1_functions, std::uint32_t, 5, Lanes, Groups>;

/// The same lanes under the names of instruction sets: each is a function of its own, whatever flags the file has.
struct avx2 {
    template <class Kernel, class Word>
    [[gnu::target("avx2,bmi2"), gnu::noinline]] static void compress(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
        Kernel::compress(state, blocks, count);
    }
};
struct avx512 {
    template <class Kernel, class Word>
    [[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,bmi2"), gnu::noinline]] static void compress(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
        Kernel::compress(state, blocks, count);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_SHA_LANES_HPP
