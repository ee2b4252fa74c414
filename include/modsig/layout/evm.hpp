// SPDX-License-Identifier: BSL-1.0
//
// EVM signatures, versions 2 and 3: the value of security.evm, or a file with the same bytes.  Format: layout/ima_header.hpp;
// security/integrity/evm/evm_main.c.
//   type 3  signed: the digest of a file's attributes and inode, its number included, in the form of layout/evm_data.hpp
//   type 5  signed: the same without what depends on the file system, so that a package can bring the signature
// Version 3, since Linux 7.0, signs struct ima_file_id with the signature's type and that digest, as IMA's version 3 does.
// The content is not covered: EVM covers security.ima, which covers the content. So EVM proves metadata to an appraiser, and no
// image to a loader.
#ifndef MODSIG_LAYOUT_EVM_HPP
#define MODSIG_LAYOUT_EVM_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/layout/signature_kind.hpp>
#include <modsig/layout/single_claim.hpp>

namespace modsig::layout {

/// The layout of EVM signatures.
struct evm {
    static constexpr std::string_view name = "evm";  ///< of the layout
    /// one signer; the key determines the scheme; a key is used only where it was added for this layout
    static constexpr layout_traits traits{.found_from_end = true, .needs_named_trust = true, .scheme_by_key = true, .signs_messages = true,
                                          .digests_content = true};
    static constexpr std::uint8_t version = 2;  ///< that sign::ima writes for Linux before 7.0

    /// Error: `no_signature` without metadata, which are what is signed.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (signature_kind_of(s) != signature_kind::evm) return failure{errc::no_signature, s.image.size()};
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::portable) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        if (value[1] != version && value[1] != ima::file_id_version) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        return located{.covers_image = false, .blob = {0, value.size()}};
    }

    /// Errors: `ambiguous_content` (the metadata have such a form); those of read_ima_header().
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& location) {
        const auto value = slice(s.signature_bytes(), location.blob);
        if (!value) return failure{errc::truncated, location.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) return read.error().shifted(location.blob.offset);
        if (!ima::has_file_id(claim) && is_ambiguous(s.beside.metadata)) return failure{errc::ambiguous_content, location.blob.offset};
        claim.layout = name;
        claim.where = location;
        claim.offset = location.blob.offset;
        return single_claim(claim);
    }

    /// The scheme is determined by the key.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) { return ima::scheme_of(key); }

    /// The digest of the file's metadata, which stand for the content.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim& claim, const E& engine) {
        return engine.digest(claim.content_digest, std::span<const byte_view>(&s.beside.metadata, 1));
    }

    /// The digest that is signed: the content's, or that of struct ima_file_id.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        return ima::finish(claim, content, engine);
    }

    /// What ML-DSA signs: struct ima_file_id. Error: `unsupported_algorithm` (version 2).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E& engine) {
        return ima::message(claim, content, digest, engine);
    }
};
static_assert(explain_blob_layout<evm>());
static_assert(blob_layout<evm>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_EVM_HPP
