// SPDX-License-Identifier: BSL-1.0
//
// Numbers as vector instructions take them: in limbs of fewer bits than a lane has, so that sums of products need no carry.
//   limb_vector   one number, its limbs across the lanes
//   limb_lanes    several numbers, one in each lane
// How many limbs a number has room for is part of its type, so that code for more of them cannot be given it.
#ifndef MODSIG_ENGINE_NATIVE_LIMB_VECTOR_HPP
#define MODSIG_ENGINE_NATIVE_LIMB_VECTOR_HPP

#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine {

namespace limbs {

/// `size` limbs of `Radix` bits, in order, of an integer that is given in 64-bit words, least significant first; zeros
/// above it. Calls put(index, limb).
template <unsigned Radix, class Put>
constexpr void split(std::span<const std::uint64_t> words, std::size_t size, const Put& put) {
    constexpr std::uint64_t mask = (std::uint64_t{1} << Radix) - 1;
    std::uint64_t rest = 0;  // of the last word read, `filled` bits
    unsigned filled = 0;
    for (std::size_t i = 0, at = 0; i != size; ++i) {
        std::uint64_t limb = rest;
        if (filled < Radix) {
            const std::uint64_t word = at != words.size() ? words[at++] : 0;
            limb |= word << filled;
            rest = word >> (Radix - filled);
            filled += 64 - Radix;
        } else {
            rest >>= Radix;
            filled -= Radix;
        }
        put(i, limb & mask);
    }
}

/// The reverse: fills `words`; what lies above them is lost. limb(index) is below 2^Radix.
template <unsigned Radix, class Limb>
constexpr void join(std::span<std::uint64_t> words, std::size_t size, const Limb& limb) {
    std::uint64_t word = 0;
    unsigned filled = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i != size && at != words.size(); ++i) {
        const std::uint64_t next = limb(i);
        word |= next << filled;
        filled += Radix;
        if (filled < 64) continue;
        words[at++] = word;
        filled -= 64;
        word = filled == 0 ? 0 : next >> (Radix - filled);
    }
    for (; at != words.size(); ++at, word = 0) words[at] = word;
}

}  // namespace limbs

/// A number below 2^(Radix * 8 * Vectors) in `Vectors` vectors of eight limbs, which are aligned and zero above the number.
/// (Arithmetic may leave a limb above 2^Radix - 1 until it carries; it says so.)
template <unsigned Radix, std::size_t Vectors, class Limb = std::uint64_t>
class limb_vector {
    static_assert(Radix < 64 && Radix <= 8 * sizeof(Limb), "modsig: a limb has fewer bits than its lane");

public:
    static constexpr unsigned radix = Radix;          ///< bits of a limb
    static constexpr std::size_t vectors = Vectors;   ///< of eight limbs
    static constexpr std::size_t room = 8 * Vectors;  ///< limbs

    /// least significant first
    alignas(8 * sizeof(Limb)) Limb limb[room]{};

    constexpr limb_vector() = default;
    /// The words, least significant first, have at most Radix * room bits that are not zero.
    constexpr explicit limb_vector(std::span<const std::uint64_t> words) {
        limbs::split<Radix>(words, room, [this](std::size_t i, std::uint64_t value) { limb[i] = static_cast<Limb>(value); });
    }
    /// A number that is known to need fewer vectors.
    template <std::size_t More>
        requires(More > Vectors)
    constexpr explicit limb_vector(const limb_vector<Radix, More, Limb>& number) {
        for (std::size_t i = 0; i != room; ++i) limb[i] = number.limb[i];
    }

    /// Fills `words`; what lies above them is lost.
    constexpr void to_words(std::span<std::uint64_t> words) const {
        limbs::join<Radix>(words, room, [this](std::size_t i) { return std::uint64_t{limb[i]}; });
    }
};

/// `Lanes` numbers, limb i of number l at limb[i * Lanes + l], in aligned vectors. Nothing is set beforehand, and only the
/// first `size` limbs, which the caller names, mean anything: for one in many sizes there is room for the largest.
template <unsigned Radix, std::size_t Limbs, std::size_t Lanes>
class limb_lanes {
public:
    static constexpr unsigned radix = Radix;     ///< bits of a limb
    static constexpr std::size_t lanes = Lanes;  ///< numbers
    static constexpr std::size_t room = Limbs;   ///< limbs of a number

    /// limb i of number l at index i * Lanes + l
    alignas(8 * Lanes) std::uint64_t limb[Limbs * Lanes];

    /// A number in 64-bit words, least significant first.
    constexpr void set(std::size_t lane, std::span<const std::uint64_t> words, std::size_t size) {
        limbs::split<Radix>(words, size, [&](std::size_t i, std::uint64_t value) { limb[i * Lanes + lane] = value; });
    }
    /// A number that is in limbs of this radix already.
    template <std::size_t Vectors, class Limb>
        requires(limb_vector<Radix, Vectors, Limb>::room >= Limbs)
    constexpr void set(std::size_t lane, const limb_vector<Radix, Vectors, Limb>& number, std::size_t size) {
        for (std::size_t i = 0; i != size; ++i) limb[i * Lanes + lane] = number.limb[i];
    }
    /// Fills `words`; what lies above them is lost.
    constexpr void to_words(std::size_t lane, std::span<std::uint64_t> words, std::size_t size) const {
        limbs::join<Radix>(words, size, [&](std::size_t i) { return limb[i * Lanes + lane]; });
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LIMB_VECTOR_HPP
