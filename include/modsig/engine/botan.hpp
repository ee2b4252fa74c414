// SPDX-License-Identifier: BSL-1.0
//
// The default engine: everything by Botan 2.19 or 3. Botan throws; here it stops, at the call, and becomes an errc.
// Lengths and ranges are compared before Botan sees a signature: some of its versions take a wrong-length RSA
// signature, and one PK_Verifier that met a malformed signature spoils the next, so each signature has its own.
#ifndef MODSIG_ENGINE_BOTAN_HPP
#define MODSIG_ENGINE_BOTAN_HPP

#include <modsig/digest.hpp>
#include <modsig/engine.hpp>
#include <modsig/engine/rsa_block.hpp>

#include <botan/bigint.h>
#include <botan/hash.h>
#include <botan/numthry.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/version.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

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

private:
    static std::unique_ptr<const Botan::Public_Key> make(const public_key& key) {
        return std::make_unique<Botan::RSA_PublicKey>(integer(key.material), integer(key.exponent));
    }
};
}  // namespace detail

/// One digest by Botan, a model of `hash`. Throws Botan::Lookup_Error where this Botan lacks it.
template <digest_name Digest>
class botan_hash {
    std::unique_ptr<Botan::HashFunction> hash_ = Botan::HashFunction::create_or_throw(detail::botan_name(Digest::id));

public:
    static constexpr digest_id id = Digest::id;
    void update(byte_view bytes) { hash_->update(bytes.data(), bytes.size()); }
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
    using prepared_key = detail::botan_key;

    [[nodiscard]] static constexpr bool has(digest_id id) { return Digests::has(id); }

    [[nodiscard]] static constexpr result<prepared_key> prepare(const public_key& key) { return prepared_key(key); }

    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        if (!has(id)) return errc::unsupported_hash;
        try {
            const auto hash = Botan::HashFunction::create(detail::botan_name(id));
            if (!hash) return errc::unsupported_hash;
            digest_value value{id, {}};
            for (const byte_view part : parts) hash->update(part.data(), part.size());
            hash->final(value.bytes.data());
            return value;
        } catch (...) {
            return errc::unsupported_hash;
        }
    }

    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& what) const {
        try {
            switch (what.scheme) {
                case scheme_id::rsa_pkcs1_raw:
                case scheme_id::rsa_pkcs1_v15: return check_rsa(key, what);
                default: return errc::unsupported_algorithm;
            }
        } catch (...) {
            return errc::bad_key;
        }
    }

private:
    static result<void> check_rsa(const prepared_key& key, const to_check& what) {
        const byte_view modulus = key.key().material;
        const result<void> fits = rsa_signature_fits(what, modulus);
        if (!fits) return fits.error();
        const rsa_block wanted(what.scheme, what.digest);
        if (wanted.empty()) return errc::unsupported_hash;

        if (!what.lenient) {
            const byte_view content = wanted.content();
            std::vector<std::uint8_t> signature(modulus.size() - what.signature.size(), 0);  // an MPI may be shorter
            signature.insert(signature.end(), what.signature.begin(), what.signature.end());
            Botan::PK_Verifier verifier(key.get(), "PKCS1v15(Raw)");
            if (verifier.verify_message(content.data(), content.size(), signature.data(), signature.size()))
                return result<void>::success();
        }
        return explain_rsa(key.key(), what, wanted);
    }

    /// Off the fast path: recovers the block to say why it was refused, or does what lib/mpi does and Botan refuses
    /// (values above the modulus, even moduli, short padding).
    static result<void> explain_rsa(const public_key& key, const to_check& what, const rsa_block& wanted) {
        const Botan::BigInt modulus = detail::botan_key::integer(key.material);
        const Botan::BigInt exponent = detail::botan_key::integer(key.exponent);
        const Botan::BigInt base = detail::botan_key::integer(what.signature) % modulus;
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

using all_digests = digest_list<md5, sha1, rmd160, sha224, sha256, sha384, sha512, sm3, streebog256, streebog512, sha3_256,
                                sha3_384, sha3_512>;
struct botan : basic_botan<all_digests> {};
static_assert(explain_crypto_engine<botan>());

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_BOTAN_HPP
