// SPDX-License-Identifier: BSL-1.0
//
// struct signature_v2_hdr, as Linux reads it: security/integrity/digsig_asymmetric.c, asymmetric_verify().
#ifndef MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout/ima.hpp>

namespace modsig::kernel {

/// HASH_ALGO__LAST, include/uapi/linux/hash_info.h since 6.7.
[[nodiscard]] constexpr bool is_beyond_table(std::uint8_t linux_number) { return linux_number >= 23; }

/// The kernel's order of faults is that of layout::read_ima_header(); it reads the value itself leniently. `instead`: what version 3
/// is hashed with where the header's number is beyond Linux's table; `none`: such a header is refused.
[[nodiscard]] constexpr result<void> read_ima_header(byte_view value, claim& claim, digest_id instead = digest_id::none) {
    claim.lenient = true;
    const result<void> read = layout::read_ima_header(value, claim);
    const bool is_version_3 = value.size() > 1 && value[1] == layout::ima::file_id_version;
    if (read || read.error().code != errc::unsupported_hash || instead == digest_id::none || !is_version_3 || !is_beyond_table(value[2])) return read;
    claim.content_digest = claim.signed_digest = instead;
    claim.key = {key_id_kind::ima, value.subspan(3, 4), {}};
    claim.signature = value.subspan(layout::ima_header::size);
    claim.authenticated = value.first(3);
    return result<void>::success();
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
