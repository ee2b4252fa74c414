// SPDX-License-Identifier: BSL-1.0
//
// The group of points of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2 modulo 2^255 - 19, in extended coordinates: x = X / Z, y = Y / Z,
// T = X Y / Z.  Source: RFC 8032, sections 5.1 and 5.1.4 (its addition is complete: no operands are special).
#ifndef MODSIG_ENGINE_NATIVE_EDWARDS_HPP
#define MODSIG_ENGINE_NATIVE_EDWARDS_HPP

#include <modsig/engine/ed25519_signature.hpp>
#include <modsig/engine/native/curve_field.hpp>
#include <modsig/engine/native/curve_inverse.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::engine {

/// Numbers are big-endian: RFC 8032, section 5.1.
struct curve_25519 {
    /// 2^255 - 19.
    struct prime {
        static constexpr auto bytes = detail::ed25519_prime;  ///< big-endian
    };
    /// The order of the group that the base point makes.
    struct order {
        static constexpr auto bytes = detail::ed25519_order;  ///< big-endian
    };
    template <class Limb>
    using field = mersenne_field<prime, 19, Limb>;  ///< Numbers modulo the prime.
    template <class Limb>
    using scalars = montgomery_field<order, Limb>;  ///< Numbers modulo the order.
    /// d of the curve's equation
    static constexpr auto d = curve_detail::bytes_of_hex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
    /// a square root of -1 modulo the prime, for decompression
    static constexpr auto root_of_minus_1 = curve_detail::bytes_of_hex("2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0");
    /// of the base point
    static constexpr auto x = curve_detail::bytes_of_hex("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a");
    /// of the base point
    static constexpr auto y = curve_detail::bytes_of_hex("6666666666666666666666666666666666666666666666666666666666666658");
};

/// A point in extended coordinates.
template <class Field>
struct extended_point {
    typename Field::element x;  ///< X = x Z
    typename Field::element y;  ///< Y = y Z
    typename Field::element z;  ///< never 0
    typename Field::element t;  ///< T = x y Z
};

/// A point as the second operand of a sum.
template <class Field>
struct edwards_addend {
    typename Field::element less;  ///< y - x
    typename Field::element more;  ///< y + x
    typename Field::element t;     ///< 2 d T
    typename Field::element z;     ///< 2 Z
};
/// As edwards_addend, of a point whose Z is 1.
template <class Field>
struct affine_edwards_addend {
    typename Field::element less;  ///< y - x
    typename Field::element more;  ///< y + x
    typename Field::element t;     ///< 2 d x y
};

/// The formulas, for any field. F's functions write their result to the first argument, which may be one of the others; so may `r`.
template <class Field>
struct edwards_formulas {
    using element = typename Field::element;  ///< A number modulo the prime, or several in lanes.
    using point = extended_point<Field>;      ///< What the formulas calculate with.
    using F = Field;                          ///< The field.

    /// r = 2 p; r may be p.
    static constexpr void twice(point& r, const point& p) {
        element a, b, e, f, g, h;
        F::square(a, p.x);
        F::square(b, p.y);
        F::square(f, p.z);
        F::add(f, f, f);
        F::add(e, p.x, p.y);
        F::square(e, e);
        F::add(h, a, b);
        F::subtract(e, h, e);
        F::subtract(g, a, b);
        F::add(f, f, g);
        multiply(r, e, f, g, h);
    }
    /// r = p + q; r may be p.
    static constexpr void add(point& r, const point& p, const edwards_addend<F>& q) {
        element d;
        F::multiply(d, p.z, q.z);
        finish(r, p, q.less, q.more, q.t, d);
    }
    /// r = p + q; r may be p.
    static constexpr void add(point& r, const point& p, const affine_edwards_addend<F>& q) {
        element d;
        F::add(d, p.z, p.z);
        finish(r, p, q.less, q.more, q.t, d);
    }

private:
    static constexpr void finish(point& r, const point& p, const element& less, const element& more, const element& t, const element& d) {
        element a, b, c, e, f, g, h;
        F::subtract(a, p.y, p.x);
        F::multiply(a, a, less);
        F::add(b, p.y, p.x);
        F::multiply(b, b, more);
        F::multiply(c, p.t, t);
        F::subtract(e, b, a);
        F::subtract(f, d, c);
        F::add(g, d, c);
        F::add(h, b, a);
        multiply(r, e, f, g, h);
    }
    static constexpr void multiply(point& r, const element& e, const element& f, const element& g, const element& h) {
        F::multiply(r.x, e, f);
        F::multiply(r.y, g, h);
        F::multiply(r.z, f, g);
        F::multiply(r.t, e, h);
    }
};

