// SPDX-License-Identifier: BSL-1.0
//
// CMS SignedData with detached content, as Linux calls it PKCS#7.  Format: RFC 5652, sections 3 to 5.
//   SEQUENCE { signedData, [0] SEQUENCE { version, digestAlgorithms, SEQUENCE { contentType, [0] content },
//                                         [0] certificates, [1] crls, signerInfos } }
// A message is parsed whole before a claim of it is used. Only offsets and views are kept.
#ifndef MODSIG_LAYOUT_CMS_HPP
#define MODSIG_LAYOUT_CMS_HPP

#include <modsig/key/x509.hpp>
#include <modsig/layout/cms/signer_info.hpp>
#include <modsig/limits.hpp>

namespace modsig::layout::cms {

/// A parsed SignedData. Views alias the message; offsets count from the image's start.
struct message {
    signed_data_header header{};                 ///< what all signers must agree with
    std::optional<der::element> certificates{};  ///< their SET
    der::element signer_infos{};                 ///< the SET of signers
    std::size_t signer_count = 0;                ///< SignerInfos
    signer_info first_signer{};                  ///< kept, as most messages have one signer: it is parsed once
    byte_view other_signers{};                   ///< the SignerInfos behind the first, encoded
    std::uint64_t other_signers_offset = 0;      ///< of their first byte
};

namespace detail {
constexpr void read_version(der::reader& in, faults& faults, signed_data_header& header) {
    const der::element number = in.integer();
    if (in.failed()) return;
    header.version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (header.version != 1 && header.version != 3) faults.note({errc::unsupported_version, number.offset, linux_error::einval});
}

/// Each digest occurs once, with parameters or without.
constexpr der::element read_digest_algorithms(der::reader& in, signed_data_header& header) {
    const der::element set = in.expect(der::tag_set);
    der::set_order order;
    for (auto list = in.enter_list(set); !list.at_end();) {
        const auto algorithm = read_plain_algorithm_identifier(list);
        order.check(list, algorithm.whole);
        const digest_id id = digest_of_oid(algorithm.oid.content);
        if (id != digest_id::none && header.digests.has(id)) list.fail(errc::repeated_element, algorithm.whole.offset);
        header.digests.add(id);
    }
    return set;
}

/// digestAlgorithms is protected by no signature, so a digest that no signer uses is refused.
constexpr void refuse_unused(const der::element& digest_algorithms, const digest_set& used, faults& faults) {
    failure unread{errc::none};
    for (der::reader list(digest_algorithms.content, unread, digest_algorithms.content_offset); !list.at_end();) {
        const auto algorithm = read_algorithm_identifier(list);
        if (used.has(digest_of_oid(algorithm.oid.content))) continue;
        return faults.note({errc::inconsistent_algorithms, algorithm.whole.offset});
    }
}

constexpr void read_content_info(der::reader& in, faults& faults, signed_data_header& header) {
    auto fields = in.enter(der::tag_sequence);
    const der::element type = fields.oid();
    if (fields.next_is(der::context_constructed(0))) {
        faults.note({errc::content_present, fields.offset()});
        (void)fields.any();
    }
    fields.finish();
    header.content_type = type.content;
    if (!in.failed() && !equal(type.content, id_data.view())) faults.note({errc::unsupported_content_type, type.offset});
}

/// Each element must be a certificate, whether or not a signer needs it.
constexpr std::optional<der::element> read_certificates(der::reader& in) {
    const auto set = in.optional(der::context_constructed(0));
    if (!set) return std::nullopt;
    der::set_order order;
    std::size_t count = 0;
    for (auto list = in.enter_list(*set); !list.at_end();) {
        const der::element each = list.expect(der::tag_sequence);
        if (count++ == strict_limits.certificates) list.fail(errc::too_costly, each.offset);
        if (list.failed()) break;
        if (const auto parsed = key::parse_certificate(each.whole, each.offset); !parsed) list.fail(parsed.error());
        order.check(list, each);
    }
    return set;
}

/// Returns the digest algorithms of all signers.
constexpr digest_set read_signers(der::reader& in, faults& faults, attribute_use use, message& read) {
    digest_set used;
    read.signer_infos = in.expect(der::tag_set);
    if (!in.failed() && read.signer_infos.content.empty()) faults.note({errc::no_signer, read.signer_infos.offset});
    auto list = in.enter(read.signer_infos);
    der::set_order order;
    std::size_t with_attributes = 0;
    std::uint64_t attributes_offset = 0;
    std::optional<std::uint64_t> forbidden_offset;
    while (!list.at_end()) {
        const byte_view rest = list.rest();
        const signer_info signer = read_signer_info(list, faults, read.header);
        if (list.failed()) break;
        const byte_view whole = rest.first(static_cast<std::size_t>(list.offset() - signer.offset));
        order.check(list, whole, signer.offset);
        used.add(signer.digest);
        if (read.signer_count++ == 0) {
            read.first_signer = signer;
            read.other_signers = list.rest();
            read.other_signers_offset = list.offset();
        }
        if (signer.signed_attributes && with_attributes++ == 0) attributes_offset = signer.offset;
        const bool may_have_attributes = use == attribute_use::allowed || (use == attribute_use::ml_dsa_only && is_ml_dsa(signer.scheme));
        if (signer.signed_attributes && !may_have_attributes && !forbidden_offset) forbidden_offset = signer.offset;
    }
    if (with_attributes != 0 && with_attributes != read.signer_count) faults.note({errc::inconsistent_attributes, attributes_offset});
    if (forbidden_offset) faults.note({errc::attributes_present, *forbidden_offset});
    return used;
}
}  // namespace detail

/// `parse` parses a whole message. `base`: the offset of `bytes` in the image. The result views `bytes`. Not checked:
/// signatures. Errors, besides those of DER, certificates and signers:
///   unsupported_content_type, unsupported_version, bad_structure (revocations), no_signer, content_present,
///   inconsistent_attributes, attributes_present, inconsistent_algorithms (a digest that no signer uses),
///   too_costly (more certificates than strict_limits allow)
[[nodiscard]] constexpr result<message> parse(byte_view bytes, std::uint64_t base, attribute_use use) {
    faults faults;
    message read;
    read.header.is_detached = use == attribute_use::allowed;
    der::reader in(bytes, faults.of_syntax(), base);
    auto content_info = in.enter(der::tag_sequence);
    const der::element type = content_info.oid();
    if (!equal(type.content, id_signed_data.view())) in.fail(errc::unsupported_content_type, type.offset);
    auto explicit_content = content_info.enter(der::context_constructed(0));
    auto signed_data = explicit_content.enter(der::tag_sequence);
    detail::read_version(signed_data, faults, read.header);
    const der::element digest_algorithms = detail::read_digest_algorithms(signed_data, read.header);
    detail::read_content_info(signed_data, faults, read.header);
    read.certificates = detail::read_certificates(signed_data);
    for (const unsigned revocations : {1u, 3u})
        if (signed_data.next_is(der::context_constructed(revocations))) signed_data.fail(errc::bad_structure, signed_data.offset());
    const digest_set used = detail::read_signers(signed_data, faults, use, read);
    signed_data.finish();
    explicit_content.finish();
    content_info.finish();
    in.finish();
    if (faults.outcome()) detail::refuse_unused(digest_algorithms, used, faults);
    if (const result<void> outcome = faults.outcome(); !outcome) return outcome.error();
    return read;
}

/// `signer_cursor` yields the signers of a message that parse() has parsed.
class signer_cursor {
    signed_data_header header_{};
    signer_info first_{};
    bool first_given_ = false;
    byte_view rest_{};
    std::uint64_t offset_ = 0;

public:
    /// The signers of `read`, which is copied.
    constexpr explicit signer_cursor(const message& read)
        : header_(read.header), first_(read.first_signer), first_given_(read.signer_count == 0), rest_(read.other_signers),
          offset_(read.other_signers_offset) {}

