// SPDX-License-Identifier: BSL-1.0
//
// The default engine: everything by Botan 2.19 or 3. Botan throws; here it stops, at the call, and becomes an errc.
// Lengths and ranges are compared before Botan sees a signature: some of its versions take a wrong-length RSA
// signature, and one PK_Verifier that met a malformed signature spoils the next, so each signature has its own.
#ifndef MODSIG_ENGINE_BOTAN_HPP
#define MODSIG_ENGINE_BOTAN_HPP

#include <modsig/digest.hpp>
#include <modsig/engine.hpp>
#include <modsig/engine/ed25519_signature.hpp>
#include <modsig/engine/ml_dsa_signature.hpp>
#include <modsig/engine/rsa_block.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/linux/key/ecdsa_signature.hpp>

#include <botan/bigint.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/exceptn.h>
#include <botan/hash.h>
#if __has_include(<botan/ml_dsa.h>)
#include <botan/ml_dsa.h>
#endif
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/version.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

// As <botan/numthry.h> declares it, a header that makes Botan 3 before 3.12 warn whoever includes it. (The operators of BigInt keep
// leading zeros, so that a loop of products never ends.)
namespace Botan {
BigInt BOTAN_PUBLIC_API(2, 0) power_mod(const BigInt& b, const BigInt& x, const BigInt& m);
}

namespace modsig::engine {

namespace detail {
inline const char* botan_name(digest_id id) {
    switch (id) {
        case digest_id::md4: return "MD4";
        case digest_id::md5: return "MD5";
        case digest_id::sha1: return "SHA-1";
        case digest_id::rmd160: return "RIPEMD-160";
        case digest_id::sha224: return "SHA-224";
        case digest_id::sha256: return "SHA-256";
        case digest_id::sha384: return "SHA-384";
        case digest_id::sha512: return "SHA-512";
        case digest_id::sm3: return "SM3";
        case digest_id::streebog256: return "Streebog-256";
        case digest_id::streebog512: return "Streebog-512";
        case digest_id::sha3_256: return "SHA-3(256)";
        case digest_id::sha3_384: return "SHA-3(384)";
        case digest_id::sha3_512: return "SHA-3(512)";
        case digest_id::none: break;
    }
    return "";
}

inline const char* botan_name(key_algorithm curve) {
    switch (curve) {
        case key_algorithm::ecdsa_p192: return "secp192r1";
        case key_algorithm::ecdsa_p256: return "secp256r1";
        case key_algorithm::ecdsa_p384: return "secp384r1";
        case key_algorithm::ecdsa_p521: return "secp521r1";
        default: return "";
    }
}

/// A Botan key made when it is first needed and kept: making one costs more than verifying with it.
class botan_key {
    public_key key_{};
    mutable std::atomic<const Botan::Public_Key*> made_{nullptr};

public:
    constexpr explicit botan_key(const public_key& key) : key_(key) {}
    constexpr botan_key(botan_key&& other) noexcept : key_(other.key_) {
        if (!std::is_constant_evaluated()) made_.store(other.made_.exchange(nullptr));
    }
    constexpr botan_key& operator=(botan_key&& other) noexcept {
        key_ = other.key_;
        if (!std::is_constant_evaluated()) delete made_.exchange(other.made_.exchange(nullptr));
        return *this;
    }
    constexpr ~botan_key() {
        if (!std::is_constant_evaluated()) delete made_.load();
    }

    [[nodiscard]] constexpr const public_key& key() const { return key_; }

    /// Throws what Botan throws. Threads may race to make it; one wins.
    [[nodiscard]] const Botan::Public_Key& get() const {
        if (const Botan::Public_Key* made = made_.load(std::memory_order_acquire)) return *made;
        auto mine = make(key_);
        const Botan::Public_Key* expected = nullptr;
        if (made_.compare_exchange_strong(expected, mine.get(), std::memory_order_acq_rel)) return *mine.release();
        return *expected;
    }

    [[nodiscard]] static Botan::BigInt integer(byte_view bytes) { return Botan::BigInt(bytes.data(), bytes.size()); }

