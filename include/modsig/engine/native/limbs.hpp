// SPDX-License-Identifier: BSL-1.0
//
// Integers of many limbs, least significant first, and their plain arithmetic. Everything here may take a time that
// depends on the values: keys, signatures and digests are public.
#ifndef MODSIG_ENGINE_NATIVE_LIMBS_HPP
#define MODSIG_ENGINE_NATIVE_LIMBS_HPP

#include <modsig/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// What two limbs multiply to.
template <class Limb>
struct double_limb;
/// Of 32-bit limbs.
template <>
struct double_limb<std::uint32_t> {
    using type = std::uint64_t;  ///< 64 bits.
};
#ifdef __SIZEOF_INT128__
/// Of 64-bit limbs.
template <>
struct double_limb<std::uint64_t> {
    /// 128 bits, as GCC and Clang have them.
    __extension__ typedef unsigned __int128 type;
};
/// The limb that this CPU multiplies fastest: 64 bits where products of 128 bits exist, else 32.
using native_limb = std::uint64_t;
#else
using native_limb = std::uint32_t;  ///< The limb that this CPU multiplies fastest: products of 128 bits do not exist.
#endif

template <class Limb>
using double_limb_t = typename double_limb<Limb>::type;  ///< What two limbs multiply to.
template <class Limb>
inline constexpr unsigned limb_bits = 8 * sizeof(Limb);  ///< Bits of a limb.

namespace limbs {

/// Limbs of `bits_each` bits that `bits` bits need.
[[nodiscard]] constexpr std::size_t count(std::size_t bits, std::size_t bits_each) { return (bits + bits_each - 1) / bits_each; }

/// Whether a >= b, both of `size` limbs.
template <class Limb>
[[nodiscard]] constexpr bool at_least(const Limb* a, const Limb* b, std::size_t size) {
    for (std::size_t i = size; i != 0; --i)
        if (a[i - 1] != b[i - 1]) return a[i - 1] > b[i - 1];
    return true;
}

/// r = a - (b & mask), of each limb; returns the borrow.
template <class Limb>
constexpr Limb subtract(Limb* r, const Limb* a, const Limb* b, std::size_t size, Limb mask = static_cast<Limb>(~Limb{0})) {
    Limb borrow = 0;
    for (std::size_t i = 0; i != size; ++i) {
        const auto difference = static_cast<double_limb_t<Limb>>(double_limb_t<Limb>{a[i]} - (b[i] & mask) - borrow);
        r[i] = static_cast<Limb>(difference);
        borrow = static_cast<Limb>(difference >> limb_bits<Limb>) & 1;
    }
    return borrow;
}

/// x = 2x mod n, for x < n.
template <class Limb>
constexpr void double_modulo(Limb* x, const Limb* n, std::size_t size) {
    Limb carry = 0;
    for (std::size_t i = 0; i != size; ++i) {
        const Limb limb = x[i];
        x[i] = static_cast<Limb>(limb << 1 | carry);
        carry = limb >> (limb_bits<Limb> - 1);
    }
    if (carry != 0 || at_least(x, n, size)) subtract(x, x, n, size);
}

/// A limb from its bytes, most significant first, as one expression: GCC and Clang make one load and a byte swap of it.
template <class Limb>
[[nodiscard]] constexpr Limb load_limb(const std::uint8_t* p) {
    if constexpr (sizeof(Limb) == 8)
        return Limb{p[0]} << 56 | Limb{p[1]} << 48 | Limb{p[2]} << 40 | Limb{p[3]} << 32 | Limb{p[4]} << 24 | Limb{p[5]} << 16 |
               Limb{p[6]} << 8 | Limb{p[7]};
    else return Limb{p[0]} << 24 | Limb{p[1]} << 16 | Limb{p[2]} << 8 | Limb{p[3]};
}

/// From a big-endian integer, which must fit.
template <class Limb>
constexpr void load(Limb* r, std::size_t size, byte_view integer) {
    const std::uint8_t* const bytes = integer.data();
    std::size_t end = integer.size();
    for (std::size_t i = 0; i != size; ++i) {
        if (end >= sizeof(Limb)) {
            end -= sizeof(Limb);
            r[i] = load_limb<Limb>(bytes + end);
        } else {
            r[i] = 0;
            for (std::size_t at = 0; at != end; ++at) r[i] = static_cast<Limb>(r[i] << 8 | bytes[at]);
            end = 0;
        }
    }
}

/// The same in little code.
template <class Limb>
constexpr void load_compact(Limb* r, std::size_t size, byte_view integer) {
    for (std::size_t i = 0; i != size; ++i) r[i] = 0;
    for (std::size_t i = integer.size(), at = 0; i != 0; ++at) r[at / sizeof(Limb)] |= static_cast<Limb>(Limb{integer[--i]} << (8 * (at % sizeof(Limb))));
}

/// Byte `i` of the integer, counted from its least significant one.
template <class Limb>
[[nodiscard]] constexpr std::uint8_t byte_at(const Limb* x, std::size_t i) {
    return static_cast<std::uint8_t>(x[i / sizeof(Limb)] >> (8 * (i % sizeof(Limb))));
}

/// -1/n modulo the limb, for odd n: Newton's iteration doubles the number of correct bits, of which n itself has three.
template <class Limb>
[[nodiscard]] constexpr Limb negative_inverse(Limb n) {
    Limb inverse = n;
    for (unsigned correct = 3; correct < limb_bits<Limb>; correct *= 2) inverse = static_cast<Limb>(inverse * (2 - n * inverse));
    return static_cast<Limb>(0 - inverse);
}

}  // namespace limbs

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LIMBS_HPP
