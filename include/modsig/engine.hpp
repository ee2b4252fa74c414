// SPDX-License-Identifier: BSL-1.0
//
// The arithmetic: the concept of an engine.
#ifndef MODSIG_ENGINE_HPP
#define MODSIG_ENGINE_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <concepts>
#include <span>

namespace modsig {

/// has      which digests it can calculate
/// prepare  what it wants to know about a key before the first signature: once a key, never once a file
/// digest   of parts, one after the other
/// check    success: proven; otherwise why not (signature_length, malformed_signature, signature_out_of_range, bad_padding, signature_mismatch)
/// Every const member may be called from several threads at once.
template <class E>
concept crypto_engine = std::default_initializable<E> && digests_parts<E> &&
    requires(const E& engine, digest_id id, const public_key& key, const typename E::prepared_key& prepared, const to_check& what) {
        { E::has(id) } -> std::same_as<bool>;
        { E::prepare(key) } -> std::same_as<result<typename E::prepared_key>>;
        { engine.check(prepared, what) } -> std::same_as<result<void>>;
    };

/// An engine that does the same for several files in less time than one after the other; batch.hpp makes use of it.
/// isa             which code runs the lanes (engine/native/cpu.hpp)
/// pass_key        what a pass of several RSA signatures wants of a key (engine/native/rsa_many.hpp)
/// hashes_in_lanes whether this digest of many messages at once is its own (engine/native/lane_group.hpp)
/// for_pass        the key, where this signature may be checked in a pass with others; null: `check` it
/// A digest from the lanes, and a signature that holds in a pass, are what `digest` and `check` would have answered.
template <class E>
concept batch_engine = crypto_engine<E> && requires(digest_id id, const typename E::prepared_key& prepared, const to_check& what) {
    typename E::isa;
    typename E::pass_key;
    { E::hashes_in_lanes(id) } -> std::same_as<bool>;
    { E::for_pass(prepared, what) } -> std::same_as<const typename E::pass_key*>;
};

/// An engine that digests what is not in memory at once: digest_pieces(id, next) is the digest of the pieces that
/// next(byte_view&) gives one after the other, until it answers false. batch/windowed_file.hpp makes use of it.
template <class E>
concept digests_pieces = requires(const E& engine, digest_id id, bool (&next)(byte_view&)) {
    { engine.digest_pieces(id, next) } -> std::same_as<result<digest_value>>;
};

template <class E>
consteval bool explain_crypto_engine() {
    static_assert(std::default_initializable<E>, "modsig: a crypto_engine needs a default constructor");
    static_assert(requires(digest_id id) { { E::has(id) } -> std::same_as<bool>; },
                  "modsig: a crypto_engine needs has: static constexpr bool has(digest_id);");
    static_assert(requires(const public_key& key) { { E::prepare(key) } -> std::same_as<result<typename E::prepared_key>>; },
                  "modsig: a crypto_engine needs prepare: static result<prepared_key> prepare(const public_key&);");
    static_assert(digests_parts<E>, "modsig: a crypto_engine needs digest: result<digest_value> digest(digest_id, std::span<const byte_view>) const;");
    static_assert(requires(const E& engine, const typename E::prepared_key& key, const to_check& what) {
                      { engine.check(key, what) } -> std::same_as<result<void>>;
                  },
                  "modsig: a crypto_engine needs check: result<void> check(const prepared_key&, const to_check&) const;");
    return true;
}

}  // namespace modsig

#endif  // MODSIG_ENGINE_HPP