    /// Whether it can be made: for keys that are points the question whether they are on their curve.
    [[nodiscard]] bool is_sound() const {
        try {
            (void)get();
            return true;
        } catch (...) {
            return false;
        }
    }

private:
    static std::unique_ptr<const Botan::Public_Key> make(const public_key& key) {
        if (key.algorithm == key_algorithm::rsa)
            return std::make_unique<Botan::RSA_PublicKey>(integer(key.material), integer(key.exponent));
        if (is_ecdsa(key.algorithm)) return make_ecdsa(key);
        if (key.algorithm == key_algorithm::ed25519) return make_ed25519(key.material);
        throw Botan::Invalid_Argument("no key for this engine");
    }

    /// Throws where the point is not on the curve, infinite or not in uncompressed form (SEC 1, section 2.3.4).
    static std::unique_ptr<const Botan::Public_Key> make_ecdsa(const public_key& key) {
        if (key.material.size() != entry_of(key.algorithm).key_size || key.material[0] != 0x04)
            throw Botan::Invalid_Argument("not an uncompressed point");
#if BOTAN_VERSION_MAJOR >= 3
        const auto group = Botan::EC_Group::from_name(botan_name(key.algorithm));
        const auto point = Botan::EC_AffinePoint::deserialize(group, key.material);
        if (!point) throw Botan::Invalid_Argument("not a point of the curve");
        return std::make_unique<Botan::ECDSA_PublicKey>(group, *point);
#else
        const Botan::EC_Group group(botan_name(key.algorithm));
        return std::make_unique<Botan::ECDSA_PublicKey>(group, group.OS2ECP(key.material.data(), key.material.size()));
#endif
    }

    /// RFC 8032, section 5.1.3: x^2 = (y^2 - 1) / (d y^2 + 1) has a root; Botan asks only when it verifies.
    static std::unique_ptr<const Botan::Public_Key> make_ed25519(byte_view key) {
        const auto y = ed25519_key_y(key);
        if (!y) throw Botan::Invalid_Argument("not a key of Ed25519");
        const Botan::BigInt p = integer(ed25519_prime), square = integer(*y) * integer(*y) % p;
        // d = -121665 / 121666; a quotient is a square where the product is one.
        const Botan::BigInt numerator = (square + p - 1) * 121666, denominator = (p - square) * 121665 + 121666;
        // Euler's criterion; Botan::jacobi() is deprecated since 3.12.
        if (Botan::power_mod(numerator * denominator % p, (p - 1) >> 1, p) != 1) throw Botan::Invalid_Argument("not a point of the curve");
        return std::make_unique<Botan::Ed25519_PublicKey>(std::vector<std::uint8_t>(key.begin(), key.end()));
    }
};
}  // namespace detail

/// One digest by Botan, a model of `hash`. Throws Botan::Lookup_Error where this Botan lacks it.
template <digest_name Digest>
class botan_hash {
    std::unique_ptr<Botan::HashFunction> hash_ = Botan::HashFunction::create_or_throw(detail::botan_name(Digest::id));

public:
    static constexpr digest_id id = Digest::id;  ///< The algorithm.
    /// Hashes further bytes.
    void update(byte_view bytes) { hash_->update(bytes.data(), bytes.size()); }
    /// The digest of all bytes; the next update begins another.
    [[nodiscard]] digest_value finish() {
        digest_value value{id, {}};
        hash_->final(value.bytes.data());
        return value;
    }
};
static_assert(explain_hash<botan_hash<sha256>>());

/// Stateless; safe to share between threads. `Digests` is the list of digests that exist in the program.
template <class Digests>
class basic_botan {
public:
    using prepared_key = detail::botan_key;  ///< A key with what Botan makes of it, made when it is needed.

    /// Whether the list has the digest; this Botan may lack it.
    [[nodiscard]] static constexpr bool has(digest_id id) { return Digests::has(id); }

