// SPDX-License-Identifier: BSL-1.0
//
// One signer of a PKCS#7 message as Linux reads it: crypto/asymmetric_keys/pkcs7.asn1 (SignerInfo), pkcs7_parser.c,
// pkcs7_sig_note_*(), pkcs7_note_signed_info(). The first fault is the one that is reported.
#ifndef MODSIG_LINUX_LAYOUT_PKCS7_SIGNER_INFO_HPP
#define MODSIG_LINUX_LAYOUT_PKCS7_SIGNER_INFO_HPP

#include <modsig/layout/cms/signed_data.hpp>
#include <modsig/linux/asn1/algorithm_identifier.hpp>
#include <modsig/linux/asn1/name.hpp>
#include <modsig/linux/kernel.hpp>

#include <utility>

namespace modsig::kernel {

using layout::cms::attribute_id;
using layout::cms::signer_info;

/// The values of a message that its signers must agree with.
struct pkcs7_header {
    std::uint8_t version = 0;               ///< 1 or 3
    byte_view content_type{};               ///< OBJECT IDENTIFIER
    std::uint64_t content_type_offset = 0;  ///< in bytes, from the image's start
    bool is_data = false;                   ///< the content type is id-data
};

/// The identifiers read so far. A signer whose identifier is not of the kind of its version gets the last identifier of that
/// kind: that of an earlier signer, or an empty one, which is no key's.
struct identifiers_seen {
    key_identifier name{key_id_kind::issuer_serial, {}, {}};  ///< issuer and serial number
    key_identifier skid{key_id_kind::skid, {}, {}};           ///< subjectKeyIdentifier
};

namespace detail {
/// pkcs7_note_signerinfo_version().
constexpr std::uint8_t read_signer_version(asn1_reader& in, const pkcs7_header& header) {
    const element number = in.integer();
    if (in.failed()) return 0;
    const std::uint8_t version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (version != 1 && version != 3) in.fail(errc::unsupported_version, number.offset, linux_error::einval);
    else if ((version == 1) == (header.version == 3)) in.fail(errc::version_mismatch, number.offset);
    return version;
}

constexpr key_identifier read_signer_identifier(asn1_reader& in) {
    if (!in.next_is(der::tag_sequence)) return {key_id_kind::skid, in.expect(der::context(0)).content, {}};
    auto fields = in.enter(der::tag_sequence);
    const byte_view issuer = read_name(fields).content;
    const byte_view serial = fields.integer().content;
    fields.finish();
    return {key_id_kind::issuer_serial, serial, issuer};
}

/// pkcs7_sig_note_authenticated_attr(): known attributes occur once. Faults: `repeated_element`, `content_type_mismatch`,
/// `attributes_present` (attributes of Authenticode and S/MIME, where the content is plain data).
constexpr layout::cms::attributes read_attributes(asn1_reader& list, const pkcs7_header& header) {
    layout::cms::attributes found;
    while (!list.at_end()) {
        auto fields = list.enter(der::tag_sequence);
        const attribute_id id = layout::cms::attribute_of_oid(fields.oid().content);
        auto values = fields.enter_list(der::tag_set);
        while (!values.at_end()) {
            const element value = values.any();
            if (list.failed()) break;
            if (id != attribute_id::unknown && std::exchange(found.seen[static_cast<std::size_t>(id)], true))
                list.fail(errc::repeated_element, value.offset);
            if (id == attribute_id::signing_time) {
                found.signing_time = der::time_of(value.tag, value.content);
                if (!found.signing_time) list.fail(errc::bad_time, value.offset);
            }
            if (id == attribute_id::content_type && !equal(value.content, header.content_type)) list.fail(errc::content_type_mismatch, value.offset);
            if (id == attribute_id::message_digest) {
                if (value.tag != der::tag_octet_string) list.fail(errc::bad_der, value.offset);
                found.message_digest = value.content;
            }
            if (header.is_data && id >= attribute_id::smime_capabilities) list.fail(errc::attributes_present, value.offset, linux_error::ekeyrejected);
        }
        values.finish();
        fields.finish();
    }
    list.finish();
    return found;
}

/// pkcs7_sig_note_pkey_algo().
[[nodiscard]] constexpr scheme_id scheme_of(byte_view oid, const linux_kernel& kernel) {
    const scheme_id scheme = layout::cms::signature_algorithm_of(oid).scheme;
    return is_ml_dsa(scheme) && !kernel.release.knows_ml_dsa ? scheme_id::none : scheme;
}

/// [1] or [3] unauthenticatedAttributes: parsed, and ignored.
constexpr void skip_unsigned_attributes(asn1_reader& in) {
    for (const unsigned form : {1u, 3u}) {
        if (!in.next_is(der::context_constructed(form))) continue;
        auto attributes = in.enter_list(der::context_constructed(form));
        while (!attributes.at_end()) {
            auto fields = attributes.enter(der::tag_sequence);
            (void)fields.oid();
            auto values = fields.enter_list(der::tag_set);
            while (!values.at_end()) values.any();
            values.finish();
            fields.finish();
        }
        attributes.finish();
        return;
    }
}
}  // namespace detail

/// `read_signer_info` parses the next SignerInfo of a list. Faults, besides those of the decoder and of attributes:
/// `unsupported_version`, `version_mismatch`, `unsupported_hash`, `unsupported_algorithm`, `missing_element` (a required
/// attribute).
constexpr signer_info read_signer_info(asn1_reader& list, const pkcs7_header& header, const linux_kernel& kernel, identifiers_seen& seen) {
    signer_info signer;
    signer.offset = list.offset();
    auto in = list.enter(der::tag_sequence);
    const std::uint8_t version = detail::read_signer_version(in, header);
    signer.key = detail::read_signer_identifier(in);
    (signer.key.kind == key_id_kind::issuer_serial ? seen.name : seen.skid) = signer.key;
    signer.key = version == 3 ? seen.skid : seen.name;

    const algorithm_identifier digest = read_algorithm_identifier(in);
    signer.digest = digest_of_oid(digest.oid.content);
    if (!layout::cms::is_supported(signer.digest)) in.fail(errc::unsupported_hash, digest.oid.offset);

    if (in.next_is(der::context_constructed(0))) {
        const std::uint64_t offset = in.offset();
        auto set = in.enter_list(der::context_constructed(0));
        layout::cms::attributes read = detail::read_attributes(set, header);
        if (!read.has(attribute_id::content_type) || !read.has(attribute_id::message_digest)) in.fail(errc::missing_element, offset);
        read.encoded = encoding(set.entered());
        signer.signing_time = read.signing_time;
        signer.signed_attributes = read;
    } else if (in.next_is(der::context_constructed(2))) {
        // A form of PKCS#7 that is parsed and not signed: no signature protects these attributes.
        auto outer = in.enter(der::context_constructed(2));
        auto list_of_attributes = outer.enter_list(der::tag_sequence);
        signer.signing_time = detail::read_attributes(list_of_attributes, header).signing_time;
        outer.finish();
    }

    const algorithm_identifier algorithm = read_algorithm_identifier(in);
    signer.scheme = detail::scheme_of(algorithm.oid.content, kernel);
    if (signer.scheme == scheme_id::none) in.fail(errc::unsupported_algorithm, algorithm.oid.offset);
    signer.signature = in.octet_string().content;
    detail::skip_unsigned_attributes(in);
    in.finish();
    if (!header.is_data && !signer.signed_attributes) in.fail(errc::missing_element, signer.offset);  // Authenticode
    return signer;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_PKCS7_SIGNER_INFO_HPP
