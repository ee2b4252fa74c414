// SPDX-License-Identifier: BSL-1.0
//
// EVM signatures as Linux reads them: security/integrity/evm/evm_main.c, evm_verify_hmac(); security/integrity/digsig.c.
// Version 3 is over the bare digest, like version 2, until linux_release::signs_file_ids.
#ifndef MODSIG_LINUX_LAYOUT_EVM_HPP
#define MODSIG_LINUX_LAYOUT_EVM_HPP

#include <modsig/layout/evm.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/ima_header.hpp>

namespace modsig::kernel {

/// An EVM signature, as Linux reads it.
template <>
struct layout_of<layout::evm> : layout::evm {
    /// Error, besides those of the layout: `no_rule_allows` (version 2 where the rule wants version 3).
    [[nodiscard]] static constexpr result<located> find(const subject& s, const linux_kernel& kernel = {}) {
        const auto location = layout::evm::find(s);
        const bool is_too_old = location && kernel.release.signs_file_ids && kernel.wants_file_ids && s.signature.bytes[1] == version;
        if (is_too_old) return failure{errc::no_rule_allows, 1, linux_error::einval};
        return location;
    }

    /// The signature's only claim. Errors: those of read_ima_header().
    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& location, const linux_kernel& kernel = {}) {
        const auto value = slice(s.signature_bytes(), location.blob);
        if (!value) return failure{errc::truncated, location.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) {
            // init_desc() needs the digest before the signature is read.
            const bool is_init_desc = kernel.release.signs_file_ids && read.error().code == errc::unsupported_hash && layout::is_beyond_hash_table((*value)[2]);
            if (is_init_desc) return failure{errc::unsupported_hash, location.blob.offset + 2, linux_error::einval};
            return read.error().shifted(location.blob.offset);
        }
        if (!kernel.release.signs_file_ids) claim.authenticated = {}, claim.signed_digest = digest_id::none;
        claim.layout = name;
        claim.where = location;
        claim.offset = location.blob.offset;
        return layout::single_claim(claim);
    }
};
static_assert(explain_blob_layout<layout_of<layout::evm>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_EVM_HPP
