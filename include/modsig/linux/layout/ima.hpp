// SPDX-License-Identifier: BSL-1.0
//
// Signatures of IMA, as Linux 6.12 reads them, version 3 over fs-verity's digests only: security/integrity/ima/ima_appraise.c,
// xattr_verify(); security/integrity/digsig.c, integrity_digsig_verify(); ima_modsig.c.
#ifndef MODSIG_LINUX_LAYOUT_IMA_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HPP

#include <modsig/layout/ima.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/ima_header.hpp>

namespace modsig::kernel {

template <>
struct layout_of<layout::ima> : layout::ima {
    /// `no_signature`: in an image, of version 1, or EVM's, where the subject has metadata. A bare digest, where a signature is
    /// wanted, is `bad_magic`.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        using layout::ima_type;
        const failure other{errc::no_signature, s.image.size()};
        if (s.signature.source == signature_source::image || !s.beside.metadata.empty()) return other;
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::verity_signature) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        if (type == ima_type::signature && value[1] == 1) return other;
        // xattr_verify() looks at versions from 3 on, integrity_digsig_verify() at the others.
        if (type == ima_type::signature && value[1] == 0) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        if (value[1] != version_of(type)) return failure{errc::unsupported_version, 1, linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {0, value.size()}};
    }

    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& where) {
        const auto value = slice(s.signature_bytes(), where.blob);
        if (!value || value->empty()) return failure{errc::truncated, where.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) return read.error().shifted(where.blob.offset);
        claim.layout = name;
        claim.where = where;
        claim.offset = where.blob.offset;
        return layout::single_claim(claim);
    }
};
static_assert(explain_blob_layout<layout_of<layout::ima>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HPP
