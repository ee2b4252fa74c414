// SPDX-License-Identifier: BSL-1.0
//
// What one signer says in a CMS message.  Format: RFC 5652, section 5.3; for Linux crypto/asymmetric_keys/pkcs7.asn1 and
// pkcs7_parser.c.
//   SEQUENCE { version, issuerAndSerialNumber | [0] subjectKeyIdentifier, digestAlgorithm,
//              [0] signedAttrs OPTIONAL, signatureAlgorithm, OCTET STRING signature, [1] unsignedAttrs OPTIONAL }
#ifndef MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP
#define MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP

#include <modsig/algorithm.hpp>
#include <modsig/der/name.hpp>
#include <modsig/key_identifier.hpp>
#include <modsig/layout/cms/attributes.hpp>

#include <optional>

namespace modsig::layout::cms {

/// What the message says that its signers have to agree with.
struct signed_data_header {
    std::uint8_t version = 0;          // 1 or 3
    byte_view content_type{};           // OBJECT IDENTIFIER
    std::uint64_t content_type_offset = 0;
    bool is_data = false;               // which is id-data
    der::element digest_algorithms{};  // SET OF AlgorithmIdentifier
};

/// What signers have been called so far. In Linux a signer that is called the other way than its version says goes by the
/// last identifier of that kind, which is an earlier signer's, or empty and then no key's.
struct identifiers_seen {
    key_identifier name{key_id_kind::issuer_serial, {}, {}};
    key_identifier skid{key_id_kind::skid, {}, {}};
};

/// Views alias the message.
struct signer_info {
    key_identifier key{};
    digest_id digest = digest_id::none;
    scheme_id scheme = scheme_id::none;
    byte_view signature{};
    std::optional<attributes> signed_attributes{};
    std::optional<std::int64_t> signing_time{};  // Linux: also of attributes that are not signed, in the form [2]
    std::uint64_t offset = 0;
};

namespace detail {

/// RFC 5652, section 5.3: version 1 goes with issuer and serial number, 3 with the subject key identifier. Linux matches
/// the signer's version with the message's, too, although 3 with 1 is legal CMS.
template <reading Reading>
constexpr std::uint8_t read_signer_version(der::reader<Reading>& in, faults<Reading>& faults, const signed_data_header& header) {
    const der::element number = in.integer();
    if (in.failed()) return 0;
    const std::uint8_t version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (version != 1 && version != 3) faults.note({errc::unsupported_version, number.offset, linux_error::einval});
    else if ((version == 1) == (header.version == 3)) faults.note({errc::version_mismatch, number.offset});
    return version;
}

template <reading Reading>
constexpr key_identifier read_signer_identifier(der::reader<Reading>& in) {
    if (in.next_is(der::tag_sequence)) {
        auto fields = in.enter(der::tag_sequence);
        const byte_view issuer = der::read_name(fields).content;
        const byte_view serial = fields.integer().content;
        fields.finish();
        return {key_id_kind::issuer_serial, serial, issuer};
    }
    return {key_id_kind::skid, in.expect(der::context(0)).content, {}};
}

/// pkcs7_sig_note_digest_algo() of Linux 6.12; others are refused by every reading.
[[nodiscard]] constexpr bool is_supported(digest_id id) {
    return id != digest_id::none && id != digest_id::md4 && id != digest_id::md5 && id != digest_id::rmd160;
}

/// pkcs7_sig_note_pkey_algo() of Linux 6.12: the bare rsaEncryption, ecdsa-with-*, and the OID of GOST keys.
[[nodiscard]] constexpr signature_oid signature_algorithm_of(byte_view oid) {
    if (equal(oid, entry_of(key_algorithm::ecrdsa).oid.view()) || equal(oid, "\x2a\x85\x03\x07\x01\x01\x01\x02"))
        return {scheme_id::ecrdsa, digest_id::none, {}};
    for (const signature_oid& row : signature_oid_table)
        if (equal(row.oid.view(), oid) &&
            (row.scheme == scheme_id::ecdsa || (row.scheme == scheme_id::rsa_pkcs1_v15 && row.digest == digest_id::none)))
            return row;
    return {scheme_id::none, digest_id::none, {}};
}

/// Strict: the digest is among those that the message announces, and the one that the signature algorithm names.
/// Linux compares nothing.
template <reading Reading>
constexpr void check_algorithms(faults<Reading>& faults, const signed_data_header& header, const der::algorithm_identifier& digest,
                                const signature_oid& signature, digest_id used, std::uint64_t signature_offset) {
    if constexpr (is_strict<Reading>) {
        failure unread{errc::none};
        bool announced = equal(header.digest_algorithms.content, digest.whole.whole);  // mostly it is the only one
        if (!announced)
            for (der::reader<Reading> list(header.digest_algorithms.content, unread); !list.at_end();)
                announced = equal(read_algorithm_identifier(list).oid.content, digest.oid.content) || announced;
        if (!announced) faults.note({errc::inconsistent_algorithms, digest.whole.offset});
        if (signature.digest != digest_id::none && signature.digest != used)
            faults.note({errc::inconsistent_algorithms, signature_offset});
    }
}
}  // namespace detail

/// The next SignerInfo of a list. Faults, besides those of DER, Names and attributes:
///   unsupported_version, version_mismatch, unsupported_hash, unsupported_algorithm, inconsistent_algorithms,
///   missing_element     an attribute that must be there
///   attributes_present  strict: attributes that nothing protects
template <reading Reading>
constexpr signer_info read_signer_info(der::reader<Reading>& list, faults<Reading>& faults, const signed_data_header& header,
                                      identifiers_seen& seen) {
    signer_info signer;
    const der::element whole = list.expect(der::tag_sequence);
    signer.offset = whole.offset;
    auto in = list.enter(whole);
    const std::uint8_t version = detail::read_signer_version(in, faults, header);
    const std::uint64_t identifier_offset = in.offset();
    signer.key = detail::read_signer_identifier(in);
    const bool by_name = signer.key.kind == key_id_kind::issuer_serial;
    (by_name ? seen.name : seen.skid) = signer.key;
    if (!is_strict<Reading>) signer.key = version == 3 ? seen.skid : seen.name;

    // What parameters an unknown algorithm takes is not known either.
    const der::algorithm_identifier digest = read_algorithm_identifier(in);
    if (!in.failed()) {
        signer.digest = digest_of_oid(digest.oid.content);
        if (detail::is_supported(signer.digest)) refuse_parameters(in, digest);
        else faults.note({errc::unsupported_hash, digest.oid.offset});
    }

    if (in.next_is(der::context_constructed(0))) {
        const der::element set = in.expect(der::context_constructed(0));
        attributes said = read_attributes(in.enter_list(set), faults, header.content_type, header.is_data);
        if (!in.failed() && (!said.has(attribute_id::content_type) || !said.has(attribute_id::message_digest)))
            in.fail(errc::missing_element, set.offset);
        said.encoded = set.encoding();
        signer.signing_time = said.signing_time;
        signer.signed_attributes = said;
    } else if (in.next_is(der::context_constructed(2))) {
        // A form of PKCS#7 that Linux reads and does not sign: nothing protects these.
        auto outer = in.enter(der::context_constructed(2));
        if (is_strict<Reading>) faults.note({errc::attributes_present, outer.offset()});
        signer.signing_time = read_attributes(outer.enter_list(der::tag_sequence), faults, header.content_type, header.is_data).signing_time;
        outer.finish();
    }

    const der::algorithm_identifier algorithm = read_algorithm_identifier(in);
    if (!in.failed()) {
        const signature_oid known = detail::signature_algorithm_of(algorithm.oid.content);
        signer.scheme = known.scheme;
        if (known.scheme != scheme_id::none) refuse_parameters(in, algorithm);
        else faults.note({errc::unsupported_algorithm, algorithm.oid.offset});
        if (detail::is_supported(signer.digest))
            detail::check_algorithms(faults, header, digest, known, signer.digest, algorithm.whole.offset);
    }
    signer.signature = in.octet_string().content;

    for (const unsigned form : {1u, 3u}) {
        if (!in.next_is(der::context_constructed(form))) continue;
        if (is_strict<Reading>) faults.note({errc::attributes_present, in.offset()});
        auto unsigned_attributes = in.enter_list(der::context_constructed(form));
        while (!unsigned_attributes.at_end()) {
            auto fields = unsigned_attributes.enter(der::tag_sequence);
            (void)fields.oid();
            auto values = fields.enter_list(der::tag_set);
            while (!values.at_end()) values.any();
            fields.finish();
        }
        break;
    }
    in.finish();

    if (in.failed()) return signer;
    if (!is_strict<Reading> && !header.is_data && !signer.signed_attributes) in.fail(errc::missing_element, whole.offset);  // Authenticode
    if (is_strict<Reading> && ((version == 1 && !by_name) || (version == 3 && by_name)))
        faults.note({errc::version_mismatch, identifier_offset, linux_error::einval});
    if (is_strict<Reading> && !by_name && signer.key.bytes.empty()) in.fail(errc::bad_der, identifier_offset, linux_error::einval);
    return signer;
}

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP
