// SPDX-License-Identifier: BSL-1.0
//
// The arithmetic of ML-DSA on vectors: 8 or 16 coefficients each, 4 or 8 sponges each. In the compilers' vector extension, as
// lanes.hpp; what it cannot say is one multiplication.
//
// A transform has two halves. Down to butterflies as wide as a vector, whole vectors meet; then squares of vectors are turned round,
// and vectors meet again, each lane with a constant of its own.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_LANES_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_LANES_HPP

#include <modsig/digest/keccak.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/lanes.hpp>
#include <modsig/engine/native/ml_dsa_polynomial.hpp>
#include <modsig/engine/native/ml_dsa_sample.hpp>

#ifdef MODSIG_NATIVE_X86

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace modsig::engine::inline MODSIG_KERNELS {

namespace native_detail {

/// The constants of the narrow layers as the lanes of a turned square want them: for butterflies of `size`, block `block` of a row,
/// square `square`, lane (row) `lane`.
template <std::size_t Lanes>
class narrow_zetas {
    static constexpr std::size_t squares = ml_dsa_coefficients / (Lanes * Lanes);
    alignas(64) std::array<std::int32_t, squares * Lanes * (Lanes - 1)> table_{};

public:
    /// Where the vector of constants stands.
    [[nodiscard]] static constexpr std::size_t offset(std::size_t size, std::size_t block, std::size_t square) {
        const std::size_t blocks = Lanes / (2 * size);  // 1, 2, 4 ...: those before are one fewer together
        return ((blocks - 1 + block) * squares + square) * Lanes;
    }
    consteval narrow_zetas() {
        for (std::size_t size = Lanes / 2; size != 0; size /= 2)
            for (std::size_t block = 0; block != Lanes / (2 * size); ++block)
                for (std::size_t square = 0; square != squares; ++square)
                    for (std::size_t lane = 0; lane != Lanes; ++lane) {
                        const std::size_t first = (square * Lanes + lane) * Lanes + block * 2 * size;
                        table_[offset(size, block, square) + lane] = ml_dsa_detail::zetas[(ml_dsa_coefficients + first) / (2 * size)];
                    }
    }
    [[nodiscard]] constexpr const std::int32_t* at(std::size_t size, std::size_t block, std::size_t square) const {
        return table_.data() + offset(size, block, square);
    }
};
template <std::size_t Lanes>
inline constexpr narrow_zetas<Lanes> narrow_zetas_of{};

}  // namespace native_detail

template <std::size_t Lanes>
struct ml_dsa_lanes {
    using lane = lanes<std::int32_t, Lanes>;
    using vector = typename lane::vector;
    using wide = typename lanes<std::int64_t, Lanes / 2>::vector;  // products of the even lanes
    static constexpr std::size_t vectors = ml_dsa_coefficients / Lanes, size = sizeof(std::int32_t) * Lanes;

    [[gnu::always_inline]] static void load(vector& to, const std::int32_t* from) { std::memcpy(&to, from, size); }
    [[gnu::always_inline]] static void store(std::int32_t* to, const vector& from) { std::memcpy(to, &from, size); }
    [[gnu::always_inline]] static void spread(vector& to, std::int32_t value) { to = vector{} + value; }

    /// Products of the even lanes. Clang makes the instruction of the expression, and lets no function without a target name it; GCC
    /// the other way round.
    [[gnu::always_inline]] static void even_products(wide& out, const vector& a, const vector& b) {
#ifdef __clang__
        out = (reinterpret_cast<wide>(a) << 32 >> 32) * (reinterpret_cast<wide>(b) << 32 >> 32);
#else
        __asm__("vpmuldq %2, %1, %0" : "=v"(out) : "v"(a), "v"(b));
#endif
    }
    /// The odd lanes in the places of the even ones.
    [[gnu::always_inline]] static void odd_lanes(vector& out, const vector& a) { out = reinterpret_cast<vector>(reinterpret_cast<wide>(a) >> 32); }
    template <std::size_t... I>
    [[gnu::always_inline]] static void merge(vector& out, const vector& even, const vector& odd, std::index_sequence<I...>) {
        out = __builtin_shufflevector(even, odd, int(I % 2 == 0 ? I + 1 : Lanes + I)...);  // the upper halves
    }

    /// montgomery() of sums in the even and the odd lanes.
    [[gnu::always_inline]] static void reduce(vector& out, const wide& even, const wide& odd) {
        vector inverse, modulus;
        spread(inverse, static_cast<std::int32_t>(ml_dsa_detail::inverse_q));
        spread(modulus, ml_dsa_q);
        wide multiple_even, multiple_odd;
        even_products(multiple_even, reinterpret_cast<vector>(even), inverse);
        even_products(multiple_odd, reinterpret_cast<vector>(odd), inverse);
        even_products(multiple_even, reinterpret_cast<vector>(multiple_even), modulus);
        even_products(multiple_odd, reinterpret_cast<vector>(multiple_odd), modulus);
        const wide high_even = even - multiple_even, high_odd = odd - multiple_odd;
        merge(out, reinterpret_cast<vector>(high_even), reinterpret_cast<vector>(high_odd), std::make_index_sequence<Lanes>{});
    }
    [[gnu::always_inline]] static void multiply(vector& out, const vector& a, const vector& b) {
        vector odd_a, odd_b;
        wide even, odds;
        odd_lanes(odd_a, a);
        odd_lanes(odd_b, b);
        even_products(even, a, b);
        even_products(odds, odd_a, odd_b);
        reduce(out, even, odds);
    }

    [[gnu::always_inline]] static void forward(vector& a, vector& b, const vector& zeta) {
        vector product;
        multiply(product, b, zeta);
        b = a - product;
        a = a + product;
    }
    [[gnu::always_inline]] static void backward(vector& a, vector& b, const vector& zeta) {
        const vector difference = b - a;  // times the constant, which is the negative of the inverse's
        a = a + b;
        multiply(b, difference, zeta);
    }

    /// A layer in which whole vectors meet, `Step` apart.
    template <bool Forward>
    [[gnu::always_inline]] static void wide_layer(vector* v, std::size_t step) {
        const std::int32_t* zeta = ml_dsa_detail::zetas.data() + vectors / (2 * step);
        for (std::size_t start = 0, block = 0; start != vectors; start += 2 * step, ++block) {
            vector constant;
            spread(constant, Forward ? zeta[block] : ml_dsa_detail::zetas[vectors / step - 1 - block]);
            for (std::size_t i = start; i != start + step; ++i) {
                if constexpr (Forward) forward(v[i], v[i + step], constant);
                else backward(v[i], v[i + step], constant);
            }
        }
    }
    /// A layer of a square that is turned round. The inverse's constants are those of the mirrored place.
    template <bool Forward>
    [[gnu::always_inline]] static void narrow_layer(vector* v, std::size_t step, std::size_t square) {
        for (std::size_t start = 0, block = 0; start != Lanes; start += 2 * step, ++block) {
            vector constant;
            if constexpr (Forward) {
                load(constant, native_detail::narrow_zetas_of<Lanes>.at(step, block, square));
            } else {
                vector mirrored;
                load(mirrored, native_detail::narrow_zetas_of<Lanes>.at(step, Lanes / (2 * step) - 1 - block, vectors / Lanes - 1 - square));
                reverse(constant, mirrored, std::make_index_sequence<Lanes>{});
            }
            for (std::size_t i = start; i != start + step; ++i) {
                if constexpr (Forward) forward(v[i], v[i + step], constant);
                else backward(v[i], v[i + step], constant);
            }
        }
    }
    template <std::size_t... I>
    [[gnu::always_inline]] static void reverse(vector& out, const vector& in, std::index_sequence<I...>) {
        out = __builtin_shufflevector(in, in, int(Lanes - 1 - I)...);
    }

    [[gnu::always_inline]] static void ntt(ml_dsa_polynomial& a) {
        vector v[vectors];
        for (std::size_t i = 0; i != vectors; ++i) load(v[i], a.data() + i * Lanes);
        for (std::size_t step = vectors / 2; step != 0; step /= 2) wide_layer<true>(v, step);
        for (std::size_t square = 0; square != vectors / Lanes; ++square) {
            vector* const rows = v + square * Lanes;
            lane::template transpose<Lanes / 2>(rows);
            for (std::size_t step = Lanes / 2; step != 0; step /= 2) narrow_layer<true>(rows, step, square);
            lane::template transpose<Lanes / 2>(rows);
        }
        for (std::size_t i = 0; i != vectors; ++i) store(a.data() + i * Lanes, v[i]);
    }
    [[gnu::always_inline]] static void inverse_ntt(ml_dsa_polynomial& a) {
        vector v[vectors], last;
        for (std::size_t i = 0; i != vectors; ++i) load(v[i], a.data() + i * Lanes);
        for (std::size_t square = 0; square != vectors / Lanes; ++square) {
            vector* const rows = v + square * Lanes;
            lane::template transpose<Lanes / 2>(rows);
            for (std::size_t step = 1; step != Lanes; step *= 2) narrow_layer<false>(rows, step, square);
            lane::template transpose<Lanes / 2>(rows);
        }
        for (std::size_t step = 1; step != vectors; step *= 2) wide_layer<false>(v, step);
        spread(last, ml_dsa_detail::last_factor);
        for (std::size_t i = 0; i != vectors; ++i) {
            multiply(v[i], vector(v[i]), last);
            store(a.data() + i * Lanes, v[i]);
        }
    }

    /// Sums stand in pairs of vectors: those of the even lanes, those of the odd ones.
    [[gnu::always_inline]] static void multiply(ml_dsa_sums& sums, const ml_dsa_polynomial& a, const ml_dsa_polynomial& b) {
        for (std::size_t i = 0; i != ml_dsa_coefficients; i += Lanes) {
            vector left, right, odd_left, odd_right;
            wide even, odds, sum;
            load(left, a.data() + i);
            load(right, b.data() + i);
            odd_lanes(odd_left, left);
            odd_lanes(odd_right, right);
            even_products(even, left, right);
            even_products(odds, odd_left, odd_right);
            std::memcpy(&sum, sums.data() + i, size);
            sum += even;
            std::memcpy(sums.data() + i, &sum, size);
            std::memcpy(&sum, sums.data() + i + Lanes / 2, size);
            sum += odds;
            std::memcpy(sums.data() + i + Lanes / 2, &sum, size);
        }
    }
    [[gnu::always_inline]] static void reduce(ml_dsa_polynomial& out, const ml_dsa_sums& sums) {
        for (std::size_t i = 0; i != ml_dsa_coefficients; i += Lanes) {
            wide even, odds;
            vector reduced;
            std::memcpy(&even, sums.data() + i, size);
            std::memcpy(&odds, sums.data() + i + Lanes / 2, size);
            reduce(reduced, even, odds);
            store(out.data() + i, reduced);
        }
    }

    /// Several sponges: word i of the one in lane l is state[i * Lanes / 2 + l].
    [[gnu::always_inline]] static void permute(std::uint64_t* state) {
        using words = lanes<std::uint64_t, Lanes / 2>;
        typename words::vector s[digest::keccak_words];
        for (std::size_t i = 0; i != digest::keccak_words; ++i) std::memcpy(&s[i], state + i * (Lanes / 2), words::row_size);
        digest::keccak_functions::permute(s);
        for (std::size_t i = 0; i != digest::keccak_words; ++i) std::memcpy(state + i * (Lanes / 2), &s[i], words::row_size);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_LANES_HPP
