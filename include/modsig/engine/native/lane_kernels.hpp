// SPDX-License-Identifier: BSL-1.0
//
// Every way to hash several messages at once, with what it costs, and the states that it works on. A batch holds
// `lane_states`, gives each lane a message, and calls `compress` for as many blocks as every lane can deliver.
#ifndef MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP
#define MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/sha_armv8.hpp>
#include <modsig/engine/native/sha_lanes.hpp>
#include <modsig/engine/native/sha_ni.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine {

inline constexpr std::size_t max_lanes = 32;

/// One compression function for `lanes` messages. Word i of the message in lane l is state[i * word_stride + l * lane_stride];
/// `blocks` has one pointer a lane, which must be good for `count` blocks in every lane, also in one that is not used.
template <class Word>
struct lane_kernel {
    void (*compress)(Word* state, const std::uint8_t* const* blocks, std::size_t count);
    std::uint16_t lanes;
    std::uint16_t cost;         // time of one block in all lanes, in units that only compare within one digest
    std::uint8_t word_stride;
    std::uint8_t lane_stride;
    bool cached_only;           // more streams than a prefetcher follows: loses where the data comes from memory
    cpu_features needs;
};

namespace detail {

template <class Functions, class Word>
void one_lane(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
    Functions::template compress<false>(state, blocks[0], count);
}

#ifdef MODSIG_NATIVE_X86
template <class Functions, class Word>
[[gnu::target("bmi,bmi2")]] void one_lane_bmi2(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
    Functions::template compress<false>(state, blocks[0], count);
}

inline constexpr cpu_features needs_sha = cpu_features{}.with(feature::sha), needs_bmi2 = cpu_features{}.with(feature::bmi2),
                              needs_avx2 = cpu_features{}.with(feature::avx2).with(feature::bmi2),
                              needs_avx512 = cpu_features{}.with(feature::avx512);
#endif
#ifdef MODSIG_NATIVE_ARM
inline constexpr cpu_features needs_sha = cpu_features{}.with(feature::sha);
#endif

// Costs: Zen 5, GCC 12, data in the L2 cache. Those of sha_armv8 are guesses.
template <class Functions>
struct kernels_of;

template <>
struct kernels_of<digest::sha2_functions<std::uint32_t>> {
    using word = std::uint32_t;
    using functions = digest::sha2_functions<word>;
    static constexpr lane_kernel<word> table[] = {
        {one_lane<functions, word>, 1, 467, 1, 8, false, {}},
#ifdef MODSIG_NATIVE_X86
        {sha_ni<1>::sha256, 1, 128, 1, 8, false, needs_sha},
        {sha_ni<2>::sha256, 2, 177, 1, 8, false, needs_sha},
        {sha_ni<3>::sha256, 3, 224, 1, 8, false, needs_sha},
        {sha_ni<4>::sha256, 4, 289, 1, 8, false, needs_sha},
        {avx2::compress<sha2_lanes<word, 8>, word>, 8, 1060, 8, 1, false, needs_avx2},
        {avx512::compress<sha2_lanes<word, 16>, word>, 16, 766, 16, 1, false, needs_avx512},
        {avx512::compress<sha2_lanes<word, 16, 2>, word>, 32, 1389, 32, 1, true, needs_avx512},
#elif defined(MODSIG_NATIVE_ARM)
        {sha_armv8<1>::sha256, 1, 130, 1, 8, false, needs_sha},
        {sha_armv8<2>::sha256, 2, 150, 1, 8, false, needs_sha},
        {sha_armv8<3>::sha256, 3, 215, 1, 8, false, needs_sha},
        {sha_armv8<4>::sha256, 4, 285, 1, 8, false, needs_sha},
#endif
    };
};

template <>
struct kernels_of<digest::sha2_functions<std::uint64_t>> {
    using word = std::uint64_t;
    using functions = digest::sha2_functions<word>;
    static constexpr lane_kernel<word> table[] = {
        {one_lane<functions, word>, 1, 108, 1, 8, false, {}},
#ifdef MODSIG_NATIVE_X86
        {one_lane_bmi2<functions, word>, 1, 100, 1, 8, false, needs_bmi2},
        {avx2::compress<sha2_lanes<word, 4>, word>, 4, 229, 4, 1, false, needs_avx2},
        {avx512::compress<sha2_lanes<word, 8>, word>, 8, 156, 8, 1, false, needs_avx512},
        {avx512::compress<sha2_lanes<word, 8, 2>, word>, 16, 267, 16, 1, false, needs_avx512},
#endif
    };
};

template <>
struct kernels_of<digest::sha1_functions> {
    using word = std::uint32_t;
    using functions = digest::sha1_functions;
    static constexpr lane_kernel<word> table[] = {
        {one_lane<functions, word>, 1, 219, 1, 5, false, {}},
#ifdef MODSIG_NATIVE_X86
        {sha_ni<1>::sha1, 1, 128, 1, 5, false, needs_sha},
        {sha_ni<2>::sha1, 2, 145, 1, 5, false, needs_sha},
        {sha_ni<3>::sha1, 3, 181, 1, 5, false, needs_sha},
        {avx2::compress<sha1_lanes<8>, word>, 8, 575, 8, 1, false, needs_avx2},
        {avx512::compress<sha1_lanes<16>, word>, 16, 453, 16, 1, false, needs_avx512},
        {avx512::compress<sha1_lanes<16, 2>, word>, 32, 822, 32, 1, true, needs_avx512},
#elif defined(MODSIG_NATIVE_ARM)
        {sha_armv8<1>::sha1, 1, 120, 1, 5, false, needs_sha},
        {sha_armv8<2>::sha1, 2, 130, 1, 5, false, needs_sha},
        {sha_armv8<3>::sha1, 3, 180, 1, 5, false, needs_sha},
        {sha_armv8<4>::sha1, 4, 240, 1, 5, false, needs_sha},
#endif
    };
};

}  // namespace detail

