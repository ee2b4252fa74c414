// SPDX-License-Identifier: BSL-1.0
//
// u1 G + u2 Q: from tables where the key has one, otherwise as sum_of_multiples() does it. With AVX-512 IFMA the windows of one sum lie across the
// lanes: each of eight lanes adds up an eighth of them, and three more additions bring the eight together.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_SUM_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_SUM_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/curve_ifma.hpp>
#include <modsig/engine/native/curve_table.hpp>
#include <modsig/engine/native/ecdsa.hpp>
#include <modsig/engine/native/ed25519.hpp>
#include <modsig/engine/native/sum_of_multiples.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

namespace native_detail {

/// The sum of one window after the other. Additions of ECDSA's curves are only the formulas: a sum that one of them is wrong for comes out
/// with a Z of zero, as infinity does, and has to be made by sum_of_multiples().
template <class Curve>
struct one_lane_sum {
    using form = one_lane_form<Curve>;
    using points = table_points<Curve>;
    using table = point_table<Curve, form>;
    using digits = typename points::digits;
    using point = typename points::group::point;
    using F = typename points::F;
    static constexpr bool is_edwards = std::is_same_v<Curve, curve_25519>;

    [[nodiscard]] static typename F::element load(const native_limb* from) {
        typename F::element value{};
        for (std::size_t i = 0; i != form::words; ++i) value.limb[i] = from[i];
        return value;
    }

    static void add(point& sum, const table& of, const digits& number, std::size_t window, bool first) {
        const table_digit digit = number[window];
        const native_limb* const entry = of.entry(window, digit.entry);
        if constexpr (is_edwards) {
            if (digit.zero) return;
            affine_edwards_addend<F> addend{load(entry), load(entry + form::words), load(entry + 2 * form::words)};
            if (digit.negative) addend = {addend.more, addend.less, F::negate(addend.t)};
            points::group::formulas::add(sum, sum, addend);
        } else {
            typename points::affine addend{load(entry), load(entry + form::words)};
            if (digit.negative) addend.y = F::negate(addend.y);
            typename F::element h, s;
            if (first) sum = points::group::raise(addend);
            else points::group::formulas::add(sum, sum, addend, h, s);
        }
    }

    [[nodiscard]] static point run(const table& g, const digits& u1, const table& q, const digits& u2) {
        point sum = points::group::infinity;
        for (std::size_t w = 0; w != digits::size; ++w) {
            add(sum, g, u1, w, w == 0);
            add(sum, q, u2, w, false);
        }
        return sum;
    }
};

#ifdef MODSIG_NATIVE_X86
/// The same in eight lanes: lanes 0 to 3 add up the windows of u1, the others those of u2.
template <class Curve>
struct ifma_sum {
    using form = ifma_form<Curve>;
    using points = table_points<Curve>;
    using table = point_table<Curve, form>;
    using digits = typename points::digits;
    using point = typename points::group::point;
    using W = typename form::wide;
    using element = typename W::element;
    static constexpr bool is_edwards = std::is_same_v<Curve, curve_25519>;
    static constexpr std::size_t steps = digits::size / 4;

    struct lookup {
        alignas(64) std::uint64_t addresses[8];
        std::uint8_t negative = 0, present = 0;

        lookup(const table& g, const digits& u1, const table& q, const digits& u2, std::size_t step) {
            for (std::size_t lane = 0; lane != 8; ++lane) {
                const std::size_t window = lane % 4 * steps + step;
                const table_digit digit = (lane < 4 ? u1 : u2)[window];
                addresses[lane] = reinterpret_cast<std::uintptr_t>((lane < 4 ? g : q).entry(window, digit.entry));
                negative = static_cast<std::uint8_t>(negative | unsigned{digit.negative} << lane);
                present = static_cast<std::uint8_t>(present | unsigned{!digit.zero} << lane);
            }
        }
        void coordinate(element& r, std::size_t i) const {
            constexpr std::array neutral = [] {
                std::array<typename W::limb_array, points::coordinates> all{};
                for (std::size_t c = 0; c != all.size(); ++c) all[c] = W::limbs_of(points::neutral[c]);
                return all;
            }();
            W::gather(r, addresses, i * form::words, present, neutral[i]);
        }
    };

    [[nodiscard]] static point run(const table& g, const digits& u1, const table& q, const digits& u2) {
        if constexpr (is_edwards) return run_edwards(g, u1, q, u2);
        else return run_weierstrass(g, u1, q, u2);
    }

private:
    template <int By>
    static void add_turned(jacobian_point<W>& sum) {
        jacobian_point<W> other;
        W::template turn<By>(other.x, sum.x);
        W::template turn<By>(other.y, sum.y);
        W::template turn<By>(other.z, sum.z);
        element h, s;
        curve_formulas<W>::add(sum, sum, other, h, s);
    }

