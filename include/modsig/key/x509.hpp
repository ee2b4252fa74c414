// SPDX-License-Identifier: BSL-1.0
//
// X.509 certificates.  Format: RFC 5280, section 4.1.
//   SEQUENCE { TBSCertificate, AlgorithmIdentifier, BIT STRING signature }
//   TBSCertificate: SEQUENCE { [0] version, serial, AlgorithmIdentifier, issuer, SEQUENCE { notBefore, notAfter }, subject,
//                              SubjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID, [3] extensions }
// Not checked here: the signature, dates against a clock, key usage.
#ifndef MODSIG_KEY_X509_HPP
#define MODSIG_KEY_X509_HPP

#include <modsig/der.hpp>
#include <modsig/key.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/key/extensions.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/key/spki.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::key {

namespace detail {

/// v1 and v3. X.690, section 11.5: v1, the default, is not encoded.
constexpr std::uint8_t read_version(der::reader& tbs) {
    if (!tbs.next_is(der::context_constructed(0))) return 1;
    auto field = tbs.enter(der::context_constructed(0));
    const der::element number = field.integer();
    field.finish();
    const unsigned value = number.content.size() == 1 ? number.content[0] : 0xffu;
    if (value != 2) tbs.fail(value == 0 ? errc::non_minimal_der : errc::unsupported_version, number.offset);
    return static_cast<std::uint8_t>(value + 1);
}

constexpr validity_period read_validity(der::reader& tbs) {
    auto fields = tbs.enter(der::tag_sequence);
    validity_period validity{.known = true};
    validity.not_before = fields.time();
    validity.not_after = fields.time();
    fields.finish();
    return validity;
}

constexpr der::algorithm_identifier read_signature_algorithm(der::reader& tbs, certificate& cert) {
    const der::algorithm_identifier id = read_algorithm_identifier(tbs);
    if (tbs.failed()) return id;
    cert.signature_algorithm_oid = id.oid.content;
    if (const signature_oid* known = signature_of_oid(id.oid.content)) cert.signature_algorithm = *known;
    switch (cert.signature_algorithm.scheme) {
        case scheme_id::rsa_pkcs1_v15: refuse_parameters(tbs, id); break;  // RFC 4055, section 5: absent parameters are accepted, too
        case scheme_id::ecdsa:
        case scheme_id::ed25519:
        case scheme_id::ml_dsa_44:
        case scheme_id::ml_dsa_65:
        case scheme_id::ml_dsa_87: require_no_parameters(tbs, id); break;
        default: break;
    }
    return id;
}
}  // namespace detail

/// `parse_certificate` parses a certificate that fills `bytes`; the result views them. `offset`: of `bytes` in the image.
/// Errors, besides those of DER, Names, times, extensions and keys: `unsupported_version`, `inconsistent_algorithms`,
/// `bad_structure` (a field that this version does not have), `key_name_mismatch` (self_issue::contradictory). An unknown
/// signature algorithm is no error: its scheme is `none`.
[[nodiscard]] constexpr result<certificate> parse_certificate(byte_view bytes, std::uint64_t offset = 0) {
    failure fault{errc::none};
    der::reader in(bytes, fault, offset);
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
    info.validity = detail::read_validity(tbs);
    info.subject = read_name(tbs).content;
    const subject_public_key spki = read_spki(tbs);
    for (const unsigned unique_id : {1u, 2u})
        if (const auto id = tbs.optional(der::context(unique_id)); id && cert.version == 1) tbs.fail(errc::bad_structure, id->offset);
    std::optional<der::element> akid;
    if (tbs.next_is(der::context_constructed(3))) {
        if (cert.version != 3) tbs.fail(errc::bad_structure, tbs.offset());
        auto extensions = tbs.enter(der::context_constructed(3));
        akid = read_extensions(extensions, cert);
        extensions.finish();
    }
    tbs.finish();

    const der::algorithm_identifier outer_algorithm = read_algorithm_identifier(outer);
    if (!equal(inner_algorithm.whole.whole, outer_algorithm.whole.whole)) outer.fail(errc::inconsistent_algorithms, outer_algorithm.whole.offset);
    cert.signature = outer.bytes_in_bit_string().content;
    outer.finish();
    in.finish();

    if (akid) cert.issued_by = read_authority(in.nested(*akid));
    if (in.failed()) return fault;
    const result<public_key> key = key_of(in, spki);
    if (!key) return key.error();
    info.key = *key;
    cert.whole = info.certificate = whole.whole;
    cert.tbs = signed_part.whole;
    cert.spki = spki.whole.whole;
    cert.key_bits = spki.bits.content;
    if (cert.self_issued() == self_issue::contradictory) return failure{errc::key_name_mismatch, akid ? akid->offset : offset};
    return cert;
}

/// A form of keys: an X.509 certificate in DER.
struct x509 {
    static constexpr std::string_view name = "x509";  ///< of the form, for reports

    /// Whether the bytes begin as a certificate does: two SEQUENCEs, then a version or a serial number.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        const byte_view tbs = der::behind_header(bytes), first = der::behind_header(tbs);
        return der::begins_sequence(bytes) && der::begins_sequence(tbs) && !first.empty() &&
               ((first[0] | der::constructed_bit) == der::context_constructed(0) || first[0] == der::tag_integer);
    }

    /// The certificate's key with all its identifiers. Errors: those of parse_certificate() and identified().
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        const result<certificate> cert = parse_certificate(bytes);
        if (!cert) return cert.error();
        return identified(*cert);
    }
};
static_assert(explain_key_form<x509>());

}  // namespace modsig::key

#endif  // MODSIG_KEY_X509_HPP
