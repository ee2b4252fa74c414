// SPDX-License-Identifier: BSL-1.0
//
// Whom Linux trusts of those who signed a PKCS#7 message: crypto/asymmetric_keys/pkcs7_verify.c, pkcs7_trust.c and
// restrict.c, find_asymmetric_key(), of 6.12, with their errnos. First the message has to agree with itself: every
// signature that one of its own certificates should verify, and every link between these. Then one signer has to be
// vouched for, and nobody by a trusted key that says no.
#ifndef MODSIG_VERIFIER_LINUX_PKCS7_HPP
#define MODSIG_VERIFIER_LINUX_PKCS7_HPP

#include <modsig/key/x509.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/admission.hpp>
#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/keyring/linux_lookup.hpp>
#include <modsig/keyring/revocation.hpp>
#include <modsig/layout.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::linux_pkcs7 {

using keyring::linux_lookup::find_key;
using keyring::linux_lookup::id_of;
using keyring::linux_lookup::joined_id;
using keyring::linux_lookup::skid_of;

/// A certificate of the message, and which one it is.
struct numbered {
    key::certificate certificate{};
    std::size_t index = 0;
};

/// Certificates of one message, by their index. (<bitset> of GCC 16 does not compile without the hosted library.)
class certificate_set {
    std::array<std::uint64_t, 16> words_{};

public:
    // No message holds more: a certificate has over a hundred bytes, a message at most 65535.
    static constexpr std::size_t max_size = 1024;

    [[nodiscard]] constexpr bool has(std::size_t index) const { return (words_[index / 64] >> index % 64 & 1) != 0; }
    constexpr void add(std::size_t index) { words_[index / 64] |= std::uint64_t{1} << index % 64; }
    constexpr void add(const certificate_set& others) {
        for (std::size_t i = 0; i != words_.size(); ++i) words_[i] |= others.words_[i];
    }
};

/// x509_cert_parse(), as part of reading a message: a self-signed certificate has to verify with its own key, whoever it
/// belongs to. One that is revoked counts only where it is used.
template <class Engine>
struct self_signature_check {
    [[nodiscard]] result<void> operator()(const key::certificate& certificate) const {
        const auto admitted = keyring::admit<linux_reading, Engine>(certificate);
        return admitted || admitted.error().code == errc::revoked ? result<void>::success() : admitted;
    }
};

/// The walks over one message. `Certificates` is a cursor over its certificates, copied for each search.
template <class Engine, class Certificates>
class walk {
    static constexpr std::size_t max_certificates = certificate_set::max_size;

    keyring_view<Engine> trust_;
    Certificates certificates_;
    certificate_set visited_{};  // `seen` of pkcs7_validate_trust()
    certificate_set verified_{};
    std::array<std::uint16_t, max_certificates> signers_{};     // `signer`, counted from 1; the next signer finds it as it was left

public:
    constexpr walk(keyring_view<Engine> ring, Certificates certificates) : trust_(ring), certificates_(certificates) {}

    /// pkcs7_find_key(): the certificate of a signer, by issuer and serial number only.
    [[nodiscard]] std::optional<numbered> find_signer(const claim& said) const {
        return find([&](const key::certificate& each) { return id_of(each.info) == id_of(said.key); });
    }

    enum class chain_end : std::uint8_t { good, blacklisted };

    /// pkcs7_verify_sig_chain(): every link that is there has to hold; faults are those of the arithmetic.
    [[nodiscard]] result<chain_end> check_chain(const numbered& signer) {
        certificate_set seen;
        numbered at = signer;
        for (;;) {
            seen.add(at.index);
            if (keyring::is_revoked<linux_reading>(trust_, at.certificate)) return chain_end::blacklisted;
            if (at.certificate.self_issued() == key::self_issue::yes) {
                note_signer(at, at);
                return chain_end::good;
            }
            const auto issuer = find_issuer(at.certificate);
            if (!issuer) return chain_end::good;
            if (const auto& by = at.certificate.issued_by; by.name && by.key_id && !(skid_of(issuer->certificate.info) == joined_id{*by.key_id, {}}))
                return errc::key_name_mismatch;
            if (seen.has(issuer->index)) return chain_end::good;
            const result<void> link = keyring::check_certificate_signature<linux_reading, Engine>(at.certificate, issuer->certificate);
            if (!link) return link.error();
            note_signer(at, *issuer);
            at = *issuer;
        }
    }

