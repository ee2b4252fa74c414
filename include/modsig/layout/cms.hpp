// SPDX-License-Identifier: BSL-1.0
//
// CMS SignedData with detached content, as Linux calls it PKCS#7.  Format: RFC 5652, sections 3 to 5; for Linux
// crypto/asymmetric_keys/pkcs7.asn1, pkcs7_parser.c and the start of pkcs7_verify().
//   SEQUENCE { signedData, [0] SEQUENCE { version, digestAlgorithms, SEQUENCE { contentType, [0] content },
//                                         [0] certificates, [1] crls, signerInfos } }
// Read whole before anything in it is believed; nothing is kept but places.
#ifndef MODSIG_LAYOUT_CMS_HPP
#define MODSIG_LAYOUT_CMS_HPP

#include <modsig/key/x509.hpp>
#include <modsig/layout/cms/signer_info.hpp>

namespace modsig::layout::cms {

/// Whether signers may sign attributes instead of the content's digest alone.
enum class attribute_use : std::uint8_t { forbidden, allowed };

/// Views alias the bytes it was parsed from; offsets count from the image's start.
struct message {
    signed_data_header header{};
    std::optional<der::element> certificates{};  // their SET
    der::element signer_infos{};                 // their SET
    std::size_t signer_count = 0;
    signer_info first_signer{};                  // most messages have no other: it is not read twice
    identifiers_seen first_identifiers{};
    byte_view other_signers{};
    std::uint64_t other_signers_offset = 0;
};

// Content types: RFC 5652, sections 4 and 5.1; Authenticode's.
inline constexpr auto id_data = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1);
inline constexpr auto id_signed_data = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2);
inline constexpr auto id_spc_indirect_data = object_identifier::of(0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4);

