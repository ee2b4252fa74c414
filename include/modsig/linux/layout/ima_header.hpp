// SPDX-License-Identifier: BSL-1.0
//
// struct signature_v2_hdr as Linux reads it: security/integrity/digsig_asymmetric.c, asymmetric_verify().
#ifndef MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout/ima.hpp>

namespace modsig::kernel {

/// Parses as layout::read_ima_header(), whose order of faults is the kernel's; the signature's value is read leniently.
/// `instead`: the algorithm of version 3 where the header's number is beyond Linux's table; `none`: such a header is refused.
[[nodiscard]] constexpr result<void> read_ima_header(byte_view value, claim& claim, digest_id instead = digest_id::none) {
    claim.lenient = true;
    const result<void> read = layout::read_ima_header(value, claim);
    const bool has_other_hash = !read && read.error().code == errc::unsupported_hash && layout::ima::has_file_id(claim) && layout::is_beyond_hash_table(value[2]);
    if (!has_other_hash || instead == digest_id::none) return read;
    claim.content_digest = claim.signed_digest = instead;
    return result<void>::success();
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
