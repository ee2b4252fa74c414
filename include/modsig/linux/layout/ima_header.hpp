// SPDX-License-Identifier: BSL-1.0
//
// struct signature_v2_hdr, as Linux reads it: security/integrity/digsig_asymmetric.c, asymmetric_verify().
#ifndef MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout/ima_header.hpp>

namespace modsig::kernel {

/// Reads what is behind type and version into a claim, in the kernel's order. `truncated`; `length_overflow` and
/// `trailing_garbage`, where the size is not that of what follows; `unsupported_hash`: ENOPKG beyond the table, without errno
/// where it is in Linux's table and not in ours.
[[nodiscard]] constexpr result<void> read_ima_header(byte_view value, claim& claim) {
    constexpr std::size_t header_size = layout::ima_header::size;
    constexpr std::uint8_t hash_algo_last = 23;  // include/uapi/linux/hash_info.h since 6.7
    if (value.size() <= header_size) return failure{errc::truncated, value.size()};
    const std::size_t rest = value.size() - header_size, size = load_be<std::uint16_t>(value.subspan(7, 2));
    if (size > rest) return failure{errc::length_overflow, 7};
    if (size < rest) return failure{errc::trailing_garbage, header_size + size};
    claim.content_digest = digest_of_linux_number(value[2]);
    if (value[2] >= hash_algo_last) return failure{errc::unsupported_hash, 2, linux_error::enopkg};
    if (claim.content_digest == digest_id::none) return failure{errc::unsupported_hash, 2};
    claim.key = {key_id_kind::ima, value.subspan(3, 4), {}};
    claim.signature = value.subspan(header_size);
    claim.lenient = true;
    return result<void>::success();
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