    /// Keys that are points are made at once, except by the compiler, so that one off its curve is refused: `bad_key`.
    /// Making an RSA key takes longer than verifying with it: it waits until it is needed.
    /// `unsupported_algorithm`: no key that `check` could use.
    [[nodiscard]] static constexpr result<prepared_key> prepare(const public_key& key) {
        if (is_ml_dsa(key.algorithm)) return prepare_ml_dsa(key);
        if (key.algorithm != key_algorithm::rsa && !is_ecdsa(key.algorithm) && key.algorithm != key_algorithm::ed25519) return errc::unsupported_algorithm;
        prepared_key prepared(key);
        if (!std::is_constant_evaluated()) {
            const bool is_point = is_ecdsa(key.algorithm) || key.algorithm == key_algorithm::ed25519;
            if (is_point && !prepared.is_sound()) return errc::bad_key;
        }
        return result<prepared_key>(std::move(prepared));
    }

    /// The digest of parts, one after the other. Errors as digest_pieces().
    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        return digest_pieces(id, [&](byte_view& part) {
            if (parts.empty()) return false;
            part = parts.front();
            parts = parts.subspan(1);
            return true;
        });
    }

    /// As digests_pieces says. `next` throws nothing.
    template <class Next>
    [[nodiscard]] result<digest_value> digest_pieces(digest_id id, Next&& next) const {
        if (!has(id)) return errc::unsupported_hash;
        try {
            const auto hash = Botan::HashFunction::create(detail::botan_name(id));
            if (!hash) return errc::unsupported_hash;
            digest_value value{id, {}};
            for (byte_view piece; next(piece);) hash->update(piece.data(), piece.size());
            hash->final(value.bytes.data());
            return value;
        } catch (...) {
            return errc::unsupported_hash;
        }
    }

    /// Besides what crypto_engine names: `key_type_mismatch`, `unsupported_algorithm`, `unsupported_hash`, `bad_key`, faults
    /// of DER. Where they differ from the codes' own, errnos are those that Linux's RSA and ECDSA return.
    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& input) const {
        try {
            switch (input.scheme) {
                case scheme_id::rsa_pkcs1_raw:
                case scheme_id::rsa_pkcs1_v15:
                case scheme_id::ecdsa:
                case scheme_id::ed25519:
                case scheme_id::ml_dsa_44:
                case scheme_id::ml_dsa_65:
                case scheme_id::ml_dsa_87: break;
                default: return errc::unsupported_algorithm;
            }
            if (!fits(key.key().algorithm, input.scheme)) return errc::key_type_mismatch;
            if (input.scheme == scheme_id::ecdsa) return check_ecdsa(key, input);
            if (input.scheme == scheme_id::ed25519) return check_ed25519(key, input);
            if (is_ml_dsa(input.scheme)) return check_ml_dsa(key.key(), input);
            return check_rsa(key, input);
        } catch (...) {
            return errc::bad_key;
        }
    }

private:
    static result<void> check_ecdsa(const prepared_key& key, const to_check& input) {
        if (!key::ecdsa_takes(input.digest.id)) return failure{errc::unsupported_hash, 0, linux_error::einval};
        const Botan::Public_Key& made = key.get();  // Linux, too, looks at the key first
        const key_algorithm curve = key.key().algorithm;
        const auto numbers = input.lenient ? modsig::kernel::parse_ecdsa_signature(curve, input.signature)
                                          : key::parse_ecdsa_signature(curve, input.signature);
        // Where the signature stands is the caller's to say.
        if (!numbers) return failure{numbers.error().code, 0, numbers.error().linux_specific};
        const byte_view digest = key::leftmost(input.digest.view(), curve), both = numbers->view();
        Botan::PK_Verifier verifier(made, "Raw");
        if (!verifier.verify_message(digest.data(), digest.size(), both.data(), both.size())) return errc::signature_mismatch;
        return result<void>::success();
    }

    /// Signs the message itself; formats that sign a digest with it (MCUboot) make that the message.
    static result<void> check_ed25519(const prepared_key& key, const to_check& input) {
        const Botan::Public_Key& made = key.get();
        const result<void> fits = ed25519_signature_fits(input.signature);
        if (!fits) return fits.error();
        Botan::PK_Verifier verifier(made, "Pure");
        return check_message(verifier, input);
    }

    static result<void> check_message(Botan::PK_Verifier& verifier, const to_check& input) {
        for (const byte_view part : {input.message_head, input.message, input.digest.view()}) verifier.update(part.data(), part.size());
        if (!verifier.check_signature(input.signature.data(), input.signature.size())) return errc::signature_mismatch;
        return result<void>::success();
    }

