// SPDX-License-Identifier: BSL-1.0
//
// What ML-DSA draws from SHAKE: the matrix A and the challenge c.  Source: FIPS 204, section 7.3.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_SAMPLE_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_SAMPLE_HPP

#include <modsig/digest/keccak.hpp>
#include <modsig/engine/native/ml_dsa_polynomial.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine {

/// SampleInBall, FIPS 204, algorithm 29: tau coefficients of c are 1 or -1, the others 0. Its negative, since it is subtracted.
template <class Permutation>
constexpr void draw_negative_challenge(const ml_dsa_parameters& p, byte_view seed, ml_dsa_polynomial& c) {
    digest::shake256<Permutation> stream;
    stream.absorb(seed);
    std::uint64_t signs = 0;
    for (unsigned i = 0; i != 8; ++i) signs |= std::uint64_t{stream.squeeze()} << (8 * i);
    for (std::int32_t& coefficient : c) coefficient = 0;
    for (std::size_t i = c.size() - p.tau; i != c.size(); ++i, signs >>= 1) {
        std::size_t j = stream.squeeze();
        while (j > i) j = stream.squeeze();
        c[i] = c[j];
        c[j] = (signs & 1) != 0 ? 1 : -1;
    }
}

/// RejNTTPoly, FIPS 204, algorithm 30: 24 bits less the topmost are a coefficient where they are below q. Reads one block of
/// SHAKE128, whose word i is block[i * Stride]; `filled` coefficients are there already. Returns how many are there then.
template <std::size_t Stride>
[[nodiscard]] constexpr std::size_t draw_coefficients(ml_dsa_polynomial& a, std::size_t filled, const std::uint64_t* block) {
    constexpr std::size_t words = 21;
    for (std::size_t i = 0; i != words; i += 3) {
        const std::uint64_t low = block[i * Stride], middle = block[(i + 1) * Stride], high = block[(i + 2) * Stride];
        const std::uint64_t candidates[8] = {low, low >> 24, low >> 48 | middle << 16, middle >> 8, middle >> 32, middle >> 56 | high << 8, high >> 16, high >> 40};
        for (const std::uint64_t each : candidates) {
            const auto candidate = static_cast<std::int32_t>(each & 0x7fffff);
            if (filled == a.size()) return filled;
            a[filled] = candidate;
            filled += candidate < ml_dsa_q;
        }
    }
    return filled;
}

/// ExpandA, FIPS 204, algorithm 32: the polynomials of A, row by row, as many at a time as `Code` has lanes.
template <class Code>
class ml_dsa_matrix {
    static constexpr std::size_t lanes = Code::lanes;

    byte_view rho_;
    std::size_t columns_;
    std::size_t drawn_ = 0;      // polynomials, from the first one on
    std::size_t given_ = lanes;  // of this group
    std::array<ml_dsa_polynomial, lanes> group_;

    constexpr void draw() {
        alignas(64) std::uint64_t state[digest::keccak_words * lanes]{};
        std::size_t filled[lanes]{};
        for (std::size_t lane = 0; lane != lanes; ++lane) {
            for (std::size_t i = 0; i != 4; ++i) state[i * lanes + lane] = load_le<std::uint64_t>(rho_.subspan(8 * i, 8));
            // rho, column, row, and the padding of SHAKE128
            state[4 * lanes + lane] = drawn_ % columns_ | drawn_ / columns_ << 8 | std::uint64_t{0x1f} << 16;
            state[20 * lanes + lane] = std::uint64_t{0x80} << 56;
            ++drawn_;
        }
        for (std::size_t full = 0; full != lanes;) {
            Code::permute_lanes(state);
            full = 0;
            for (std::size_t lane = 0; lane != lanes; ++lane) {
                filled[lane] = Code::template draw_coefficients<lanes>(group_[lane], filled[lane], state + lane);
                full += filled[lane] == ml_dsa_coefficients;
            }
        }
        given_ = 0;
    }

public:
    /// `rho` has 32 bytes and is viewed.
    constexpr ml_dsa_matrix(byte_view rho, std::size_t columns) : rho_(rho), columns_(columns) {}

    /// The next polynomial, until the next call.
    [[nodiscard]] constexpr const ml_dsa_polynomial& next() {
        if (given_ == lanes) draw();
        return group_[given_++];
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_SAMPLE_HPP
