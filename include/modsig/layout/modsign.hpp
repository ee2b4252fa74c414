// SPDX-License-Identifier: BSL-1.0
//
// MODSIGN: the CMS message appended to a kernel module, as scripts/sign-file writes it.  Format:
// include/linux/module_signature.h;
// kernel/module_signature.c, kernel/module/signing.c.
//   content ‖ CMS (size bytes) ‖ trailer (12 bytes) ‖ "~Module signature appended~\n"
//   offset  size  field of the trailer
//        0     1  algorithm        0
//        1     1  hash             0
//        2     1  identifier type  2 = PKCS#7
//        3     1  signer length    0
//        4     1  key id length    0
//        5     3  padding          0
//        8     4  size             big-endian
// Signed: the content. A detached CMS message (.p7s) stands alone and may sign attributes; in a module only ML-DSA may sign
// them.
#ifndef MODSIG_LAYOUT_MODSIGN_HPP
#define MODSIG_LAYOUT_MODSIGN_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/layout/cms.hpp>
#include <modsig/layout/signature_kind.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace modsig::layout {

/// struct module_signature, with the marker behind it.
struct module_trailer {
    /// An array has one address in the whole program. For a literal AddressSanitizer makes one object for each unit, and clang
    /// then mixes begin() of one object with end() of another.
    static constexpr char marker_text[] = "~Module signature appended~\n";
    static constexpr std::string_view marker{marker_text, sizeof marker_text - 1};  ///< MODULE_SIG_STRING, the image's last bytes
    static constexpr std::size_t fields_size = 12;                                  ///< bytes of struct module_signature
    static constexpr std::size_t size = fields_size + marker.size();                ///< bytes of fields and marker
    /// enum pkey_id_type.
    enum id_type : std::uint8_t {
        pgp,    ///< PKEY_ID_PGP
        x509,   ///< PKEY_ID_X509: Linux 3.7 to 4.2
        pkcs7,  ///< PKEY_ID_PKCS7
    };

    byte_view fields{};                ///< struct module_signature, in the image
    std::uint64_t offset = 0;          ///< of the fields
    std::uint32_t signature_size = 0;  ///< bytes of the signature before the fields; unchecked

    /// Error: `no_signature` where the image does not end with the marker.
    [[nodiscard]] static constexpr result<module_trailer> find(byte_view image) {
        if (!ends_with(image, marker)) return failure{errc::no_signature, image.size()};
        if (image.size() < size) return failure{errc::truncated, 0};
        module_trailer found;
        found.offset = image.size() - size;
        found.fields = image.subspan(static_cast<std::size_t>(found.offset), fields_size);
        found.signature_size = load_be<std::uint32_t>(found.fields.subspan(8, 4));
        return found;
    }

    /// id_type: how the signer is named.
    [[nodiscard]] constexpr std::uint8_t type() const { return fields[2]; }
};

/// The layout of kernel modules.
struct modsign {
    static constexpr std::string_view name = "modsign";  ///< of the layout
    /// several signers; found from the end; signs messages
    static constexpr layout_traits traits{.max_signers = 16, .found_from_end = true, .brings_certificates = true, .signs_messages = true};

