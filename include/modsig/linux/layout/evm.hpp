// SPDX-License-Identifier: BSL-1.0
//
// Signatures of EVM, as Linux 6.12 reads them, version 2 only: security/integrity/evm/evm_main.c, evm_verify_hmac(); security/integrity/digsig.c.
#ifndef MODSIG_LINUX_LAYOUT_EVM_HPP
#define MODSIG_LINUX_LAYOUT_EVM_HPP

#include <modsig/layout/evm.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/ima_header.hpp>

namespace modsig::kernel {

template <>
struct layout_of<layout::evm> : layout::evm {
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        const auto where = layout::evm::find(s);
        if (where && s.signature.bytes[1] != version) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        return where;
    }

    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& where) {
        const auto value = slice(s.signature_bytes(), where.blob);
        if (!value) return failure{errc::truncated, where.blob.offset};
        claim claim;
        if (const result<void> read = read_ima_header(*value, claim); !read) return read.error().shifted(where.blob.offset);
        claim.layout = name;
        claim.where = where;
        claim.offset = where.blob.offset;
        return layout::single_claim(claim);
    }
};
static_assert(explain_blob_layout<layout_of<layout::evm>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_EVM_HPP
