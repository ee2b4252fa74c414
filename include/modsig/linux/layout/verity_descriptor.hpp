// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's descriptor as Linux reads it: fs/verity/open.c, validate_fsverity_descriptor(). The padding of root and salt and
// the bytes behind the signature are ignored.
#ifndef MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP
#define MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP

#include <modsig/layout/verity_descriptor.hpp>

namespace modsig::kernel {

/// `parse_verity_descriptor` parses a descriptor. `file_size`: of the file, in bytes. Errors, in the order of the fields:
/// `truncated`, `too_large`, `unsupported_version`, `unsupported_hash`, `unsupported_block_size`, `length_overflow` (salt or
/// signature), `length_mismatch` (the file has another size), `reserved_nonzero`.
[[nodiscard]] constexpr result<layout::verity_descriptor> parse_verity_descriptor(byte_view bytes, std::uint64_t file_size) {
    using layout::verity_descriptor;
    const result<verity_descriptor> read = verity_descriptor::read_fields(bytes, file_size);
    if (read && !verity_descriptor::is_zero(bytes.subspan(112, 144))) return verity_descriptor::wrong(errc::reserved_nonzero, 112);
    return read;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP
