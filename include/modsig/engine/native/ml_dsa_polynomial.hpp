// SPDX-License-Identifier: BSL-1.0
//
// Polynomials of ML-DSA: 256 coefficients modulo q = 2^23 - 2^13 + 1, and their number-theoretic transform.
// Source: FIPS 204, sections 2.3, 7.5 and 7.6, appendices A and B.
//
// Coefficients are signed and not always reduced. What bounds them: montgomery() makes less than q in size of anything less than
// 2^31 q, so that each of the eight layers of ntt() adds less than q, and each of the inverse ones at most doubles.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_POLYNOMIAL_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_POLYNOMIAL_HPP

#include <modsig/engine/ml_dsa_signature.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

using ml_dsa_polynomial = std::array<std::int32_t, ml_dsa_coefficients>;  ///< 256 coefficients, in the order of FIPS 204.
/// Sums of products, in an order that is the code's own.
using ml_dsa_sums = std::array<std::int64_t, ml_dsa_coefficients>;

namespace ml_dsa_detail {

inline constexpr std::int64_t q = ml_dsa_q;

/// The inverse of q modulo 2^32. Each step doubles the bits that are right.
inline constexpr std::uint32_t inverse_q = [] {
    std::uint32_t inverse = 1;
    for (int i = 0; i != 5; ++i) inverse *= 2 - static_cast<std::uint32_t>(q) * inverse;
    return inverse;
}();
static_assert(inverse_q * static_cast<std::uint32_t>(q) == 1);

/// value / 2^32 modulo q, for |value| < 2^31 q; the result is less than q in size. FIPS 204, algorithm 49.
[[nodiscard]] constexpr std::int32_t montgomery(std::int64_t value) {
    const auto multiple = static_cast<std::int32_t>(static_cast<std::uint32_t>(value) * inverse_q);
    return static_cast<std::int32_t>((value - multiple * q) >> 32);
}

[[nodiscard]] constexpr std::int64_t power(std::int64_t base, unsigned exponent) {
    std::int64_t value = 1;
    for (; exponent != 0; exponent >>= 1, base = base * base % q)
        if ((exponent & 1) != 0) value = value * base % q;
    return value;
}

/// A constant as montgomery() wants a factor: times 2^32, between -q/2 and q/2.
[[nodiscard]] constexpr std::int32_t as_factor(std::int64_t value) {
    const std::int64_t factor = (value << 32) % q;
    return static_cast<std::int32_t>(factor > q / 2 ? factor - q : factor);
}

/// FIPS 204, appendix B: 1753 to the power of the bits of the index in reverse order.
inline constexpr std::array<std::int32_t, ml_dsa_coefficients> zetas = [] {
    std::array<std::int32_t, ml_dsa_coefficients> table{};
    for (unsigned i = 0; i != table.size(); ++i) {
        unsigned reversed = 0;
        for (unsigned bit = 0; bit != 8; ++bit) reversed |= (i >> bit & 1) << (7 - bit);
        table[i] = as_factor(power(1753, reversed));
    }
    return table;
}();
static_assert((montgomery(zetas[1]) - 4808194) % q == 0);

/// What a product of montgomery() and 256 ones still needs after the inverse transform: 2^32 / 256.
inline constexpr std::int32_t last_factor = as_factor((std::int64_t{1} << 32) / ml_dsa_coefficients % q);

}  // namespace ml_dsa_detail

/// The arithmetic on polynomials in plain C++.
struct ml_dsa_arithmetic {
    /// FIPS 204, algorithm 41. In: |coefficient| < q. Out: below 9 q.
    static constexpr void ntt(ml_dsa_polynomial& polynomial) {
        std::int32_t* const a = polynomial.data();
        const std::int32_t* zeta = ml_dsa_detail::zetas.data();
        for (std::size_t size = 128; size != 0; size /= 2)
            for (std::size_t start = 0; start != ml_dsa_coefficients; start += 2 * size) {
                const std::int64_t factor = *++zeta;
                for (std::size_t i = start; i != start + size; ++i) {
                    const std::int32_t product = ml_dsa_detail::montgomery(factor * a[i + size]);
                    a[i + size] = a[i] - product;
                    a[i] += product;
                }
            }
    }

    /// FIPS 204, algorithm 42, times 2^32. In and out: |coefficient| < q. (Sums of 256 of them are below 2^31.)
    static constexpr void inverse_ntt(ml_dsa_polynomial& polynomial) {
        std::int32_t* const a = polynomial.data();
        const std::int32_t* zeta = ml_dsa_detail::zetas.data() + ml_dsa_detail::zetas.size();
        for (std::size_t size = 1; size != ml_dsa_coefficients; size *= 2)
            for (std::size_t start = 0; start != ml_dsa_coefficients; start += 2 * size) {
                const std::int64_t factor = -*--zeta;
                for (std::size_t i = start; i != start + size; ++i) {
                    const std::int32_t sum = a[i] + a[i + size], difference = a[i] - a[i + size];
                    a[i] = sum;
                    a[i + size] = ml_dsa_detail::montgomery(factor * difference);
                }
            }
        for (std::int32_t& coefficient : polynomial) coefficient = ml_dsa_detail::montgomery(std::int64_t{ml_dsa_detail::last_factor} * coefficient);
    }

    /// sums += a * b, coefficient by coefficient. Eight products fit: |a| < q and |b| < 9 q seven times, |a|, |b| < 9 q once.
    static constexpr void multiply(ml_dsa_sums& sums, const ml_dsa_polynomial& a, const ml_dsa_polynomial& b) {
        std::int64_t* const out = sums.data();
        const std::int32_t *const left = a.data(), *const right = b.data();
        for (std::size_t i = 0; i != ml_dsa_coefficients; ++i) out[i] += std::int64_t{left[i]} * right[i];
    }
    static_assert((7 * 9 + 9 * 9) * ml_dsa_detail::q < (std::int64_t{1} << 31));

    /// The sums, divided by 2^32, less than q in size.
    static constexpr void reduce(ml_dsa_polynomial& out, const ml_dsa_sums& sums) {
        for (std::size_t i = 0; i != sums.size(); ++i) out[i] = ml_dsa_detail::montgomery(sums[i]);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_POLYNOMIAL_HPP