namespace detail {
template <reading Reading>
constexpr void note_version(der::reader<Reading>& in, faults<Reading>& faults, signed_data_header& header) {
    const der::element number = in.integer();
    if (in.failed()) return;
    header.version = number.content.size() == 1 ? number.content[0] : std::uint8_t{0};
    if (header.version != 1 && header.version != 3)
        faults.note({errc::unsupported_version, number.offset, linux_error::einval});
}

/// The answer is where content is, if the message brings its own.
template <reading Reading>
constexpr std::optional<std::uint64_t> read_content_info(der::reader<Reading>& in, faults<Reading>& faults, signed_data_header& header) {
    std::optional<std::uint64_t> present;
    auto fields = in.enter(der::tag_sequence);
    const der::element type = fields.oid();
    if (fields.next_is(der::context_constructed(0))) {
        present = fields.offset();
        auto content = fields.enter(der::context_constructed(0));
        if (content.at_end()) content.fail(errc::bad_der, content.offset());
        content.any();
        content.finish();
    }
    fields.finish();
    if (in.failed()) return present;
    header.content_type = type.content;
    header.content_type_offset = type.offset;
    header.is_data = equal(type.content, id_data.view());
    if (!header.is_data && (is_strict<Reading> || !equal(type.content, id_spc_indirect_data.view())))
        faults.note({errc::unsupported_content_type, type.offset});
    return present;
}

/// Each has to be a certificate, whoever it belongs to (pkcs7_extract_cert()), and to pass the caller's own check.
template <reading Reading, class Check>
constexpr void read_certificate(der::reader<Reading>& in, const Check& check) {
    const std::uint64_t offset = in.offset();
    const byte_view encoded = in.any().whole;
    if (in.failed()) return;
    if (encoded[0] != der::tag_sequence) return in.fail(errc::bad_der, offset);
    const auto parsed = key::parse_certificate<Reading>(encoded, offset);
    if (!parsed) return in.fail(parsed.error());
    if (const result<void> good = check(*parsed); !good) in.fail(good.error().shifted(offset));
}

template <reading Reading, class Check>
constexpr std::optional<der::element> read_certificates(der::reader<Reading>& in, const Check& check) {
    const bool sequence = !is_strict<Reading> && in.next_is(der::context_constructed(2));
    const auto set = in.optional(der::context_constructed(sequence ? 2 : 0));
    if (!set) return std::nullopt;
    // Linux takes an empty set, as a CHOICE in it goes missing unnoticed; the sequence has none.
    auto list = is_strict<Reading> || sequence || set->is_indefinite() ? in.enter_list(*set) : in.enter(*set);
    byte_view previous{};
    while (!list.at_end()) {
        const byte_view rest = list.rest();
        const std::uint64_t offset = list.offset();
        read_certificate(list, check);
        if (list.failed()) break;
        const byte_view whole = rest.first(static_cast<std::size_t>(list.offset() - offset));
        if (is_strict<Reading> && !der::ascend(previous, whole)) list.fail(errc::non_minimal_der, offset);
        previous = whole;
    }
    return set;
}

/// Linux reads a list of revocations as lists of certificates, which none is. Strict wants none at all.
template <reading Reading, class Check>
constexpr void read_revocations(der::reader<Reading>& in, const Check& check) {
    for (const unsigned form : {1u, 3u}) {
        if (!in.next_is(der::context_constructed(form))) continue;
        if (is_strict<Reading>) return in.fail(errc::bad_structure, in.offset());
        auto lists = in.enter_list(der::context_constructed(form));
        while (!lists.at_end())
            for (auto list = lists.enter_list(der::tag_sequence); !list.at_end();) read_certificate(list, check);
        return;
    }
}

struct signers_seen {
    std::size_t count = 0;
    std::size_t with_attributes = 0;
    std::uint64_t attributes_offset = 0;  // of the first signer that has them
};

template <reading Reading>
constexpr signers_seen read_signers(der::reader<Reading>& in, faults<Reading>& faults, bool may_be_missing, message& read) {
    signers_seen seen;
    // Linux does not notice a CHOICE that is missing at the end of its SEQUENCE, and then there is no signer.
    if (may_be_missing && in.at_end()) {
        in.fail(errc::no_signer, in.offset(), linux_error::einval);
        return seen;
    }
    read.signer_infos = in.expect(!is_strict<Reading> && in.next_is(der::tag_sequence) ? der::tag_sequence : der::tag_set);
    if (!in.failed() && read.signer_infos.content.empty()) faults.note({errc::no_signer, read.signer_infos.offset});
    auto list = in.enter(read.signer_infos);
    byte_view previous{};
    identifiers_seen identifiers;
    while (!list.at_end()) {
        const byte_view rest = list.rest();
        const signer_info signer = read_signer_info(list, faults, read.header, identifiers);
        if (list.failed()) break;
        const byte_view whole = rest.first(static_cast<std::size_t>(list.offset() - signer.offset));
        if (is_strict<Reading> && !der::ascend(previous, whole)) list.fail(errc::non_minimal_der, signer.offset);
        previous = whole;
        if (seen.count++ == 0) {
            read.first_signer = signer;
            read.first_identifiers = identifiers;
            read.other_signers = list.rest();
            read.other_signers_offset = list.offset();
        }
        if (signer.signed_attributes && seen.with_attributes++ == 0) seen.attributes_offset = signer.offset;
    }
    return seen;
}

}  // namespace detail

/// For parse(): every certificate will do.
struct any_certificate {
    [[nodiscard]] constexpr result<void> operator()(const key::certificate&) const { return result<void>::success(); }
};

