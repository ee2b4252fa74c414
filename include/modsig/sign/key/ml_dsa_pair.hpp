// SPDX-License-Identifier: BSL-1.0
//
// The key pair of ML-DSA that belongs to a seed, to compare others with: an expanded private key that came with the seed, a public key
// that another program has derived. Nothing is signed with it.  Source: FIPS 204, algorithms 6, 24, 31, 33 and 35.
//   public key:    rho, t1
//   expanded key:  rho, K, tr, s1, s2 (3 or 4 bits a coefficient), t0 (13 bits)
// The arithmetic is that of the verifier, which has no branches and no addresses that depend on coefficients; what is secret is wiped.
#ifndef MODSIG_SIGN_KEY_ML_DSA_PAIR_HPP
#define MODSIG_SIGN_KEY_ML_DSA_PAIR_HPP

#include <modsig/engine/native/ml_dsa.hpp>
#include <modsig/sign/signer.hpp>

#include <botan/mem_ops.h>
#include <botan/secmem.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace modsig::sign {

inline constexpr std::size_t ml_dsa_seed_size = 32;  ///< bytes

/// A key pair as FIPS 204 encodes it.
struct ml_dsa_pair {
    bytes public_key{};                             ///< pkEncode, algorithm 22
    Botan::secure_vector<std::uint8_t> expanded{};  ///< skEncode, algorithm 24; wiped
};

namespace detail {

/// A value on the stack that is wiped.
template <class T>
struct wiped {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};

    wiped() = default;
    wiped(const wiped&) = delete;
    wiped& operator=(const wiped&) = delete;
    ~wiped() { Botan::secure_scrub_memory(&value, sizeof value); }
};

class ml_dsa_expansion {
    using code = engine::portable_ml_dsa<true>;
    using polynomial = engine::ml_dsa_polynomial;
    using shake256 = digest::shake256<code::permutation>;
    static constexpr std::size_t max_columns = 7;
    static constexpr unsigned dropped_bits = 13;  // d

    const engine::ml_dsa_parameters& p_;
    ml_dsa_pair out_{};
    wiped<std::array<std::uint8_t, 128>> drawn_{};  // rho, rho', K

    [[nodiscard]] int eta() const { return p_.beta / p_.tau; }
    [[nodiscard]] byte_view rho() const { return byte_view(drawn_.value).first(32); }

    /// SimpleBitPack: each value has so many bits, the lowest first.
    template <class Out, class Value>
    static void pack(Out& out, unsigned width, Value value) {
        std::uint32_t held = 0;
        unsigned bits = 0;
        for (std::size_t i = 0; i != engine::ml_dsa_coefficients; ++i) {
            held |= static_cast<std::uint32_t>(value(i)) << bits;
            for (bits += width; bits >= 8; bits -= 8, held >>= 8) out.push_back(static_cast<std::uint8_t>(held));
        }
    }
    template <class Out>
    static void put(Out& out, byte_view part) { out.insert(out.end(), part.begin(), part.end()); }

    /// RejBoundedPoly, algorithm 31.
    void draw_secret(std::size_t number, polynomial& s) const {
        wiped<shake256> stream;
        stream.value.absorb(byte_view(drawn_.value).subspan(32, 64));
        stream.value.absorb(std::array{static_cast<std::uint8_t>(number), std::uint8_t{0}});
        const int eta = this->eta(), limit = eta == 2 ? 15 : 9;
        for (std::size_t i = 0; i != s.size();) {
            const int both = stream.value.squeeze();
            for (const int half : {both & 15, both >> 4}) {
                if (i == s.size() || half >= limit) continue;
                s[i++] = eta - (eta == 2 ? half % 5 : half);
            }
        }
    }
    void put_secret(const polynomial& s) {
        pack(out_.expanded, eta() == 2 ? 3 : 4, [&](std::size_t i) { return eta() - s[i]; });
    }

public:
    explicit ml_dsa_expansion(const engine::ml_dsa_parameters& p) : p_(p) {}

    /// KeyGen_internal, algorithm 6.
    [[nodiscard]] ml_dsa_pair of(byte_view seed) && {
        wiped<shake256> stream;
        stream.value.absorb(seed);
        stream.value.absorb(std::array{p_.k, p_.l});
        stream.value.squeeze(drawn_.value);

        put(out_.expanded, rho());
        put(out_.expanded, byte_view(drawn_.value).last(32));
        const std::size_t tr = out_.expanded.size();
        out_.expanded.resize(tr + sizeof(engine::ml_dsa_digest));

        wiped<std::array<polynomial, max_columns>> s1;
        for (std::size_t column = 0; column != p_.l; ++column) {
            draw_secret(column, s1.value[column]);
            put_secret(s1.value[column]);
            code::ntt(s1.value[column]);
        }
        wiped<polynomial> s2;
        for (std::size_t row = 0; row != p_.k; ++row) {
            draw_secret(p_.l + row, s2.value);
            put_secret(s2.value);
        }
        put(out_.public_key, rho());
        engine::ml_dsa_matrix<code> a(rho(), p_.l);
        for (std::size_t row = 0; row != p_.k; ++row) {
            wiped<engine::ml_dsa_sums> sums;
            for (std::size_t column = 0; column != p_.l; ++column) code::multiply(sums.value, a.next(), s1.value[column]);
            wiped<polynomial> t;
            code::reduce(t.value, sums.value);
            code::inverse_ntt(t.value);
            draw_secret(p_.l + row, s2.value);
            for (std::size_t i = 0; i != t.value.size(); ++i) {
                const std::int32_t sum = (t.value[i] + s2.value[i]) % engine::ml_dsa_q;
                t.value[i] = sum + (engine::ml_dsa_q & (sum >> 31));
            }
            // Power2Round, algorithm 35.
            const auto high = [&](std::size_t i) { return (t.value[i] + (1 << (dropped_bits - 1)) - 1) >> dropped_bits; };
            pack(out_.public_key, 10, high);
            pack(out_.expanded, dropped_bits, [&](std::size_t i) { return (1 << (dropped_bits - 1)) - (t.value[i] - (high(i) << dropped_bits)); });
        }
        const engine::ml_dsa_digest digest = engine::ml_dsa_key_digest<code>(out_.public_key);
        std::copy(digest.begin(), digest.end(), out_.expanded.begin() + static_cast<std::ptrdiff_t>(tr));
        return std::move(out_);
    }
};

}  // namespace detail

/// The pair of a seed of 32 bytes.
[[nodiscard]] inline ml_dsa_pair ml_dsa_pair_of(const engine::ml_dsa_parameters& parameters, byte_view seed) {
    return detail::ml_dsa_expansion(parameters).of(seed);
}

/// Bytes of an expanded private key: FIPS 204, algorithm 24.
[[nodiscard]] constexpr std::size_t ml_dsa_expanded_size(const engine::ml_dsa_parameters& p) {
    const std::size_t secret_bits = p.beta / p.tau == 2 ? 3 : 4;
    return 128 + engine::ml_dsa_coefficients / 8 * (secret_bits * (p.k + p.l) + 13u * p.k);
}
static_assert(ml_dsa_expanded_size(engine::ml_dsa_table[0]) == 2560 && ml_dsa_expanded_size(engine::ml_dsa_table[1]) == 4032 &&
              ml_dsa_expanded_size(engine::ml_dsa_table[2]) == 4896);

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_ML_DSA_PAIR_HPP
