// SPDX-License-Identifier: BSL-1.0
//
// X.509 certificates as Linux reads them: crypto/asymmetric_keys/x509.asn1, x509_cert_parser.c, x509_cert_parse(). Any version
// and any serial number are accepted; bytes behind the certificate are ignored. Not checked here: the signature, dates against
// a clock, key usage.
#ifndef MODSIG_LINUX_KEY_X509_HPP
#define MODSIG_LINUX_KEY_X509_HPP

#include <modsig/key/certificate.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/linux/asn1/algorithm_identifier.hpp>
#include <modsig/linux/asn1/name.hpp>
#include <modsig/linux/key/extensions.hpp>
#include <modsig/linux/key/joined_id.hpp>
#include <modsig/linux/key/spki.hpp>

#include <cstdint>
#include <optional>

namespace modsig::kernel {

/// Whether the kernel knows this algorithm for signatures of certificates (x509_note_sig_algo()).
[[nodiscard]] constexpr bool linux_takes_certificate_signature(const signature_oid& row, const linux_kernel& kernel) {
    if (is_ml_dsa(row.scheme)) return kernel.release.knows_ml_dsa;
    const bool scheme = row.scheme == scheme_id::rsa_pkcs1_v15 || row.scheme == scheme_id::ecdsa || row.scheme == scheme_id::ecrdsa;
    return scheme && row.digest != digest_id::none && row.digest != digest_id::md4 && row.digest != digest_id::md5;
}

namespace detail {
constexpr std::uint8_t read_version(asn1_reader& tbs) {
    if (!tbs.next_is(der::context_constructed(0))) return 1;
    auto field = tbs.enter(der::context_constructed(0));
    const element number = field.integer();
    field.finish();
    return static_cast<std::uint8_t>((number.content.size() == 1 ? number.content[0] : 0xffu) + 1);
}

constexpr validity_period read_validity(asn1_reader& tbs) {
    auto fields = tbs.enter(der::tag_sequence);
    validity_period validity{.known = true};
    validity.not_before = fields.time();
    // The decoder does not notice that a CHOICE is missing at the end of its SEQUENCE: the time read last is used for it.
    validity.not_after = fields.at_bound() ? validity.not_before : fields.time();
    fields.finish();
    return validity;
}

constexpr algorithm_identifier read_signature_algorithm(asn1_reader& tbs, key::certificate& cert, const linux_kernel& kernel) {
    const algorithm_identifier id = read_algorithm_identifier(tbs);
    if (tbs.failed()) return id;
    cert.signature_algorithm_oid = id.oid.content;
    if (const signature_oid* known = signature_of_oid(id.oid.content)) cert.signature_algorithm = *known;
    if (!linux_takes_certificate_signature(cert.signature_algorithm, kernel)) tbs.fail(errc::unsupported_algorithm, id.oid.offset);
    return id;
}

/// A certificate with a malformed key is kept; `info.fault` is the reason.
constexpr void note_key(const asn1_reader& in, const key::subject_public_key& fields, key_info& info) {
    if (in.failed()) return;
    const result<public_key> key = key_of(in, fields);
    if (key) info.key = *key;
    else info.fault = key.error().code;
    info.key.algorithm = fields.algorithm;
}
}  // namespace detail

/// `parse_certificate` parses a certificate that `bytes` begin with; the result views them. Errors, besides those of the
/// decoder, times, extensions and the key's algorithm: `unsupported_algorithm`, `inconsistent_algorithms`, `key_name_mismatch`
/// (self_issue::contradictory). A malformed key is no error: key_info::fault.
[[nodiscard]] constexpr result<key::certificate> parse_certificate(byte_view bytes, std::uint64_t offset = 0, const linux_kernel& kernel = {}) {
    failure fault{errc::none};
    asn1_reader in(bytes, fault, offset);
    key::certificate cert;
    key_info& info = cert.info;

    auto outer = in.enter(der::tag_sequence);
    auto tbs = outer.enter(der::tag_sequence);
    cert.version = detail::read_version(tbs);
    info.serial = tbs.integer().content;
    const algorithm_identifier inner_algorithm = detail::read_signature_algorithm(tbs, cert, kernel);
    info.issuer = read_name(tbs).content;
    info.validity = detail::read_validity(tbs);
    info.subject = read_name(tbs).content;
    const key::subject_public_key spki = read_spki(tbs, kernel);
    for (const unsigned unique_id : {1u, 2u}) (void)tbs.optional(der::context(unique_id));
    std::optional<element> akid;
    if (tbs.next_is(der::context_constructed(3))) {
        auto extensions = tbs.enter(der::context_constructed(3));
        akid = read_extensions(extensions, cert);
        extensions.finish();
    }
    tbs.finish();

    const algorithm_identifier outer_algorithm = read_algorithm_identifier(outer);
    const element signature = outer.expect(der::tag_bit_string);
    if (!equal(inner_algorithm.oid.content, outer_algorithm.oid.content)) outer.fail(errc::inconsistent_algorithms, outer_algorithm.whole.offset);
    cert.signature = outer.whole_bytes(signature).content;
    outer.finish();
    in.finish();

    if (akid) cert.issued_by = read_authority(in.nested(*akid));
    detail::note_key(in, spki, info);
    cert.whole = info.certificate = encoding(outer.entered());
    cert.tbs = encoding(tbs.entered());
    cert.spki = encoding(spki.whole);
    cert.key_bits = spki.bits.content;
    if (self_issued(cert) == key::self_issue::contradictory) in.fail(errc::key_name_mismatch, akid ? akid->offset : offset);
    return in.outcome(cert);
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_X509_HPP
