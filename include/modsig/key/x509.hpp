// SPDX-License-Identifier: BSL-1.0
//
// X.509 certificates.  Format: RFC 5280, section 4.1; for Linux crypto/asymmetric_keys/x509.asn1 and x509_cert_parser.c.
//   SEQUENCE { TBSCertificate, AlgorithmIdentifier, BIT STRING signature }
//   TBSCertificate: SEQUENCE { [0] version, serial, AlgorithmIdentifier, issuer, SEQUENCE { notBefore, notAfter }, subject,
//                              SubjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID, [3] extensions }
// Not checked here: the signature, dates against a clock, purposes.
#ifndef MODSIG_KEY_X509_HPP
#define MODSIG_KEY_X509_HPP

#include <modsig/der.hpp>
#include <modsig/key.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/key/extensions.hpp>
#include <modsig/key/name.hpp>
#include <modsig/key/spki.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::key {

/// What Linux 6.12 knows for signatures of certificates (x509_note_sig_algo()).
[[nodiscard]] constexpr bool linux_takes_certificate_signature(const signature_oid& row) {
    const bool scheme = row.scheme == scheme_id::rsa_pkcs1_v15 || row.scheme == scheme_id::ecdsa || row.scheme == scheme_id::ecrdsa;
    return scheme && row.digest != digest_id::none && row.digest != digest_id::md4 && row.digest != digest_id::md5;
}

namespace detail {

/// Strict: v1 and v3. X.690, section 11.5: the default, v1, is not encoded.
template <reading Reading>
constexpr std::uint8_t read_version(der::reader<Reading>& tbs) {
    if (!tbs.next_is(der::context_constructed(0))) return 1;
    auto field = tbs.enter(der::context_constructed(0));
    const der::element number = field.integer();
    field.finish();
    const unsigned value = number.content.size() == 1 ? number.content[0] : 0xffu;
    if (is_strict<Reading> && !tbs.failed() && value != 2)
        tbs.fail(value == 0 ? errc::non_minimal_der : errc::unsupported_version, number.offset);
    return static_cast<std::uint8_t>(value + 1);
}

template <reading Reading>
constexpr void read_validity(der::reader<Reading>& tbs, validity_period& validity) {
    const der::element whole = tbs.expect(der::tag_sequence);
    auto fields = tbs.enter(whole);
    // Linux does not notice a CHOICE that is missing at the very end of its SEQUENCE: it takes what it read last for it.
    const bool may_be_missing = !is_strict<Reading> && !whole.is_indefinite();
    validity.known = true;
    validity.not_before = fields.time();
    validity.not_after = may_be_missing && fields.at_end() ? validity.not_before : fields.time();
    fields.finish();
}

template <reading Reading>
constexpr der::algorithm_identifier read_signature_algorithm(der::reader<Reading>& tbs, certificate& cert) {
    const der::algorithm_identifier id = read_algorithm_identifier(tbs);
    if (tbs.failed()) return id;
    cert.signature_algorithm_oid = id.oid.content;
    for (const signature_oid& row : signature_oid_table)
        if (equal(row.oid.view(), id.oid.content)) cert.signature_algorithm = row;
    if (!is_strict<Reading> && !linux_takes_certificate_signature(cert.signature_algorithm))
        tbs.fail(errc::unsupported_algorithm, id.oid.offset);
    const scheme_id scheme = cert.signature_algorithm.scheme;
    if (scheme != scheme_id::none && scheme != scheme_id::rsa_pss) refuse_parameters(tbs, id);
    return id;
}

/// Linux keeps a certificate whose key is none: the fault is noted.
template <reading Reading>
constexpr void note_key(der::reader<Reading>& in, const subject_public_key& fields, key_info& info) {
    if (in.failed()) return;
    const result<public_key> key = key_of(in, fields);
    if (!key && is_strict<Reading>) return in.fail(key.error());
    if (key) info.key = *key;
    else info.fault = key.error().code;
    info.key.algorithm = fields.algorithm;
}
}  // namespace detail

