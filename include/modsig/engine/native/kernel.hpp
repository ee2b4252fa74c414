// SPDX-License-Identifier: BSL-1.0
//
// What every dispatch table consists of, for SHA and RSA alike: the ways to do one work, which CPUs have them, and which of
// them takes the shortest time. Tables: sha_kernels.hpp, lane_kernels.hpp, rsa_kernels.hpp, rsa_many.hpp.
#ifndef MODSIG_ENGINE_NATIVE_KERNEL_HPP
#define MODSIG_ENGINE_NATIVE_KERNEL_HPP

#include <modsig/engine/native/cpu.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace modsig::engine::inline MODSIG_KERNELS {

/// A function that does up to `lanes` works in one call. A table adds what else its kernels differ in.
template <class Run>
struct kernel {
    Run* run = nullptr;           ///< does the works
    std::uint16_t lanes = 0;      ///< works of a call, at most
    std::uint16_t max_limbs = 0;  ///< 64-bit limbs of the largest numbers that it has room for; 0: its works are no numbers
    std::uint16_t cost = 0;       ///< time of a call, in units that only compare within one table
    cpu_features needs{};         ///< features that the function needs

    /// Whether a CPU has what it needs.
    [[nodiscard]] constexpr bool runs_on(cpu_features cpu) const { return (needs & cpu) == needs; }
    /// Whether numbers of so many 64-bit limbs fit.
    [[nodiscard]] constexpr bool has_room_for(std::size_t limb_count) const { return limb_count <= max_limbs; }
};

/// The kernel that does `works` in the shortest time, when each that ends makes room for another; fits(kernel) says whether
/// they are such as it can do, cost_of(i) what a call of row i costs. The first row of every table needs nothing and fits everything.
template <class Kernel, class Fits, class CostOf>
[[nodiscard]] constexpr const Kernel& choose_kernel(std::span<const Kernel> table, cpu_features cpu, std::size_t works, const Fits& fits, const CostOf& cost_of) {
    std::size_t best = 0;
    std::uint64_t best_cost = static_cast<std::uint64_t>(-1);
    for (std::size_t i = 0; i != table.size(); ++i) {
        if (!table[i].runs_on(cpu) || !fits(table[i])) continue;
        std::uint64_t cost = std::uint64_t{32} * cost_of(i);
        if (works > table[i].lanes) cost = cost * works / table[i].lanes;
        if (cost < best_cost) best = i, best_cost = cost;
    }
    return table[best];
}
/// By the costs of the table.
template <class Kernel, class Fits>
[[nodiscard]] constexpr const Kernel& choose_kernel(std::span<const Kernel> table, cpu_features cpu, std::size_t works, const Fits& fits) {
    return choose_kernel(table, cpu, works, fits, [table](std::size_t i) { return table[i].cost; });
}

/// Rows, filled by the compiler: those that may be called with `Isa`, and no others are linked.
template <class Kernel, class Isa, std::size_t Capacity>
class kernel_table {
    std::array<Kernel, Capacity> rows_{};
    std::size_t size_ = 0;

public:
    /// Adds a row, unless no CPU that `Isa` may find runs it. Rows beyond Capacity do not compile.
    consteval void add(const Kernel& row) {
        if (row.runs_on(Isa::possible())) rows_[size_++] = row;
    }
    /// The rows, in the order in which they were added.
    [[nodiscard]] constexpr std::span<const Kernel> rows() const { return std::span(rows_).first(size_); }
};

/// Calls the last row that the CPU has what it needs for: choose_kernel's choice for one work in a table whose rows get
/// cheaper. The table is a constant, so that compilers make direct calls of it.
template <const auto& Table, class... Arguments>
inline void run_best_of(cpu_features cpu, const Arguments&... arguments) {
    constexpr std::size_t last = Table.rows().size() - 1;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (void)((Table.rows()[last - I].runs_on(cpu) && (Table.rows()[last - I].run(arguments...), true)) || ...);
    }(std::make_index_sequence<last + 1>{});
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_KERNEL_HPP