    [[nodiscard]] static point run_weierstrass(const table& g, const digits& u1, const table& q, const digits& u2) {
        jacobian_point<W> sum;
        affine_point<W> addend;
        element h, s;
        for (std::size_t step = 0; step != steps; ++step) {
            const lookup at(g, u1, q, u2, step);
            element& x = step == 0 ? sum.x : addend.x;
            element& y = step == 0 ? sum.y : addend.y;
            at.coordinate(x, 0);
            at.coordinate(y, 1);
            W::negate(y, y, at.negative);
            if (step == 0) W::broadcast(sum.z, W::one);
            else curve_formulas<W>::add(sum, sum, addend, h, s);
        }
        add_turned<4>(sum);
        add_turned<2>(sum);
        add_turned<1>(sum);
        return {W::lane(sum.x, 0), W::lane(sum.y, 0), W::lane(sum.z, 0)};
    }

    template <int By>
    static void add_turned(extended_point<W>& sum, const element& twice_d) {
        extended_point<W> other;
        W::template turn<By>(other.x, sum.x);
        W::template turn<By>(other.y, sum.y);
        W::template turn<By>(other.z, sum.z);
        W::template turn<By>(other.t, sum.t);
        edwards_addend<W> addend;
        W::subtract(addend.less, other.y, other.x);
        W::add(addend.more, other.y, other.x);
        W::multiply(addend.t, other.t, twice_d);
        W::add(addend.z, other.z, other.z);
        edwards_formulas<W>::add(sum, sum, addend);
    }

    [[nodiscard]] static point run_edwards(const table& g, const digits& u1, const table& q, const digits& u2) {
        using F = typename points::F;
        extended_point<W> sum;
        W::broadcast(sum.x, W::limbs_of(F::zero));
        W::broadcast(sum.y, W::one);
        W::broadcast(sum.z, W::one);
        W::broadcast(sum.t, W::limbs_of(F::zero));
        for (std::size_t step = 0; step != steps; ++step) {
            const lookup at(g, u1, q, u2, step);
            affine_edwards_addend<W> addend;
            at.coordinate(addend.less, 0);
            at.coordinate(addend.more, 1);
            at.coordinate(addend.t, 2);
            W::exchange(addend.less, addend.more, at.negative);  // the opposite has x and t negative
            W::negate(addend.t, addend.t, at.negative);
            edwards_formulas<W>::add(sum, sum, addend);
        }
        constexpr auto twice_d_limbs = [] {
            const typename F::element d = points::group::number(curve_25519::d);
            return W::limbs_of(F::add(d, d));
        }();
        element twice_d;
        W::broadcast(twice_d, twice_d_limbs);
        add_turned<4>(sum, twice_d);
        add_turned<2>(sum, twice_d);
        add_turned<1>(sum, twice_d);
        return {W::lane(sum.x, 0), W::lane(sum.y, 0), W::lane(sum.z, 0), W::lane(sum.t, 0)};
    }
};
#endif

template <class Sum, class Curve>
[[nodiscard]] bool add_up(const point_uses& uses, const typename table_points<Curve>::affine& q, const typename table_points<Curve>::S::element& u1,
                          const typename table_points<Curve>::S::element& u2, typename table_points<Curve>::group::point& sum) {
    using points = table_points<Curve>;
    const auto* const of_q = uses.use<Curve, typename Sum::form>(q);
    if (of_q == nullptr) return false;
    const auto* const of_g = point_tables<Curve, typename Sum::form>::of_generator();
    if (of_g == nullptr) return false;
    sum = Sum::run(*of_g, typename points::digits(u1), *of_q, typename points::digits(u2));
    return !points::F::is_zero(sum.z);
}

}  // namespace native_detail

/// By tables of both points; false: a table is missing, or the formulas had a case that they are wrong for.
template <class Isa, class Curve>
[[nodiscard]] bool sum_by_tables(const point_uses& uses, const typename table_points<Curve>::affine& q, const typename table_points<Curve>::S::element& u1,
                                 const typename table_points<Curve>::S::element& u2, typename table_points<Curve>::group::point& sum) {
#ifdef MODSIG_NATIVE_X86
    if constexpr (Isa::possible().has(feature::ifma))
        if (Isa::features().has(feature::ifma)) return native_detail::add_up<native_detail::ifma_sum<Curve>, Curve>(uses, q, u1, u2, sum);
#endif
    return native_detail::add_up<native_detail::one_lane_sum<Curve>, Curve>(uses, q, u1, u2, sum);
}

/// u1 G + u2 Q. `uses` belongs to q.
template <class Isa, class Curve>
[[nodiscard]] constexpr typename table_points<Curve>::group::point sum_of_products(const point_uses& uses, const typename table_points<Curve>::affine& q,
                                                                                   const typename table_points<Curve>::S::element& u1,
                                                                                   const typename table_points<Curve>::S::element& u2) {
    using group = typename table_points<Curve>::group;
    if constexpr (Isa::accelerated)
        if (!std::is_constant_evaluated()) {
            typename group::point sum;
            if (sum_by_tables<Isa, Curve>(uses, q, u1, u2, sum)) return sum;
        }
    return sum_of_multiples<group>(u1, group::generator(), u2, q);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_SUM_HPP
