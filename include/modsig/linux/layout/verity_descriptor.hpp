// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's descriptor, as Linux reads it: fs/verity/open.c, validate_fsverity_descriptor(). The padding of root and salt and
// what follows the signature are not looked at.
#ifndef MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP
#define MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP

#include <modsig/layout/verity_descriptor.hpp>

namespace modsig::kernel {

/// `file_size`: that of the file in bytes. Faults in the order of the fields: truncated, too_large, unsupported_version,
/// unsupported_hash, unsupported_block_size, length_overflow (salt or signature), length_mismatch (the file has another size),
/// reserved_nonzero.
[[nodiscard]] constexpr result<layout::verity_descriptor> parse_verity_descriptor(byte_view bytes, std::uint64_t file_size) {
    using layout::verity_descriptor;
    const auto wrong = [](errc code, std::uint64_t offset) { return failure{code, offset, linux_error::einval}; };
    if (bytes.size() < digest::fsverity_descriptor_size) return wrong(errc::truncated, bytes.size());
    if (bytes.size() > verity_descriptor::max_size) return failure{errc::too_large, verity_descriptor::max_size};
    if (bytes[0] != 1) return wrong(errc::unsupported_version, 0);
    verity_descriptor read;
    read.how.hash = digest_of_fsverity_number(bytes[1]);
    if (read.how.hash == digest_id::none) return wrong(errc::unsupported_hash, 1);
    read.how.block_size = bytes[2] < 32 ? std::uint32_t{1} << bytes[2] : 0;
    if (!digest::is_block_size(read.how.block_size)) return wrong(errc::unsupported_block_size, 2);
    const std::size_t salt_size = bytes[3];
    if (salt_size > digest::fsverity_max_salt_size) return wrong(errc::length_overflow, 3);
    const auto signature_size = load_le<std::uint32_t>(bytes.subspan(4, 4));
    const byte_view behind = bytes.subspan(digest::fsverity_descriptor_size);
    if (signature_size > behind.size()) return wrong(errc::length_overflow, 4);
    read.data_size = load_le<std::uint64_t>(bytes.subspan(8, 8));
    if (read.data_size != file_size) return wrong(errc::length_mismatch, 8);
    const byte_view root = bytes.subspan(16, max_digest_size), reserved = bytes.subspan(112, 144);
    read.root.id = read.how.hash;
    std::copy_n(root.begin(), size_of(read.root.id), read.root.bytes.begin());
    read.how.salt = bytes.subspan(80, salt_size);
    if (std::any_of(reserved.begin(), reserved.end(), [](std::uint8_t byte) { return byte != 0; })) return wrong(errc::reserved_nonzero, 112);
    read.signature = behind.first(signature_size);
    return read;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_VERITY_DESCRIPTOR_HPP
