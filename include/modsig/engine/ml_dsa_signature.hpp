// SPDX-License-Identifier: BSL-1.0
//
// The three parameter sets of ML-DSA, and what is asked of a signature before any arithmetic.  Format: FIPS 204, section 7.2.
//   key:        rho (32 bytes), t1 (k polynomials of 256 coefficients, 10 bits each)
//   signature:  c~ (lambda / 4 bytes), z (l polynomials, 18 or 20 bits a coefficient), the hint (omega + k bytes)
//   hint:       the places of the ones, polynomial after polynomial, each list rising; zeros up to omega; for each polynomial, where
//               its list ends
#ifndef MODSIG_ENGINE_ML_DSA_SIGNATURE_HPP
#define MODSIG_ENGINE_ML_DSA_SIGNATURE_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::engine {

inline constexpr std::size_t ml_dsa_coefficients = 256;  ///< Coefficients of a polynomial: FIPS 204, section 2.3, n = 256.
inline constexpr std::int32_t ml_dsa_q = 8380417;        ///< The modulus, 2^23 - 2^13 + 1.

/// FIPS 204, section 4, table 1; beta = tau * eta. Sizes in bytes.
struct ml_dsa_parameters {
    key_algorithm id;              ///< whose row it is
    std::uint8_t k;                ///< rows of A
    std::uint8_t l;                ///< columns of A
    std::uint8_t tau;              ///< ones in c
    std::uint8_t beta;             ///< tau * eta
    std::uint8_t omega;            ///< most ones in the hint
    std::uint8_t challenge_size;   ///< of c~
    std::uint8_t gamma1_bits;      ///< gamma1 = 2^gamma1_bits
    std::uint8_t high_bits_count;  ///< (q - 1) / (2 gamma2): how many values HighBits has

    /// Bound of the coefficients of the mask y.
    [[nodiscard]] constexpr std::int32_t gamma1() const { return std::int32_t{1} << gamma1_bits; }
    /// Half the range of low bits.
    [[nodiscard]] constexpr std::int32_t gamma2() const { return (ml_dsa_q - 1) / (2 * high_bits_count); }
    [[nodiscard]] constexpr std::size_t z_size() const { return ml_dsa_coefficients / 8 * (gamma1_bits + 1u); }    ///< of one polynomial
    /// Bytes of one polynomial of w1, as encoded for the hash.
    [[nodiscard]] constexpr std::size_t w1_size() const { return ml_dsa_coefficients / 8 * (high_bits_count > 16 ? 6u : 4u); }
    /// Bytes of a public key.
    [[nodiscard]] constexpr std::size_t key_size() const { return 32 + k * t1_size; }
    /// Offset of the hint in a signature.
    [[nodiscard]] constexpr std::size_t hint_offset() const { return challenge_size + l * z_size(); }
    /// Bytes of a signature.
    [[nodiscard]] constexpr std::size_t signature_size() const { return hint_offset() + omega + k; }

    static constexpr std::size_t t1_size = ml_dsa_coefficients / 8 * 10;  ///< Bytes of one polynomial of t1: 10 bits a coefficient.
};

/// The three parameter sets: FIPS 204, tables 1 and 2.
inline constexpr ml_dsa_parameters ml_dsa_table[] = {
    {key_algorithm::ml_dsa_44, 4, 4, 39, 78, 80, 32, 17, 44},
    {key_algorithm::ml_dsa_65, 6, 5, 49, 196, 55, 48, 19, 16},
    {key_algorithm::ml_dsa_87, 8, 7, 60, 120, 75, 64, 19, 16},
};
static_assert(ml_dsa_table[0].signature_size() == 2420 && ml_dsa_table[1].signature_size() == 3309 && ml_dsa_table[2].signature_size() == 4627);
static_assert(ml_dsa_table[0].key_size() == entry_of(key_algorithm::ml_dsa_44).key_size && ml_dsa_table[1].key_size() == entry_of(key_algorithm::ml_dsa_65).key_size &&
              ml_dsa_table[2].key_size() == entry_of(key_algorithm::ml_dsa_87).key_size);
static_assert(ml_dsa_table[0].gamma2() == 95232 && ml_dsa_table[1].gamma2() == 261888);

/// The parameters of a key algorithm; null for one that is not ML-DSA.
[[nodiscard]] constexpr const ml_dsa_parameters* ml_dsa_of(key_algorithm id) {
    for (const ml_dsa_parameters& row : ml_dsa_table)
        if (row.id == id) return &row;
    return nullptr;
}

/// Coefficient `i` of a polynomial of z: BitUnpack, FIPS 204, algorithm 19. Its range is -gamma1 + 1 ... gamma1.
[[nodiscard]] constexpr std::int32_t ml_dsa_z_coefficient(const ml_dsa_parameters& p, byte_view z, std::size_t i) {
    const std::size_t bits = p.gamma1_bits + 1u, bit = i * bits;
    std::uint32_t packed = 0;  // at most 20 bits, from the middle of a byte on
    for (std::size_t j = 0; j != 3; ++j) packed |= std::uint32_t{z[bit / 8 + j]} << (8 * j);
    return p.gamma1() - static_cast<std::int32_t>(packed >> bit % 8 & ((std::uint32_t{1} << bits) - 1));
}

/// HintBitUnpack, FIPS 204, algorithm 21: every way to write a hint but one is malformed, else one signature would have several
/// forms. `hint`: omega + k bytes.
[[nodiscard]] constexpr bool is_ml_dsa_hint(const ml_dsa_parameters& p, byte_view hint) {
    std::size_t at = 0;
    for (std::size_t i = 0; i != p.k; ++i) {
        const std::size_t first = at, end = hint[p.omega + i];
        if (end < at || end > p.omega) return false;
        for (; at != end; ++at)
            if (at != first && hint[at - 1] >= hint[at]) return false;
    }
    for (; at != p.omega; ++at)
        if (hint[at] != 0) return false;
    return true;
}

/// FIPS 204, algorithm 8, lines 2 to 4 and the norm of z in line 13: `signature_length`; `malformed_signature`: the hint;
/// `signature_out_of_range`: a coefficient of z; else `none`.
[[nodiscard]] constexpr errc ml_dsa_refusal_of(const ml_dsa_parameters& p, byte_view signature) {
    if (signature.size() != p.signature_size()) return errc::signature_length;
    if (!is_ml_dsa_hint(p, signature.subspan(p.hint_offset()))) return errc::malformed_signature;
    const std::int32_t bound = p.gamma1() - p.beta;
    for (std::size_t i = 0; i != p.l; ++i) {
        const byte_view z = signature.subspan(p.challenge_size + i * p.z_size(), p.z_size());
        for (std::size_t j = 0; j != ml_dsa_coefficients; ++j) {
            const std::int32_t value = ml_dsa_z_coefficient(p, z, j);
            if (value >= bound || value <= -bound) return errc::signature_out_of_range;
        }
    }
    return errc::none;
}

/// The outcome of a check, with the errno of Linux (lib/crypto/mldsa.c): EBADMSG for what was refused before any arithmetic.
[[nodiscard]] constexpr result<void> ml_dsa_outcome(errc refusal) {
    if (refusal == errc::none) return result<void>::success();
    if (refusal == errc::signature_mismatch) return refusal;
    return failure{refusal, 0, linux_error::ebadmsg};
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_ML_DSA_SIGNATURE_HPP
