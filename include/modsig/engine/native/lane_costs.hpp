// SPDX-License-Identifier: BSL-1.0
//
// What a call of each hash kernel costs on the CPU at hand. The tables (sha_kernels.hpp, lane_kernels.hpp) have the costs of one CPU, and
// on another other numbers of lanes may be the fastest. So a process that hashes much measures once how long each kernel takes, less than
// a millisecond for all tables. Digests do not depend on it. No allocation, no system call; threads that measure at once do the same
// work twice.
#ifndef MODSIG_ENGINE_NATIVE_LANE_COSTS_HPP
#define MODSIG_ENGINE_NATIVE_LANE_COSTS_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/lane_kernels.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#if defined(MODSIG_NATIVE_X86) || defined(MODSIG_NATIVE_ARM)
#include <atomic>
#endif

namespace modsig::engine::inline MODSIG_KERNELS {

#if defined(MODSIG_NATIVE_X86) || defined(MODSIG_NATIVE_ARM)

namespace native_detail {

/// Ticks of a counter that runs evenly.
[[nodiscard]] inline std::uint64_t ticks() {
#ifdef MODSIG_NATIVE_X86
    return __builtin_ia32_rdtsc();
#else
    std::uint64_t now = 0;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(now));
    return now;
#endif
}

/// Ticks that 64 calls for one block in every lane take. Wide units may sleep when they have not been used, so the shortest of several
/// turns counts; that leaves out interruptions too.
template <class Word>
[[nodiscard]] std::uint32_t measure(const sha_kernel<Word>& kernel) {
    constexpr std::size_t blocks = 16, least_turns = 4, most_turns = 64;
    constexpr std::uint64_t enough = std::uint64_t{1} << 16;  // ticks: 20 us at 3 GHz, after which wide units are awake
    alignas(64) static constexpr std::uint8_t message[blocks * 16 * sizeof(Word)]{};
    alignas(64) Word state[8 * max_lanes]{};
    std::array<const std::uint8_t*, max_lanes> lanes;
    lanes.fill(message);
    std::uint64_t shortest = ~std::uint64_t{0};
    const std::uint64_t start = ticks();
    for (std::size_t turn = 0; turn != most_turns && (turn < least_turns || ticks() - start < enough); ++turn) {
        const std::uint64_t begin = ticks();
        kernel.run(state, lanes.data(), blocks);
        shortest = std::min(shortest, ticks() - begin);
    }
    constexpr std::uint64_t scale = 64 / blocks, most = std::uint64_t{1} << 30;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(shortest, 1, most / scale) * scale);
}

/// Of the table that serves these functions; 0: not measured yet.
template <class Functions>
inline constinit std::array<std::atomic<std::uint32_t>, max_lane_kernels> measured_costs{};

}  // namespace native_detail

#endif

/// What choosing among the kernels of a digest needs to know: the costs of the tables at first, what was measured when it has been.
template <digest_id Id>
class lane_costs {
    using functions = typename native_detail::native_parameters<Id>::functions;
    using word = typename native_detail::native_parameters<Id>::word;
    // So much is hashed by the costs of the tables: measuring takes as long as hashing a tenth of it.
    static constexpr std::uint64_t worth_measuring = (std::uint64_t{4} << 20) / (16 * sizeof(word));

    std::array<std::uint32_t, max_lane_kernels> costs_{};
    std::uint64_t blocks_ = 0;
    bool measured_ = false;

public:
    /// The table's costs, or those that were measured by this process before.
    constexpr explicit lane_costs(cpu_features cpu) {
        const auto rows = kernels_for<Id>();
        for (std::size_t i = 0; i != rows.size(); ++i) costs_[i] = rows[i].cost;
        if (!std::is_constant_evaluated()) use_measured(cpu, false);
    }

    /// Of a call of row `i`, in units that only compare within the table.
    [[nodiscard]] constexpr std::uint32_t operator[](std::size_t i) const { return costs_[i]; }

    /// The kernel that brings `streams` messages forward in the shortest time.
    [[nodiscard]] constexpr const sha_kernel<word>& choose(cpu_features cpu, std::size_t streams, bool cached) const {
        return choose_kernel(kernels_for<Id>(), cpu, streams, [cached](const sha_kernel<word>& each) { return cached || !each.cached_only; },
                             [this](std::size_t i) { return costs_[i]; });
    }

    /// So many blocks were hashed. That may be the moment to measure.
    constexpr void count(cpu_features cpu, std::uint64_t blocks) {
        if (measured_ || std::is_constant_evaluated()) return;
        blocks_ += blocks;
        if (blocks_ >= worth_measuring) use_measured(cpu, true);
    }

    /// Measures now what has not been measured; else takes it only where all of it is there.
    void use_measured([[maybe_unused]] cpu_features cpu, [[maybe_unused]] bool measures) {
#if defined(MODSIG_NATIVE_X86) || defined(MODSIG_NATIVE_ARM)
        const auto rows = kernels_for<Id>();
        std::array<std::uint32_t, max_lane_kernels> costs{};
        for (std::size_t i = 0; i != rows.size(); ++i) {
            if (!rows[i].runs_on(cpu)) continue;
            auto& kept = native_detail::measured_costs<functions>[i];
            costs[i] = kept.load(std::memory_order_relaxed);
            if (costs[i] == 0 && !measures) return;
            if (costs[i] == 0) kept.store(costs[i] = native_detail::measure(rows[i]), std::memory_order_relaxed);
        }
        costs_ = costs;
#endif
        measured_ = true;
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LANE_COSTS_HPP
