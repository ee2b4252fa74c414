// SPDX-License-Identifier: BSL-1.0
//
// digsig v1 as Linux reads it: lib/digsig.c, digsig_verify(). Of the header only the algorithm is checked; bytes behind the MPI
// are ignored, and its value is an integer.
#ifndef MODSIG_LINUX_LAYOUT_DIGSIG_HPP
#define MODSIG_LINUX_LAYOUT_DIGSIG_HPP

#include <modsig/layout/digsig.hpp>
#include <modsig/linux/key/mpi.hpp>
#include <modsig/linux/layout.hpp>

namespace modsig::kernel {

/// A digsig v1 signature, as Linux reads it.
template <>
struct layout_of<layout::digsig> : layout::digsig {
    /// In an attribute a bare digest is no signature: `bad_magic` (integrity_digsig_verify()).
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.signature.source == signature_source::image) return find_appended(s.image);
        const byte_view value = s.signature.bytes;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        if (value[0] != xattr_type) return failure{errc::bad_magic, 0};
        if (value.size() < 1 + min_signature_size) return failure{errc::truncated, value.size(), linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {1, value.size() - 1}};
    }

    /// The signature's only claim. Errors: those of read().
    [[nodiscard]] static constexpr result<layout::single_claim> open(const subject& s, const located& location) {
        claim claim;
        const result<void> outcome = read(s, location, claim);
        if (!outcome) return outcome.error();
        return layout::single_claim(claim);
    }

    /// The content's digest has the kernel's own algorithm (ima_hash=) where the subject gives it, whatever the header has.
    [[nodiscard]] static constexpr result<void> read(const subject& s, const located& location, claim& claim) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob) return failure{errc::truncated, location.blob.offset};
        const std::uint64_t start = location.blob.offset;
        if (blob->size() < min_signature_size) return failure{errc::truncated, start + blob->size(), linux_error::einval};
        const byte_view header = blob->first(header_size);
        if (header[5] != 0) return failure{errc::unsupported_algorithm, start + 5};
        claim.content_digest = s.beside.ima_hash != digest_id::none ? s.beside.ima_hash : digest_of_digsig_v1_number(header[6]);
        if (claim.content_digest == digest_id::none) claim.content_digest = digest_id::sha1;
        reader mpi(blob->subspan(header_size));
        const result<byte_view> signature = kernel::read_mpi(mpi);
        if (!signature) return signature.error().shifted(start + header_size);
        claim.layout = name;
        claim.scheme = scheme_id::rsa_pkcs1_raw;
        claim.signed_digest = digest_id::sha1;
        claim.where = location;
        claim.key = {key_id_kind::digsig_v1, header.subspan(7, 8), {}};
        claim.signature = without_leading_zeros(*signature);
        claim.authenticated = header;
        claim.lenient = true;
        claim.offset = start;
        return result<void>::success();
    }
};
static_assert(explain_blob_layout<layout_of<layout::digsig>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_DIGSIG_HPP
