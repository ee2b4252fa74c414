// SPDX-License-Identifier: BSL-1.0
//
// Signatures of IMA, versions 2 and 3: the value of security.ima, or a file (.sig) with the same bytes.  Format: layout/
// ima_header.hpp; security/integrity/ima/ima_appraise.c.
//   type 3, version 2  signed: the digest of the content
//   type 6, version 3  signed: H(06 ‖ hash ‖ digest of the content by fs-verity), struct ima_file_id; H is the header's hash,
//                      as fs-verity's is, with blocks of 4096 bytes and no salt
// Version 1 is digsig's, a module's appended CMS message modsign's: layouts<modsign, ima, digsig> reads all that IMA does.
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

struct ima {
    static constexpr std::string_view name = "ima";
    static constexpr layout_traits traits{.found_from_end = true, .scheme_by_key = true, .digests_content = true};  // in an image there is none
    static constexpr std::uint8_t version = 2, verity_version = 3;

    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        const bool others = s.signature.source == signature_source::image || is_others(signature_kind_of(s), signature_kind::ima);
        if (others) return failure{errc::no_signature, s.image.size()};
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::verity_signature) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        // xattr_verify() looks at versions from 3 on, integrity_digsig_verify() at the others.
        if (type == ima_type::signature && value[1] == 0) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        if (value[1] != version_of(type)) return failure{errc::unsupported_version, 1, linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {0, value.size()}};
    }

    /// `ambiguous_content`: in version 2, whose signatures are over the content's digest alone; and those of read_ima_header().
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& where) {
        const auto value = slice(s.signature_bytes(), where.blob);
        if (!value || value->empty()) return failure{errc::truncated, where.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) return read.error().shifted(where.blob.offset);
        if (static_cast<ima_type>((*value)[0]) == ima_type::verity_signature) {
            if (entry_of(claim.content_digest).fsverity_number == no_number) return failure{errc::unsupported_hash, where.blob.offset + 2};
            claim.signed_digest = claim.content_digest;
        } else {
            const auto content = slice(s.image, where.content);
            if (!content) return failure{errc::truncated, where.content.offset};
            if (is_ambiguous(*content)) return failure{errc::ambiguous_content, where.blob.offset};
        }
        claim.layout = name;
        claim.where = where;
        claim.offset = where.blob.offset;
        return single_claim(claim);
    }

    /// The key says what its signatures are.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        if (key == key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        return is_ecdsa(key) ? scheme_id::ecdsa : scheme_id::none;
    }

    /// fs-verity's digest is calculated from the image, unless `measured` is given: then whoever gives it answers for its
    /// being that of the image.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim& claim, const E& engine) {
        const digest_value& measured = s.beside.measured;
        if (claim.signed_digest == digest_id::none) {
            const auto content = slice(s.image, claim.where.content);
            if (!content) return errc::truncated;
            return engine.digest(claim.content_digest, std::span<const byte_view>(&*content, 1));
        }
        if (measured.id == digest_id::none) return digest::fsverity_digest(engine, verity_options{claim.content_digest}, s.image);
        if (measured.id != claim.content_digest) return failure{errc::signature_mismatch, 0, linux_error::ekeyrejected};
        return measured;
    }

    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        if (claim.signed_digest == digest_id::none) return content;
        return file_id_digest(content, engine);
    }

    /// calc_file_id_hash(): the rest of the structure, where the digest is shorter than the longest, is not hashed.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> file_id_digest(const digest_value& content, const E& engine) {
        const std::array<std::uint8_t, 2> head{static_cast<std::uint8_t>(ima_type::verity_signature), entry_of(content.id).linux_number};
        const std::array<byte_view, 2> parts{byte_view(head), content.view()};
        return engine.digest(content.id, parts);
    }

    [[nodiscard]] static constexpr std::uint8_t version_of(ima_type type) { return type == ima_type::verity_signature ? verity_version : version; }
};
static_assert(explain_blob_layout<ima>());
static_assert(blob_layout<ima>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_IMA_HPP
