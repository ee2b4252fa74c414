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
#include <modsig/layout/ima_header.hpp>
#include <modsig/layout/single_claim.hpp>

#include <array>

namespace modsig::layout {

struct ima {
    static constexpr std::string_view name = "ima";
    static constexpr std::size_t max_signers = 1;
    static constexpr bool found_from_end = true;  // in an image there is none
    static constexpr std::uint8_t version = 2, verity_version = 3;

    /// `no_signature`: in an image, of version 1, or an attribute that is a bare digest, which Linux refuses as `bad_magic`
    /// where it wants a signature.
    template <class Reading = strict_reading>
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        const failure other{errc::no_signature, s.image.size()};
        if (s.source == signature_source::image) return other;
        const byte_view value = s.detached;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        const bool is_digest = type == ima_type::digest || type == ima_type::named_digest;
        if (is_strict<Reading> && s.source == signature_source::xattr && is_digest) return other;
        if (type != ima_type::signature && type != ima_type::verity_signature) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        if (type == ima_type::signature && value[1] == 1) return other;
        // xattr_verify() looks at versions from 3 on, integrity_digsig_verify() at the others.
        if (type == ima_type::signature && value[1] == 0) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        if (value[1] != version_of(type)) return failure{errc::unsupported_version, 1, linux_error::einval};
        return located{range{0, s.image.size()}, {0, value.size()}};
    }

    template <class Reading>
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& where) {
        const auto value = slice(s.signature_bytes(), where.blob);
        if (!value || value->empty()) return failure{errc::truncated, where.blob.offset};
        claim said;
        if (const failure why = detail::read_ima_header<Reading>(*value, name, said); why.code != errc::none) return why.shifted(where.blob.offset);
        if (static_cast<ima_type>((*value)[0]) == ima_type::verity_signature) {
            const bool measurable = entry_of(said.content_digest).fsverity_number != no_number;
            if (is_strict<Reading> && !measurable) return failure{errc::unsupported_hash, where.blob.offset + 2};
            said.signed_digest = said.content_digest;
        }
        said.where = where;
        said.offset = where.blob.offset;
        return single_claim(said);
    }

    /// The key says what its signatures are.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        if (key == key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        return is_ecdsa(key) ? scheme_id::ecdsa : scheme_id::none;
    }

    /// fs-verity's digest is calculated from the image, unless `measured` is given: then whoever gives it answers for its
    /// being that of the image.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim& said, const E& engine) {
        if (said.signed_digest == digest_id::none) return engine.digest(said.content_digest, parts_list(s.image, said.where.content).view());
        if (s.measured.id == digest_id::none) return digest::fsverity_digest(engine, verity_options{said.content_digest}, s.image);
        if (s.measured.id != said.content_digest) return failure{errc::signature_mismatch, 0, linux_error::ekeyrejected};
        return s.measured;
    }

    template <digests_parts E>
    [[nodiscard]] static constexpr result<to_check> finish(const subject&, const claim& said, const digest_value& content, const E& engine) {
        if (said.signed_digest == digest_id::none) return to_check{said.scheme, content, {}, said.signature, said.lenient};
        const auto digest = file_id_digest(content, engine);
        if (!digest) return digest.error();
        return to_check{said.scheme, *digest, {}, said.signature, said.lenient};
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
static_assert(blob_layout<ima> && digests_content<ima>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_IMA_HPP
