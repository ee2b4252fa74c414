// SPDX-License-Identifier: BSL-1.0
//
// Verifying an ECDSA signature: no heap, in constant expressions too. Nothing here is secret, and times depend on the input.
//   Source: FIPS 186-5, section 6.4.2: u1 = e / s, u2 = r / s modulo the order; R = u1 G + u2 Q is not infinite, and its x is r modulo the
//   order. No division gives that x: X is compared with r Z^2.
#ifndef MODSIG_ENGINE_NATIVE_ECDSA_HPP
#define MODSIG_ENGINE_NATIVE_ECDSA_HPP

#include <modsig/engine/native/curve_group.hpp>
#include <modsig/engine/native/curve_inverse.hpp>
#include <modsig/engine/native/nist_curves.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::engine {

/// A signature over a digest, as numbers.
template <class Curve, class Limb>
struct ecdsa_numbers {
    using S = typename Curve::template scalars<Limb>;  ///< Numbers modulo the order.

    typename S::element r;   ///< below the order, as an integer
    typename S::element u1;  ///< e / s, below the order
    typename S::element u2;  ///< r / s, below the order

    /// r and s from 1 to the order less 1, big-endian; `digest` is what is signed of it (key::leftmost).
    constexpr ecdsa_numbers(byte_view digest, byte_view r_bytes, byte_view s_bytes) : r(S::load(r_bytes)) {
        const auto inverse_of_s = inverse<typename Curve::order, S>(S::enter(S::load(s_bytes)));
        // The digest may be at least the order: less than twice, so that the product is still less than the order's own twice.
        u1 = S::multiply(S::load(digest), inverse_of_s);
        u2 = S::multiply(r, inverse_of_s);
    }
};

/// The point of a key in form 04 X Y; none: another form, or not on the curve (SEC 1, section 2.3.4).
template <class Curve, class Limb>
[[nodiscard]] constexpr std::optional<typename curve_group<Curve, Limb>::affine> load_point(byte_view material) {
    using group = curve_group<Curve, Limb>;
    using F = typename group::F;
    constexpr std::size_t width = Curve::prime::bytes.size();
    if (material.size() != 1 + 2 * width || material[0] != 0x04) return std::nullopt;
    const typename F::element x = F::load(material.subspan(1, width)), y = F::load(material.last(width));
    if (!F::is_reduced(x) || !F::is_reduced(y)) return std::nullopt;
    const typename group::affine point{F::enter(x), F::enter(y)};
    if (!group::is_on_curve(point)) return std::nullopt;
    return point;
}

/// Whether the x of a point is r modulo the order. The prime is larger than the order by less than twice, or smaller: x is r, or r plus
/// the order where that is below the prime.
template <class Curve, class Limb>
[[nodiscard]] constexpr bool has_x(const typename curve_group<Curve, Limb>::point& point, const typename Curve::template scalars<Limb>::element& r) {
    using F = typename Curve::template field<Limb>;
    static_assert(F::size == Curve::template scalars<Limb>::size);
    if (F::is_zero(point.z)) return false;
    const typename F::element square = F::square(point.z);
    typename F::element x;
    for (std::size_t i = 0; i != F::size; ++i) x.limb[i] = r.limb[i];
    if (F::is_reduced(x) && F::multiply(F::enter(x), square) == point.x) return true;
    Limb carry = 0;
    for (std::size_t i = 0; i != F::size; ++i) {
        const double_limb_t<Limb> sum = double_limb_t<Limb>{x.limb[i]} + Curve::template scalars<Limb>::prime.limb[i] + carry;
        x.limb[i] = static_cast<Limb>(sum);
        carry = static_cast<Limb>(sum >> limb_bits<Limb>);
    }
    return carry == 0 && F::is_reduced(x) && F::multiply(F::enter(x), square) == point.x;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ECDSA_HPP
