// SPDX-License-Identifier: BSL-1.0
//
// IMA signatures as Linux reads them: security/integrity/ima/ima_appraise.c, xattr_verify(); security/integrity/digsig.c,
// integrity_digsig_verify(); ima_modsig.c. Version 3 is over fs-verity digests only, until linux_release::signs_file_ids.
#ifndef MODSIG_LINUX_LAYOUT_IMA_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HPP

#include <modsig/layout/ima.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/ima_header.hpp>

namespace modsig::kernel {

/// An IMA signature, as Linux reads it.
template <>
struct layout_of<layout::ima> : layout::ima {
    /// Errors: `no_signature` (in an image, of version 1, or of EVM, where the subject has metadata); `bad_magic` (a bare
    /// digest); `no_rule_allows` (version 2 where the rule wants version 3).
    [[nodiscard]] static constexpr result<located> find(const subject& s, const linux_kernel& kernel = {}) {
        using layout::ima_type;
        const failure other{errc::no_signature, s.image.size()};
        if (s.signature.source == signature_source::image || !s.beside.metadata.empty()) return other;
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::verity_signature) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        if (type == ima_type::signature && value[1] == 1) return other;
        // xattr_verify() checks versions from 3 on, integrity_digsig_verify() the others.
        if (type == ima_type::signature && value[1] == 0) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        const bool has_file_id = value[1] == file_id_version && (type == ima_type::verity_signature || kernel.release.signs_file_ids);
        if (!has_file_id && value[1] != version_of(type)) return failure{errc::unsupported_version, 1, linux_error::einval};
        if (!has_file_id && kernel.wants_file_ids) return failure{errc::no_rule_allows, 1, linux_error::einval};
        // From 7.x on the rule must have digest_type=verity; then the kernel has measured the file's digest.
        if (type == ima_type::verity_signature && kernel.release.signs_file_ids && s.beside.measured.id == digest_id::none)
            return failure{errc::no_rule_allows, 0, linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {0, value.size()}};
    }

    /// The signature's only claim. Errors: those of read_ima_header().
    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& location, const linux_kernel& kernel = {}) {
        const auto value = slice(s.signature_bytes(), location.blob);
        if (!value || value->empty()) return failure{errc::truncated, location.blob.offset};
        claim claim;
        const bool is_hash_ignored = kernel.release.signs_file_ids && static_cast<layout::ima_type>((*value)[0]) == layout::ima_type::signature;
        // ima_get_hash_algo(): the file is hashed by the default algorithm where the header names no known algorithm.
        const digest_id instead = !is_hash_ignored ? digest_id::none : s.beside.ima_hash != digest_id::none ? s.beside.ima_hash : digest_id::sha256;
        if (const result<void> read = read_ima_header(*value, claim, instead); !read) return read.error().shifted(location.blob.offset);
        claim.layout = name;
        claim.where = location;
        claim.offset = location.blob.offset;
        return layout::single_claim(claim);
    }

    /// asymmetric_verify(): the header's hash is checked for keys that sign a digest.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        if (has_file_id(claim) && layout::is_beyond_hash_table(claim.authenticated[2])) return failure{errc::unsupported_hash, claim.offset + 2, linux_error::enopkg};
        return layout::ima::finish(claim, content, engine);
    }
};
static_assert(explain_blob_layout<layout_of<layout::ima>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HPP