/// Faults, besides those of DER, Names, times, extensions and keys: `unsupported_version`, `unsupported_algorithm` (Linux
/// only: strict leaves the scheme `none`), `inconsistent_algorithms`, `bad_structure` (a field that this version
/// has not), `key_name_mismatch` (self_issue::contradictory).
template <reading Reading>
[[nodiscard]] constexpr result<certificate> parse_certificate(byte_view bytes, std::uint64_t offset = 0) {
    failure fault{errc::none};
    der::reader<Reading> in(bytes, fault, offset);
    certificate cert;
    key_info& info = cert.info;

    const der::element whole = in.expect(der::tag_sequence);
    auto outer = in.enter(whole);
    const der::element signed_part = outer.expect(der::tag_sequence);
    auto tbs = outer.enter(signed_part);
    cert.version = detail::read_version(tbs);
    info.serial = tbs.integer().content;
    const der::algorithm_identifier inner_algorithm = detail::read_signature_algorithm(tbs, cert);
    info.issuer = read_name(tbs).content;
    detail::read_validity(tbs, info.validity);
    info.subject = read_name(tbs).content;
    const subject_public_key spki = read_spki(tbs);
    for (const unsigned unique_id : {1u, 2u})
        if (const auto id = tbs.optional(der::context(unique_id)); id && is_strict<Reading> && cert.version == 1)
            tbs.fail(errc::bad_structure, id->offset);
    std::optional<der::element> akid;
    if (tbs.next_is(der::context_constructed(3))) {
        if (is_strict<Reading> && cert.version != 3) tbs.fail(errc::bad_structure, tbs.offset());
        auto extensions = tbs.enter(der::context_constructed(3));
        akid = read_extensions(extensions, cert);
        extensions.finish();
    }
    tbs.finish();

    const der::algorithm_identifier outer_algorithm = read_algorithm_identifier(outer);
    const der::element signature = outer.expect(der::tag_bit_string);
    const bool same = is_strict<Reading> ? equal(inner_algorithm.whole.whole, outer_algorithm.whole.whole)
                                         : equal(inner_algorithm.oid.content, outer_algorithm.oid.content);
    if (!same) outer.fail(errc::inconsistent_algorithms, outer_algorithm.whole.offset);
    cert.signature = outer.whole_bytes(signature).content;
    outer.finish();
    in.finish();

    if (akid) cert.issued_by = read_authority(in.nested(*akid));
    detail::note_key(in, spki, info);
    cert.whole = info.certificate = whole.encoding();
    cert.tbs = signed_part.encoding();
    cert.spki = spki.whole.encoding();
    cert.key_bits = spki.bits.content;
    if (cert.self_issued() == self_issue::contradictory) in.fail(errc::key_name_mismatch, akid ? akid->offset : offset);
    return in.outcome(cert);
}

/// The key with the identifiers that the layouts look for: they cost a digest or two, and not every certificate is looked
/// for.
[[nodiscard]] constexpr key_info identified(const certificate& cert) {
    key_info info = cert.info;
    identify(info, info.fault == errc::none ? info.key : public_key{}, cert.key_bits);
    info.key = cert.info.key;
    if (info.skid.empty()) return info;
    info.has_ima_id = info.skid.size() >= info.ima_id.size();
    for (std::size_t i = 0; info.has_ima_id && i != info.ima_id.size(); ++i)
        info.ima_id[i] = info.skid[info.skid.size() - info.ima_id.size() + i];
    return info;
}

struct x509 {
    static constexpr std::string_view name = "x509";

    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        const byte_view tbs = der::behind_header(bytes), first = der::behind_header(tbs);
        return der::begins_sequence(bytes) && der::begins_sequence(tbs) && !first.empty() &&
               ((first[0] | der::constructed_bit) == der::context_constructed(0) || first[0] == der::tag_integer);
    }

    template <class Reading>
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        const result<certificate> cert = parse_certificate<Reading>(bytes);
        if (!cert) return cert.error();
        return identified(*cert);
    }
};
static_assert(explain_key_form<x509>());

}  // namespace modsig::key

#endif  // MODSIG_KEY_X509_HPP
