// SPDX-License-Identifier: BSL-1.0
//
// Multiples of a point that is used often: with all windows of a scalar in a table a product is a sum, without a doubling.
//   Source: E. Brickell, D. Gordon, K. McCurley, D. Wilson, Fast exponentiation with precomputation (1992).
// Tables lie in static memory, which costs nothing before it is used: of each curve one for the generator and a few for keys. A key
// gets one when one prepared key was used often enough for the table to pay: keys of unknown signers, which are prepared for one file, get none.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_TABLE_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_TABLE_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/curve_digits.hpp>
#include <modsig/engine/native/curve_ifma.hpp>
#include <modsig/engine/native/ecdsa.hpp>
#include <modsig/engine/native/edwards.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Calls put(i, 1 / Z) for each of the multiples of a window, with one inversion for all. None is infinite.
template <class Curve, class Points, class Put>
constexpr void divide_by_z(const Points& points, const Put& put) {
    using F = typename Curve::template field<native_limb>;
    std::array<typename F::element, window_entries> products;
    products[0] = points[0].z;
    for (std::size_t i = 1; i != products.size(); ++i) products[i] = F::multiply(products[i - 1], points[i].z);
    auto rest = inverse<typename Curve::prime, F>(products.back());
    for (std::size_t i = products.size() - 1; i != 0; --i) {
        put(i, F::multiply(rest, products[i - 1]));
        rest = F::multiply(rest, points[i].z);
    }
    put(0, rest);
}

/// What a table of a curve holds of a point, as coordinates for its formulas' additions.
template <class Curve>
struct table_points {
    using group = curve_group<Curve, native_limb>;               ///< The group of the curve.
    using F = typename group::F;                                 ///< The field modulo the prime.
    using S = typename Curve::template scalars<native_limb>;     ///< Numbers modulo the order.
    using affine = typename group::affine;                       ///< A point as tables are made of it.
    using digits = odd_digits<S>;                                ///< Digits of a scalar, one a window.
    static constexpr std::size_t coordinates = 2;                ///< numbers of an entry: x, y
    using entry = std::array<typename F::element, coordinates>;  ///< One multiple of the point.
    static constexpr entry neutral{};                            ///< there is none, and no digit is zero
    using window = std::array<entry, window_entries>;            ///< The multiples that one digit chooses from.

    /// The window whose first multiple is `base`, which becomes that of the next window.
    [[nodiscard, gnu::noinline]] static window next_window(typename group::point& base) {
        std::array<typename group::point, window_entries> multiples;
        const typename group::point twice = group::twice(base);
        multiples[0] = base;
        for (std::size_t i = 1; i != window_entries; ++i) multiples[i] = group::add(multiples[i - 1], twice);
        base = group::add(multiples.back(), base);  // 31 and 1
        window made;
        divide_by_z<Curve>(multiples, [&](std::size_t i, const typename F::element& z) {
            const auto square = F::square(z);
            made[i] = {F::multiply(multiples[i].x, square), F::multiply(multiples[i].y, F::multiply(square, z))};
        });
        return made;
    }
};

/// Edwards25519, whose addition has no special cases: digits may be zero.
template <>
struct table_points<curve_25519> {
    using group = edwards_group<native_limb>;                 ///< The group of the curve.
    using F = group::F;                                       ///< The field modulo 2^255 - 19.
    using S = curve_25519::scalars<native_limb>;              ///< Numbers modulo the order.
    using affine = group::affine;                             ///< A point as tables are made of it.
    using digits = signed_digits<S>;                          ///< Digits of a scalar, one a window.
    static constexpr std::size_t coordinates = 3;             ///< y - x, y + x, 2 d x y
    using entry = std::array<F::element, coordinates>;        ///< One multiple of the point.
    static constexpr entry neutral{F::one, F::one, F::zero};  ///< the neutral element, which a zero digit adds
    using window = std::array<entry, window_entries>;         ///< The multiples that one digit chooses from.

    /// The window whose first multiple is `base`, which becomes that of the next window.
    [[nodiscard, gnu::noinline]] static window next_window(group::point& base) {
        const F::element d = group::number(curve_25519::d), twice_d = F::add(d, d);
        std::array<group::point, window_entries> multiples;
        const group::addend once = group::prepare(base);
        multiples[0] = base;
        for (std::size_t i = 1; i != window_entries; ++i) multiples[i] = group::add(multiples[i - 1], once);
        base = group::twice(multiples.back());
        window made;
        divide_by_z<curve_25519>(multiples, [&](std::size_t i, const F::element& z) {
            const auto x = F::multiply(multiples[i].x, z), y = F::multiply(multiples[i].y, z);
            made[i] = {F::subtract(y, x), F::add(y, x), F::multiply(F::multiply(x, y), twice_d)};
        });
        return made;
    }
};

/// One number at a time, in the limbs of the curve's field.
template <class Curve>
struct one_lane_form {
    using F = typename table_points<Curve>::F;     ///< The field modulo the prime.
    static constexpr std::size_t words = F::size;  ///< limbs of a coordinate
    /// Writes a coordinate to `words` limbs.
    static constexpr void store(native_limb* to, const typename F::element& value) {
        for (std::size_t i = 0; i != words; ++i) to[i] = value.limb[i];
    }
    using word = native_limb;  ///< Unit of the table.
};

