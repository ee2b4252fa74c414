// SPDX-License-Identifier: BSL-1.0
//
// Verifying signatures of ML-DSA-44, -65 and -87: no heap, in constant expressions too. Nothing here is secret, and times depend on
// the input.  Source: FIPS 204, algorithms 3 and 8.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_HPP

#include <modsig/engine/ml_dsa_signature.hpp>
#include <modsig/engine/native/ml_dsa_polynomial.hpp>
#include <modsig/engine/native/ml_dsa_sample.hpp>
#include <modsig/errc.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine {

/// How to calculate: polynomials of A that are drawn together, the permutation, and the arithmetic. Plain C++; Compact prefers
/// little code to speed.
template <bool Compact>
struct portable_ml_dsa : ml_dsa_arithmetic {
    static constexpr std::size_t lanes = 1;                ///< polynomials that are drawn together
    using permutation = digest::portable_keccak<Compact>;  ///< Keccak-f[1600].

    /// Permutes the states of all lanes.
    static constexpr void permute_lanes(std::uint64_t* state) { permutation::permute(state); }
    /// As engine::draw_coefficients().
    template <std::size_t Stride>
    [[nodiscard]] static constexpr std::size_t draw_coefficients(ml_dsa_polynomial& a, std::size_t filled, const std::uint64_t* block) {
        return engine::draw_coefficients<Stride>(a, filled, block);
    }
};

/// H of FIPS 204 with 64 bytes.
using ml_dsa_digest = std::array<std::uint8_t, 64>;

/// The digest of a key, which every message is hashed behind: once a key, not once a signature.
template <class Code>
[[nodiscard]] constexpr ml_dsa_digest ml_dsa_key_digest(byte_view key) {
    digest::shake256<typename Code::permutation> hash;
    hash.absorb(key);
    ml_dsa_digest digest{};
    hash.squeeze(digest);
    return digest;
}

/// mu, which stands for the message: the parts one after the other are M'. FIPS 204, algorithm 8, line 7.
template <class Code>
[[nodiscard]] constexpr ml_dsa_digest ml_dsa_message_digest(const ml_dsa_digest& key_digest, std::span<const byte_view> parts) {
    digest::shake256<typename Code::permutation> hash;
    hash.absorb(key_digest);
    for (const byte_view part : parts) hash.absorb(part);
    ml_dsa_digest digest{};
    hash.squeeze(digest);
    return digest;
}

/// What stands before the message, FIPS 204, algorithm 3, line 5: pure ML-DSA, with an empty context.
inline constexpr std::array<std::uint8_t, 2> ml_dsa_pure_prefix{0, 0};

