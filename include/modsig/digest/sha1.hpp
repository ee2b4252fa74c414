// SPDX-License-Identifier: BSL-1.0
//
// SHA-1. Key identifiers are SHA-1 digests, also those of builtin keys, which the compiler calculates. The function is written
// once, for words and for vectors of words (one message a lane); engine/native has the vectors.
// Source: FIPS 180-4, sections 4.1.1, 4.2.1, 5.3.1 and 6.1.2.
#ifndef MODSIG_DIGEST_SHA1_HPP
#define MODSIG_DIGEST_SHA1_HPP

#include <modsig/digest/block_hash.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace modsig::digest {

/// H(0) of section 5.3.1.
inline constexpr std::array<std::uint32_t, 5> sha1_initial{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

/// V is std::uint32_t or a vector of them.
struct sha1_functions {
    static constexpr std::size_t block_size = 64;  ///< Bytes of a block.
    /// K of rounds 0 to 19, 20 to 39, 40 to 59, 60 to 79: section 4.2.1.
    static constexpr std::array<std::uint32_t, 4> constants{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

    /// Turns 32-bit words left by `bits`, 1 to 31.
    template <class V>
    [[gnu::always_inline]] static constexpr void rotate(V& out, const V& x, int bits) {
        out = x << bits | x >> (32 - bits);
    }

    /// Round T. The variables keep their places: the caller renames them; afterwards b is the next round's c, and e its a.
    template <std::size_t T, class V>
    [[gnu::always_inline]] static constexpr void round(const V& a, V& b, const V& c, const V& d, V& e, const V& word) {
        V turned;
        rotate(turned, a, 5);
        if constexpr (T < 20) e = e + word + constants[0] + ((b & c) | (~b & d)) + turned;
        else if constexpr (T >= 40 && T < 60) e = e + word + constants[2] + (b ^ ((b ^ c) & (b ^ d))) + turned;
        else e = e + word + constants[T / 20] + (b ^ c ^ d) + turned;
        rotate(b, V(b), 30);
    }

    /// Round T with its word of the message schedule; `v` are the five variables, `w` the last 16 words.
    template <std::size_t T, class V>
    [[gnu::always_inline]] static constexpr void turn(V* v, V* w) {
        if constexpr (T >= 16) rotate(w[T % 16], w[T % 16] ^ w[(T + 2) % 16] ^ w[(T + 8) % 16] ^ w[(T + 13) % 16], 1);
        round<T>(v[(80 - T) % 5], v[(81 - T) % 5], v[(82 - T) % 5], v[(83 - T) % 5], v[(84 - T) % 5], w[T % 16]);
    }
    /// Round T of several groups, one after the other.
    template <std::size_t T, class V, std::size_t... Group>
    [[gnu::always_inline]] static constexpr void turns(V (*v)[5], V (*w)[16], std::index_sequence<Group...>) {
        (turn<T>(v[Group], w[Group]), ...);
    }
    /// Rounds T... of `Groups` groups.
    template <std::size_t Groups, class V, std::size_t... T>
    [[gnu::always_inline]] static constexpr void rounds(V (*v)[5], V (*w)[16], std::index_sequence<T...>) {
        (turns<T>(v, w, std::make_index_sequence<Groups>{}), ...);
    }

    /// `block` updates `state` with one block, whose 16 words `w` are overwritten; all rounds are unrolled. Several groups
    /// advance round by round side by side.
    template <std::size_t Groups, class V>
    [[gnu::always_inline]] static constexpr void block(V (*state)[5], V (*w)[16]) {
        V v[Groups][5];
        for (std::size_t g = 0; g != Groups; ++g)
            for (std::size_t i = 0; i != 5; ++i) v[g][i] = state[g][i];
        rounds<Groups>(v, w, std::make_index_sequence<80>{});
        for (std::size_t g = 0; g != Groups; ++g)
            for (std::size_t i = 0; i != 5; ++i) state[g][i] += v[g][i];
    }

    /// `compact_block` is `block` for one group, in little code.
    static constexpr void compact_block(std::uint32_t* state, std::uint32_t* w) {
        std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (std::size_t t = 0; t != 80; ++t) {
            if (t >= 16) w[t % 16] = std::rotl(w[t % 16] ^ w[(t + 2) % 16] ^ w[(t + 8) % 16] ^ w[(t + 13) % 16], 1);
            std::uint32_t f = b ^ c ^ d;
            if (t < 20) f = (b & c) | (~b & d);
            else if (t >= 40 && t < 60) f = (b & c) | (d & (b | c));
            const std::uint32_t next = std::rotl(a, 5) + f + e + constants[t / 20] + w[t % 16];
            e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
    }

    /// Four bytes, big-endian.
    [[nodiscard]] static constexpr std::uint32_t load(const std::uint8_t* p) {
        return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | std::uint32_t{p[3]};
    }

    /// Updates `state` with `count` blocks of 64 bytes, one after the other.
    template <bool Compact>
    [[gnu::always_inline]] static constexpr void compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
        std::uint32_t s[1][5] = {{state[0], state[1], state[2], state[3], state[4]}};
        for (; count != 0; --count, blocks += block_size) {
            std::uint32_t w[1][16]{};
            for (std::size_t i = 0; i != 16; ++i) w[0][i] = load(blocks + 4 * i);
            if constexpr (Compact) compact_block(s[0], w[0]);
            else block<1>(s, w);
        }
        for (std::size_t i = 0; i != 5; ++i) state[i] = s[0][i];
    }
};

/// Plain C++. `Compact`: little code, for firmware. Constant expressions always take the little code: it needs fewer steps.
template <bool Compact>
struct portable_sha1_compression {
    using word = std::uint32_t;                       ///< Unit of the state and of the message schedule.
    using state = std::array<word, 5>;                ///< The chaining value.
    static constexpr digest_id id = digest_id::sha1;  ///< The algorithm.
    static constexpr bool small_code = Compact;       ///< Whether block_hash is to prefer little code, too.
    static constexpr state initial = sha1_initial;    ///< The value before the first block.

    /// Updates `s` with `count` blocks of 64 bytes, one after the other.
    static constexpr void compress(state& s, const std::uint8_t* blocks, std::size_t count) {
        if (std::is_constant_evaluated()) sha1_functions::compress<true>(s.data(), blocks, count);
        else sha1_functions::compress<Compact>(s.data(), blocks, count);
    }
};

using portable_sha1 = block_hash<portable_sha1_compression<true>>;  ///< SHA-1 in little code, for key identifiers.

static_assert(explain_hash<portable_sha1>());

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_SHA1_HPP
