// SPDX-License-Identifier: BSL-1.0
//
// SHA-224, SHA-256, SHA-384 and SHA-512. The functions are written once, for words and for vectors of words (one message a
// lane); engine/native has the vectors. Source: FIPS 180-4, sections 4.1.2, 4.1.3, 4.2.2, 4.2.3, 5.3, 6.2 and 6.4.
#ifndef MODSIG_DIGEST_SHA2_HPP
#define MODSIG_DIGEST_SHA2_HPP

#include <modsig/digest/block_hash.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace modsig::digest {

namespace detail {
// clang-format off
inline constexpr std::array<std::uint64_t, 80> sha512_constants{
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};
// clang-format on

// FIPS 180-4, section 4.2: the constants of SHA-256 are the high halves of the first 64 constants of SHA-512.
inline constexpr auto sha256_constants = [] {
    std::array<std::uint32_t, 64> halves{};
    for (std::size_t i = 0; i != halves.size(); ++i) halves[i] = static_cast<std::uint32_t>(sha512_constants[i] >> 32);
    return halves;
}();
}  // namespace detail

/// The functions of SHA-256 (32-bit words) and SHA-512 (64-bit words). V is the word itself or a vector of words. Vectors are
/// passed by reference: by value they need registers that only a function with a target attribute has.
template <class Word>
struct sha2_functions {
    static constexpr bool wide = sizeof(Word) == 8;               ///< Whether words have 64 bits.
    static constexpr std::size_t rounds = wide ? 80 : 64;         ///< Rounds for a block: 64 or 80.
    static constexpr std::size_t block_size = 16 * sizeof(Word);  ///< Bytes of a block: 64 or 128.

    /// K of each round: section 4.2.2 or 4.2.3.
    [[nodiscard]] static constexpr const auto& constants() {
        if constexpr (wide) return detail::sha512_constants;
        else return detail::sha256_constants;
    }

    /// Sigma 0 of the variables: equation 4.4 or 4.10.
    template <class V>
    [[gnu::always_inline]] static constexpr void big_sigma0(V& out, const V& x) {
        if constexpr (wide) out = (x >> 28 | x << 36) ^ (x >> 34 | x << 30) ^ (x >> 39 | x << 25);
        else out = (x >> 2 | x << 30) ^ (x >> 13 | x << 19) ^ (x >> 22 | x << 10);
    }
    /// Sigma 1 of the variables: equation 4.5 or 4.11.
    template <class V>
    [[gnu::always_inline]] static constexpr void big_sigma1(V& out, const V& x) {
        if constexpr (wide) out = (x >> 14 | x << 50) ^ (x >> 18 | x << 46) ^ (x >> 41 | x << 23);
        else out = (x >> 6 | x << 26) ^ (x >> 11 | x << 21) ^ (x >> 25 | x << 7);
    }
    /// The next word of the message schedule, from those 16, 15, 7 and 2 places before it.
    template <class V>
    [[gnu::always_inline]] static constexpr void extend(V& w16, const V& w15, const V& w7, const V& w2) {
        if constexpr (wide)
            w16 += ((w15 >> 1 | w15 << 63) ^ (w15 >> 8 | w15 << 56) ^ w15 >> 7) + w7 +
                   ((w2 >> 19 | w2 << 45) ^ (w2 >> 61 | w2 << 3) ^ w2 >> 6);
        else
            w16 += ((w15 >> 7 | w15 << 25) ^ (w15 >> 18 | w15 << 14) ^ w15 >> 3) + w7 +
                   ((w2 >> 17 | w2 << 15) ^ (w2 >> 19 | w2 << 13) ^ w2 >> 10);
    }