#if defined(BOTAN_HAS_ML_DSA)
    static constexpr result<prepared_key> prepare_ml_dsa(const public_key& key) {
        if (key.material.size() != entry_of(key.algorithm).key_size) return errc::bad_key;
        return result<prepared_key>(prepared_key(key));
    }

    /// With a key object of its own: before version 3.11 those of ML-DSA are not to be shared between threads.
    static result<void> check_ml_dsa(const public_key& key, const to_check& input) {
        const errc refusal = ml_dsa_refusal_of(*ml_dsa_of(key.algorithm), input.signature);
        if (refusal != errc::none) return ml_dsa_outcome(refusal);
        using mode = Botan::ML_DSA_Mode;
        const auto set = key.algorithm == key_algorithm::ml_dsa_44   ? mode::ML_DSA_4x4
                         : key.algorithm == key_algorithm::ml_dsa_65 ? mode::ML_DSA_6x5
                                                                     : mode::ML_DSA_8x7;
        const Botan::ML_DSA_PublicKey made(key.material, set);
        Botan::PK_Verifier verifier(made, "");
        return check_message(verifier, input);
    }
#else
    static constexpr result<prepared_key> prepare_ml_dsa(const public_key&) { return errc::unsupported_algorithm; }
    static result<void> check_ml_dsa(const public_key&, const to_check&) { return errc::unsupported_algorithm; }
#endif

    static result<void> check_rsa(const prepared_key& key, const to_check& input) {
        const byte_view modulus = key.key().material;
        const result<void> fits = rsa_signature_fits(input, modulus);
        if (!fits) return fits.error();
        const rsa_block wanted(input.scheme, input.digest);
        if (wanted.empty()) return failure{errc::unsupported_hash, 0, linux_error::einval};
        if (!rsa_modulo(input) && matches(key, input, wanted.content())) return result<void>::success();
        return explain_rsa(key.key(), input, wanted);
    }

    static bool matches(const prepared_key& key, const to_check& input, byte_view content) {
        std::vector<std::uint8_t> signature(key.key().material.size() - input.signature.size(), 0);  // an MPI may be shorter
        signature.insert(signature.end(), input.signature.begin(), input.signature.end());
        try {
            Botan::PK_Verifier verifier(key.get(), "PKCS1v15(Raw)");
            return verifier.verify_message(content.data(), content.size(), signature.data(), signature.size());
        } catch (...) {
            if (input.lenient) return false;  // Linux verifies with keys that Botan does not take
            throw;
        }
    }

    /// Off the fast path: recovers the block to say why it was refused, or does what lib/mpi does and Botan refuses
    /// (values above the modulus, even moduli, short padding).
    static result<void> explain_rsa(const public_key& key, const to_check& input, const rsa_block& wanted) {
        const Botan::BigInt modulus = detail::botan_key::integer(key.material);
        const Botan::BigInt exponent = detail::botan_key::integer(key.exponent);
        const Botan::BigInt base = detail::botan_key::integer(input.signature) % modulus;
        const Botan::BigInt power = Botan::power_mod(base, exponent, modulus);
        std::vector<std::uint8_t> block(key.material.size());
#if BOTAN_VERSION_MAJOR >= 3
        power.serialize_to(block);
#else
        power.binary_encode(block.data(), block.size());
#endif
        return wanted.compare(block);
    }
};

/// All that Botan may have; `unsupported_hash` where this Botan lacks one.
using all_digests = digest_list<md5, sha1, rmd160, sha224, sha256, sha384, sha512, sm3, streebog256, streebog512, sha3_256,
                                sha3_384, sha3_512>;
/// Botan with every digest that it may have.
struct botan : basic_botan<all_digests> {};
static_assert(explain_crypto_engine<botan>() && digests_pieces<botan>);

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_BOTAN_HPP