    /// Whether no signer is left.
    [[nodiscard]] constexpr bool done() const { return first_given_ && rest_.empty(); }
    /// The next signer. Errors: those of one SignerInfo; parse() has found none in them.
    [[nodiscard]] constexpr result<signer_info> next() {
        if (!first_given_) {
            first_given_ = true;
            return first_;
        }
        faults faults;
        der::reader list(rest_, faults.of_syntax(), offset_);
        const signer_info signer = read_signer_info(list, faults, header_);
        rest_ = list.rest();
        offset_ = list.offset();
        if (const result<void> outcome = faults.outcome(); !outcome) return outcome.error();
        return signer;
    }
};

/// `certificate_cursor` yields the certificates of a message that parse() has parsed.
class certificate_cursor {
    byte_view rest_{};
    std::uint64_t offset_ = 0;

public:
    /// The certificates of a SET, or none.
    constexpr explicit certificate_cursor(const std::optional<der::element>& set) {
        if (set) rest_ = set->content, offset_ = set->content_offset;
    }

    /// Whether no certificate is left.
    [[nodiscard]] constexpr bool done() const { return rest_.empty(); }
    /// The offset of the next certificate.
    [[nodiscard]] constexpr std::uint64_t offset() const { return offset_; }
    /// The next certificate. Errors: those of key::parse_certificate().
    [[nodiscard]] constexpr result<key::certificate> next() {
        failure fault{errc::none};
        der::reader list(rest_, fault, offset_);
        const der::element each = list.any();
        rest_ = list.rest();
        offset_ = list.offset();
        if (list.failed()) return fault;
        return key::parse_certificate(each.whole, each.offset);
    }
};

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_HPP
