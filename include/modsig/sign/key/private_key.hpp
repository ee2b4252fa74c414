// SPDX-License-Identifier: BSL-1.0
//
// A private key in memory, by Botan, which wipes it; the process that has it was hardened (os/harden.hpp). Where it comes from:
// sign/key/key_file.hpp, sign/key/generate.hpp. The process for it: sign/signer/agent.hpp.
#ifndef MODSIG_SIGN_KEY_PRIVATE_KEY_HPP
#define MODSIG_SIGN_KEY_PRIVATE_KEY_HPP

#include <modsig/engine/rsa_block.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/os/harden.hpp>
#include <modsig/os/stall_watch.hpp>
#include <modsig/sign/key/exception_code.hpp>
#include <modsig/sign/key/ml_dsa_private.hpp>
#include <modsig/sign/signer.hpp>

#include <botan/build.h>
#if defined(BOTAN_HAS_ML_DSA)
#include <botan/ml_dsa.h>
#endif
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/secmem.h>
#include <botan/system_rng.h>
#include <botan/version.h>
#include <botan/x509_key.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace modsig::sign {

using secret_bytes = Botan::secure_vector<std::uint8_t>;  ///< Bytes that Botan wipes.

namespace detail {
/// Botan's key of a seed, which is what its private key is since there is ML-DSA in it; null: this Botan has none.
[[nodiscard]] inline std::unique_ptr<Botan::Private_Key> botan_ml_dsa_key([[maybe_unused]] const engine::ml_dsa_parameters& p,
                                                                          [[maybe_unused]] byte_view seed) {
#if defined(BOTAN_HAS_ML_DSA)
    const Botan::ML_DSA_Mode mode("ML-DSA-" + std::to_string(p.k) + "x" + std::to_string(p.l));
    return std::make_unique<Botan::ML_DSA_PrivateKey>(seed, mode);
#else
    return nullptr;
#endif
}

/// `sign_with_threads` calls sign(), an RSA signature. The first in a process starts Botan's pool of threads, whose constructor waits
/// for ever where its second thread cannot be started (Botan 2.19.3): this process then ends, as os/stall_watch.hpp says.
template <class Sign>
[[nodiscard]] bytes sign_with_threads(Sign sign) {
    static std::mutex guard;
    static bool has_pool = false;
    std::unique_lock lock(guard);
    if (!has_pool) {
        const os::stall_watch watch;
        bytes signature = sign();
        has_pool = true;
        return signature;
    }
    lock.unlock();
    return sign();
}
}  // namespace detail

/// Movable, never copied. `sign` may be called from several threads at once.
class private_key {
    /// Botan's signers, which know the key's numbers in forms of their own: making one costs as much as an RSA signature.
    /// Each is for one thread at a time.
    struct pooled_signer {
        std::unique_ptr<Botan::Private_Key> own_key{};  // ML-DSA's: before version 3.11 Botan's threads must not share one
        std::unique_ptr<Botan::PK_Signer> signer{};
    };
    class signer_pool {
        std::mutex guard_{};
        std::vector<pooled_signer> idle_{};

    public:
        [[nodiscard]] pooled_signer take() {
            const std::lock_guard lock(guard_);
            if (idle_.empty()) return {};
            auto one = std::move(idle_.back());
            idle_.pop_back();
            return one;
        }
        void give_back(pooled_signer one) {
            const std::lock_guard lock(guard_);
            idle_.push_back(std::move(one));
        }
    };

    std::unique_ptr<Botan::Private_Key> key_;
    std::unique_ptr<signer_pool> signers_ = std::make_unique<signer_pool>();  // before the key they go
    bytes spki_;  // info_ views it; a moved vector keeps its bytes where they are
    key_info info_;
    secret_bytes seed_{};  // of ML-DSA

    private_key(std::unique_ptr<Botan::Private_Key> key, bytes spki, const key_info& info)
        : key_(std::move(key)), spki_(std::move(spki)), info_(info) {}

public:
    /// Takes a key over in this process. `unsupported_algorithm`, `unsupported_key`: one that no layout can use.
    [[nodiscard]] static result<private_key> adopt(const os::hardened_process&, std::unique_ptr<Botan::Private_Key> key) {
        if (!key) return errc::bad_key;
        try {
            bytes spki = Botan::X509::BER_encode(*key);
            const result<key_info> info = key::spki::parse(spki);
            if (!info) return info.error();
            return private_key(std::move(key), std::move(spki), *info);
        } catch (...) {
            return exception_code(errc::bad_key);
        }
    }

