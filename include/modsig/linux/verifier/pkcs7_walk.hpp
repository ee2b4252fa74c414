// SPDX-License-Identifier: BSL-1.0
//
// The certificates of a PKCS#7 message, and the paths up through them: crypto/asymmetric_keys/pkcs7_verify.c and pkcs7_trust.c
// of 6.12. Chains are followed by authorityKeyIdentifier only, never by name.
#ifndef MODSIG_LINUX_VERIFIER_PKCS7_WALK_HPP
#define MODSIG_LINUX_VERIFIER_PKCS7_WALK_HPP

#include <modsig/key/certificate.hpp>
#include <modsig/layout.hpp>
#include <modsig/limits.hpp>
#include <modsig/linux/keyring/lookup.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <span>

namespace modsig::kernel {

/// struct pkcs7_message, `certs`: each certificate, parsed once. Indices count from 0.
class certificate_list {
    std::array<key::certificate, linux_limits.certificates> items_{};
    std::size_t size_ = 0;

public:
    static constexpr std::size_t capacity = linux_limits.certificates;  ///< certificates that a message may have

    /// False where the list is full.
    [[nodiscard]] bool add(const key::certificate& certificate) {
        if (size_ == capacity) return false;
        items_[size_++] = certificate;
        return true;
    }
    /// The certificate with this index, which is below size().
    [[nodiscard]] const key::certificate& operator[](std::size_t index) const { return items_[index]; }

    /// pkcs7_find_key(): the certificate of a signer, by issuer and serial number only.
    [[nodiscard]] std::optional<std::size_t> find_signer(const claim& claim) const {
        return find([&](const key::certificate& each) { return id_of(each.info) == id_of(claim.key); });
    }
    /// The issuer of a certificate, by its authorityKeyIdentifier: by issuer and serial number or, without these, by key
    /// identifier.
    [[nodiscard]] std::optional<std::size_t> find_issuer(const key::certificate& subject) const {
        if (const auto name = authority_name(subject))
            return find([&](const key::certificate& each) { return id_of(each.info) == *name; });
        if (const auto id = authority_key_id(subject))
            return find([&](const key::certificate& each) { return skid_of(each.info) == id; });
        return std::nullopt;
    }

private:
    template <class Fits>
    [[nodiscard]] std::optional<std::size_t> find(const Fits& fits) const {
        for (std::size_t i = 0; i != size_; ++i)
            if (fits(items_[i])) return i;
        return std::nullopt;
    }
};

/// The issuer of each certificate, as pkcs7_verify_sig_chain() found it (`x509->signer`).
class signer_links {
    static constexpr std::size_t nobody = certificate_list::capacity;
    std::array<std::size_t, certificate_list::capacity> signers_ = [] {
        std::array<std::size_t, certificate_list::capacity> all{};
        all.fill(nobody);
        return all;
    }();

public:
    /// Keeps that one certificate issued another.
    void note(std::size_t subject, std::size_t issuer) { signers_[subject] = issuer; }
    /// The issuer's index; nothing where none is known.
    [[nodiscard]] std::optional<std::size_t> of(std::size_t subject) const {
        return signers_[subject] == nobody ? std::nullopt : std::optional(signers_[subject]);
    }
};

/// pkcs7_validate_trust() with one set of keys. `Key` has an `info`.
template <class Key>
class trust_walk {
    const certificate_list& certificates_;
    const signer_links& links_;
    std::span<const Key> keys_;
    std::bitset<certificate_list::capacity> seen_{}, verified_{}, way_{};

public:
    /// Certificates from the signer's own upwards.
    using path_type = std::array<const key::certificate*, certificate_list::capacity>;

    /// A key, and what it must verify: the signature of the path's last certificate, or without a path the signer's own
    /// signature.
    struct match {
        const Key* key = nullptr;     ///< null: a certificate on the path is already trusted, for another signer
        std::size_t path_length = 0;  ///< certificates of the path that are below the key
    };

    /// Everything is viewed, and outlives the walk.
    trust_walk(const certificate_list& certificates, const signer_links& links, std::span<const Key> keys)
        : certificates_(certificates), links_(links), keys_(keys) {}

    /// pkcs7_validate_trust_one(): follows the path up from a signer to the first of the keys; `path` receives the certificates
    /// below that key. Errors: `key_not_found`, `untrusted_chain`, `key_name_mismatch`.
    [[nodiscard]] result<match> find(const claim& claim, path_type& path) {
        std::size_t length = 0;
        std::bitset<certificate_list::capacity> way;
        for (auto at = certificates_.find_signer(claim); at; at = links_.of(*at)) {
            if (seen_[*at]) {
                if (!verified_[*at]) return errc::untrusted_chain;
                verified_ |= way;
                return match{};
            }
            seen_[*at] = true;
            way[*at] = true;
            const key::certificate& certificate = certificates_[*at];
            const auto key = find_key(keys_, std::optional(id_of(certificate.info)), skid_of(certificate.info));
            if (key) return found(*key, length, way);
            if (links_.of(*at) == at) return errc::untrusted_chain;
            path[length++] = &certificate;
        }
        if (length != 0 && (path[length - 1]->issued_by.name || path[length - 1]->issued_by.key_id)) {
            const auto key = find_key(keys_, authority_name(*path[length - 1]), authority_key_id(*path[length - 1]));
            if (key) return found(*key, length, way);
            if (key.error().code != errc::key_not_found) return key.error();
        }
        const auto key = find_key(keys_, std::optional(id_of(claim.key)), {});
        if (key) return found(*key, 0, {});
        return length != 0 ? failure{errc::untrusted_chain} : key.error();
    }

    /// `trusted` is called when the path of the last match has been verified.
    void trusted() { verified_ |= way_; }

private:
    match found(const Key* key, std::size_t length, const std::bitset<certificate_list::capacity>& way) {
        way_ = way;
        return {key, length};
    }
};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_VERIFIER_PKCS7_WALK_HPP
