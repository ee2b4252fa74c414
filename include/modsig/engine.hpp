// SPDX-License-Identifier: BSL-1.0
//
// The concept of an engine, which does the arithmetic.
#ifndef MODSIG_ENGINE_HPP
#define MODSIG_ENGINE_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <concepts>
#include <span>

namespace modsig {

/// has      whether the engine can calculate a digest
/// prepare  a key, prepared for verification: called once for each key, not for each file
/// digest   the digest of parts, concatenated
/// check    success: the signature is proven; else the reason (signature_length, malformed_signature, signature_out_of_range,
///          bad_padding, signature_mismatch)
/// Const members are thread-safe.
template <class E>
concept crypto_engine = std::default_initializable<E> && digests_parts<E> &&
    requires(const E& engine, digest_id id, const public_key& key, const typename E::prepared_key& prepared, const to_check& input) {
        { E::has(id) } -> std::same_as<bool>;
        { E::prepare(key) } -> std::same_as<result<typename E::prepared_key>>;
        { engine.check(prepared, input) } -> std::same_as<result<void>>;
    };

/// An engine that processes several files in less time together than one after the other; batch.hpp uses it.
/// isa             the instruction set of the lanes (engine/native/cpu.hpp)
/// pass_key        a key as a pass of several RSA signatures needs it (engine/native/rsa_many.hpp)
/// hashes_in_lanes whether the engine calculates this digest of many messages at once (engine/native/lane_group.hpp)
/// for_pass        the key where this signature may be checked in a pass with others; null: only `check` can check it
/// Digests from lanes, and passes whose signatures hold, have the same results as `digest` and `check`.
template <class E>
concept batch_engine = crypto_engine<E> && requires(digest_id id, const typename E::prepared_key& prepared, const to_check& input) {
    typename E::isa;
    typename E::pass_key;
    { E::hashes_in_lanes(id) } -> std::same_as<bool>;
    { E::for_pass(prepared, input) } -> std::same_as<const typename E::pass_key*>;
};

/// An engine that digests content piece by piece: digest_pieces(id, next) is the digest of the pieces that next(byte_view&)
/// gives, until it returns false. batch/windowed_file.hpp uses it.
template <class E>
concept digests_pieces = requires(const E& engine, digest_id id, bool (&next)(byte_view&)) {
    { engine.digest_pieces(id, next) } -> std::same_as<result<digest_value>>;
};

/// States with `static_assert` what a type lacks for crypto_engine.
template <class E>
consteval bool explain_crypto_engine() {
    static_assert(std::default_initializable<E>, "modsig: a crypto_engine needs a default constructor");
    static_assert(requires(digest_id id) { { E::has(id) } -> std::same_as<bool>; },
                  "modsig: a crypto_engine needs has: static constexpr bool has(digest_id);");
    static_assert(requires(const public_key& key) { { E::prepare(key) } -> std::same_as<result<typename E::prepared_key>>; },
                  "modsig: a crypto_engine needs prepare: static result<prepared_key> prepare(const public_key&);");
    static_assert(digests_parts<E>, "modsig: a crypto_engine needs digest: result<digest_value> digest(digest_id, std::span<const byte_view>) const;");
    static_assert(requires(const E& engine, const typename E::prepared_key& key, const to_check& input) {
                      { engine.check(key, input) } -> std::same_as<result<void>>;
                  },
                  "modsig: a crypto_engine needs check: result<void> check(const prepared_key&, const to_check&) const;");
    return true;
}

}  // namespace modsig

#endif  // MODSIG_ENGINE_HPP
