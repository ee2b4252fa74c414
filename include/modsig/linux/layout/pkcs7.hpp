// SPDX-License-Identifier: BSL-1.0
//
// PKCS#7 messages as Linux reads them: crypto/asymmetric_keys/pkcs7.asn1, pkcs7_parser.c, pkcs7_parse_message(), and the start
// of pkcs7_verify(). The first fault is the one that is reported.
#ifndef MODSIG_LINUX_LAYOUT_PKCS7_HPP
#define MODSIG_LINUX_LAYOUT_PKCS7_HPP

#include <modsig/layout.hpp>
#include <modsig/linux/key/x509.hpp>
#include <modsig/linux/layout/pkcs7/signer_info.hpp>

namespace modsig::kernel {

/// Views alias the bytes that it was parsed from; offsets count from the image's start.
struct pkcs7_message {
    pkcs7_header header{};                   ///< what all signers must agree with
    std::optional<element> certificates{};   ///< the SET of certificates
    element signer_infos{};                  ///< the SET of signers
    std::size_t signer_count = 0;            ///< SignerInfos
    signer_info first_signer{};              ///< kept, as most messages have one signer: it is parsed once
    identifiers_seen first_identifiers{};    ///< which later signers may fall back to
    byte_view other_signers{};               ///< the SignerInfos behind the first, encoded
    std::uint64_t other_signers_offset = 0;  ///< of their first byte
};

/// The default check of parse_pkcs7(): every certificate passes.
struct any_certificate {
    /// Accepts the certificate.
    [[nodiscard]] constexpr result<void> operator()(const key::certificate&) const { return result<void>::success(); }
};

namespace detail {
/// pkcs7_note_signeddata_version().
constexpr void note_version(asn1_reader& in, pkcs7_header& header) {
    const element number = in.integer();
    header.version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (header.version != 1 && header.version != 3) in.fail(errc::unsupported_version, number.offset, linux_error::einval);
}

/// digestAlgorithms is ignored.
constexpr void skip_digest_algorithms(asn1_reader& in) {
    auto algorithms = in.enter_list(in.next_is(der::tag_sequence) ? der::tag_sequence : der::tag_set);
    while (!algorithms.at_end()) (void)read_algorithm_identifier(algorithms);
    algorithms.finish();
}

struct inner_content_info {
    std::optional<std::uint64_t> content{};  // its offset, where the message brings content
    bool is_indefinite = false;
    std::uint64_t end = 0;
};

constexpr inner_content_info read_content_info(asn1_reader& in, pkcs7_header& header) {
    inner_content_info read;
    auto fields = in.enter(der::tag_sequence);
    read.is_indefinite = fields.is_indefinite();
    const element type = fields.oid();
    if (fields.next_is(der::context_constructed(0))) {
        read.content = fields.offset();
        auto content = fields.enter(der::context_constructed(0));
        content.any();
        content.finish();
    }
    fields.finish();
    read.end = in.offset();
    header.content_type = type.content;
    header.content_type_offset = type.offset;
    header.is_data = equal(type.content, layout::cms::id_data.view());
    if (!header.is_data && !equal(type.content, layout::cms::id_spc_indirect_data.view())) in.fail(errc::unsupported_content_type, type.offset);
    return read;
}

/// pkcs7_extract_cert(): each element must be a certificate, whether or not a signer needs it, and pass the caller's check.
template <class Check>
constexpr void read_certificate(asn1_reader& in, const linux_kernel& kernel, const Check& check) {
    const std::uint64_t offset = in.offset();
    const byte_view encoded = in.any().whole;
    if (in.failed()) return;
    if (encoded[0] != der::tag_sequence) return in.fail(errc::bad_der, offset);
    const auto parsed = parse_certificate(encoded, offset, kernel);
    if (!parsed) return in.fail(parsed.error());
    if (const result<void> good = check(*parsed); !good) in.fail(good.error().shifted(offset));
}

template <class Check>
constexpr std::optional<element> read_certificates(asn1_reader& in, const linux_kernel& kernel, const Check& check) {
    const bool sequence = in.next_is(der::context_constructed(2));
    if (!sequence && !in.next_is(der::context_constructed(0))) return std::nullopt;
    // An empty set passes: the decoder does not notice that its CHOICE is missing. An empty sequence does not pass.
    auto list = sequence ? in.enter_list(der::context_constructed(2)) : in.enter(der::context_constructed(0));
    while (!list.at_end()) read_certificate(list, kernel, check);
    list.finish();
    return list.entered();
}

/// Lists of revocations are read as lists of certificates, which fails.
template <class Check>
constexpr void read_revocations(asn1_reader& in, const linux_kernel& kernel, const Check& check) {
    for (const unsigned form : {1u, 3u}) {
        if (!in.next_is(der::context_constructed(form))) continue;
        auto lists = in.enter_list(der::context_constructed(form));
        while (!lists.at_end()) {
            auto list = lists.enter_list(der::tag_sequence);
            while (!list.at_end()) read_certificate(list, kernel, check);
            list.finish();
        }
        return lists.finish();
    }
}

struct signers_seen {
    std::size_t with_attributes = 0;
    std::uint64_t attributes_offset = 0;  // of the first signer with attributes
    bool are_waivable = true;             // all signers with attributes use ML-DSA
};

constexpr signers_seen read_signers(asn1_reader& in, const linux_kernel& kernel, bool may_be_missing, pkcs7_message& read) {
    signers_seen seen;
    // The decoder does not notice that a CHOICE is missing at the end of its SEQUENCE; then there is no signer.
    read.signer_infos.offset = in.offset();
    if (may_be_missing && in.at_bound()) return seen;
    auto list = in.enter(in.next_is(der::tag_sequence) ? der::tag_sequence : der::tag_set);
    if (list.at_bound()) in.fail(errc::no_signer, read.signer_infos.offset);
    identifiers_seen identifiers;
    while (!list.at_end()) {
        const signer_info signer = read_signer_info(list, read.header, kernel, identifiers);
        if (list.failed()) break;
        if (read.signer_count++ == 0) {
            read.first_signer = signer;
            read.first_identifiers = identifiers;
            read.other_signers_offset = list.offset();
        }
        if (!signer.signed_attributes) continue;
        if (seen.with_attributes++ == 0) seen.attributes_offset = signer.offset;
        seen.are_waivable = seen.are_waivable && is_ml_dsa(signer.scheme);
    }
    list.finish();
    read.other_signers = list.since(read.other_signers_offset);
    read.signer_infos = list.entered();
    return seen;
}
}  // namespace detail

/// `parse_pkcs7` parses a whole message. `base`: the offset of `bytes` in the image. `check(certificate)` is called for each
/// certificate in its place. Errors, besides those of the decoder, certificates, signers and `check`:
/// `unsupported_content_type`, `unsupported_version`, `no_signer`, `inconsistent_attributes`, `content_present`,
/// `attributes_present`.
template <class Check = any_certificate>
[[nodiscard]] constexpr result<pkcs7_message> parse_pkcs7(byte_view bytes, std::uint64_t base, layout::cms::attribute_use use, const linux_kernel& kernel = {},
                                                          const Check& check = {}) {
    failure fault{errc::none};
    pkcs7_message read;
    asn1_reader in(bytes, fault, base);
    auto content_info = in.enter(der::tag_sequence);
    const element type = content_info.oid();
    if (!equal(type.content, layout::cms::id_signed_data.view())) in.fail(errc::unsupported_content_type, type.offset);
    if (!content_info.next_is(der::context_constructed(0))) {
        content_info.finish();
        in.fail(errc::no_signer, content_info.offset(), linux_error::einval);
    }
    auto explicit_content = content_info.enter(der::context_constructed(0));
    auto signed_data = explicit_content.enter(der::tag_sequence);

    detail::note_version(signed_data, read.header);
    detail::skip_digest_algorithms(signed_data);
    const detail::inner_content_info inner = detail::read_content_info(signed_data, read.header);
    read.certificates = detail::read_certificates(signed_data, kernel, check);
    detail::read_revocations(signed_data, kernel, check);
    // The decoder has searched for content at the end-of-contents of the preceding element; then it notices a missing SET of
    // signers.
    const bool looked_in_vain = inner.is_indefinite && !inner.content && signed_data.offset() == inner.end;
    const detail::signers_seen signers = detail::read_signers(signed_data, kernel, !looked_in_vain, read);
    signed_data.finish();
    explicit_content.finish();
    content_info.finish();
    in.finish();

    // The order of pkcs7_check_authattrs(), pkcs7_supply_detached_data() and pkcs7_verify().
    const bool attributes = signers.with_attributes != 0;
    if (read.signer_count == 0) in.fail(errc::no_signer, read.signer_infos.offset, linux_error::einval);
    if (attributes && signers.with_attributes != read.signer_count) in.fail(errc::inconsistent_attributes, signers.attributes_offset);
    if (inner.content) in.fail(errc::content_present, *inner.content);
    if (!read.header.is_data) in.fail(errc::unsupported_content_type, read.header.content_type_offset, linux_error::ekeyrejected);
    const bool are_waived = kernel.waives_attributes && signers.are_waivable;
    if (attributes && use == layout::cms::attribute_use::forbidden && !are_waived) in.fail(errc::attributes_present, signers.attributes_offset);
    return in.outcome(read);
}

/// `certificate_cursor` yields the certificates of a message that parse_pkcs7() has parsed.
class certificate_cursor {
    byte_view rest_{};
    std::uint64_t offset_ = 0;
    linux_kernel kernel_{};

public:
    /// The certificates of a SET, or none.
    constexpr certificate_cursor(const std::optional<element>& set, const linux_kernel& kernel) : kernel_(kernel) {
        if (set) rest_ = set->content, offset_ = set->content_offset;
    }