#ifdef MODSIG_NATIVE_X86
/// In the limbs of curve_ifma.hpp.
/// The field modulo the prime.
/// Numbers of the field, eight in lanes.
template <class Curve>
struct ifma_form {
    using F = typename table_points<Curve>::F;  ///< limbs of a coordinate
    using wide = ifma_field<F>;                 ///< Writes a coordinate to `words` limbs.
    static constexpr std::size_t words = wide::limbs_each;
    static constexpr void store(std::uint64_t* to, const typename F::element& value) {
        const auto limbs = wide::limbs_of(value);
        /// Unit of the table.
        for (std::size_t i = 0; i != words; ++i) to[i] = limbs[i];
    }
    using word = std::uint64_t;
};
#endif

/// The multiples of one point: 66 to 300 KiB.
template <class Curve, class Form>
class point_table {
public:
    using points = table_points<Curve>;                                            ///< What is held of the point.
    using word = typename Form::word;                                              ///< Unit of the table.
    static constexpr std::size_t entry_words = Form::words * points::coordinates;  ///< words of an entry

    /// The first word of an entry: `index` counts the multiples of a window from 0.
    [[nodiscard]] const word* entry(std::size_t window, std::size_t index) const { return words_ + (window * window_entries + index) * entry_words; }
    /// Whether the table is that of this point.
    [[nodiscard]] bool is_of(const typename points::affine& point) const { return point_.x == point.x && point_.y == point.y; }

    /// Makes the table, which takes as long as several products.
    void fill(const typename points::affine& point) {
        point_ = point;
        typename points::group::point base = points::group::raise(point);
        word* to = words_;
        for (std::size_t window = 0; window != points::digits::size; ++window)
            for (const auto& entry : points::next_window(base))
                for (const auto& coordinate : entry) {
                    Form::store(to, coordinate);
                    to += Form::words;
                }
    }

private:
    typename points::affine point_{};
    alignas(64) word words_[points::digits::size * window_entries * entry_words]{};
};

/// The tables of one curve: the generator's has a place of its own, which no number of keys takes; a key beyond the last of theirs has none.
template <class Curve, class Form>
class point_tables {
public:
    using table = point_table<Curve, Form>;            ///< What is kept.
    using affine = typename table::points::affine;     ///< A point as tables are made of it.
    static constexpr std::size_t key_capacity = 4;     ///< tables of keys

    /// The generator's table, made now unless there is one; null: another thread makes it now.
    [[nodiscard]] static const table* of_generator() { return generator_.fill_once(table::points::group::generator()) == filled ? &generator_.its : nullptr; }
    /// A key's table, made now unless there is one; null: no more room, or another thread makes one now.
    [[nodiscard]] static const table* of_key(const affine& point) {
        for (slot& each : keys_) {
            if (each.fill_once(point) == filling) return nullptr;
            if (each.its.is_of(point)) return &each.its;
        }
        return nullptr;
    }

private:
    enum slot_state : unsigned { empty, filling, filled };
    struct slot {
        std::atomic<slot_state> state{empty};
        table its{};

        /// Makes the point's table if there is none yet. Returns filling if another thread does so.
        slot_state fill_once(const affine& point) {
            slot_state seen = state.load(std::memory_order_acquire);
            if (seen != empty || !state.compare_exchange_strong(seen, filling, std::memory_order_acquire)) return seen;
            its.fill(point);
            state.store(filled, std::memory_order_release);
            return filled;
        }
    };
    static inline constinit slot generator_{}, keys_[key_capacity]{};
};

/// How often a point was used, and its table, once that pays. A copy begins anew.
class point_uses {
    mutable std::atomic<unsigned> uses_{0};
    mutable std::atomic<const void*> table_{nullptr};

public:
    /// Making a table takes as long as six to eight signatures without one.
    static constexpr unsigned uses_that_pay = 8;

    constexpr point_uses() = default;
    /// The copy has used the point zero times.
    constexpr point_uses(const point_uses&) noexcept {}
    /// Keeps its own uses and table.
    constexpr point_uses& operator=(const point_uses&) noexcept { return *this; }

    /// Null: do without.
    template <class Curve, class Form>
    [[nodiscard]] const point_table<Curve, Form>* use(const typename table_points<Curve>::affine& point) const {
        const void* table = table_.load(std::memory_order_acquire);
        if (table == nullptr && uses_.load(std::memory_order_relaxed) < uses_that_pay) {
            uses_.fetch_add(1, std::memory_order_relaxed);
            return nullptr;
        }
        if (table == nullptr) {
            table = point_tables<Curve, Form>::of_key(point);
            if (table == nullptr) uses_.store(0, std::memory_order_relaxed);  // asks again, after as many
            else table_.store(table, std::memory_order_release);
        }
        return static_cast<const point_table<Curve, Form>*>(table);
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_TABLE_HPP
