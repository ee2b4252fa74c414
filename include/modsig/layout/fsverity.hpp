// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's builtin signature: a detached CMS message over the file's fs-verity digest.
// Format: Documentation/filesystems/fsverity.rst, "Built-in signature verification"; fs/verity/signature.c.
//   signed: layout/formatted_digest.hpp
// The message gives the digest algorithm of its signature; subject::beside.verity gives the options of the file's digest.
#ifndef MODSIG_LAYOUT_FSVERITY_HPP
#define MODSIG_LAYOUT_FSVERITY_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/formatted_digest.hpp>
#include <modsig/layout/modsign.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig::layout {

/// The layout of fs-verity's builtin signatures.
struct fsverity {
    static constexpr std::string_view name = "fsverity";  ///< of the layout
    /// several signers; the content's digest is the file's fs-verity digest; a key is used only where it was added for this layout
    static constexpr layout_traits traits{
        .max_signers = modsign::traits.max_signers, .needs_named_trust = true, .brings_certificates = true, .signs_messages = true,
        .digests_content = true};
    /// FS_VERITY_MAX_SIGNATURE_SIZE: descriptor and signature are 16 KiB together.
    static constexpr std::size_t max_signature_size = 16384 - digest::fsverity_descriptor_size;

    /// Detached signatures only, and only where the subject gives the options of the digest. The empty file may be signed, too.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (!s.beside.verity || s.signature.source != signature_source::detached || is_others(signature_kind_of(s), signature_kind::fsverity))
            return failure{errc::no_signature, s.image.size()};
        const byte_view message = s.signature.bytes;
        if (message.empty()) return failure{errc::truncated, 0};
        if (message[0] >= 1 && message[0] <= 6) return failure{errc::no_signature, s.image.size()};  // an attribute's value
        if (message.size() > max_signature_size) return failure{errc::too_large, max_signature_size};
        return located{.content = {0, s.image.size()}, .blob = {0, message.size()}};
    }

    /// The claims of the message's signers, with the file's digest as the content's.
    class cursor {
        modsign::cursor signers_;
        digest_id file_digest_;

    public:
        /// The signers of a message that was parsed.
        constexpr cursor(const cms::message& read, const located& location, digest_id file_digest) : signers_(read, location), file_digest_(file_digest) {}
        /// Whether no signer is left.
        [[nodiscard]] constexpr bool done() const { return signers_.done(); }
        /// The next signer's claim.
        [[nodiscard]] constexpr result<claim> next() {
            result<claim> claim = signers_.next();
            if (!claim) return claim;
            claim->layout = name;
            claim->signed_digest = claim->content_digest;
            claim->content_digest = file_digest_;
            return claim;
        }
        /// The certificates of the message; nothing about them is proven.
        [[nodiscard]] constexpr cms::certificate_cursor certificates() const { return signers_.certificates(); }
    };

    /// Errors: as modsign::open(), but attributes may be signed (pkcs7_verify(), VERIFYING_UNSPECIFIED_SIGNATURE); those of
    /// check_subject().
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& location) {
        const auto read = modsign::read_message(s, location, cms::attribute_use::allowed);
        if (!read) return read.error();
        if (const result<void> good = check_subject(s); !good) return good.error();
        return cursor(*read, location, s.beside.verity->hash);
    }

    /// `check_subject` checks the options of the digest. Errors: `no_signature` (the subject gives none); `unsupported_hash`,
    /// `unsupported_block_size`, `length_overflow` (unusable options); `inconsistent_algorithms` (the kernel's measured digest
    /// has another algorithm).
    [[nodiscard]] static constexpr result<void> check_subject(const subject& s) {
        if (!s.beside.verity) return failure{errc::no_signature, s.image.size()};
        if (const result<void> good = digest::check_options(*s.beside.verity); !good) return good.error();
        const digest_id measured = s.beside.measured.id;
        if (measured != digest_id::none && measured != s.beside.verity->hash) return errc::inconsistent_algorithms;
        return result<void>::success();
    }

    /// The digest that the kernel has measured, or else the digest that it would measure.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim&, const E& engine) {
        if (s.beside.measured.id != digest_id::none) return s.beside.measured;
        if (!s.beside.verity) return failure{errc::no_signature, s.image.size()};
        return digest::fsverity_digest(engine, *s.beside.verity, s.image);
    }

    /// The digest that is signed: of layout/formatted_digest.hpp, or of the signed attributes.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        const formatted_digest formatted(content);
        const std::array<byte_view, 1> parts{formatted.view()};
        const result<digest_value> message = engine.digest(claim.signed_digest, parts);
        if (!message) return message;
        return modsign::finish(claim, *message, engine);
    }

    /// The formatted digest, or the attributes, which hold its digest.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view, const digest_value& digest, const E& engine) {
        const formatted_digest formatted(digest);
        if (claim.form == signature_form::content) {
            signed_message message;
            message.add_to_head(formatted.view());
            return message;
        }
        const std::array<byte_view, 1> parts{formatted.view()};
        const result<digest_value> own = engine.digest(claim.signed_digest, parts);
        if (!own) return own.error();
        return modsign::message(claim, {}, *own, engine);
    }
};
static_assert(explain_blob_layout<fsverity>());
static_assert(blob_layout<fsverity>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_FSVERITY_HPP
