// SPDX-License-Identifier: BSL-1.0
//
// A private key in memory, by Botan, which wipes it; the process that has it was hardened (os/harden.hpp). Where it comes from:
// sign/key/key_file.hpp, sign/key/generate.hpp. The process for it: sign/signer/agent.hpp.
#ifndef MODSIG_SIGN_KEY_PRIVATE_KEY_HPP
#define MODSIG_SIGN_KEY_PRIVATE_KEY_HPP

#include <modsig/engine/rsa_block.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/os/harden.hpp>
#include <modsig/sign/key/exception_code.hpp>
#include <modsig/sign/signer.hpp>

#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/secmem.h>
#include <botan/system_rng.h>
#include <botan/version.h>
#include <botan/x509_key.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace modsig::sign {

using secret_bytes = Botan::secure_vector<std::uint8_t>;

/// Movable, never copied. `sign` may be called from several threads at once.
class private_key {
    /// Botan's signers, which know the key's numbers in forms of their own: making one costs as much as an RSA signature.
    /// Each is for one thread at a time.
    class signer_pool {
        std::mutex guard_{};
        std::vector<std::unique_ptr<Botan::PK_Signer>> idle_{};

    public:
        [[nodiscard]] std::unique_ptr<Botan::PK_Signer> take() {
            const std::lock_guard lock(guard_);
            if (idle_.empty()) return nullptr;
            auto one = std::move(idle_.back());
            idle_.pop_back();
            return one;
        }
        void give_back(std::unique_ptr<Botan::PK_Signer> one) {
            const std::lock_guard lock(guard_);
            idle_.push_back(std::move(one));
        }
    };

    std::unique_ptr<Botan::Private_Key> key_;
    std::unique_ptr<signer_pool> signers_ = std::make_unique<signer_pool>();  // before the key they go
    bytes spki_;  // info_ views it; a moved vector keeps its bytes where they are
    key_info info_;

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

    [[nodiscard]] const key_info& info() const { return info_; }
    /// SubjectPublicKeyInfo, DER.
    [[nodiscard]] byte_view spki() const { return spki_; }
    /// What is in its BIT STRING: the subjectKeyIdentifier is the SHA-1 of it.
    [[nodiscard]] bytes public_key_bits() const { return key_->public_key_bits(); }
    /// PrivateKeyInfo, DER, not encrypted.
    [[nodiscard]] secret_bytes pkcs8() const { return Botan::PKCS8::BER_encode(*key_); }

    /// RSA adds PKCS#1 type 1 padding to a digest as it is, or with its DigestInfo, or PSS with a salt of the
    /// digest's length; ECDSA is deterministic (RFC 6979); Ed25519 signs the message.
    [[nodiscard]] result<bytes> sign(const to_sign& what) const {
        if (!fits(info_.key.algorithm, what.scheme)) return errc::key_type_mismatch;
        try {
            switch (what.scheme) {
                case scheme_id::rsa_pkcs1_raw:
                case scheme_id::rsa_pkcs1_v15: {
                    const engine::rsa_block block(what.scheme, what.digest);
                    if (block.empty()) return errc::unsupported_hash;
                    return sign_part("PKCS1v15(Raw)", block.content());
                }
                case scheme_id::rsa_pss: {
                    const char* padding = pss_padding(what.digest.id);
                    if (padding == nullptr) return errc::unsupported_hash;
                    const byte_view digest = what.digest.view();
                    auto& rng = Botan::system_rng();
                    return Botan::PK_Signer(*key_, rng, padding).sign_message(digest.data(), digest.size(), rng);  // not of the pool's
                }
                case scheme_id::ecdsa: return sign_part("Raw", what.digest.view());
                case scheme_id::ed25519: return sign_part("Pure", what.message);
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
        auto signer = signers_->take();  // all of one padding
        if (!signer) signer = sequence ? std::make_unique<Botan::PK_Signer>(*key_, rng, padding, format)
                                       : std::make_unique<Botan::PK_Signer>(*key_, rng, padding);
        signer->update(input.data(), input.size());
        bytes made = signer->signature(rng);
        signers_->give_back(std::move(signer));  // not one that has thrown
        return made;
    }
};
static_assert(explain_signer<private_key>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PRIVATE_KEY_HPP