/// The kernels of a digest, for all CPUs; those that this one has not are not to be called.
template <digest_id Id>
[[nodiscard]] constexpr auto kernels_for() {
    using kernels = detail::kernels_of<typename detail::native_parameters<Id>::functions>;
    return std::span<const lane_kernel<typename kernels::word>>(kernels::table);
}

/// The kernel that brings `streams` messages forward in the shortest time, when each that ends makes room for another.
template <class Word>
[[nodiscard]] constexpr const lane_kernel<Word>& choose_kernel(std::span<const lane_kernel<Word>> kernels, cpu_features cpu, std::size_t streams, bool cached) {
    const lane_kernel<Word>* best = nullptr;
    std::size_t best_cost = 0;
    for (const lane_kernel<Word>& kernel : kernels) {
        if ((kernel.needs & cpu) != kernel.needs || (kernel.cached_only && !cached)) continue;
        const std::size_t cost = kernel.cost * std::max<std::size_t>(streams, kernel.lanes) * max_lanes / kernel.lanes;
        if (best == nullptr || cost < best_cost) best = &kernel, best_cost = cost;
    }
    return *best;  // the first of each table needs nothing
}

/// The states of up to 32 messages, laid out as a kernel wants them.
template <digest_id Id>
class lane_states {
public:
    using word = typename detail::native_parameters<Id>::word;
    using state = std::remove_cvref_t<decltype(detail::native_parameters<Id>::initial)>;
    static constexpr std::size_t block_size = 16 * sizeof(word);

private:
    alignas(64) word words_[std::tuple_size_v<state> * max_lanes]{};
    const lane_kernel<word>* kernel_;

    [[nodiscard]] constexpr word& at(std::size_t i, std::size_t lane) { return words_[i * kernel_->word_stride + lane * kernel_->lane_stride]; }

public:
    constexpr explicit lane_states(const lane_kernel<word>& kernel) : kernel_(&kernel) {}

    [[nodiscard]] constexpr std::size_t lanes() const { return kernel_->lanes; }
    [[nodiscard]] constexpr const lane_kernel<word>& kernel() const { return *kernel_; }

    /// Another kernel from now on; what the lanes held is lost.
    constexpr void use(const lane_kernel<word>& kernel) { kernel_ = &kernel; }

    /// Begins a message.
    constexpr void start(std::size_t lane) { set(lane, detail::native_parameters<Id>::initial); }
    /// Continues one.
    constexpr void set(std::size_t lane, const state& s) {
        for (std::size_t i = 0; i != s.size(); ++i) at(i, lane) = s[i];
    }
    [[nodiscard]] constexpr state get(std::size_t lane) {
        state s{};
        for (std::size_t i = 0; i != s.size(); ++i) s[i] = at(i, lane);
        return s;
    }
    /// Of a message whose padding (digest::pad) went through the lane too.
    [[nodiscard]] constexpr digest_value digest(std::size_t lane) { return digest::digest_of_state<Id>(get(lane).data()); }

    /// Brings all lanes forward by `count` blocks; `blocks` has lanes() pointers.
    constexpr void compress(const std::uint8_t* const* blocks, std::size_t count) { kernel_->compress(words_, blocks, count); }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP
