// SPDX-License-Identifier: BSL-1.0
//
// The contents of an X.509 certificate, as far as signatures of modules need them.  Format: RFC 5280, section 4.1.
#ifndef MODSIG_KEY_CERTIFICATE_HPP
#define MODSIG_KEY_CERTIFICATE_HPP

#include <modsig/algorithm.hpp>
#include <modsig/key.hpp>

#include <cstdint>
#include <optional>

namespace modsig::key {

/// authorityKeyIdentifier: which key signed the certificate. Issuer and serial are used only together, as in Linux.
struct authority {
    /// authorityCertIssuer and authorityCertSerialNumber.
    struct issuer_and_serial {
        byte_view issuer{};  ///< content of the Name
        byte_view serial{};  ///< content octets of the INTEGER
    };
    std::optional<byte_view> key_id{};        ///< keyIdentifier
    std::optional<issuer_and_serial> name{};  ///< the issuer's own certificate, where both fields are there
};

/// Whether a certificate claims to be signed with its own key. `contradictory`: one half of the authorityKeyIdentifier says
/// yes, the other no.
enum class self_issue : std::uint8_t {
    no,             ///< another key signs it
    yes,            ///< its own key signs it, as far as names tell
    contradictory,  ///< identifiers disagree
};

/// A parsed certificate. Views alias the bytes that it was parsed from.
struct certificate {
    byte_view whole{};                    ///< without bytes that follow the certificate
    byte_view tbs{};                      ///< what is signed: TBSCertificate with its header
    std::uint8_t version = 0;             ///< 1 to 3; Linux accepts any version
    key_info info{};                      ///< key, serial, Names, validity, purpose; see identified()
    byte_view spki{};                     ///< SubjectPublicKeyInfo with its header
    byte_view key_bits{};                 ///< the bytes of its BIT STRING
    byte_view extended_key_usage{};       ///< encoded value of the extension; empty without it
    authority issued_by{};                ///< authorityKeyIdentifier; empty without it
    signature_oid signature_algorithm{};  ///< scheme `none`: an unknown algorithm
    byte_view signature_algorithm_oid{};  ///< content octets of the OBJECT IDENTIFIER
    byte_view signature{};                ///< the BIT STRING's bytes

    /// As Linux, crypto/asymmetric_keys/x509_public_key.c, x509_check_for_self_signed(), but without checking the signature.
    [[nodiscard]] constexpr self_issue self_issued() const {
        if (!equal(info.subject, info.issuer)) return self_issue::no;
        if (!issued_by.key_id && !issued_by.name) return self_issue::yes;
        const bool same_key = issued_by.key_id && !info.skid.empty() && equal(*issued_by.key_id, info.skid);
        const bool same_name =
            issued_by.name && equal(issued_by.name->serial, info.serial) && equal(issued_by.name->issuer, info.issuer);
        if (!same_key && !same_name) return self_issue::no;
        return issued_by.key_id && issued_by.name && same_key != same_name ? self_issue::contradictory : self_issue::yes;
    }
};

/// Whether a certificate names a key as its issuer's. `contradictory`: one half of the authorityKeyIdentifier says yes, the
/// other no.
enum class issuer_match : std::uint8_t {
    no,             ///< the key is another's
    yes,            ///< names and identifiers agree
    contradictory,  ///< identifiers disagree
};

/// `match_issuer` compares the issuer's Name and the authorityKeyIdentifier, which every issued certificate has (RFC 5280,
/// section 4.2.1.1). The signature is not checked.
[[nodiscard]] constexpr issuer_match match_issuer(const certificate& subject, const key_info& issuer) {
    const authority& by = subject.issued_by;
    if (issuer.certificate.empty() || !equal(subject.info.issuer, issuer.subject)) return issuer_match::no;
    const bool same_key = by.key_id && equal(*by.key_id, issuer.skid);
    const bool same_name = by.name && equal(by.name->serial, issuer.serial) && equal(by.name->issuer, issuer.issuer);
    if (!same_key && !same_name) return issuer_match::no;
    return by.key_id && by.name && same_key != same_name ? issuer_match::contradictory : issuer_match::yes;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_CERTIFICATE_HPP
