// SPDX-License-Identifier: BSL-1.0
//
// Every way to hash several messages at once, with what it costs on one CPU (lane_costs.hpp finds out what on this one), and the states
// that it works on. A batch holds
// `lane_states`, gives each lane a message, and calls `compress` for as many blocks as every lane can deliver.
#ifndef MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP
#define MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/sha_kernels.hpp>
#include <modsig/engine/native/sha_lanes.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

inline constexpr std::size_t max_lanes = 32;         ///< messages that one call brings forward, at most
inline constexpr std::size_t max_lane_kernels = 10;  ///< rows of a table, at most

namespace native_detail {

#ifdef MODSIG_NATIVE_X86
inline constexpr cpu_features needs_avx2 = needs_bmi2.with(feature::avx2), needs_avx512 = cpu_features{}.with(feature::avx512);
#endif

/// Those of one message first.
template <class Word, class Functions>
consteval auto begin_kernels() {
    kernel_table<sha_kernel<Word>, isa::best, max_lane_kernels> table;
    for (const sha_kernel<Word>& each : sha_kernels_of_one<Functions, isa::best>.rows()) table.add(each);
    return table;
}

// Costs: as in sha_kernels.hpp.

consteval auto kernels_of_many(digest::sha2_functions<std::uint32_t>) {
    using word = std::uint32_t;
    auto table = begin_kernels<word, digest::sha2_functions<word>>();
#ifdef MODSIG_NATIVE_X86
    table.add({{sha_ni<2>::sha256, 2, 0, 177, needs_sha}, 1, 8});
    table.add({{sha_ni<3>::sha256, 3, 0, 224, needs_sha}, 1, 8});
    table.add({{sha_ni<4>::sha256, 4, 0, 289, needs_sha}, 1, 8});
    table.add({{avx2::compress<sha2_lanes<word, 8>, word>, 8, 0, 1060, needs_avx2}, 8, 1});
    table.add({{avx512::compress<sha2_lanes<word, 16>, word>, 16, 0, 766, needs_avx512}, 16, 1});
    table.add({{avx512::compress<sha2_lanes<word, 16, 2>, word>, 32, 0, 1389, needs_avx512}, 32, 1, true});
#elif defined(MODSIG_NATIVE_ARM)
    table.add({{sha_armv8<2>::sha256, 2, 0, 150, needs_sha}, 1, 8});
    table.add({{sha_armv8<3>::sha256, 3, 0, 215, needs_sha}, 1, 8});
    table.add({{sha_armv8<4>::sha256, 4, 0, 285, needs_sha}, 1, 8});
#endif
    return table;
}

consteval auto kernels_of_many(digest::sha2_functions<std::uint64_t>) {
    using word = std::uint64_t;
    auto table = begin_kernels<word, digest::sha2_functions<word>>();
#ifdef MODSIG_NATIVE_X86
    table.add({{avx2::compress<sha2_lanes<word, 4>, word>, 4, 0, 229, needs_avx2}, 4, 1});
    table.add({{avx512::compress<sha2_lanes<word, 8>, word>, 8, 0, 156, needs_avx512}, 8, 1});
    table.add({{avx512::compress<sha2_lanes<word, 8, 2>, word>, 16, 0, 267, needs_avx512}, 16, 1});
#endif
    return table;
}

consteval auto kernels_of_many(digest::sha1_functions) {
    using word = std::uint32_t;
    auto table = begin_kernels<word, digest::sha1_functions>();
#ifdef MODSIG_NATIVE_X86
    table.add({{sha_ni<2>::sha1, 2, 0, 145, needs_sha}, 1, 5});
    table.add({{sha_ni<3>::sha1, 3, 0, 181, needs_sha}, 1, 5});
    table.add({{avx2::compress<sha1_lanes<8>, word>, 8, 0, 575, needs_avx2}, 8, 1});
    table.add({{avx512::compress<sha1_lanes<16>, word>, 16, 0, 453, needs_avx512}, 16, 1});
    table.add({{avx512::compress<sha1_lanes<16, 2>, word>, 32, 0, 822, needs_avx512}, 32, 1, true});
#elif defined(MODSIG_NATIVE_ARM)
    table.add({{sha_armv8<2>::sha1, 2, 0, 130, needs_sha}, 1, 5});
    table.add({{sha_armv8<3>::sha1, 3, 0, 180, needs_sha}, 1, 5});
    table.add({{sha_armv8<4>::sha1, 4, 0, 240, needs_sha}, 1, 5});
#endif
    return table;
}

template <class Functions>
inline constexpr auto sha_kernels_of_many = kernels_of_many(Functions{});

}  // namespace native_detail

/// The kernels of a digest, for all CPUs; those that this one has not are not to be called.
template <digest_id Id>
[[nodiscard]] constexpr auto kernels_for() {
    return native_detail::sha_kernels_of_many<typename native_detail::native_parameters<Id>::functions>.rows();
}

/// The states of up to 32 messages, laid out as a kernel wants them.
template <digest_id Id>
class lane_states {
public:
    using word = typename native_detail::native_parameters<Id>::word;  ///< Unit of the state: 32 or 64 bits.
    /// The chaining value of one message.
    using state = std::remove_cvref_t<decltype(native_detail::native_parameters<Id>::initial)>;
    static constexpr std::size_t block_size = 16 * sizeof(word);  ///< bytes of a block

private:
    alignas(64) word words_[std::tuple_size_v<state> * max_lanes]{};
    const sha_kernel<word>* kernel_;

    [[nodiscard]] constexpr word& at(std::size_t i, std::size_t lane) { return words_[i * kernel_->word_stride + lane * kernel_->lane_stride]; }

public:
    /// States for this kernel. No lane has begun.
    constexpr explicit lane_states(const sha_kernel<word>& kernel) : kernel_(&kernel) {}

    /// Messages that compress() brings forward.
    [[nodiscard]] constexpr std::size_t lanes() const { return kernel_->lanes; }
    /// The kernel that is in use.
    [[nodiscard]] constexpr const sha_kernel<word>& kernel() const { return *kernel_; }

    /// Another kernel from now on; what the lanes held is lost.
    constexpr void use(const sha_kernel<word>& kernel) { kernel_ = &kernel; }

    /// Begins a message.
    constexpr void start(std::size_t lane) { set(lane, native_detail::native_parameters<Id>::initial); }
    /// Continues one.
    constexpr void set(std::size_t lane, const state& s) {
        for (std::size_t i = 0; i != s.size(); ++i) at(i, lane) = s[i];
    }
    /// The chaining value of a lane.
    [[nodiscard]] constexpr state get(std::size_t lane) {
        state s{};
        for (std::size_t i = 0; i != s.size(); ++i) s[i] = at(i, lane);
        return s;
    }
    /// Of a message whose padding (digest::pad) went through the lane too.
    [[nodiscard]] constexpr digest_value digest(std::size_t lane) { return digest::digest_of_state<Id>(get(lane).data()); }

    /// Brings all lanes forward by `count` blocks; `blocks` has lanes() pointers.
    constexpr void compress(const std::uint8_t* const* blocks, std::size_t count) { kernel_->run(words_, blocks, count); }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LANE_KERNELS_HPP
