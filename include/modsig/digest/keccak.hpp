// SPDX-License-Identifier: BSL-1.0
//
// Keccak-f[1600], and SHAKE128 and SHAKE256 on top of it. The permutation is written once, for words and for vectors of words
// (one sponge a lane); engine/native has the vectors. Source: FIPS 202, sections 3.2, 3.3, 4 and 6.2.
//   state: lane (x, y) of the standard is word x + 5y; bytes go into words least significant first
#ifndef MODSIG_DIGEST_KECCAK_HPP
#define MODSIG_DIGEST_KECCAK_HPP

#include <modsig/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace modsig::digest {

inline constexpr std::size_t keccak_words = 25;   ///< 64-bit words of the state
inline constexpr std::size_t keccak_rounds = 24;  ///< rounds of Keccak-f[1600]

namespace detail {
/// FIPS 202, section 3.2.5, algorithm 5: bit 2^j - 1 of constant i is bit 7i + j of the sequence of a shift register.
inline constexpr auto keccak_constants = [] {
    std::array<std::uint64_t, keccak_rounds> constants{};
    unsigned shift_register = 1;
    for (std::uint64_t& constant : constants)
        for (unsigned j = 0; j != 7; ++j) {
            constant |= std::uint64_t{shift_register & 1} << ((1u << j) - 1);
            shift_register = (shift_register << 1) ^ ((shift_register >> 7) * 0x171);
        }
    return constants;
}();

/// Section 3.2.3: the index of the word that pi moves to each place.
inline constexpr auto keccak_sources = [] {
    std::array<std::uint8_t, keccak_words> sources{};
    for (std::size_t y = 0; y != 5; ++y)
        for (std::size_t x = 0; x != 5; ++x) sources[x + 5 * y] = static_cast<std::uint8_t>((x + 3 * y) % 5 + 5 * x);
    return sources;
}();

/// Section 3.2.2: the bits by which rho rotates the word that pi moves to each place.
inline constexpr auto keccak_turns = [] {
    std::array<std::uint8_t, keccak_words> turns{};
    for (std::size_t t = 0, x = 1, y = 0; t != 24; ++t) {
        const std::size_t below = (2 * x + 3 * y) % 5;  // pi moves (x, y) to (y, 2x + 3y)
        x = y, y = below;
        turns[x + 5 * y] = static_cast<std::uint8_t>((t + 1) * (t + 2) / 2 % 64);
    }
    return turns;
}();

static_assert(keccak_constants[1] == 0x8082 && keccak_constants[23] == 0x8000000080008008 && keccak_turns[4] == 14 && keccak_sources[4] == 24);
}  // namespace detail

/// V is std::uint64_t or a vector of them. Vectors are passed by reference: see sha2_functions.
struct keccak_functions {
    /// Turns 64-bit words left by `By` bits, less than 64.
    template <unsigned By, class V>
    [[gnu::always_inline]] static constexpr void rotate(V& out, const V& x) {
        if constexpr (By == 0) out = x;
        else out = x << By | x >> (64 - By);
    }

    /// Column parities: theta, step 1 (section 3.2.1).
    template <std::size_t X, class V>
    [[gnu::always_inline]] static constexpr void parity(V* c, const V* a) {
        c[X] = a[X] ^ a[X + 5] ^ a[X + 10] ^ a[X + 15] ^ a[X + 20];
    }
    /// What theta adds to column X: step 2.
    template <std::size_t X, class V>
    [[gnu::always_inline]] static constexpr void effect(V* d, const V* c) {
        V turned;
        rotate<1>(turned, c[(X + 1) % 5]);
        d[X] = c[(X + 4) % 5] ^ turned;
    }
    /// Word I after theta, rho and pi.
    template <std::size_t I, class V>
    [[gnu::always_inline]] static constexpr void move(V& out, const V* a, const V* d) {
        constexpr std::size_t from = detail::keccak_sources[I];
        const V sum = a[from] ^ d[from % 5];
        rotate<detail::keccak_turns[I]>(out, sum);
    }
    /// Row Y of the state after a round.
    template <std::size_t Y, class V, std::size_t... X>
    [[gnu::always_inline]] static constexpr void row(V* out, const V* a, const V* d, std::index_sequence<X...>) {
        V b[5];
        (move<X + 5 * Y>(b[X], a, d), ...);
        ((out[X + 5 * Y] = b[X] ^ (~b[(X + 1) % 5] & b[(X + 2) % 5])), ...);
    }
    /// One round; `a` and `out` are different states.
    template <class V, std::size_t... I>
    [[gnu::always_inline]] static constexpr void round(V* out, const V* a, std::uint64_t constant, std::index_sequence<I...> five) {
        V c[5], d[5];
        (parity<I>(c, a), ...);
        (effect<I>(d, c), ...);
        (row<I>(out, a, d, five), ...);
        out[0] = out[0] ^ constant;
    }

