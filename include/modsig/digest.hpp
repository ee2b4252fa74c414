// SPDX-License-Identifier: BSL-1.0
//
// Digests: the concept of a hash function, and one digest over several byte ranges in one pass.
#ifndef MODSIG_DIGEST_HPP
#define MODSIG_DIGEST_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <concepts>
#include <span>

namespace modsig {

/// `hash` is a digest being calculated: `update` any number of times, then `finish` once.
template <class H>
concept hash = std::default_initializable<H> && requires(H h, byte_view bytes) {
    { H::id } -> std::convertible_to<digest_id>;
    h.update(bytes);
    { h.finish() } -> std::same_as<digest_value>;
};

/// `digests_parts`: an engine, for callers that need only its digests.
template <class E>
concept digests_parts = requires(const E& engine, digest_id id, std::span<const byte_view> parts) {
    { engine.digest(id, parts) } -> std::same_as<result<digest_value>>;
};

/// States with `static_assert` what a type lacks for `hash`.
template <class H>
consteval bool explain_hash() {
    static_assert(std::default_initializable<H>, "modsig: a hash needs a default constructor that starts an empty digest");
    static_assert(requires { { H::id } -> std::convertible_to<digest_id>; },
                  "modsig: a hash needs an id: static constexpr digest_id id = digest_id::sha256;");
    static_assert(requires(H h, byte_view bytes) { h.update(bytes); }, "modsig: a hash needs update: void update(byte_view);");
    static_assert(requires(H h) { { h.finish() } -> std::same_as<digest_value>; },
                  "modsig: a hash needs finish: digest_value finish();");
    return true;
}

/// `digest_of` returns the digest of `parts`, concatenated.
template <hash Hash, std::convertible_to<byte_view>... Part>
[[nodiscard]] constexpr digest_value digest_of(const Part&... parts) {
    Hash digest;
    (digest.update(byte_view(parts)), ...);
    return digest.finish();
}

/// The digest of several parts, one after the other.
template <hash Hash>
[[nodiscard]] constexpr digest_value digest_of(std::span<const byte_view> parts) {
    Hash digest;
    for (const byte_view part : parts) digest.update(part);
    return digest.finish();
}

}  // namespace modsig

#endif  // MODSIG_DIGEST_HPP