/// `base` is the offset of `bytes` in the image; `check` is asked about each certificate where it stands. Faults, besides
/// its own and those of DER, certificates and signers:
///   unsupported_content_type, unsupported_version, bad_structure (revocations), no_signer, inconsistent_attributes,
///   content_present, attributes_present
template <reading Reading, class Check = any_certificate>
[[nodiscard]] constexpr result<message> parse(byte_view bytes, std::uint64_t base, attribute_use use, const Check& check = {}) {
    faults<Reading> faults;
    message read;
    der::reader<Reading> in(bytes, faults.of_syntax(), base);
    auto content_info = in.enter(der::tag_sequence);
    const der::element type = content_info.oid();
    if (!in.failed() && !equal(type.content, id_signed_data.view())) in.fail(errc::unsupported_content_type, type.offset);
    if (!is_strict<Reading> && content_info.at_end()) in.fail(errc::no_signer, content_info.offset(), linux_error::einval);
    auto explicit_content = content_info.enter(der::context_constructed(0));
    const der::element whole = explicit_content.expect(der::tag_sequence);
    auto signed_data = explicit_content.enter(whole);

    detail::note_version(signed_data, faults, read.header);
    const bool sequence = !is_strict<Reading> && signed_data.next_is(der::tag_sequence);
    read.header.digest_algorithms = signed_data.expect(sequence ? der::tag_sequence : der::tag_set);
    auto algorithms = signed_data.enter_list(read.header.digest_algorithms);
    byte_view previous{};
    while (!algorithms.at_end()) {
        const auto algorithm = read_plain_algorithm_identifier(algorithms);
        if (is_strict<Reading> && !der::ascend(previous, algorithm.whole.whole))
            algorithms.fail(errc::non_minimal_der, algorithm.whole.offset);
        previous = algorithm.whole.whole;
    }
    const auto content = detail::read_content_info(signed_data, faults, read.header);
    read.certificates = detail::read_certificates(signed_data, check);
    detail::read_revocations(signed_data, check);
    const detail::signers_seen signers = detail::read_signers(signed_data, faults, !is_strict<Reading> && !whole.is_indefinite(), read);
    read.signer_count = signers.count;
    signed_data.finish();
    explicit_content.finish();
    content_info.finish();
    in.finish();

    // In the order of pkcs7_check_authattrs(), pkcs7_supply_detached_data() and pkcs7_verify().
    const bool attributes = signers.with_attributes != 0;
    if (attributes && signers.with_attributes != signers.count)
        faults.note({errc::inconsistent_attributes, signers.attributes_offset});
    if (content) faults.note({errc::content_present, *content});
    if (!read.header.is_data) faults.note({errc::unsupported_content_type, read.header.content_type_offset, linux_error::ekeyrejected});
    if (attributes && use == attribute_use::forbidden) faults.note({errc::attributes_present, signers.attributes_offset});
    if (const failure& why = faults.decisive(); why.code != errc::none) return why;
    return read;
}

/// The signers of a message that parse() has read, one after the other.
template <reading Reading>
class signer_cursor {
    signed_data_header header_{};
    signer_info first_{};
    bool first_given_ = false;
    identifiers_seen identifiers_{};
    byte_view rest_{};
    std::uint64_t offset_ = 0;

public:
    constexpr explicit signer_cursor(const message& read)
        : header_(read.header), first_(read.first_signer), first_given_(read.signer_count == 0), identifiers_(read.first_identifiers),
          rest_(read.other_signers), offset_(read.other_signers_offset) {}

    [[nodiscard]] constexpr bool done() const { return first_given_ && rest_.empty(); }
    [[nodiscard]] constexpr result<signer_info> next() {
        if (!first_given_) {
            first_given_ = true;
            return first_;
        }
        faults<Reading> faults;
        der::reader<Reading> list(rest_, faults.of_syntax(), offset_);
        const signer_info signer = read_signer_info(list, faults, header_, identifiers_);
        rest_ = list.rest();
        offset_ = list.offset();
        if (const failure& why = faults.decisive(); why.code != errc::none) return why;
        return signer;
    }
};

/// The certificates of a message that parse() has read, one after the other.
template <reading Reading>
class certificate_cursor {
    byte_view rest_{};
    std::uint64_t offset_ = 0;

public:
    constexpr explicit certificate_cursor(const std::optional<der::element>& set) {
        if (set) rest_ = set->content, offset_ = set->content_offset;
    }

    [[nodiscard]] constexpr bool done() const { return rest_.empty(); }
    [[nodiscard]] constexpr std::uint64_t offset() const { return offset_; }
    [[nodiscard]] constexpr result<key::certificate> next() {
        failure fault{errc::none};
        der::reader<Reading> list(rest_, fault, offset_);
        const std::uint64_t offset = offset_;
        const byte_view encoded = list.any().whole;
        rest_ = list.rest();
        offset_ = list.offset();
        if (fault.code != errc::none) return fault;
        return key::parse_certificate<Reading>(encoded, offset);
    }
};

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_HPP