    /// One round. `word` is the schedule's word plus the constant. The variables keep their places: the caller renames them;
    /// afterwards d is the next round's e, and h its a. `bc` is b ^ c, and becomes that of the next round.
    //
    // Sums end with what is known last: e, and what depends on it. A vector does two more additions to have the next e sooner;
    // words have few registers and more units.
    template <class V>
    [[gnu::always_inline]] static constexpr void round(const V& a, const V& b, V& d, const V& e, const V& f, const V& g, V& h, V& bc, const V& word) {
        V s0, s1;
        big_sigma1(s1, e);
        big_sigma0(s0, a);
        const V sum = h + word, choice = g ^ (e & (f ^ g)), ab = a ^ b;
        if constexpr (sizeof(V) == sizeof(Word)) {
            h = sum + choice + s1;
            d = d + h;
            h = h + (b ^ (ab & bc)) + s0;
        } else {
            d = (d + sum) + choice + s1;
            h = (sum + choice) + s1 + (b ^ (ab & bc)) + s0;
        }
        bc = ab;
    }

    /// Round I of 16, with constant indices. v: the variables a to h, then b ^ c.
    template <bool Extend, std::size_t I, class V>
    [[gnu::always_inline]] static constexpr void turn(V* v, V* w, const Word* k) {
        if constexpr (Extend) extend(w[I], w[(I + 1) % 16], w[(I + 9) % 16], w[(I + 14) % 16]);
        round(v[(16 - I) % 8], v[(17 - I) % 8], v[(19 - I) % 8], v[(20 - I) % 8], v[(21 - I) % 8], v[(22 - I) % 8], v[(23 - I) % 8],
              v[8], w[I] + k[I]);
    }
    /// Sixteen rounds of `Groups` groups, with the constants from `k` on; `Extend`: the schedule is extended first.
    template <bool Extend, std::size_t Groups, class V, std::size_t... I>
    [[gnu::always_inline]] static constexpr void sixteen(V (*v)[9], V (*w)[16], const Word* k, std::index_sequence<I...>) {
        if constexpr (Groups == 1) (turn<Extend, I>(v[0], w[0], k), ...);
        else (turns<Extend, I>(v, w, k, std::make_index_sequence<Groups>{}), ...);
    }
    /// Round I of several groups, one after the other.
    template <bool Extend, std::size_t I, class V, std::size_t... Group>
    [[gnu::always_inline]] static constexpr void turns(V (*v)[9], V (*w)[16], const Word* k, std::index_sequence<Group...>) {
        (turn<Extend, I>(v[Group], w[Group], k), ...);
    }

    /// `block` updates `state` with one block, whose 16 words `w` are overwritten; in fast code. Several groups advance round
    /// by round side by side: a single group waits for its own results.
    template <std::size_t Groups, class V>
    [[gnu::always_inline]] static constexpr void block(V (*state)[8], V (*w)[16]) {
        constexpr auto all = std::make_index_sequence<16>{};
        const Word* k = constants().data();
        V v[Groups][9];
        for (std::size_t g = 0; g != Groups; ++g) {
            for (std::size_t i = 0; i != 8; ++i) v[g][i] = state[g][i];
            v[g][8] = state[g][1] ^ state[g][2];
        }
        sixteen<false, Groups>(v, w, k, all);
#pragma GCC unroll 1
        for (std::size_t t = 16; t != rounds; t += 16) sixteen<true, Groups>(v, w, k + t, all);
        for (std::size_t g = 0; g != Groups; ++g)
            for (std::size_t i = 0; i != 8; ++i) state[g][i] += v[g][i];
    }

    /// `compact_block` is `block` for one group, in little code. Each round has its variables one place below those of the
    /// round before, so that it writes two of them and moves none; every sixteen rounds all are moved up again.
    static constexpr void compact_block(Word* state, Word* w) {
        Word places[16 + 8];
        const Word* from = state;
        Word* v = places;
        for (std::size_t t = 0; t != rounds; ++t) {
            if (v == places) {
                v += 16;
                for (std::size_t i = 0; i != 8; ++i) v[i] = from[i];
                from = places;
            }
            if (t >= 16) extend(w[t % 16], w[(t + 1) % 16], w[(t + 9) % 16], w[(t + 14) % 16]);
            Word s0{}, s1{};
            big_sigma0(s0, v[0]);
            big_sigma1(s1, v[4]);
            const auto sum = static_cast<Word>(v[7] + s1 + (v[6] ^ (v[4] & (v[5] ^ v[6]))) + constants()[t] + w[t % 16]);
            s0 += (v[0] & v[1]) | (v[2] & (v[0] | v[1]));
            --v;
            v[4] += sum;
            v[0] = sum + s0;
        }
        for (std::size_t i = 0; i != 8; ++i) state[i] += v[i];
    }