/// The group, one number at a time.
template <class Limb>
struct edwards_group {
    using F = curve_25519::field<Limb>;    ///< The field modulo 2^255 - 19.
    using S = curve_25519::scalars<Limb>;  ///< Numbers modulo the order.
    using element = typename F::element;   ///< A number below the prime.
    using point = extended_point<F>;       ///< A point of the group, the neutral element too.
    using addend = edwards_addend<F>;      ///< A point in the form in which it is added.
    using formulas = edwards_formulas<F>;  ///< Doubling and adding, which have no special cases.

    /// A point with Z = 1.
    struct affine {
        element x;  ///< below the prime
        element y;  ///< below the prime
    };

    static constexpr point infinity{F::zero, F::one, F::one, F::zero};  ///< the neutral element

    /// A big-endian integer as a number of the field.
    [[nodiscard]] static constexpr element number(byte_view bytes) { return F::enter(F::load(bytes)); }
    /// The base point.
    [[nodiscard]] static constexpr affine generator() { return {number(curve_25519::x), number(curve_25519::y)}; }
    /// -p.
    [[nodiscard]] static constexpr affine negate(const affine& p) { return {F::negate(p.x), p.y}; }
    /// The point in extended coordinates.
    [[nodiscard]] static constexpr point raise(const affine& p) { return {p.x, p.y, F::one, F::multiply(p.x, p.y)}; }
    /// The point as the second operand of a sum.
    [[nodiscard]] static constexpr addend prepare(const point& p) {
        const element dt = F::multiply(number(curve_25519::d), p.t);
        return {F::subtract(p.y, p.x), F::add(p.y, p.x), F::add(dt, dt), F::add(p.z, p.z)};
    }
    /// -p.
    [[nodiscard]] static constexpr addend negate(const addend& p) { return {p.more, p.less, F::negate(p.t), p.z}; }

    /// 2 p.
    [[nodiscard, gnu::noinline]] static constexpr point twice(const point& p) {
        point r;
        formulas::twice(r, p);
        return r;
    }
    /// p + q, for any two points.
    [[nodiscard, gnu::noinline]] static constexpr point add(const point& p, const addend& q) {
        point r;
        formulas::add(r, p, q);
        return r;
    }

    /// RFC 8032, section 5.1.3. `y` is below the prime and not 1 or -1 (ed25519_key_y): x is not zero.
    [[nodiscard]] static constexpr std::optional<affine> decompress(const element& y, bool odd) {
        const element square = F::square(y), u = F::subtract(square, F::one), v = F::add(F::multiply(square, number(curve_25519::d)), F::one);
        const element v3 = F::multiply(F::square(v), v), uv7 = F::multiply(F::multiply(F::square(v3), v), u);
        element x = F::multiply(F::multiply(u, v3), power<F>(uv7, exponent_of_root));
        const element vx2 = F::multiply(v, F::square(x));
        if (vx2 != u) {
            if (vx2 != F::negate(u)) return std::nullopt;
            x = F::multiply(x, number(curve_25519::root_of_minus_1));
        }
        const bool is_odd = (F::leave(x).limb[0] & 1) != 0;
        return affine{is_odd == odd ? x : F::negate(x), y};
    }

    /// RFC 8032, section 5.1.2.
    [[nodiscard]] static constexpr std::array<std::uint8_t, 32> encode(const point& p) {
        const element z = inverse<curve_25519::prime, F>(p.z), x = F::leave(F::multiply(p.x, z)), y = F::leave(F::multiply(p.y, z));
        std::array<std::uint8_t, 32> bytes{};
        for (std::size_t i = 0; i != bytes.size(); ++i) bytes[i] = limbs::byte_at(y.limb, i);
        bytes[31] = static_cast<std::uint8_t>(bytes[31] | (x.limb[0] & 1) << 7);
        return bytes;
    }

private:
    /// (p - 5) / 8 = 2^252 - 3
    static constexpr auto exponent_of_root = [] {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(0xff);
        bytes[0] = 0x0f, bytes[31] = 0xfd;
        return bytes;
    }();
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_EDWARDS_HPP