    /// Whether no certificate is left.
    [[nodiscard]] constexpr bool done() const { return rest_.empty(); }
    /// The offset of the next certificate.
    [[nodiscard]] constexpr std::uint64_t offset() const { return offset_; }
    /// The next certificate. Errors: those of parse_certificate().
    [[nodiscard]] constexpr result<key::certificate> next() {
        failure fault{errc::none};
        asn1_reader list(rest_, fault, offset_);
        const std::uint64_t offset = offset_;
        const byte_view encoded = list.any().whole;
        rest_ = list.rest();
        offset_ = list.offset();
        if (list.failed()) return fault;
        return parse_certificate(encoded, offset, kernel_);
    }
};

/// `pkcs7_cursor` yields the signers of a message that parse_pkcs7() has parsed, each as a claim.
class pkcs7_cursor {
    std::string_view layout_{};
    pkcs7_header header_{};
    std::optional<element> certificates_{};
    signer_info first_{};
    bool first_given_ = false;
    identifiers_seen identifiers_{};
    byte_view rest_{};
    std::uint64_t offset_ = 0;
    located where_{};
    linux_kernel kernel_{};

public:
    /// The signers of `read`, which is copied. `layout`: the name in their claims.
    constexpr pkcs7_cursor(std::string_view layout, const pkcs7_message& read, const located& location, const linux_kernel& kernel)
        : layout_(layout), header_(read.header), certificates_(read.certificates), first_(read.first_signer), first_given_(read.signer_count == 0),
          identifiers_(read.first_identifiers), rest_(read.other_signers), offset_(read.other_signers_offset), where_(location), kernel_(kernel) {}

