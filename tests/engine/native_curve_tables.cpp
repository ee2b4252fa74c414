// SPDX-License-Identifier: BSL-1.0
// Tables of a curve's points, asked for by several threads at once.
#include <modsig/engine/native/curve_table.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace modsig::engine;

namespace {

using group = curve_group<curve_p256, native_limb>;

/// Forms of their own, so that tables which others have made are not theirs.
template <std::size_t>
struct own_form : one_lane_form<curve_p256> {};

/// 2 G, 4 G, 8 G ...
template <std::size_t Count>
std::array<group::affine, Count> keys() {
    using F = group::F;
    std::array<group::affine, Count> all;
    group::point point = group::raise(group::generator());
    for (group::affine& each : all) {
        point = group::twice(point);
        const auto z = inverse<curve_p256::prime, F>(point.z), square = F::square(z);
        each = {F::multiply(point.x, square), F::multiply(point.y, F::multiply(square, z))};
    }
    return all;
}

/// Threads that begin together; each calls action(thread).
template <class Action>
void at_once(std::size_t count, const Action& action) {
    std::atomic<std::size_t> waiting{count};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i != count; ++i)
        threads.emplace_back([&, i] {
            for (--waiting; waiting != 0;) std::this_thread::yield();
            action(i);
        });
    for (std::thread& each : threads) each.join();
}

}  // namespace

TEST_CASE("native: no number of keys, asked for by several threads, takes the generator's table") {
    using tables = point_tables<curve_p256, own_form<0>>;
    constexpr std::size_t thread_count = 4;
    const auto points = keys<3 * tables::key_capacity>();
    at_once(thread_count, [&](std::size_t thread) {
        for (std::size_t i = 0; i != points.size(); ++i) {
            const group::affine& point = points[(i + thread * 3) % points.size()];
            const auto* const table = tables::of_key(point);
            if (table != nullptr && !table->is_of(point)) std::abort();
        }
    });
    std::size_t with_table = 0;
    for (const group::affine& each : points) {
        const auto* const table = tables::of_key(each);
        if (table == nullptr) continue;
        ++with_table;
        CHECK(table->is_of(each));
    }
    CHECK(with_table == tables::key_capacity);
    const auto* const table = tables::of_generator();
    REQUIRE(table != nullptr);
    CHECK(table->is_of(group::generator()));
}

TEST_CASE("native: threads that ask for the generator at once get one table or none") {
    using tables = point_tables<curve_p256, own_form<1>>;
    std::array<const tables::table*, 4> answers{};
    at_once(answers.size(), [&](std::size_t thread) { answers[thread] = tables::of_generator(); });
    const auto* const table = tables::of_generator();
    REQUIRE(table != nullptr);
    for (const auto* each : answers) CHECK((each == nullptr || each == table));
    // Its first entry is the generator itself.
    const native_limb* const first = table->entry(0, 0);
    for (std::size_t i = 0; i != group::F::size; ++i) CHECK(first[i] == group::generator().x.limb[i]);
}
