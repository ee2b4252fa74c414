// SPDX-License-Identifier: BSL-1.0
//
// One SignerInfo of a CMS message.  Format: RFC 5652, section 5.3.
//   SEQUENCE { version, issuerAndSerialNumber | [0] subjectKeyIdentifier, digestAlgorithm,
//              [0] signedAttrs OPTIONAL, signatureAlgorithm, OCTET STRING signature, [1] unsignedAttrs OPTIONAL }
#ifndef MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP
#define MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP

#include <modsig/der/name.hpp>
#include <modsig/layout/cms/attributes.hpp>

namespace modsig::layout::cms {

/// A set of digest algorithms; unknown algorithms are `none`.
class digest_set {
    std::uint32_t bits_ = 0;

public:
    /// Whether the algorithm was added.
    [[nodiscard]] constexpr bool has(digest_id id) const { return (bits_ >> static_cast<unsigned>(id) & 1) != 0; }
    /// Adds an algorithm.
    constexpr void add(digest_id id) { bits_ |= std::uint32_t{1} << static_cast<unsigned>(id); }
};
static_assert(digest_count <= 32);

/// The values of a message that its signers must agree with.
struct signed_data_header {
    std::uint8_t version = 0;   ///< 1 or 3
    byte_view content_type{};   ///< OBJECT IDENTIFIER
    digest_set digests{};       ///< of digestAlgorithms
    bool is_detached = false;   ///< a form that Linux does not read: RFC 5652 and its algorithms apply, not Linux's
};

namespace detail {

/// Version 1 goes with issuer and serial number, 3 with the subject key identifier. Linux requires the message's version to be
/// the same, although message version 3 with signer version 1 is legal CMS.
constexpr std::uint8_t read_signer_version(der::reader& in, faults& faults, const signed_data_header& header) {
    const der::element number = in.integer();
    if (in.failed()) return 0;
    const std::uint8_t version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (version != 1 && version != 3) faults.note({errc::unsupported_version, number.offset, linux_error::einval});
    else if ((version == 1) == (header.version == 3)) faults.note({errc::version_mismatch, number.offset});
    return version;
}

constexpr key_identifier read_signer_identifier(der::reader& in, faults& faults, std::uint8_t version) {
    const std::uint64_t offset = in.offset();
    key_identifier key{key_id_kind::issuer_serial, {}, {}};
    if (in.next_is(der::tag_sequence)) {
        auto fields = in.enter(der::tag_sequence);
        key.issuer = der::read_name(fields).content;
        key.bytes = fields.integer().content;
        fields.finish();
    } else {
        key = {key_id_kind::skid, in.expect(der::context(0)).content, {}};
        if (key.bytes.empty()) in.fail(errc::bad_der, offset, linux_error::einval);
    }
    const bool by_name = key.kind == key_id_kind::issuer_serial;
    if (!in.failed() && ((version == 1 && !by_name) || (version == 3 && by_name)))
        faults.note({errc::version_mismatch, offset, linux_error::einval});
    return key;
}

/// The parameters of an unsupported algorithm are not checked, since they are unknown, too.
constexpr digest_id read_digest_algorithm(der::reader& in, faults& faults, const signed_data_header& header) {
    const der::algorithm_identifier algorithm = read_algorithm_identifier(in);
    if (in.failed()) return digest_id::none;
    const digest_id id = digest_of_oid(algorithm.oid.content);
    if (!is_supported(id)) return faults.note({errc::unsupported_hash, algorithm.oid.offset}), id;
    refuse_parameters(in, algorithm);
    if (!header.digests.has(id)) faults.note({errc::inconsistent_algorithms, algorithm.whole.offset});
    return id;
}

/// RFC 5754, section 3.2: a signer may name RSA with its digest (sha256WithRSAEncryption) instead of RSA alone.
[[nodiscard]] constexpr signature_oid detached_signature_algorithm_of(byte_view oid) {
    const signature_oid* const known = signature_of_oid(oid);
    return known != nullptr && known->scheme == scheme_id::rsa_pkcs1_v15 ? *known : signature_algorithm_of(oid);
}

constexpr scheme_id read_signature_algorithm(der::reader& in, faults& faults, digest_id digest, const signed_data_header& header) {
    const der::algorithm_identifier algorithm = read_algorithm_identifier(in);
    if (in.failed()) return scheme_id::none;
    const byte_view oid = algorithm.oid.content;
    const signature_oid known = header.is_detached ? detached_signature_algorithm_of(oid) : signature_algorithm_of(oid);
    if (known.scheme == scheme_id::none) faults.note({errc::unsupported_algorithm, algorithm.oid.offset});
    else if (known.scheme == scheme_id::rsa_pkcs1_v15) require_null_parameters(in, algorithm);
    else require_no_parameters(in, algorithm);
    if (known.digest != digest_id::none && is_supported(digest) && known.digest != digest) faults.note({errc::inconsistent_algorithms, algorithm.whole.offset});
    return known.scheme;
}

/// Whether a digest of signed attributes is as strong as the ML-DSA signature over them: RFC 9882, section 3.3, table 1.
[[nodiscard]] constexpr bool is_strong_enough(digest_id digest, scheme_id scheme) {
    switch (scheme) {
        case scheme_id::ml_dsa_44: return size_of(digest) >= 32;
        case scheme_id::ml_dsa_65: return size_of(digest) >= 48;
        case scheme_id::ml_dsa_87: return size_of(digest) >= 64;
        default: return true;
    }
}
}  // namespace detail

/// `read_signer_info` parses the next SignerInfo of a list. Faults, besides those of DER, Names and attributes:
///   unsupported_version, version_mismatch, unsupported_hash, unsupported_algorithm,
///   inconsistent_algorithms  the message does not list the digest, the signature algorithm names another digest, or ML-DSA signs
///                            attributes with a digest that is weaker than ML-DSA
///   missing_element          an attribute that must be there
///   attributes_present       attributes that nothing protects: unsignedAttrs, and a form of PKCS#7 that Linux reads
constexpr signer_info read_signer_info(der::reader& list, faults& faults, const signed_data_header& header) {
    signer_info signer;
    const der::element whole = list.expect(der::tag_sequence);
    signer.offset = whole.offset;
    auto in = list.enter(whole);
    const auto refuse_attributes = [&](unsigned form) {
        if (!in.next_is(der::context_constructed(form))) return;
        faults.note({errc::attributes_present, in.offset()});
        (void)in.any();
    };
    const std::uint8_t version = detail::read_signer_version(in, faults, header);
    signer.key = detail::read_signer_identifier(in, faults, version);
    signer.digest = detail::read_digest_algorithm(in, faults, header);
    if (in.next_is(der::context_constructed(0))) {
        const der::element set = in.expect(der::context_constructed(0));
        attributes read = read_attributes(in.enter_list(set), faults, header.content_type);
        if (!read.has(attribute_id::content_type) || !read.has(attribute_id::message_digest)) in.fail(errc::missing_element, set.offset);
        read.encoded = set.whole;
        signer.signing_time = read.signing_time;
        signer.signed_attributes = read;
    }
    refuse_attributes(2);
    signer.scheme = detail::read_signature_algorithm(in, faults, signer.digest, header);
    if (signer.signed_attributes && is_supported(signer.digest) && !detail::is_strong_enough(signer.digest, signer.scheme))
        faults.note({errc::inconsistent_algorithms, signer.offset});
    signer.signature = in.octet_string().content;
    refuse_attributes(1);
    refuse_attributes(3);
    in.finish();
    return signer;
}

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_SIGNER_INFO_HPP