    /// The same with a key of ML-DSA, which is its seed. `bad_key`: expanded or public key are not the seed's, or Botan derives
    /// another; `unsupported_key`: there is no seed; `unsupported_algorithm`: this Botan has no ML-DSA.
    [[nodiscard]] static result<private_key> adopt(const os::hardened_process& here, const ml_dsa_private& secret) {
        if (secret.seed.empty()) return errc::unsupported_key;
        if (!is_of_its_seed(secret)) return errc::bad_key;
        try {
            auto key = detail::botan_ml_dsa_key(*secret.parameters, secret.seed);
            if (!key) return errc::unsupported_algorithm;
            result<private_key> adopted = adopt(here, std::move(key));
            if (!adopted) return adopted;
            if (!is_of_its_seed({secret.parameters, secret.seed, {}, adopted->info().key.material})) return errc::bad_key;
            adopted->seed_.assign(secret.seed.begin(), secret.seed.end());
            return adopted;
        } catch (...) {
            return exception_code(errc::bad_key);
        }
    }

    /// The public half, with identifiers of bare keys; views alias this object.
    [[nodiscard]] const key_info& info() const { return info_; }
    /// SubjectPublicKeyInfo, DER.
    [[nodiscard]] byte_view spki() const { return spki_; }
    /// What is in its BIT STRING: the subjectKeyIdentifier is the SHA-1 of it.
    [[nodiscard]] bytes public_key_bits() const { return key_->public_key_bits(); }
    /// PrivateKeyInfo, DER, not encrypted. Of ML-DSA the seed: RFC 9881, section 6.
    [[nodiscard]] secret_bytes pkcs8() const { return seed_.empty() ? Botan::PKCS8::BER_encode(*key_) : ml_dsa_pkcs8(info_.key.algorithm, seed_); }

    /// RSA adds PKCS#1 type 1 padding to a digest as it is, or with its DigestInfo, or PSS with a salt of the
    /// digest's length; ECDSA is deterministic (RFC 6979); Ed25519 and ML-DSA sign the message, ML-DSA with random numbers in it
    /// ("hedged", FIPS 204, section 3.4).
    [[nodiscard]] result<bytes> sign(const to_sign& input) const {
        if (!fits(info_.key.algorithm, input.scheme)) return errc::key_type_mismatch;
        try {
            switch (input.scheme) {
                case scheme_id::rsa_pkcs1_raw:
                case scheme_id::rsa_pkcs1_v15: {
                    const engine::rsa_block block(input.scheme, input.digest);
                    if (block.empty()) return errc::unsupported_hash;
                    return detail::sign_with_threads([&] { return sign_part("PKCS1v15(Raw)", block.content()); });
                }
                case scheme_id::rsa_pss: {
                    const char* padding = pss_padding(input.digest.id);
                    if (padding == nullptr) return errc::unsupported_hash;
                    const byte_view digest = input.digest.view();
                    auto& rng = Botan::system_rng();
                    return detail::sign_with_threads([&] {
                        return bytes(Botan::PK_Signer(*key_, rng, padding).sign_message(digest.data(), digest.size(), rng));  // not of signers_
                    });
                }
                case scheme_id::ecdsa: return sign_part("Raw", input.digest.view());
                case scheme_id::ed25519: return sign_part("Pure", input.message);
                case scheme_id::ml_dsa_44:
                case scheme_id::ml_dsa_65:
                case scheme_id::ml_dsa_87: return sign_part("Randomized", input.message);
                default: return errc::unsupported_algorithm;
            }
        } catch (...) {
            return exception_code(errc::bad_key);  // too short for what it has to sign
        }
    }

private:
    /// Null for digests that no layout has it with.
    static const char* pss_padding(digest_id digest) {
#if BOTAN_VERSION_MAJOR >= 3
        return digest == digest_id::sha256 ? "PSS_Raw(SHA-256,MGF1,32)" : nullptr;
#else
        return digest == digest_id::sha256 ? "PSSR_Raw(SHA-256,MGF1,32)" : nullptr;
#endif
    }
    bytes sign_part(const char* padding, byte_view input) const {
#if BOTAN_VERSION_MAJOR >= 3
        constexpr auto format = Botan::Signature_Format::DerSequence;
#else
        constexpr auto format = Botan::DER_SEQUENCE;
#endif
        const bool sequence = is_ecdsa(info_.key.algorithm);
        auto& rng = Botan::system_rng();
        pooled_signer one = signers_->take();  // all of one padding
        if (!one.signer) {
            if (const auto* const parameters = engine::ml_dsa_of(info_.key.algorithm)) one.own_key = detail::botan_ml_dsa_key(*parameters, seed_);
            const Botan::Private_Key& key = one.own_key ? *one.own_key : *key_;
            one.signer = sequence ? std::make_unique<Botan::PK_Signer>(key, rng, padding, format) : std::make_unique<Botan::PK_Signer>(key, rng, padding);
        }
        one.signer->update(input.data(), input.size());
        bytes made = one.signer->signature(rng);
        signers_->give_back(std::move(one));  // not one that has thrown
        return made;
    }
};
static_assert(explain_signer<private_key>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PRIVATE_KEY_HPP
