// SPDX-License-Identifier: BSL-1.0
//
// The native engine: SHA-1, SHA-2, RSA, ECDSA (P-256, P-384, P-521), Ed25519 and ML-DSA by this library alone, at compile time too. No heap, no exceptions; of libc at most
// memcpy, memset and memcmp. It finds out what the CPU has (native/cpu.hpp). It answers as the Botan engine does; the batches
// beneath it are native/digest_many.hpp and native/rsa_many.hpp.
#ifndef MODSIG_ENGINE_NATIVE_HPP
#define MODSIG_ENGINE_NATIVE_HPP

#include <modsig/engine.hpp>
#include <modsig/engine/native/curve_key.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/ml_dsa_key.hpp>
#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_key.hpp>
#include <modsig/engine/native/rsa_modulo.hpp>
#include <modsig/engine/rsa_block.hpp>

#include <cstddef>
#include <span>

namespace modsig::engine::inline MODSIG_KERNELS {

/// A key, ready. Views alias the source of the key.
template <class Numbers>
struct native_key {
    public_key key{};            ///< as given to prepare()
    Numbers numbers{};           ///< RSA
    bool is_sound = false;       ///< RSA: n odd, e odd and above 1: what Montgomery's arithmetic asks for
    curve_key point{};           ///< ECDSA, Ed25519
    ml_dsa_digest key_digest{};  ///< ML-DSA
};

/// Stateless; safe to share between threads. Functions stay whole, so that they can be compiled elsewhere (native_extern.hpp). `Digests` is the list of digests that exist in the program, `Isa` chooses the
/// code (native/cpu.hpp), keys have room for `MaxBits`.
template <class Digests, class Isa = isa::best, std::size_t MaxBits = max_rsa_bits>
class basic_native {
    using numbers = rsa_key<MaxBits, Isa>;
    using limb = typename numbers::limb;

public:
    using prepared_key = native_key<numbers>;  ///< What prepare() makes.
    using isa = Isa;                           ///< Chooses the code: native/cpu.hpp.
    using pass_key = numbers;                  ///< What rsa_pass takes.

    /// Whether the list has the digest, and this engine its arithmetic.
    [[nodiscard]] static constexpr bool has(digest_id id) { return Digests::has(id) && has_native_hash(id); }

    /// unsupported_algorithm: none of those above. unsupported_key: RSA, and larger than there is room for. bad_key: no numbers, another
    /// length than the algorithm's, or not a point of the curve.
    [[nodiscard, gnu::noinline]] static constexpr result<prepared_key> prepare(const public_key& key) {
        if (is_ml_dsa(key.algorithm)) return prepare_ml_dsa(key);
        if (is_native_curve(key.algorithm)) return prepare_curve(key);
        if (key.algorithm != key_algorithm::rsa) return errc::unsupported_algorithm;
        if (bit_length(key.material) == 0 || bit_length(key.exponent) == 0) return errc::bad_key;
        if (bit_length(key.material) > MaxBits || bit_length(key.exponent) > MaxBits) return errc::unsupported_key;
        prepared_key prepared{key};
        if (const auto sound = prepare_rsa<numbers>(key)) {
            prepared.numbers = *sound;
            prepared.is_sound = true;
        }
        return prepared;
    }

    /// unsupported_hash: not one of the list.
    [[nodiscard, gnu::noinline]] constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        return native_digest<Isa, Digests>(id, parts);
    }

    /// As digests_pieces says. unsupported_hash: not one of the list.
    template <class Next>
    [[nodiscard]] constexpr result<digest_value> digest_pieces(digest_id id, Next&& next) const {
        digest_value digest;
        const bool known = with_digest(Digests{}, id, [&]<digest_id Id>() {
            native_hash<Id, Isa> hash;
            for (byte_view piece; next(piece);) hash.update(piece);
            digest = hash.finish();
        });
        if (!known) return errc::unsupported_hash;
        return digest;
    }

    /// Besides what crypto_engine names: `key_type_mismatch`, `unsupported_algorithm`, `unsupported_hash`, `bad_key`;
    /// `unsupported_key` where a PSS digest does not fit into the modulus. A PSS salt is as long as to_check says. Where they differ
    /// from the codes' own, errnos are those that Linux's RSA returns.
    [[nodiscard, gnu::noinline]] constexpr result<void> check(const prepared_key& key, const to_check& input) const {
        const bool is_curve = input.scheme == scheme_id::ecdsa || input.scheme == scheme_id::ed25519;
        if (!native_detail::is_rsa(input.scheme) && !is_curve && !is_ml_dsa(input.scheme)) return errc::unsupported_algorithm;
        if (!fits(key.key.algorithm, input.scheme)) return errc::key_type_mismatch;
        if (input.scheme == scheme_id::ecdsa) return check_native_ecdsa<Isa>(key.key.algorithm, key.point, input);
        if (input.scheme == scheme_id::ed25519) return check_native_ed25519<Isa>(key.key.material, key.point, input);
        if (is_ml_dsa(input.scheme)) return check_native_ml_dsa<Isa>(key.key, key.key_digest, input);
        const byte_view modulus = key.key.material;
        const result<void> in_range = rsa_signature_fits(input, modulus);
        if (!in_range) return in_range.error();

        rsa_work<numbers> work(key.numbers);
        if (key.is_sound && compare_integers(input.signature, modulus) < 0) {
            if constexpr (Isa::small_code) limbs::load_compact(work.s, key.numbers.modulus.size, without_leading_zeros(input.signature));
            else limbs::load(work.s, key.numbers.modulus.size, without_leading_zeros(input.signature));
            raise(work);
        } else if (input.lenient) {
            const any_modulus<limb, numbers::max_limbs> field(modulus);
            field.reduce(work.s, input.signature);
            field.power(work.em, work.s, key.key.exponent);
        } else {
            return errc::bad_key;
        }
        return native_detail::check_em<numbers, Digests>(work.em, bit_length(modulus), input.scheme, input.digest, pss_salt::of_claim(input.salt_size));
    }

    // batch_engine

    /// batch_engine: whether messages of the digest go through lanes on a CPU that has them.
    [[nodiscard]] static constexpr bool hashes_in_lanes(digest_id id) { return Isa::accelerated && has(id); }

    /// batch_engine: the key of an ordinary RSA signature (n and e odd, s below n) on a CPU with AVX2; null: by check().
    [[nodiscard]] static constexpr const numbers* for_pass(const prepared_key& key, const to_check& input) {
        const bool ordinary = Isa::features().has(feature::avx2) && key.is_sound && native_detail::is_rsa(input.scheme) && rsa_signature_fits(input, key.key.material) &&
                              compare_integers(input.signature, key.key.material) < 0;
        return ordinary ? &key.numbers : nullptr;
    }

private:
    [[nodiscard]] static constexpr result<prepared_key> prepare_curve(const public_key& key) {
        const result<curve_key> point = prepare_native_curve(key);
        if (!point) return point.error();
        prepared_key prepared{key};
        prepared.point = *point;
        return prepared;
    }

    [[nodiscard]] static constexpr result<prepared_key> prepare_ml_dsa(const public_key& key) {
        if (key.material.size() != entry_of(key.algorithm).key_size) return errc::bad_key;
        prepared_key prepared{key};
        prepared.key_digest = native_ml_dsa_key_digest<Isa>(key.material);
        return prepared;
    }
};

/// The engine with all its digests, and the code that suits the CPU.
struct native : basic_native<native_digest_list> {};
static_assert(explain_crypto_engine<native>());
static_assert(batch_engine<native> && digests_pieces<native>);

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_HPP
