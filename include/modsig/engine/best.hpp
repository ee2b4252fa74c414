// SPDX-License-Identifier: BSL-1.0
//
// For each operation the faster of two engines that both have it: digests, RSA, ECDSA, Ed25519 and ML-DSA by the native engine, which
// uses what the CPU has, all else by Botan. Any operation can be pinned to either when the program is compiled:
//   struct choice : engine::fastest { static constexpr engine::provider rsa = engine::provider::botan; };
//   using my_engine = engine::basic_best<engine::all_digests, choice>;
#ifndef MODSIG_ENGINE_BEST_HPP
#define MODSIG_ENGINE_BEST_HPP

#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

namespace modsig::engine::inline MODSIG_KERNELS {

/// An engine that can do an operation.
enum class provider {
    botan,   ///< engine::basic_botan
    native,  ///< engine::basic_native
};

/// Which engine does what. Native SHA and RSA are at least as fast as Botan's where the CPU has SHA-NI and BMI2 or more
/// (bench/micro_digest, bench/micro_signature), native curves everywhere. P-192 has no native arithmetic.
struct fastest {
    static constexpr provider rsa = provider::native;     ///< RSA keys
    static constexpr provider curves = provider::native;  ///< ECDSA and Ed25519
    static constexpr provider ml_dsa = provider::native;  ///< before version 3.7 Botan has none
    /// a digest
    [[nodiscard]] static constexpr provider digest(digest_id id) { return has_native_hash(id) ? provider::native : provider::botan; }
};

/// Which engine does what: fastest, or what derives from it.
template <class C>
concept provider_choice = requires(digest_id id) {
    { C::rsa } -> std::convertible_to<provider>;
    { C::curves } -> std::convertible_to<provider>;
    { C::ml_dsa } -> std::convertible_to<provider>;
    { C::digest(id) } -> std::same_as<provider>;
};

/// Stateless; safe to share between threads.
template <class Digests, provider_choice Choice = fastest>
class basic_best {
    using botan_part = basic_botan<Digests>;
    using native_part = basic_native<native_digest_list>;

public:
    /// As both engines want it. Keys that are points or ML-DSA's are prepared for the native one alone, where that is chosen: a Botan
    /// key is made when something asks for it.
    struct prepared_key {
        typename botan_part::prepared_key botan;  ///< Botan's form, which may be made later
        /// a failure: the native engine does not have the key, or is not chosen for it
        result<typename native_part::prepared_key> native;
    };

    using isa = typename native_part::isa;            ///< Of the native engine: what batches go by.
    using pass_key = typename native_part::pass_key;  ///< Of the native engine: what rsa_pass takes.

    /// A digest that is pinned to an engine without it does not exist.
    [[nodiscard]] static constexpr bool has(digest_id id) {
        return Digests::has(id) && (Choice::digest(id) == provider::botan || native_part::has(id));
    }

    /// As the Botan engine.
    [[nodiscard]] static constexpr result<prepared_key> prepare(const public_key& key) {
        auto native = prepare_native(key);
        const bool is_curve = is_native_curve(key.algorithm) && Choice::curves == provider::native;
        if (is_curve && !native) return native.error();
        if (native && (is_curve || is_ml_dsa(key.algorithm))) return result<prepared_key>(prepared_key{typename botan_part::prepared_key(key), std::move(native)});
        auto botan = botan_part::prepare(key);
        if (!botan) return botan.error();
        return result<prepared_key>(prepared_key{std::move(*botan), std::move(native)});
    }

    /// The digest of parts, one after the other. Error: `unsupported_hash` (see has()).
    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        if (!has(id)) return errc::unsupported_hash;
        return Choice::digest(id) == provider::native ? native_part{}.digest(id, parts) : botan_part{}.digest(id, parts);
    }

    /// As digests_pieces says. Error: `unsupported_hash` (see has()).
    template <class Next>
    [[nodiscard]] result<digest_value> digest_pieces(digest_id id, Next&& next) const {
        if (!has(id)) return errc::unsupported_hash;
        return Choice::digest(id) == provider::native ? native_part{}.digest_pieces(id, next) : botan_part{}.digest_pieces(id, next);
    }

    /// As either engine: their answers are the same.
    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& input) const {
        if (key.native) return native_part{}.check(*key.native, input);
        return botan_part{}.check(key.botan, input);
    }

    // batch_engine

    /// batch_engine: whether the native engine has lanes for the digest, and is chosen for it.
    [[nodiscard]] static constexpr bool hashes_in_lanes(digest_id id) {
        return has(id) && Choice::digest(id) == provider::native && native_part::hashes_in_lanes(id);
    }
    /// batch_engine: the key for a pass of RSA signatures; null: by check().
    [[nodiscard]] static constexpr const pass_key* for_pass(const prepared_key& key, const to_check& input) {
        return key.native && native_detail::is_rsa(input.scheme) ? native_part::for_pass(*key.native, input) : nullptr;
    }

private:
    static constexpr result<typename native_part::prepared_key> prepare_native(const public_key& key) {
        const provider chosen = is_ml_dsa(key.algorithm) ? Choice::ml_dsa : is_native_curve(key.algorithm) ? Choice::curves : Choice::rsa;
        return chosen == provider::native ? native_part::prepare(key) : errc::unsupported_algorithm;
    }
};

/// The faster engine for each operation.
struct best : basic_best<all_digests> {};
static_assert(explain_crypto_engine<best>());
static_assert(batch_engine<best> && digests_pieces<best>);

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_BEST_HPP