    /// A trusted key, and what it has to verify: the signature of a certificate, or the signer's own.
    struct match {
        const trusted_key<Engine>* key = nullptr;
        std::optional<key::certificate> vouched{};
    };

    /// pkcs7_validate_trust_one(): the way up from a signer to the first trusted key. The match is null where a
    /// certificate on it was trusted before, for another signer. `key_not_found`, `untrusted_chain`, `key_name_mismatch`.
    [[nodiscard]] result<match> find_trust(const claim& said) {
        std::optional<key::certificate> vouched;
        certificate_set path;
        for (auto at = find_signer(said); at;) {
            if (visited_.has(at->index)) {
                if (!verified_.has(at->index)) return errc::untrusted_chain;
                verified_.add(path);
                return match{};
            }
            visited_.add(at->index);
            path.add(at->index);
            const auto key = find_key(trust_, id_of(at->certificate.info), skid_of(at->certificate.info));
            if (key) return found(*key, vouched, path);
            if (signers_[at->index] == at->index + 1) return errc::untrusted_chain;
            vouched = at->certificate;
            at = signer_of(*at);
        }
        if (vouched && (vouched->issued_by.name || vouched->issued_by.key_id)) {
            const auto key = find_key(trust_, authority_name(*vouched), authority_key_id(*vouched));
            if (key) return found(*key, vouched, path);
            if (key.error().code != errc::key_not_found) return key.error();
        }
        const auto key = find_key(trust_, std::optional(id_of(said.key)), {});
        if (key) {
            way_ = {};
            return match{*key, std::nullopt};
        }
        return vouched ? failure{errc::untrusted_chain} : key.error();
    }

    /// Remembers that the way of the last match holds.
    void trusted() { verified_.add(way_); }

private:
    certificate_set way_{};

    match found(const trusted_key<Engine>* key, const std::optional<key::certificate>& vouched, const certificate_set& path) {
        way_ = path;
        return {key, vouched};
    }

    void note_signer(const numbered& subject, const numbered& issuer) {
        signers_[subject.index] = static_cast<std::uint16_t>(issuer.index + 1);
    }
    [[nodiscard]] std::optional<numbered> signer_of(const numbered& subject) const {
        std::size_t index = 0;
        return find([&](const key::certificate&) { return ++index == signers_[subject.index]; });
    }

    template <class Fits>
    [[nodiscard]] std::optional<numbered> find(Fits is_wanted) const {
        std::size_t index = 0;
        for (Certificates each = certificates_; !each.done() && index != max_certificates; ++index) {
            const auto certificate = each.next();
            if (!certificate) return std::nullopt;
            if (is_wanted(*certificate)) return numbered{*certificate, index};
        }
        return std::nullopt;
    }

    [[nodiscard]] static std::optional<joined_id> authority_name(const key::certificate& subject) {
        const auto& name = subject.issued_by.name;
        return name ? std::optional(joined_id{name->serial, name->issuer}) : std::nullopt;
    }
    [[nodiscard]] static std::optional<joined_id> authority_key_id(const key::certificate& subject) {
        const auto& id = subject.issued_by.key_id;
        return id ? std::optional(joined_id{*id, {}}) : std::nullopt;
    }

    /// By authorityKeyIdentifier only: issuer and serial number, or where these are not named the key identifier.
    [[nodiscard]] std::optional<numbered> find_issuer(const key::certificate& subject) const {
        if (const auto name = authority_name(subject))
            return find([&](const key::certificate& each) { return id_of(each.info) == *name; });
        if (const auto id = authority_key_id(subject))
            return find([&](const key::certificate& each) { return skid_of(each.info) == id; });
        return std::nullopt;
    }
};

}  // namespace modsig::linux_pkcs7

#endif  // MODSIG_VERIFIER_LINUX_PKCS7_HPP
