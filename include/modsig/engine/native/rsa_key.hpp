// SPDX-License-Identifier: BSL-1.0
//
// An RSA key, prepared once: the modulus with its Montgomery constants, in the radices of the arithmetic that may use it.
//   radix 2^64 or 2^32   portable (montgomery.hpp)
//   radix 2^52           AVX-512 IFMA (rsa_ifma.hpp, rsa_ifma8.hpp)
//   radix 2^28 or 2^27   AVX2 (rsa_avx2.hpp)
// Everything is computed by the compiler where the key is a constant.
#ifndef MODSIG_ENGINE_NATIVE_RSA_KEY_HPP
#define MODSIG_ENGINE_NATIVE_RSA_KEY_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/montgomery.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// Any size between is served, also one that is no multiple of 8; whether it is enough is for a policy to say.
inline constexpr std::size_t min_rsa_bits = 256, max_rsa_bits = 8192;

namespace detail {

/// A modulus in limbs of `bits_each` bits. R = 2^(bits_each * size) > 4n, so that products of numbers below 2n come out
/// below 2n without a final subtraction.
template <class Store, std::size_t Room>
struct modulus_in_radix {
    Store n[Room]{};
    Store r2[Room]{};  // R^2 mod n
    std::uint64_t n0 = 0;          // -1/n mod 2^bits_each
    std::size_t size = 0;
    unsigned bits_each = 0;

    constexpr modulus_in_radix() = default;

    template <std::size_t MaxLimbs>
    constexpr modulus_in_radix(const montgomery<std::uint64_t, MaxLimbs>& m, std::size_t bits, unsigned radix_bits)
        : n0(m.n0 & ((std::uint64_t{1} << radix_bits) - 1)), bits_each(radix_bits) {
        const std::size_t word_bits = 64 * m.size;
        size = limbs::count(bits + 2 > word_bits ? bits + 2 : word_bits, bits_each);
        size = (size + 3) / 4 * 4;        // the many-lane loops take four rows at a time
        std::uint64_t power[MaxLimbs]{};  // from the square of the other R, 2^(2 * word_bits) mod n, by doubling
        for (std::size_t i = 0; i != m.size; ++i) power[i] = m.r2[i];
        for (std::size_t bit = 2 * word_bits; bit != 2 * bits_each * size; ++bit) limbs::double_modulo(power, m.n, m.size);
        limbs::split(n, size, 1, bits_each, m.n, m.size);
        limbs::split(r2, size, 1, bits_each, power, m.size);
    }
};

/// The largest radix in which a column of the product and of the reduction, 2 * size products, stays below 2^64.
[[nodiscard]] constexpr unsigned avx2_radix_bits(std::size_t bits) { return bits <= 3392 ? 28 : 27; }
static_assert(2 * limbs::count(3392 + 64, 28) + 6 < (1u << (64 - 2 * 28)));
static_assert(2 * limbs::count(max_rsa_bits + 64, 27) + 6 < (1u << (64 - 2 * 27)));

struct no_wide_forms {
    constexpr no_wide_forms() = default;
    template <class Modulus>
    constexpr no_wide_forms(const Modulus&, std::size_t) {}
};

template <std::size_t MaxBits>
struct wide_forms {
    // Whole vectors of 8 limbs, also for sizes where the 64-bit words are longer than the modulus.
    modulus_in_radix<std::uint64_t, (limbs::count(MaxBits + 64, 52) + 7) / 8 * 8> ifma{};
    modulus_in_radix<std::uint32_t, (limbs::count(MaxBits + 64, 27) + 7) / 8 * 8> avx2{};

    constexpr wide_forms() = default;
    template <class Modulus>
    constexpr wide_forms(const Modulus& m, std::size_t bits) : ifma(m, bits, 52), avx2(m, bits, avx2_radix_bits(bits)) {}
};

template <class Isa, std::size_t MaxBits>
struct choose_wide_forms {
    using type = no_wide_forms;
};
#ifdef MODSIG_NATIVE_X86
template <class Isa, std::size_t MaxBits>
    requires(Isa::accelerated)
struct choose_wide_forms<Isa, MaxBits> {
    using type = wide_forms<MaxBits>;
};
#endif

}  // namespace detail

/// `MaxBits` and `MaxExponentBits` say what there is room for; firmware that knows its key names its size. Read-only once
/// made: any number of threads may use one. It aliases nothing.
template <std::size_t MaxBits = max_rsa_bits, class Isa = isa::best, class Limb = native_limb, std::size_t MaxExponentBits = MaxBits>
struct rsa_key {
    static_assert(MaxBits <= max_rsa_bits, "modsig: the native engine knows RSA keys up to 8192 bits");
    using isa = Isa;
    using limb = Limb;
    static constexpr std::size_t max_bits = MaxBits;
    static constexpr std::size_t max_limbs = limbs::count(MaxBits, limb_bits<Limb>);
    static constexpr std::size_t max_exponent_size = MaxExponentBits / 8;

    montgomery<Limb, max_limbs> modulus{};
    [[no_unique_address]] typename detail::choose_wide_forms<Isa, MaxBits>::type wide{};
    std::uint8_t exponent_bytes[max_exponent_size]{};
    std::uint16_t exponent_size = 0;
    std::uint16_t bits = 0;

    [[nodiscard]] constexpr byte_view exponent() const { return {exponent_bytes, exponent_size}; }
    /// Bytes of the modulus, which are the bytes of a signature.
    [[nodiscard]] constexpr std::size_t size() const { return (std::size_t{bits} + 7) / 8; }
};

using rsa_prepared = rsa_key<>;

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
template <class Arithmetic, class Limb>
constexpr void raise_to_public_exponent(const Arithmetic& field, Limb* x, const Limb* s, byte_view exponent) {
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