    /// Checks in the order of mod_check_sig(): size, type, other fields.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.signature.source != signature_source::image) return find_separate(s);
        const auto trailer = module_trailer::find(s.image);
        if (!trailer) return trailer.error();
        return find_appended(*trailer);
    }

    /// Where the signature of this trailer is. Errors: `length_overflow`, `truncated` (no content is left), `unsupported_version`
    /// (the identifier type), `reserved_nonzero`.
    [[nodiscard]] static constexpr result<located> find_appended(const module_trailer& trailer) {
        if (trailer.signature_size > trailer.offset) return failure{errc::length_overflow, trailer.offset + 8};
        if (trailer.signature_size == trailer.offset) return failure{errc::truncated, 0};  // no content is left
        if (trailer.type() != module_trailer::pkcs7) return failure{errc::unsupported_version, trailer.offset + 2};
        for (const std::size_t i : {0u, 1u, 3u, 4u, 5u, 6u, 7u})
            if (trailer.fields[i] != 0) return failure{errc::reserved_nonzero, trailer.offset + i};
        if (trailer.signature_size == 0) return failure{errc::truncated, trailer.offset + 8};
        const std::uint64_t content = trailer.offset - trailer.signature_size;
        return located{.content = {0, content}, .blob = {content, trailer.signature_size}};
    }

    /// The signers of the message.
    class cursor {
        std::optional<der::element> certificates_;
        cms::signer_cursor signers_;
        located where_;

    public:
        /// The signers of a message that was parsed.
        constexpr cursor(const cms::message& read, const located& location) : certificates_(read.certificates), signers_(read), where_(location) {}
        /// Whether no signer is left.
        [[nodiscard]] constexpr bool done() const { return signers_.done(); }
        /// The next signer's claim.
        [[nodiscard]] constexpr result<claim> next() {
            const auto signer = signers_.next();
            if (!signer) return signer.error();
            claim claim;
            claim.layout = name;
            claim.scheme = signer->scheme;
            claim.content_digest = signer->digest;
            claim.where = where_;
            claim.key = signer->key;
            claim.signature = signer->signature;
            claim.signing_time = signer->signing_time;
            claim.offset = signer->offset;
            // RFC 9882, section 3.2: the digest algorithm is that of the attributes, and without attributes unused.
            if (signs_message(signer->scheme) && !signer->signed_attributes) claim.content_digest = digest_id::none;
            if (signer->signed_attributes) {
                claim.form = signature_form::attributes;
                claim.signed_digest = signer->digest;
                claim.authenticated = signer->signed_attributes->encoded;
                claim.message_digest = signer->signed_attributes->message_digest;
            }
            return claim;
        }
        /// The certificates in the message. No signature vouches for them.
        [[nodiscard]] constexpr cms::certificate_cursor certificates() const { return cms::certificate_cursor(certificates_); }
    };

    /// `open` parses the whole message. Modules must not sign attributes (pkcs7_verify(), VERIFYING_MODULE_SIGNATURE), except
    /// with ML-DSA (CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA). Errors: `ambiguous_content`; those of read_message().
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& location) {
        const bool is_detached = s.signature.source == signature_source::detached;
        const auto read = read_message(s, location, is_detached ? cms::attribute_use::allowed : cms::attribute_use::ml_dsa_only);
        if (!read) return read.error();
        const auto content = slice(s.image, location.content);
        if (!content) return failure{errc::truncated, location.content.offset};
        const signature_form form = read->first_signer.signed_attributes ? signature_form::attributes : signature_form::content;
        if (is_ambiguous(*content, form)) return failure{errc::ambiguous_content, read->first_signer.offset};
        return cursor(*read, location);
    }

    /// Errors: `too_many_signers`; those of cms::parse().
    [[nodiscard]] static constexpr result<cms::message> read_message(const subject& s, const located& location, cms::attribute_use use) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob) return failure{errc::truncated, location.blob.offset};
        auto read = cms::parse(*blob, location.blob.offset, use);
        if (read && read->signer_count > traits.max_signers) return failure{errc::too_many_signers, read->signer_infos.offset};
        return read;
    }

    /// The content's digest, or the digest of the attributes, which hold it (RFC 5652, section 5.4).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        if (claim.form == signature_form::content) return content;
        if (const result<void> same = check_message_digest(claim, content); !same) return same.error();
        const std::array<byte_view, 2> parts{byte_view(attributes_tag), claim.authenticated.subspan(1)};
        return engine.digest(claim.signed_digest, parts);
    }

    /// The content, or the attributes: RFC 9882, section 3.2.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E&) {
        if (claim.form == signature_form::content) return signed_message(content);
        if (const result<void> same = check_message_digest(claim, digest); !same) return same.error();
        signed_message message(claim.authenticated.subspan(1));
        message.add_to_head(attributes_tag);
        return message;
    }

private:
    static constexpr std::array<std::uint8_t, 1> attributes_tag{der::tag_set};  // instead of [0]: RFC 5652, section 5.4

    static constexpr result<void> check_message_digest(const claim& claim, const digest_value& content) {
        if (claim.message_digest.size() != content.view().size()) return failure{errc::digest_mismatch, claim.offset, linux_error::ebadmsg};
        if (!equal(claim.message_digest, content.view())) return failure{errc::digest_mismatch, claim.offset};
        return result<void>::success();
    }

    static constexpr result<located> find_separate(const subject& s) {
        if (s.signature.source == signature_source::xattr || is_others(signature_kind_of(s), signature_kind::cms))
            return failure{errc::no_signature, s.image.size()};
        if (s.signature.bytes.empty()) return failure{errc::truncated, 0};
        if (s.signature.bytes[0] >= 1 && s.signature.bytes[0] <= 6) return failure{errc::no_signature, s.image.size()};  // an attribute's value
        return located{.content = {0, s.image.size()}, .blob = {0, s.signature.bytes.size()}};
    }
};
static_assert(explain_blob_layout<modsign>());
static_assert(blob_layout<modsign>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MODSIGN_HPP
