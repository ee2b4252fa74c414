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

template <class Field>
struct affine_point {
    typename Field::element x, y;
};

template <class Field>
struct jacobian_point {
    typename Field::element x, y, z;
};

/// The formulas alone. Where `h` of a sum is zero modulo the prime its operands have one x, and what comes out is no sum: Z is zero then.
template <class Field>
struct curve_formulas {
    using element = typename Field::element;
    using point = jacobian_point<Field>;
    using F = Field;

    [[nodiscard]] static constexpr point twice(const point& p) {
        const element delta = F::square(p.z), gamma = F::square(p.y), beta = F::multiply(p.x, gamma);
        const element third = F::multiply(F::subtract(p.x, delta), F::add(p.x, delta)), alpha = F::add(F::add(third, third), third);
        const element beta2 = F::add(beta, beta), beta4 = F::add(beta2, beta2), gamma2 = F::add(gamma, gamma), square = F::square(gamma2);
        const element yz = F::multiply(p.y, p.z);
        point r;
        r.x = F::subtract(F::square(alpha), F::add(beta4, beta4));
        r.y = F::subtract(F::multiply(alpha, F::subtract(beta4, r.x)), F::add(square, square));
        r.z = F::add(yz, yz);
        return r;
    }

    /// `s` is Y2 Z1^3 - Y1 Z2^3; zero, too, where the operands are one point.
    [[nodiscard]] static constexpr point add(const point& p, const point& q, element& h, element& s) {
        const element p_square = F::square(p.z), q_square = F::square(q.z);
        const element u = F::multiply(p.x, q_square), t = F::multiply(p.y, F::multiply(q.z, q_square));
        h = F::subtract(F::multiply(q.x, p_square), u);
        s = F::subtract(F::multiply(q.y, F::multiply(p.z, p_square)), t);
        return finish(u, t, h, s, F::multiply(F::multiply(p.z, q.z), h));
    }
    [[nodiscard]] static constexpr point add(const point& p, const affine_point<Field>& q, element& h, element& s) {
        const element p_square = F::square(p.z);
        h = F::subtract(F::multiply(q.x, p_square), p.x);
        s = F::subtract(F::multiply(q.y, F::multiply(p.z, p_square)), p.y);
        return finish(p.x, p.y, h, s, F::multiply(p.z, h));
    }

private:
    [[nodiscard]] static constexpr point finish(const element& u, const element& t, const element& h, const element& s, const element& z) {
        const element square = F::square(h), cube = F::multiply(h, square), v = F::multiply(u, square);
        point r;
        r.x = F::subtract(F::subtract(F::square(s), cube), F::add(v, v));
        r.y = F::subtract(F::multiply(s, F::subtract(v, r.x)), F::multiply(t, cube));
        r.z = z;
        return r;
    }
};

/// The group: every sum is right, also of a point with itself, with its opposite and with infinity.
template <class Curve, class Limb>
struct curve_group {
    using F = typename Curve::template field<Limb>;
    using element = typename F::element;
    using point = jacobian_point<F>;
    using affine = affine_point<F>;
    using formulas = curve_formulas<F>;

    static constexpr point infinity{F::one, F::one, F::zero};

    [[nodiscard]] static constexpr bool is_infinite(const point& p) { return F::is_zero(p.z); }
    [[nodiscard]] static constexpr point raise(const affine& p) { return {p.x, p.y, F::one}; }
    [[nodiscard]] static constexpr point negate(const point& p) { return {p.x, F::negate(p.y), p.z}; }
    [[nodiscard]] static constexpr affine negate(const affine& p) { return {p.x, F::negate(p.y)}; }

    [[nodiscard, gnu::noinline]] static constexpr point twice(const point& p) { return formulas::twice(p); }

    [[nodiscard, gnu::noinline]] static constexpr point add(const point& p, const point& q) {
        if (is_infinite(p)) return q;
        if (is_infinite(q)) return p;
        element h, s;
        const point sum = formulas::add(p, q, h, s);
        if (F::is_zero(h)) return F::is_zero(s) ? twice(p) : infinity;
        return sum;
    }

    [[nodiscard]] static constexpr affine generator() { return {F::enter(F::load(Curve::x)), F::enter(F::load(Curve::y))}; }

    /// Whether the equation holds, for numbers below the prime.
    [[nodiscard]] static constexpr bool is_on_curve(const affine& p) {
        const element b = F::enter(F::load(Curve::b)), three_x = F::add(F::add(p.x, p.x), p.x);
        return F::square(p.y) == F::add(F::subtract(F::multiply(F::square(p.x), p.x), three_x), b);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_GROUP_HPP
