// SPDX-License-Identifier: BSL-1.0
//
// Many messages in the lanes of vectors: loads one block of each and turns it round, so that vector i holds word i of
// every message. In the compilers' vector extension, which knows no instruction set: the caller's target attribute decides.
#ifndef MODSIG_ENGINE_NATIVE_LANES_HPP
#define MODSIG_ENGINE_NATIVE_LANES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace modsig::engine {

/// One word of each message in a vector.
template <class Word, std::size_t Lanes>
struct lanes {
    /// `Lanes` words.
    typedef Word vector __attribute__((vector_size(sizeof(Word) * Lanes)));
    /// The bytes of a vector.
    typedef std::uint8_t byte_vector __attribute__((vector_size(sizeof(Word) * Lanes)));
    static constexpr std::size_t row_size = sizeof(Word) * Lanes;  ///< not sizeof(vector): GCC 12 may forget that it is one
    static_assert(Lanes >= 2 && Lanes <= 16 && (Lanes & (Lanes - 1)) == 0, "modsig: lanes come in powers of two, up to 16");

    /// Reverses the bytes of each word. `Byte` counts all bytes of the vector.
    template <std::size_t... Byte>
    [[gnu::always_inline]] static void swap_bytes(vector& x, std::index_sequence<Byte...>) {
        constexpr std::size_t w = sizeof(Word);
        const byte_vector bytes = reinterpret_cast<byte_vector>(x);
        x = reinterpret_cast<vector>(__builtin_shufflevector(bytes, bytes, int(Byte / w * w + w - 1 - Byte % w)...));
    }

    /// Rows a and b of a square: exchanges the halves (quarters, ...) that stand on the wrong side of its diagonal.
    template <std::size_t Step, std::size_t... I>
    [[gnu::always_inline]] static void exchange(vector& a, vector& b, std::index_sequence<I...>) {
        const vector x = __builtin_shufflevector(a, b, int((I & Step) == 0 ? I : Lanes + I - Step)...);
        const vector y = __builtin_shufflevector(a, b, int((I & Step) == 0 ? I + Step : Lanes + I)...);
        a = x;
        b = y;
    }
    /// One step of the transposition: every pair of rows that are `Step` apart.
    template <std::size_t Step, std::size_t... I>
    [[gnu::always_inline]] static void stage(vector* rows, std::index_sequence<I...> all) {
        (((I & Step) == 0 ? exchange<Step>(rows[I], rows[I ^ (I & Step) ^ Step], all) : void()), ...);
    }
    /// Turns the square of `Lanes` rows round its diagonal. `Step` begins as Lanes / 2.
    template <std::size_t Step>
    [[gnu::always_inline]] static void transpose(vector* rows) {
        stage<Step>(rows, std::make_index_sequence<Lanes>{});
        if constexpr (Step > 1) transpose<Step / 2>(rows);
    }

    /// `Lanes` words of each message, from `offset` bytes behind its pointer, big-endian; rows[i] becomes word i of all messages.
    template <std::size_t... I>
    [[gnu::always_inline]] static void load_rows(vector* rows, const std::uint8_t* const* blocks, std::size_t offset, std::index_sequence<I...>) {
        (std::memcpy(&rows[I], blocks[I] + offset, row_size), ...);
        (swap_bytes(rows[I], std::make_index_sequence<row_size>{}), ...);
        transpose<Lanes / 2>(rows);
    }
    /// Several squares, side by side.
    template <std::size_t... Square>
    [[gnu::always_inline]] static void load_squares(vector* w, const std::uint8_t* const* blocks, std::size_t offset, std::index_sequence<Square...>) {
        (load_rows(w + Square * Lanes, blocks, offset + Square * row_size, std::make_index_sequence<Lanes>{}), ...);
    }

    /// The 16 words of the blocks `offset` bytes behind the pointers, one pointer a lane.
    [[gnu::always_inline]] static void load(vector* w, const std::uint8_t* const* blocks, std::size_t offset) {
        load_squares(w, blocks, offset, std::make_index_sequence<16 / Lanes>{});
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LANES_HPP
