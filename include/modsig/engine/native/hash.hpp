// SPDX-License-Identifier: BSL-1.0
//
// One message at a time: native_hash<digest_id::sha256> takes SHA-NI or the ARMv8 Cryptography Extensions where the CPU has
// them, plain C++ elsewhere and in constant expressions.
#ifndef MODSIG_ENGINE_NATIVE_HASH_HPP
#define MODSIG_ENGINE_NATIVE_HASH_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/digest/sha2.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/sha_kernels.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Whether the native engine has the digest.
[[nodiscard]] constexpr bool has_native_hash(digest_id id) {
    return id == digest_id::sha1 || id == digest_id::sha224 || id == digest_id::sha256 || id == digest_id::sha384 || id == digest_id::sha512;
}

namespace native_detail {

/// The names that digests with 32-bit words and SHA-1 share, so that one compression serves all.
template <digest_id Id>
struct native_parameters : digest::sha2_parameters<Id> {
    using functions = digest::sha2_functions<typename digest::sha2_parameters<Id>::word>;
};
template <>
struct native_parameters<digest_id::sha1> {
    using word = std::uint32_t;
    using functions = digest::sha1_functions;
    static constexpr std::array<word, 5> initial = digest::sha1_initial;
};

template <digest_id Id, class Isa>
struct native_compression : native_parameters<Id> {
    using typename native_parameters<Id>::word;
    using typename native_parameters<Id>::functions;
    using state = std::remove_cvref_t<decltype(native_parameters<Id>::initial)>;
    static constexpr digest_id id = Id;
    static constexpr bool small_code = Isa::small_code;

    static constexpr void compress(state& s, const std::uint8_t* blocks, std::size_t count) {
        if (std::is_constant_evaluated()) {
            // SHA-1's rolled form needs fewer steps: no function calls for its many unrolled rounds
            return functions::template compress<Id == digest_id::sha1>(s.data(), blocks, count);
        }
        if constexpr (Isa::accelerated) run_best_of<sha_kernels_of_one<functions, Isa>>(Isa::features(), s.data(), &blocks, count);
        else functions::template compress<Isa::small_code>(s.data(), blocks, count);
    }
};

}  // namespace native_detail

/// Models `hash`, in constant expressions too. Trivially copyable: a copy continues by itself.
template <digest_id Id, class Isa = isa::best>
    requires(has_native_hash(Id))
using native_hash = digest::block_hash<native_detail::native_compression<Id, Isa>>;

static_assert(explain_hash<native_hash<digest_id::sha1>>());
static_assert(explain_hash<native_hash<digest_id::sha256>>());
static_assert(explain_hash<native_hash<digest_id::sha512, isa::compact>>());

using native_digest_list = digest_list<sha1, sha224, sha256, sha384, sha512>;  ///< The digests that the native engine has.

/// Calls `action.operator()<id>()` for an algorithm that is known only when the program runs. False: it is not one of the
/// list. Algorithms that are not listed are not linked.
template <digest_name... Digest, class Action>
constexpr bool with_digest(digest_list<Digest...>, digest_id id, const Action& action) {
    return ((Digest::id == id && (action.template operator()<Digest::id>(), true)) || ...);
}

/// The digest of the parts, one after the other. unsupported_hash: not one of the list.
template <class Isa = isa::best, class Digests = native_digest_list>
[[nodiscard]] constexpr result<digest_value> native_digest(digest_id id, std::span<const byte_view> parts) {
    digest_value digest;
    const bool known = with_digest(Digests{}, id, [&]<digest_id Id>() { digest = digest_of<native_hash<Id, Isa>>(parts); });
    if (!known) return errc::unsupported_hash;
    return digest;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_HASH_HPP
