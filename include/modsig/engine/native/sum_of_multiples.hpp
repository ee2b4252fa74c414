// SPDX-License-Identifier: BSL-1.0
//
// u P + v Q in any of the groups here, with nothing made before: no heap, in constant expressions too.
#ifndef MODSIG_ENGINE_NATIVE_SUM_OF_MULTIPLES_HPP
#define MODSIG_ENGINE_NATIVE_SUM_OF_MULTIPLES_HPP

#include <modsig/engine/native/curve_digits.hpp>

#include <array>
#include <cstddef>

namespace modsig::engine {

/// u P + v Q, doubling both at once, with the odd multiples of both.
///   Source: D. Hankerson, A. Menezes, S. Vanstone, Guide to Elliptic Curve Cryptography (2004), algorithm 3.51.
/// The groups' formulas double infinity to infinity.
template <class Group>
[[nodiscard]] constexpr typename Group::point sum_of_multiples(const typename Group::S::element& u, const typename Group::affine& p,
                                                               const typename Group::S::element& v, const typename Group::affine& q) {
    using S = typename Group::S;
    using digits = adjacent_free_digits<S::bits, 5>;
    using multiples = std::array<typename Group::addend, digits::multiples>;
    const auto multiples_of = [](const typename Group::affine& point) {
        multiples all;
        typename Group::point each = Group::raise(point);
        const typename Group::addend twice = Group::prepare(Group::twice(each));
        all[0] = Group::prepare(each);
        for (std::size_t i = 1; i != all.size(); ++i) {
            each = Group::add(each, twice);
            all[i] = Group::prepare(each);
        }
        return all;
    };
    const multiples of_p = multiples_of(p), of_q = multiples_of(q);
    const digits of_u(u.limb, S::size), of_v(v.limb, S::size);
    typename Group::point sum = Group::infinity;
    const auto add = [&](const multiples& of, int digit) {
        if (digit > 0) sum = Group::add(sum, of[static_cast<std::size_t>(digit / 2)]);
        else if (digit < 0) sum = Group::add(sum, Group::negate(of[static_cast<std::size_t>(-digit / 2)]));
    };
    std::size_t i = digits::size;
    while (i != 0 && of_u[i - 1] == 0 && of_v[i - 1] == 0) --i;
    for (; i != 0; --i) {
        sum = Group::twice(sum);
        add(of_p, of_u[i - 1]);
        add(of_q, of_v[i - 1]);
    }
    return sum;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_SUM_OF_MULTIPLES_HPP
