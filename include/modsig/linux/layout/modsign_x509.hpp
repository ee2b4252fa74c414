// SPDX-License-Identifier: BSL-1.0
//
// MODSIGN of 3.7 to 4.2 as those kernels read it: kernel/module_signing.c of 3.7, mod_verify_sig(). The trailer's padding is
// ignored.
#ifndef MODSIG_LINUX_LAYOUT_MODSIGN_X509_HPP
#define MODSIG_LINUX_LAYOUT_MODSIGN_X509_HPP

#include <modsig/layout/modsign_x509.hpp>
#include <modsig/linux/layout.hpp>

namespace modsig::kernel {

/// MODSIGN of Linux 3.7 to 4.2, as those kernels read it.
template <>
struct layout_of<layout::modsign_x509> : layout::modsign_x509 {
    /// The signature's only claim. Errors: `truncated`, `unsupported_algorithm`, `unsupported_hash`, `length_mismatch`.
    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& location) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob || blob->size() < layout::module_trailer::fields_size) return failure{errc::truncated, location.blob.offset};
        const byte_view fields = blob->last(layout::module_trailer::fields_size);
        const std::uint64_t trailer = location.blob.offset + blob->size() - fields.size();
        if (fields[0] != rsa) return failure{errc::unsupported_algorithm, trailer};
        claim claim;
        claim.content_digest = digest_of_linux_number(fields[1]);
        if (!is_supported(claim.content_digest)) return failure{errc::unsupported_hash, trailer + 1};
        reader in(blob->first(blob->size() - fields.size()));
        const auto signer = in.take(fields[3]), key_id = in.take(fields[4]);
        const std::uint64_t count_offset = location.blob.offset + in.offset();
        const auto count = in.be<std::uint16_t>();
        if (!signer || !key_id || !count || *count == 0 || *count != in.remaining()) return failure{errc::length_mismatch, count_offset};
        claim.layout = name;
        claim.scheme = scheme_id::rsa_pkcs1_v15;
        claim.where = location;
        claim.key = {key_id_kind::named_skid, *key_id, *signer};
        claim.signature = in.rest();
        claim.lenient = true;
        claim.offset = location.blob.offset;
        return layout::single_claim(claim);
    }
};
static_assert(explain_blob_layout<layout_of<layout::modsign_x509>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_MODSIGN_X509_HPP
