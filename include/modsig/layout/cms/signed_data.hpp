// SPDX-License-Identifier: BSL-1.0
//
// The parsed values of a CMS message and its signers.  Format: RFC 5652, sections 4, 5 and 11. Views alias the message; offsets
// count from the image's start.
#ifndef MODSIG_LAYOUT_CMS_SIGNED_DATA_HPP
#define MODSIG_LAYOUT_CMS_SIGNED_DATA_HPP

#include <modsig/algorithm.hpp>
#include <modsig/der/element.hpp>
#include <modsig/key_identifier.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::layout::cms {

// Content types: RFC 5652, sections 4 and 5.1; Authenticode's.
/// 1.2.840.113549.1.7.1: RFC 5652, section 4.
inline constexpr auto id_data = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1);
/// 1.2.840.113549.1.7.2: RFC 5652, section 5.1.
inline constexpr auto id_signed_data = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2);
/// 1.3.6.1.4.1.311.2.1.4: Authenticode, SPC_INDIRECT_DATA_OBJID.
inline constexpr auto id_spc_indirect_data = object_identifier::of(0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4);

/// Whether signers may sign attributes instead of the content. `ml_dsa_only`: signers with ML-DSA may, because OpenSSL before
/// 4.0 makes no other form.
enum class attribute_use : std::uint8_t {
    forbidden,    ///< the content alone is signed
    ml_dsa_only,  ///< only signers with ML-DSA
    allowed,      ///< any signer
};

/// Signed attributes that have a meaning here: RFC 5652, section 11; RFC 8551, section 2.5.2; Authenticode.
enum class attribute_id : std::uint8_t {
    unknown,             ///< any other
    content_type,        ///< RFC 5652, section 11.1
    message_digest,      ///< RFC 5652, section 11.2
    signing_time,        ///< RFC 5652, section 11.3
    smime_capabilities,  ///< RFC 8551, section 2.5.2
    spc_opus_info,       ///< Authenticode, SPC_SP_OPUS_INFO_OBJID
    spc_statement_type,  ///< Authenticode, SPC_STATEMENT_TYPE_OBJID
};
inline constexpr std::size_t attribute_count = 7;  ///< Values of attribute_id.

/// The attribute with this identifier, as content octets.
[[nodiscard]] constexpr attribute_id attribute_of_oid(byte_view oid) {
    struct row {
        std::string_view oid;
        attribute_id id;
    };
    constexpr row rows[] = {
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", attribute_id::content_type},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", attribute_id::message_digest},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", attribute_id::signing_time},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f", attribute_id::smime_capabilities},
        {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c", attribute_id::spc_opus_info},
        {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0b", attribute_id::spc_statement_type},
    };
    for (const row& known : rows)
        if (equal(oid, known.oid)) return known.id;
    return attribute_id::unknown;
}

/// The values of known attributes.
struct attributes {
    byte_view encoded{};                         ///< tag, length and content, as in the message
    byte_view message_digest{};                  ///< what the content's digest must be
    std::optional<std::int64_t> signing_time{};  ///< seconds since 1970
    std::array<bool, attribute_count> seen{};    ///< by attribute_id; repeated attributes are refused

    /// Whether the attribute is there.
    [[nodiscard]] constexpr bool has(attribute_id id) const { return seen[static_cast<std::size_t>(id)]; }
};

/// One parsed SignerInfo. Views alias the message.
struct signer_info {
    key_identifier key{};                           ///< issuer and serial number, or subjectKeyIdentifier
    digest_id digest = digest_id::none;             ///< digestAlgorithm
    scheme_id scheme = scheme_id::none;             ///< signatureAlgorithm
    byte_view signature{};                          ///< raw
    std::optional<attributes> signed_attributes{};  ///< nothing: the content is signed
    std::optional<std::int64_t> signing_time{};     ///< Linux: also of attributes that are not signed, in the form [2]
    std::uint64_t offset = 0;                       ///< of the SignerInfo, in bytes
};

/// The digests of pkcs7_sig_note_digest_algo() in Linux 6.12; every reading refuses others.
[[nodiscard]] constexpr bool is_supported(digest_id id) {
    return id != digest_id::none && id != digest_id::md4 && id != digest_id::md5 && id != digest_id::rmd160;
}

/// The algorithms of pkcs7_sig_note_pkey_algo(): rsaEncryption without a digest, ecdsa-with-*, the OID of GOST keys, and since
/// Linux 7.0 ML-DSA (RFC 9882, section 2).
[[nodiscard]] constexpr signature_oid signature_algorithm_of(byte_view oid) {
    if (equal(oid, entry_of(key_algorithm::ecrdsa).oid.view()) || equal(oid, "\x2a\x85\x03\x07\x01\x01\x01\x02"))
        return {scheme_id::ecrdsa, digest_id::none, {}};
    const signature_oid* known = signature_of_oid(oid);
    if (known != nullptr && (known->scheme == scheme_id::ecdsa || is_ml_dsa(known->scheme) || (known->scheme == scheme_id::rsa_pkcs1_v15 && known->digest == digest_id::none)))
        return *known;
    return {scheme_id::none, digest_id::none, {}};
}

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_SIGNED_DATA_HPP