namespace ml_dsa_detail {

/// HighBits, FIPS 204, algorithms 36 and 37: the multiple of 2 gamma2 that is nearest, where the topmost one is zero again.
template <std::uint32_t Count>
[[nodiscard]] constexpr std::uint32_t high_bits(std::uint32_t r) {
    constexpr std::uint32_t gamma2 = static_cast<std::uint32_t>(q - 1) / (2 * Count);
    const std::uint32_t high = (r + gamma2 - 1) / (2 * gamma2);
    return high == Count ? 0 : high;
}

/// UseHint where the hint is one, FIPS 204, algorithm 40: the neighbour on the side of r.
template <std::uint32_t Count>
[[nodiscard]] constexpr std::uint32_t other_high_bits(std::uint32_t r) {
    constexpr std::uint32_t gamma2 = static_cast<std::uint32_t>(q - 1) / (2 * Count);
    const std::uint32_t high = (r + gamma2 - 1) / (2 * gamma2);
    if (r > high * 2 * gamma2) return high + 1 == Count ? 0 : high + 1;
    return high == 0 ? Count - 1 : high - 1;
}

/// UseHint and w1Encode of one polynomial, FIPS 204, algorithms 28 and 40. `ones`: the places where the hint is one. Returns how
/// many bytes it is.
template <std::uint32_t Count>
constexpr std::size_t encode_high_bits(const ml_dsa_polynomial& w, byte_view ones, std::span<std::uint8_t> out) {
    std::array<std::uint8_t, ml_dsa_coefficients> high{};
    const auto reduced = [&](std::size_t i) { return static_cast<std::uint32_t>(w[i] + (w[i] < 0 ? ml_dsa_q : 0)); };
    for (std::size_t i = 0; i != high.size(); ++i) high[i] = static_cast<std::uint8_t>(high_bits<Count>(reduced(i)));
    for (const std::uint8_t place : ones) high[place] = static_cast<std::uint8_t>(other_high_bits<Count>(reduced(place)));
    std::size_t size = 0;
    if constexpr (Count == 16) {
        for (std::size_t i = 0; i != high.size(); i += 2) out[size++] = static_cast<std::uint8_t>(high[i] | high[i + 1] << 4);
    } else {
        static_assert(Count == 44);
        for (std::size_t i = 0; i != high.size(); i += 4) {
            const std::uint32_t four = high[i] | std::uint32_t{high[i + 1]} << 6 | std::uint32_t{high[i + 2]} << 12 | std::uint32_t{high[i + 3]} << 18;
            for (unsigned j = 0; j != 3; ++j) out[size++] = static_cast<std::uint8_t>(four >> (8 * j));
        }
    }
    return size;
}

/// SimpleBitUnpack of t1, times 2^13: FIPS 204, algorithms 18 and 23.
constexpr void unpack_t1(byte_view packed, ml_dsa_polynomial& t) {
    for (std::size_t i = 0; i != t.size(); ++i) {
        const std::size_t bit = 10 * i;
        const std::uint32_t two = packed[bit / 8] | std::uint32_t{packed[bit / 8 + 1]} << 8;
        t[i] = static_cast<std::int32_t>((two >> bit % 8 & 0x3ff) << 13);
    }
}

/// FIPS 204, algorithm 8, lines 5 to 12: the challenge that key, mu and signature lead to is that of the signature. The signature
/// fits (ml_dsa_refusal_of), and the key has its size. `MaxColumns`: room for z.
template <class Code, std::size_t MaxColumns>
[[nodiscard]] constexpr bool challenge_matches(const ml_dsa_parameters& p, byte_view key, const ml_dsa_digest& mu, byte_view signature) {
    const byte_view challenge = signature.first(p.challenge_size), hint = signature.subspan(p.hint_offset());
    std::array<ml_dsa_polynomial, MaxColumns> z;
    for (std::size_t column = 0; column != p.l; ++column) {
        const byte_view packed = signature.subspan(p.challenge_size + column * p.z_size(), p.z_size());
        for (std::size_t i = 0; i != ml_dsa_coefficients; ++i) z[column][i] = ml_dsa_z_coefficient(p, packed, i);
        Code::ntt(z[column]);
    }
    ml_dsa_polynomial c, w;
    draw_negative_challenge<typename Code::permutation>(p, challenge, c);
    Code::ntt(c);

    digest::shake256<typename Code::permutation> hash;
    hash.absorb(mu);
    ml_dsa_matrix<Code> a(key.first(32), p.l);
    for (std::size_t row = 0, ones = 0; row != p.k; ++row) {
        ml_dsa_sums sums{};
        for (std::size_t column = 0; column != p.l; ++column) Code::multiply(sums, a.next(), z[column]);
        unpack_t1(key.subspan(32 + row * p.t1_size, p.t1_size), w);
        Code::ntt(w);
        Code::multiply(sums, w, c);
        Code::reduce(w, sums);
        Code::inverse_ntt(w);

        std::array<std::uint8_t, ml_dsa_coefficients / 8 * 6> high{};
        const std::size_t end = hint[p.omega + row];
        const byte_view places = hint.subspan(ones, end - ones);
        const std::size_t size = p.high_bits_count == 16 ? encode_high_bits<16>(w, places, high) : encode_high_bits<44>(w, places, high);
        hash.absorb(byte_view(high).first(size));
        ones = end;
    }
    bool is_equal = true;
    for (const std::uint8_t byte : challenge) is_equal = is_equal && byte == hash.squeeze();
    return is_equal;
}

}  // namespace ml_dsa_detail

/// A signature over mu. `key` has the size that belongs to the parameters. Those of ml_dsa_refusal_of(), and `signature_mismatch`; or
/// `none`: it is good.
template <class Code, std::size_t MaxColumns = 7>
[[nodiscard]] constexpr errc check_ml_dsa(const ml_dsa_parameters& p, byte_view key, const ml_dsa_digest& mu, byte_view signature) {
    if (const errc refusal = ml_dsa_refusal_of(p, signature); refusal != errc::none) return refusal;
    return ml_dsa_detail::challenge_matches<Code, MaxColumns>(p, key, mu, signature) ? errc::none : errc::signature_mismatch;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_HPP