    /// Whether no signer is left.
    [[nodiscard]] constexpr bool done() const { return first_given_ && rest_.empty(); }
    /// The next signer's claim. Errors: those of one SignerInfo; parse_pkcs7() has found none in them.
    [[nodiscard]] constexpr result<claim> next() {
        if (!first_given_) {
            first_given_ = true;
            return claim_of(first_);
        }
        failure fault{errc::none};
        asn1_reader list(rest_, fault, offset_);
        const signer_info signer = read_signer_info(list, header_, kernel_, identifiers_);
        rest_ = list.rest();
        offset_ = list.offset();
        if (list.failed()) return fault;
        return claim_of(signer);
    }
    /// The certificates in the message. No signature vouches for them.
    [[nodiscard]] constexpr certificate_cursor certificates() const { return certificate_cursor(certificates_, kernel_); }

private:
    [[nodiscard]] constexpr claim claim_of(const signer_info& signer) const {
        claim claim;
        claim.layout = layout_;
        claim.scheme = signer.scheme;
        claim.content_digest = signer.digest;
        claim.where = where_;
        claim.key = signer.key;
        claim.signature = signer.signature;
        claim.lenient = true;
        claim.signing_time = signer.signing_time;
        claim.offset = signer.offset;
        if (is_ml_dsa(signer.scheme) && !signer.signed_attributes) claim.content_digest = digest_id::none;  // pkcs7_digest(): the content is signed itself
        if (signer.signed_attributes) {
            claim.form = signature_form::attributes;
            claim.signed_digest = signer.digest;
            claim.authenticated = signer.signed_attributes->encoded;
            claim.message_digest = signer.signed_attributes->message_digest;
        }
        return claim;
    }
};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_PKCS7_HPP
