// SPDX-License-Identifier: BSL-1.0
//
// The group of points of y^2 = x^3 - 3x + b, in Jacobian coordinates: (x, y) = (X / Z^2, Y / Z^3), and Z = 0 is infinity.
//   Source of the formulas: D. J. Bernstein, T. Lange, Explicit-Formulas Database, short Weierstrass curves, Jacobian coordinates with
//   a = -3: dbl-2001-b, add-1998-cmo-2, madd-1998-cmo.
// The formulas are written once, for any field: one number at a time here, eight in curve_ifma.hpp.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_GROUP_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_GROUP_HPP

#include <modsig/engine/native/curve_field.hpp>

namespace modsig::engine {

/// A point that is not infinity: x and y.
template <class Field>
struct affine_point {
    typename Field::element x;  ///< in the field's form
    typename Field::element y;  ///< in the field's form
};

/// A point in Jacobian coordinates.
template <class Field>
struct jacobian_point {
    typename Field::element x;  ///< X = x Z^2
    typename Field::element y;  ///< Y = y Z^3
    typename Field::element z;  ///< 0: infinity
};

/// The formulas alone. F's functions write their result to the first argument, which may be one of the others. Where `h` of a sum comes
/// out as zero modulo the prime its operands have one x, and the result is no sum: Z is zero then.
template <class Field>
struct curve_formulas {
    using element = typename Field::element;  ///< A number modulo the prime, or several in lanes.
    using point = jacobian_point<Field>;      ///< What the formulas calculate with.
    using F = Field;                          ///< The field.

    /// r = 2 p; r may be p.
    static constexpr void twice(point& r, const point& p) {
        element delta, gamma, beta, alpha, t;
        F::square(delta, p.z);
        F::square(gamma, p.y);
        F::multiply(beta, p.x, gamma);
        F::subtract(alpha, p.x, delta);
        F::add(t, p.x, delta);
        F::multiply(alpha, alpha, t);
        F::add(t, alpha, alpha);
        F::add(alpha, alpha, t);        // 3 (X - delta) (X + delta)
        F::multiply(t, p.y, p.z);
        F::add(r.z, t, t);
        F::add(beta, beta, beta);
        F::add(beta, beta, beta);       // 4 beta
        F::square(t, alpha);
        F::subtract(t, t, beta);
        F::subtract(r.x, t, beta);
        F::add(gamma, gamma, gamma);
        F::square(gamma, gamma);
        F::add(gamma, gamma, gamma);    // 8 gamma^2
        F::subtract(t, beta, r.x);
        F::multiply(t, alpha, t);
        F::subtract(r.y, t, gamma);
    }

    /// r = p + q; r may be p. `s` is Y2 Z1^3 - Y1 Z2^3: zero, too, where the operands are one point.
    static constexpr void add(point& r, const point& p, const point& q, element& h, element& s) {
        element square, u, t;
        F::square(square, q.z);
        F::multiply(u, p.x, square);
        F::multiply(t, q.z, square);
        F::multiply(t, p.y, t);
        F::square(square, p.z);
        F::multiply(h, q.x, square);
        F::subtract(h, h, u);
        F::multiply(s, p.z, square);
        F::multiply(s, q.y, s);
        F::subtract(s, s, t);
        F::multiply(r.z, p.z, q.z);
        F::multiply(r.z, r.z, h);
        finish(r, u, t, h, s);
    }
    /// As above, for a point whose Z is 1.
    static constexpr void add(point& r, const point& p, const affine_point<Field>& q, element& h, element& s) {
        element square;
        F::square(square, p.z);
        F::multiply(h, q.x, square);
        F::subtract(h, h, p.x);
        F::multiply(s, p.z, square);
        F::multiply(s, q.y, s);
        F::subtract(s, s, p.y);
        F::multiply(r.z, p.z, h);
        finish(r, p.x, p.y, h, s);
    }

private:
    /// x and y of the sum; u and t may be r's.
    static constexpr void finish(point& r, const element& u, const element& t, const element& h, const element& s) {
        element square, cube, v;
        F::square(square, h);
        F::multiply(cube, h, square);
        F::multiply(v, u, square);
        F::square(square, s);
        F::subtract(square, square, cube);
        F::multiply(cube, t, cube);
        F::subtract(square, square, v);
        F::subtract(r.x, square, v);
        F::subtract(v, v, r.x);
        F::multiply(v, s, v);
        F::subtract(r.y, v, cube);
    }
};

/// The group: every sum is right, also of a point with itself, with its opposite and with infinity.
template <class Curve, class Limb>
struct curve_group {
    using F = typename Curve::template field<Limb>;    ///< The field modulo the curve's prime.
    using element = typename F::element;               ///< A number below the prime.
    using S = typename Curve::template scalars<Limb>;  ///< Numbers modulo the order.
    using point = jacobian_point<F>;                   ///< A point of the group, infinity too.
    using addend = point;                              ///< A point in the form in which it is added.
    using affine = affine_point<F>;                    ///< A point that is not infinity.
    using formulas = curve_formulas<F>;                ///< Doubling and adding, without the special cases.

    static constexpr point infinity{F::one, F::one, F::zero};  ///< the neutral element

    /// Whether the point is the neutral element.
    [[nodiscard]] static constexpr bool is_infinite(const point& p) { return F::is_zero(p.z); }
    /// The point in Jacobian coordinates.
    [[nodiscard]] static constexpr point raise(const affine& p) { return {p.x, p.y, F::one}; }
    /// The point as an addend: itself, which the answer refers to.
    [[nodiscard]] static constexpr const addend& prepare(const point& p) { return p; }
    /// -p, of infinity infinity.
    [[nodiscard]] static constexpr point negate(const point& p) { return {p.x, F::negate(p.y), p.z}; }
    /// -p.
    [[nodiscard]] static constexpr affine negate(const affine& p) { return {p.x, F::negate(p.y)}; }

    /// 2 p.
    [[nodiscard, gnu::noinline]] static constexpr point twice(const point& p) {
        point r;
        formulas::twice(r, p);
        return r;
    }

    /// p + q, for any two points.
    [[nodiscard, gnu::noinline]] static constexpr point add(const point& p, const point& q) {
        if (is_infinite(p)) return q;
        if (is_infinite(q)) return p;
        element h, s;
        point sum;
        formulas::add(sum, p, q, h, s);
        if (F::is_zero(h)) return F::is_zero(s) ? twice(p) : infinity;
        return sum;
    }

    /// The base point G of the curve.
    [[nodiscard]] static constexpr affine generator() { return {F::enter(F::load(Curve::x)), F::enter(F::load(Curve::y))}; }

    /// Whether the equation holds, for numbers below the prime.
    [[nodiscard]] static constexpr bool is_on_curve(const affine& p) {
        const element b = F::enter(F::load(Curve::b)), three_x = F::add(F::add(p.x, p.x), p.x);
        return F::square(p.y) == F::add(F::subtract(F::multiply(F::square(p.x), p.x), three_x), b);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_GROUP_HPP
