// SPDX-License-Identifier: BSL-1.0
//
// IMA signatures, versions 2 and 3: the value of security.ima, or a file (.sig) with the same bytes.
// Format: layout/ima_header.hpp; security/integrity/ima/ima_appraise.c.
//   type 3, version 2  signed: the digest of the content
//   type 3, version 3  signed: H(03 ‖ hash ‖ digest of the content), struct ima_file_id; H is the header's hash. Since Linux 7.0
//   type 6, version 3  signed: H(06 ‖ hash ‖ fs-verity digest of the content, of blocks of 4096 bytes without salt)
// ML-DSA signs version 3 only, and the structure itself instead of a digest. Version 1 is layout::digsig, a module's appended
// CMS message layout::modsign: layouts<modsign, ima, digsig> reads all that IMA does.
#ifndef MODSIG_LAYOUT_IMA_HPP
#define MODSIG_LAYOUT_IMA_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/layout/signature_kind.hpp>
#include <modsig/layout/single_claim.hpp>

#include <array>

namespace modsig::layout {

/// The layout of IMA signatures.
struct ima {
    static constexpr std::string_view name = "ima";  ///< of the layout
    /// never appended
    static constexpr layout_traits traits{.found_from_end = true, .scheme_by_key = true, .signs_messages = true, .digests_content = true};
    static constexpr std::uint8_t version = 2;          ///< signs the content's digest
    static constexpr std::uint8_t file_id_version = 3;  ///< signs struct ima_file_id

    /// Detached signatures and extended attributes only. Errors: `no_signature`, `truncated`, `bad_magic` (a bare digest),
    /// `unsupported_version`.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        const bool others = s.signature.source == signature_source::image || is_others(signature_kind_of(s), signature_kind::ima);
        if (others) return failure{errc::no_signature, s.image.size()};
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::verity_signature) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        // xattr_verify() checks versions from 3 on, integrity_digsig_verify() the others.
        if (type == ima_type::signature && value[1] == 0) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        const bool is_known = value[1] == file_id_version || (type == ima_type::signature && value[1] == version);
        if (!is_known) return failure{errc::unsupported_version, 1, linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {0, value.size()}};
    }

    /// Errors: `ambiguous_content` (version 2 only, whose signatures are over the content's digest alone); those of
    /// read_ima_header().
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& location) {
        const auto value = slice(s.signature_bytes(), location.blob);
        if (!value || value->empty()) return failure{errc::truncated, location.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) return read.error().shifted(location.blob.offset);
        if (is_verity(claim) && entry_of(claim.content_digest).fsverity_number == no_number) return failure{errc::unsupported_hash, location.blob.offset + 2};
        if (!has_file_id(claim)) {
            const auto content = slice(s.image, location.content);
            if (!content) return failure{errc::truncated, location.content.offset};
            if (is_ambiguous(*content)) return failure{errc::ambiguous_content, location.blob.offset};
        }
        claim.layout = name;
        claim.where = location;
        claim.offset = location.blob.offset;
        return single_claim(claim);
    }

    /// The scheme is determined by the key.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        if (key == key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        return is_ecdsa(key) ? scheme_id::ecdsa : ml_dsa_scheme_of(key);
    }

    /// The fs-verity digest is calculated from the image, unless the subject gives `measured`: then the caller guarantees that
    /// it is the image's.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim& claim, const E& engine) {
        const digest_value& measured = s.beside.measured;
        if (!is_verity(claim)) {
            const auto content = slice(s.image, claim.where.content);
            if (!content) return errc::truncated;
            return engine.digest(claim.content_digest, std::span<const byte_view>(&*content, 1));
        }
        if (measured.id == digest_id::none) return digest::fsverity_digest(engine, verity_options{claim.content_digest}, s.image);
        if (measured.id != claim.content_digest) return failure{errc::signature_mismatch, 0, linux_error::ekeyrejected};
        return measured;
    }

    /// The digest that is signed: the content's, or that of struct ima_file_id.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        if (!has_file_id(claim)) return content;
        return file_id_digest(type_of(claim), content, engine);
    }

    /// Error: `unsupported_algorithm` (version 2, which ML-DSA does not sign).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view, const digest_value& digest, const E&) {
        if (!has_file_id(claim)) return failure{errc::unsupported_algorithm, claim.offset};
        signed_message message;
        message.add_to_head(file_id_head(type_of(claim), digest.id));
        message.add_to_head(digest.view());
        return message;
    }

    /// calc_file_id_hash(): where the digest is shorter than the longest, the rest of the structure is not hashed.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> file_id_digest(ima_type type, const digest_value& content, const E& engine) {
        const auto head = file_id_head(type, content.id);
        const std::array<byte_view, 2> parts{byte_view(head), content.view()};
        return engine.digest(content.id, parts);
    }

    /// The version that modsig writes, which Linux 6.12 reads.
    [[nodiscard]] static constexpr std::uint8_t version_of(ima_type type) { return type == ima_type::verity_signature ? file_id_version : version; }

    /// Whether the signature is over struct ima_file_id; claim::authenticated is then the header up to the hash.
    [[nodiscard]] static constexpr bool has_file_id(const claim& claim) { return !claim.authenticated.empty(); }

private:
    [[nodiscard]] static constexpr std::array<std::uint8_t, 2> file_id_head(ima_type type, digest_id digest) {
        return {static_cast<std::uint8_t>(type), entry_of(digest).linux_number};
    }
    [[nodiscard]] static constexpr ima_type type_of(const claim& claim) { return static_cast<ima_type>(claim.authenticated[0]); }
    [[nodiscard]] static constexpr bool is_verity(const claim& claim) { return has_file_id(claim) && type_of(claim) == ima_type::verity_signature; }
};
static_assert(explain_blob_layout<ima>());
static_assert(blob_layout<ima>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_IMA_HPP
