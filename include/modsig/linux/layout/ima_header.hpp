// SPDX-License-Identifier: BSL-1.0
//
// struct signature_v2_hdr, as Linux reads it: security/integrity/digsig_asymmetric.c, asymmetric_verify().
#ifndef MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout/ima_header.hpp>

namespace modsig::kernel {

/// The kernel's order of faults is that of layout::read_ima_header(); it reads the value itself leniently.
[[nodiscard]] constexpr result<void> read_ima_header(byte_view value, claim& claim) {
    claim.lenient = true;
    return layout::read_ima_header(value, claim);
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_IMA_HEADER_HPP
