// SPDX-License-Identifier: BSL-1.0
//
// Every way to hash one message; those for several are in lane_kernels.hpp.
#ifndef MODSIG_ENGINE_NATIVE_SHA_KERNELS_HPP
#define MODSIG_ENGINE_NATIVE_SHA_KERNELS_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/digest/sha2.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/kernel.hpp>
#include <modsig/engine/native/sha_armv8.hpp>
#include <modsig/engine/native/sha_ni.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

inline constexpr cpu_features needs_sha = cpu_features{}.with(feature::sha);    ///< of kernels with SHA instructions
inline constexpr cpu_features needs_bmi2 = cpu_features{}.with(feature::bmi2);  ///< of kernels with rorx and mulx

/// A compression function. Word i of the message in lane l is state[i * word_stride + l * lane_stride]; `blocks` has one
/// pointer a lane, which must be good for `count` blocks in every lane, also in one that is not used.
template <class Word>
struct sha_kernel : kernel<void(Word* state, const std::uint8_t* const* blocks, std::size_t count)> {
    std::uint8_t word_stride = 0;  ///< distance of a message's words in the state
    std::uint8_t lane_stride = 0;  ///< distance of the messages' words in the state
    bool cached_only = false;      ///< more streams than a prefetcher follows: loses where the data comes from memory
};

namespace native_detail {

template <class Functions, class Word>
void compress_plainly(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
    Functions::template compress<false>(state, blocks[0], count);
}

#ifdef MODSIG_NATIVE_X86
// The same code: with rorx, a rotation leaves its operand alone.
template <class Functions, class Word>
[[gnu::target("bmi,bmi2"), gnu::noinline]] void compress_with_bmi2(Word* state, const std::uint8_t* const* blocks, std::size_t count) {
    Functions::template compress<false>(state, blocks[0], count);
}
#endif

// Costs: of a block in every lane, Zen 5, GCC 12, data in the L2 cache. Nothing was measured for sha_armv8: there they are ranks, until
// lane_costs.hpp measures.

template <class Isa>
consteval auto kernels_of_one(digest::sha2_functions<std::uint32_t>) {
    using functions = digest::sha2_functions<std::uint32_t>;
    kernel_table<sha_kernel<std::uint32_t>, Isa, 3> table;
    table.add({{compress_plainly<functions>, 1, 0, 467, {}}, 1, 8});
#ifdef MODSIG_NATIVE_X86
    table.add({{compress_with_bmi2<functions>, 1, 0, 440, needs_bmi2}, 1, 8});
    table.add({{sha_ni<1>::sha256, 1, 0, 128, needs_sha}, 1, 8});
#elif defined(MODSIG_NATIVE_ARM)
    table.add({{sha_armv8<1>::sha256, 1, 0, 130, needs_sha}, 1, 8});
#endif
    return table;
}

template <class Isa>
consteval auto kernels_of_one(digest::sha2_functions<std::uint64_t>) {
    using functions = digest::sha2_functions<std::uint64_t>;
    kernel_table<sha_kernel<std::uint64_t>, Isa, 2> table;
    table.add({{compress_plainly<functions>, 1, 0, 108, {}}, 1, 8});
#ifdef MODSIG_NATIVE_X86
    table.add({{compress_with_bmi2<functions>, 1, 0, 100, needs_bmi2}, 1, 8});
#endif
    return table;
}

template <class Isa>
consteval auto kernels_of_one(digest::sha1_functions) {
    using functions = digest::sha1_functions;
    kernel_table<sha_kernel<std::uint32_t>, Isa, 3> table;
    table.add({{compress_plainly<functions>, 1, 0, 219, {}}, 1, 5});
#ifdef MODSIG_NATIVE_X86
    table.add({{compress_with_bmi2<functions>, 1, 0, 210, needs_bmi2}, 1, 5});
    table.add({{sha_ni<1>::sha1, 1, 0, 128, needs_sha}, 1, 5});
#elif defined(MODSIG_NATIVE_ARM)
    table.add({{sha_armv8<1>::sha1, 1, 0, 120, needs_sha}, 1, 5});
#endif
    return table;
}

}  // namespace native_detail

/// The kernels of one message, by the functions of digest/sha1.hpp or digest/sha2.hpp; each costs less than those before it.
template <class Functions, class Isa>
inline constexpr auto sha_kernels_of_one = native_detail::kernels_of_one<Isa>(Functions{});

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_SHA_KERNELS_HPP
