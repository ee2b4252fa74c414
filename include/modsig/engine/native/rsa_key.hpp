// SPDX-License-Identifier: BSL-1.0
//
// An RSA key, prepared once: the modulus with its Montgomery constants, in the radices of the arithmetic that may use it,
// 2^64 or 2^32 (montgomery.hpp) and those of wide_modulus.hpp.
// Everything is computed by the compiler where the key is a constant.
#ifndef MODSIG_ENGINE_NATIVE_RSA_KEY_HPP
#define MODSIG_ENGINE_NATIVE_RSA_KEY_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/montgomery.hpp>
#include <modsig/engine/native/wide_modulus.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Any size between is served, also one that is no multiple of 8; whether it is enough is for a policy to say.
inline constexpr std::size_t min_rsa_bits = 256;   ///< of a modulus; below, no digest fits
inline constexpr std::size_t max_rsa_bits = 8192;  ///< of a modulus

namespace native_detail {

/// Moduli of AVX2 are in the largest radix in which a column of the product and of the reduction, 2 * size products, stays below 2^64.
inline constexpr std::size_t most_bits_of_radix_28 = 3392;
static_assert(2 * wide_limbs(most_bits_of_radix_28, 28) + 6 < (1u << (64 - 2 * 28)));
static_assert(2 * wide_limbs(max_rsa_bits, 27) + 6 < (1u << (64 - 2 * 27)));

/// Nothing, where the arithmetic is not there.
struct no_wide_form {
    constexpr no_wide_form() = default;
    template <class Modulus>
    constexpr no_wide_form(const Modulus&, std::size_t) {}
};

template <std::size_t MaxBits>
struct wide_forms {
    static constexpr bool has_large = MaxBits > most_bits_of_radix_28;

    wide_modulus<52, MaxBits> ifma{};
    wide_modulus<28, std::min(MaxBits, most_bits_of_radix_28), std::uint32_t> avx2{};
    [[no_unique_address]] std::conditional_t<has_large, wide_modulus<27, MaxBits, std::uint32_t>, no_wide_form> avx2_large{};  // of those above it

    constexpr wide_forms() = default;
    template <class Modulus>
    constexpr wide_forms(const Modulus& m, std::size_t bits) : ifma(m, bits) {
        if (bits <= most_bits_of_radix_28) avx2 = {m, bits};
        else avx2_large = {m, bits};
    }
};

#ifdef MODSIG_NATIVE_X86
template <class Isa, std::size_t MaxBits>
using forms_of = std::conditional_t<Isa::accelerated, wide_forms<MaxBits>, no_wide_form>;
#else
template <class Isa, std::size_t MaxBits>
using forms_of = no_wide_form;
#endif

}  // namespace native_detail

/// `MaxBits` and `MaxExponentBits` say what there is room for; firmware that knows its key names its size. Read-only once
/// made: any number of threads may use one. It aliases nothing.
template <std::size_t MaxBits = max_rsa_bits, class Isa = isa::best, class Limb = native_limb, std::size_t MaxExponentBits = MaxBits>
struct rsa_key {
    static_assert(MaxBits <= max_rsa_bits, "modsig: the native engine knows RSA keys up to 8192 bits");
    using isa = Isa;                                                                  ///< Chooses the code: native/cpu.hpp.
    using limb = Limb;                                                                ///< Unit of the portable arithmetic.
    static constexpr std::size_t max_bits = MaxBits;                                  ///< room, in bits of the modulus
    static constexpr std::size_t max_limbs = limbs::count(MaxBits, limb_bits<Limb>);  ///< room, in limbs
    static constexpr std::uint16_t max_words = limbs::count(MaxBits, 64);             ///< room, in 64-bit words
    static constexpr std::size_t max_exponent_size = MaxExponentBits / 8;             ///< room, in bytes of the exponent

    montgomery<Limb, max_limbs> modulus{};  ///< n with its Montgomery constants
    /// the modulus in the radices of vector arithmetic; empty without such
    [[no_unique_address]] native_detail::forms_of<Isa, MaxBits> wide{};
    std::uint8_t exponent_bytes[max_exponent_size]{};  ///< big-endian, without leading zeros
    std::uint16_t exponent_size = 0;                   ///< bytes in use
    std::uint16_t bits = 0;                            ///< true length of the modulus

    /// e, big-endian, without leading zeros; the view aliases this object.
    [[nodiscard]] constexpr byte_view exponent() const { return {exponent_bytes, exponent_size}; }
    /// Bytes of the modulus, which are the bytes of a signature.
    [[nodiscard]] constexpr std::size_t size() const { return (std::size_t{bits} + 7) / 8; }
    /// 64-bit limbs of the modulus, whatever those of this key are.
    [[nodiscard]] constexpr std::size_t words() const { return limbs::count(bits, 64); }
};

using rsa_prepared = rsa_key<>;  ///< A key of any size that the engine knows.

/// key_type_mismatch: not RSA. unsupported_key: larger than there is room for, or too small to hold a signature.
/// bad_key: n even, e even or 1. Not checked: that n is the product of two primes, or e prime to their predecessors.
template <class Key = rsa_prepared>
[[nodiscard]] constexpr result<Key> prepare_rsa(const public_key& key) {
    if (key.algorithm != key_algorithm::rsa) return errc::key_type_mismatch;
    const byte_view modulus = without_leading_zeros(key.material), exponent = without_leading_zeros(key.exponent);
    if (modulus.empty() || exponent.empty() || (modulus.back() & exponent.back() & 1) == 0) return errc::bad_key;
    const std::size_t bits = bit_length(modulus);
    if (bits < min_rsa_bits || bits > Key::max_bits || exponent.size() > Key::max_exponent_size) return errc::unsupported_key;
    if (bit_length(exponent) == 1) return errc::bad_key;

    Key prepared;
    prepared.modulus = decltype(prepared.modulus)(modulus);
    prepared.wide = decltype(prepared.wide)(prepared.modulus, bits);
    for (std::size_t i = 0; i != exponent.size(); ++i) prepared.exponent_bytes[i] = exponent[i];
    prepared.exponent_size = static_cast<std::uint16_t>(exponent.size());
    prepared.bits = static_cast<std::uint16_t>(bits);
    return prepared;
}

/// x = s^e mod n, left to right. `Arithmetic` multiplies numbers in Montgomery's form; s is plain and so is the result:
/// e is odd, and its last product, with the plain s, leaves the form. 65537 takes 18 products, 3 takes 3.
template <class Arithmetic, class Number, class Plain>
constexpr void raise_to_public_exponent(const Arithmetic& field, Number& x, const Plain& s, byte_view exponent) {
    field.enter(x, s);
    bool begun = false;  // behind the exponent's first bit, which entering has done
    for (std::size_t i = 0; i != 8 * exponent.size(); ++i) {
        const bool set = (exponent[i / 8] << (i % 8) & 0x80) != 0, last = i + 1 == 8 * exponent.size();
        if (begun) {
            field.square(x, x);
            if (set) field.multiply(x, x, s);
            if (set && !last) field.enter(x, x);  // rare: a second product instead of a second copy of s
        }
        begun = begun || set;
    }
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_KEY_HPP
