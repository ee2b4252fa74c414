// SPDX-License-Identifier: BSL-1.0
//
// Content that has the form of what another kind of signature signs. A signature over such a file could be moved to where it
// means something else (draft-ietf-lamps-cms-euf-cma-signeddata). Such content is neither signed nor verified:
//   SET OF Attribute with contentType and messageDigest   what CMS with signed attributes signs (RFC 5652, section 5.4)
//   fsverity_formatted_digest                             what fs-verity's builtin signature signs
//   ima_file_id                                           what IMA and EVM sign in version 3
#ifndef MODSIG_LAYOUT_AMBIGUOUS_CONTENT_HPP
#define MODSIG_LAYOUT_AMBIGUOUS_CONTENT_HPP

#include <modsig/layout/cms/signed_data.hpp>
#include <modsig/layout/formatted_digest.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/linux/asn1/reader.hpp>

namespace modsig::layout {

/// Uses the decoder that reads the most: some verifiers, Linux among them, take signed attributes that are not DER, and hash
/// attributes of indefinite length without their end.
[[nodiscard]] constexpr bool is_attribute_set(byte_view content) {
    if (content.size() > kernel::max_size || content.empty() || content[0] != der::tag_set) return false;
    const kernel::header head = kernel::read_header(content);
    if (head.fault != errc::none || (!head.indefinite && head.size + head.length != content.size())) return false;
    byte_view inside = content.subspan(head.size);
    if (head.indefinite && ends_with(inside, std::string_view("\0\0", 2))) inside = inside.first(inside.size() - 2);
    failure fault{errc::none};
    bool has_type = false, has_digest = false;
    for (kernel::asn1_reader list(inside, fault); !list.at_end();) {
        auto attribute = list.enter(der::tag_sequence);
        const cms::attribute_id id = cms::attribute_of_oid(attribute.oid().content);
        (void)attribute.expect(der::tag_set);
        has_type = has_type || id == cms::attribute_id::content_type;
        has_digest = has_digest || id == cms::attribute_id::message_digest;
    }
    return fault.code == errc::none && has_type && has_digest;
}

/// struct ima_file_id, cut to the digest's size: security/integrity/ima/ima_appraise.c, calc_file_id_hash(). Linux 7 signs it
/// for every type of attribute.
[[nodiscard]] constexpr bool is_file_id(byte_view content) {
    if (content.size() < 2) return false;
    const auto type = static_cast<ima_type>(content[0]);
    if (type != ima_type::signature && type != ima_type::portable && type != ima_type::verity_signature) return false;
    const digest_id digest = digest_of_linux_number(content[1]);
    return digest != digest_id::none && content.size() == 2 + size_of(digest);
}

/// `is_ambiguous`: whether content may be taken for something else under a signature of this form. An fs-verity digest is
/// refused in either form, because fs-verity's messages may sign attributes, too.
[[nodiscard]] constexpr bool is_ambiguous(byte_view content, signature_form form = signature_form::content) {
    if (formatted_digest::parse(content)) return true;
    return form == signature_form::content && (is_attribute_set(content) || is_file_id(content));
}

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_AMBIGUOUS_CONTENT_HPP