    /// All rounds, in fast code.
    template <class V>
    [[gnu::always_inline]] static constexpr void permute(V* state) {
        constexpr auto five = std::make_index_sequence<5>{};
        V a[keccak_words], b[keccak_words];
        for (std::size_t i = 0; i != keccak_words; ++i) a[i] = state[i];
#pragma GCC unroll 1
        for (std::size_t r = 0; r != keccak_rounds; r += 2) {
            round(b, a, detail::keccak_constants[r], five);
            round(a, b, detail::keccak_constants[r + 1], five);
        }
        for (std::size_t i = 0; i != keccak_words; ++i) state[i] = a[i];
    }

    /// All rounds, in little code and in few steps for constant expressions.
    static constexpr void compact_permute(std::uint64_t* state) {
        const std::uint8_t* const source = detail::keccak_sources.data();
        const std::uint8_t* const turn = detail::keccak_turns.data();
        for (const std::uint64_t constant : detail::keccak_constants) {
            std::uint64_t c[5]{}, b[keccak_words]{};
            for (std::size_t x = 0; x != 5; ++x) c[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            for (std::size_t i = 0; i != keccak_words; ++i) {
                const std::uint64_t next = c[(source[i] + 1) % 5], sum = state[source[i]] ^ c[(source[i] + 4) % 5] ^ (next << 1 | next >> 63);
                b[i] = sum << turn[i] | sum >> (64 - turn[i]) % 64;
            }
            for (std::size_t row = 0; row != keccak_words; row += 5)
                for (std::size_t x = 0; x != 5; ++x) state[row + x] = b[row + x] ^ (~b[row + (x + 1) % 5] & b[row + (x + 2) % 5]);
            state[0] ^= constant;
        }
    }
};

/// Plain C++. `Compact`: little code rather than speed. Constant expressions always take the little code.
template <bool Compact>
struct portable_keccak {
    /// Keccak-f[1600] of a state of 25 words, in place.
    static constexpr void permute(std::uint64_t* state) {
        if (Compact || std::is_constant_evaluated()) keccak_functions::compact_permute(state);
        else keccak_functions::permute(state);
    }
};

/// FIPS 202, section 6.2: SHAKE128 (Rate 168) and SHAKE256 (Rate 136): `absorb` any number of times, then `squeeze` any number
/// of times. `Permutation` has permute(std::uint64_t[25]). Trivially copyable: a copy goes on independently.
template <std::size_t Rate, class Permutation>
class shake {
    static_assert(Rate % 8 == 0 && Rate < 8 * keccak_words);

    std::array<std::uint64_t, keccak_words> state_{};
    std::size_t at_ = 0;  // bytes of the block that are absorbed or squeezed
    bool squeezing_ = false;

    constexpr void put(std::uint8_t byte) { state_[at_ / 8] ^= std::uint64_t{byte} << (8 * (at_ % 8)); }
    constexpr void next() {
        if (++at_ != Rate) return;
        Permutation::permute(state_.data());
        at_ = 0;
    }

public:
    static constexpr std::size_t rate = Rate;  ///< Bytes of a block.

    /// Hashes further bytes; not to be called after squeeze().
    constexpr void absorb(byte_view bytes) {
        while (!bytes.empty() && (at_ % 8 != 0 || bytes.size() < 8)) put(bytes.front()), next(), bytes = bytes.subspan(1);
        for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
            state_[at_ / 8] ^= load_le<std::uint64_t>(bytes.first(8));
            at_ += 7;
            next();
        }
        for (const std::uint8_t byte : bytes) put(byte), next();
    }

    /// The next byte of output. The first call pads the message.
    [[nodiscard]] constexpr std::uint8_t squeeze() {
        if (!squeezing_) {  // 1111, then pad10*1: section 5.1
            put(0x1f);
            at_ = Rate - 1;
            put(0x80);
            next();
            squeezing_ = true;
        }
        const auto byte = static_cast<std::uint8_t>(state_[at_ / 8] >> (8 * (at_ % 8)));
        next();
        return byte;
    }
    /// The next bytes of output, as many as `out` has.
    constexpr void squeeze(std::span<std::uint8_t> out) {
        for (std::uint8_t& byte : out) byte = squeeze();
    }
};

template <class Permutation>
using shake128 = shake<168, Permutation>;  ///< SHAKE128.
template <class Permutation>
using shake256 = shake<136, Permutation>;  ///< SHAKE256.

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_KECCAK_HPP