    /// A big-endian word, as one expression that GCC and Clang compile to a load and a byte swap.
    [[nodiscard]] static constexpr Word load(const std::uint8_t* p) {
        if constexpr (wide)
            return Word{p[0]} << 56 | Word{p[1]} << 48 | Word{p[2]} << 40 | Word{p[3]} << 32 | Word{p[4]} << 24 |
                   Word{p[5]} << 16 | Word{p[6]} << 8 | Word{p[7]};
        else return Word{p[0]} << 24 | Word{p[1]} << 16 | Word{p[2]} << 8 | Word{p[3]};
    }

    /// `compress` updates `state` with `count` consecutive blocks of one message. `Compact`: little code rather than speed.
    template <bool Compact>
    [[gnu::always_inline]] static constexpr void compress(Word* state, const std::uint8_t* blocks, std::size_t count) {
        if constexpr (Compact) {
            for (; count != 0; --count, blocks += block_size) {
                Word w[16]{};
                for (std::size_t i = 0; i != 16; ++i) w[i] = load(blocks + i * sizeof(Word));
                compact_block(state, w);
            }
        } else {
            Word s[1][8]{};
            for (std::size_t i = 0; i != 8; ++i) s[0][i] = state[i];
            for (; count != 0; --count, blocks += block_size) {
                Word w[1][16]{};
                for (std::size_t i = 0; i != 16; ++i) w[0][i] = load(blocks + i * sizeof(Word));
                block<1>(s, w);
            }
            for (std::size_t i = 0; i != 8; ++i) state[i] = s[0][i];
        }
    }
};

/// What distinguishes the four functions: FIPS 180-4, section 5.3.
template <digest_id Id>
struct sha2_parameters;

// clang-format off
/// SHA-224.
template <> struct sha2_parameters<digest_id::sha224> {
    using word = std::uint32_t;  ///< 32 bits.
    /// Section 5.3.2.
    static constexpr std::array<word, 8> initial{0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
};
/// SHA-256.
template <> struct sha2_parameters<digest_id::sha256> {
    using word = std::uint32_t;  ///< 32 bits.
    /// Section 5.3.3.
    static constexpr std::array<word, 8> initial{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};
/// SHA-384.
template <> struct sha2_parameters<digest_id::sha384> {
    using word = std::uint64_t;  ///< 64 bits.
    /// Section 5.3.4.
    static constexpr std::array<word, 8> initial{0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
                                                 0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4};
};
/// SHA-512.
template <> struct sha2_parameters<digest_id::sha512> {
    using word = std::uint64_t;  ///< 64 bits.
    /// Section 5.3.5.
    static constexpr std::array<word, 8> initial{0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                                 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
};
// clang-format on

/// Plain C++. `Compact`: little code, for firmware. Constant expressions always take the unrolled code: it needs fewer steps.
template <digest_id Id, bool Compact>
struct portable_sha2_compression : sha2_parameters<Id> {
    using typename sha2_parameters<Id>::word;
    using state = std::array<word, 8>;           ///< The chaining value.
    static constexpr digest_id id = Id;          ///< The algorithm.
    static constexpr bool small_code = Compact;  ///< Whether block_hash is to prefer little code, too.

    /// Updates `s` with `count` blocks, one after the other.
    static constexpr void compress(state& s, const std::uint8_t* blocks, std::size_t count) {
        if (std::is_constant_evaluated()) sha2_functions<word>::template compress<false>(s.data(), blocks, count);
        else sha2_functions<word>::template compress<Compact>(s.data(), blocks, count);
    }
};

template <digest_id Id>
using portable_sha2 = block_hash<portable_sha2_compression<Id, true>>;  ///< SHA-2 in little code, for builtin keys and firmware.

static_assert(explain_hash<portable_sha2<digest_id::sha256>>());
static_assert(explain_hash<portable_sha2<digest_id::sha512>>());

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_SHA2_HPP
