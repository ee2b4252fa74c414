// SPDX-License-Identifier: BSL-1.0
//
// The curves y^2 = x^3 - 3x + b of ECDSA that the native engine has.  Source: NIST SP 800-186, section 3.2.1. (Their orders:
// key/ecdsa_group.hpp.)
#ifndef MODSIG_ENGINE_NATIVE_NIST_CURVES_HPP
#define MODSIG_ENGINE_NATIVE_NIST_CURVES_HPP

#include <modsig/engine/native/curve_field.hpp>
#include <modsig/key/ecdsa_group.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// Numbers are big-endian. `field` calculates modulo the prime, `scalars` modulo the order of the group.
struct curve_p256 {
    static constexpr key_algorithm algorithm = key_algorithm::ecdsa_p256;  ///< the keys of the curve
    /// The prime of the field.
    struct prime {
        /// big-endian
        static constexpr auto bytes = curve_detail::bytes_of_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    };
    /// The order of the group.
    struct order {
        static constexpr auto bytes = key::detail::order_p256;  ///< big-endian
    };
    template <class Limb>
    using field = montgomery_field<prime, Limb>;  ///< Numbers modulo the prime.
    template <class Limb>
    using scalars = montgomery_field<order, Limb>;  ///< Numbers modulo the order.
    /// of the equation
    static constexpr auto b = curve_detail::bytes_of_hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    /// of the base point
    static constexpr auto x = curve_detail::bytes_of_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    /// of the base point
    static constexpr auto y = curve_detail::bytes_of_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
};

/// As curve_p256: NIST P-384.
struct curve_p384 {
    static constexpr key_algorithm algorithm = key_algorithm::ecdsa_p384;  ///< the keys of the curve
    /// The prime of the field.
    struct prime {
        /// big-endian
        static constexpr auto bytes = curve_detail::bytes_of_hex(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff");
    };
    /// The order of the group.
    struct order {
        static constexpr auto bytes = key::detail::order_p384;  ///< big-endian
    };
    template <class Limb>
    using field = montgomery_field<prime, Limb>;  ///< Numbers modulo the prime.
    template <class Limb>
    using scalars = montgomery_field<order, Limb>;  ///< Numbers modulo the order.
    /// Of the equation.
    static constexpr auto b = curve_detail::bytes_of_hex(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef");
    /// Of the base point.
    static constexpr auto x = curve_detail::bytes_of_hex(
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7");
    /// Of the base point.
    static constexpr auto y = curve_detail::bytes_of_hex(
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f");
};

/// As curve_p256: NIST P-521.
struct curve_p521 {
    static constexpr key_algorithm algorithm = key_algorithm::ecdsa_p521;  ///< the keys of the curve
    /// The prime of the field, 2^521 - 1.
    struct prime {
        /// Big-endian.
        static constexpr auto bytes = [] {
            std::array<std::uint8_t, 66> all{1};
            for (std::size_t i = 1; i != all.size(); ++i) all[i] = 0xff;
            return all;
        }();
    };
    /// The order of the group.
    struct order {
        static constexpr auto bytes = key::detail::order_p521;  ///< big-endian
    };
    template <class Limb>
    using field = mersenne_field<prime, 1, Limb>;  ///< Numbers modulo the prime.
    template <class Limb>
    using scalars = montgomery_field<order, Limb>;  ///< Numbers modulo the order.
    /// Of the equation.
    static constexpr auto b = curve_detail::bytes_of_hex(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b50"
        "3f00");
    /// Of the base point.
    static constexpr auto x = curve_detail::bytes_of_hex(
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5"
        "bd66");
    /// Of the base point.
    static constexpr auto y = curve_detail::bytes_of_hex(
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd1"
        "6650");
};

/// Whether the engine has the curve of a key.
[[nodiscard]] constexpr bool has_native_curve(key_algorithm algorithm) {
    return algorithm == key_algorithm::ecdsa_p256 || algorithm == key_algorithm::ecdsa_p384 || algorithm == key_algorithm::ecdsa_p521;
}

/// Calls `action.operator()<Curve>()` for the curve of a key; false for keys without one.
template <class Action>
constexpr bool with_curve(key_algorithm algorithm, const Action& action) {
    switch (algorithm) {
        case key_algorithm::ecdsa_p256: return action.template operator()<curve_p256>(), true;
        case key_algorithm::ecdsa_p384: return action.template operator()<curve_p384>(), true;
        case key_algorithm::ecdsa_p521: return action.template operator()<curve_p521>(), true;
        default: return false;
    }
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_NIST_CURVES_HPP
