// SPDX-License-Identifier: BSL-1.0
//
// What an EVM signature is over: the values of extended attributes, concatenated, then facts of the inode in the byte order of
// the machine.  Format: security/integrity/evm/evm_crypto.c, evm_calc_hmac_or_hash(), hmac_add_misc().
//   offset  size  field       of a portable signature
//        0     8  inode       0            (4 bytes on 32-bit machines; all fields below stand 4 bytes earlier)
//        8     4  generation  0
//       12     4  uid
//       16     4  gid
//       20     2  mode        file type included: 0100644
//       22     2  zeros
//       24    16  UUID of the file system; none
#ifndef MODSIG_LAYOUT_EVM_DATA_HPP
#define MODSIG_LAYOUT_EVM_DATA_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::layout {

/// In the order in which they are hashed: evm_main.c, evm_config_default_xattrnames.
inline constexpr std::array<std::string_view, 8> evm_attribute_names{
    "security.selinux",       "security.SMACK64",  "security.SMACK64EXEC", "security.SMACK64TRANSMUTE",
    "security.SMACK64MMAP",   "security.apparmor", "security.ima",         "security.capability",
};

/// An extended attribute as stored, with the NUL at its end if it has one.
struct evm_attribute {
    std::string_view name{};  ///< with its prefix: security.ima
    byte_view value{};        ///< as getxattr(2) returns it
};

/// Facts of a file that a signature covers. A portable one covers uid, gid and mode only.
struct evm_inode {
    std::uint64_t number = 0;                                        ///< i_ino
    std::uint32_t generation = 0;                                    ///< i_generation, FS_IOC_GETVERSION
    std::uint32_t uid = 0;                                           ///< in the kernel's namespace
    std::uint32_t gid = 0;                                           ///< in the kernel's namespace
    std::uint16_t mode = 0;                                          ///< with the type of the file
    std::optional<std::array<std::uint8_t, 16>> file_system_uuid{};  ///< of kernels with CONFIG_EVM_ATTR_FSUUID
};

/// The machine that verifies the signature.
struct evm_machine {
    bool wide = true;         ///< 64 bits
    bool big_endian = false;  ///< byte order
};

/// The most bytes that evm_data() may write.
[[nodiscard]] constexpr std::size_t max_evm_data_size(std::span<const evm_attribute> attributes) {
    std::size_t size = 40;
    for (const evm_attribute& each : attributes) size += each.value.size();
    return size;
}

/// `evm_data` writes the signed bytes to `out` and returns those written. Attributes may be given in any order; attributes that
/// EVM does not protect are left out. A signature that is not portable covers only attributes that the kernel is built for: the
/// caller leaves out all others. Errors: `missing_element` (EPERM; a portable signature of a file without security.ima),
/// `repeated_element` (an attribute is given twice), `too_large` (`out` is too small).
[[nodiscard]] constexpr result<byte_view> evm_data(std::span<const evm_attribute> attributes, const evm_inode& inode, bool portable,
                                                   std::span<std::uint8_t> out, evm_machine machine = {}) {
    std::size_t size = 0;
    bool fits = true, has_ima = false;
    const auto put = [&](std::uint8_t byte) {
        if (size == out.size()) fits = false;
        else out[size++] = byte;
    };
    for (const std::string_view name : evm_attribute_names) {
        bool seen = false;
        for (const evm_attribute& each : attributes) {
            if (each.name != name) continue;
            if (seen) return errc::repeated_element;
            seen = true;
            for (const std::uint8_t byte : each.value) put(byte);
        }
        has_ima = has_ima || (seen && name == "security.ima");
    }
    if (portable && !has_ima) return failure{errc::missing_element, 0, linux_error::eperm};

    const auto integer = [&](std::uint64_t value, std::size_t width) {
        for (std::size_t i = 0; i != width; ++i) put(static_cast<std::uint8_t>(value >> 8 * (machine.big_endian ? width - 1 - i : i)));
    };
    integer(portable ? 0 : inode.number, machine.wide ? 8 : 4);
    integer(portable ? 0 : inode.generation, 4);
    integer(inode.uid, 4);
    integer(inode.gid, 4);
    integer(inode.mode, 2);
    integer(0, 2);
    if (!portable && inode.file_system_uuid)
        for (const std::uint8_t byte : *inode.file_system_uuid) put(byte);
    if (!fits) return failure{errc::too_large, out.size()};
    return byte_view(out.first(size));
}

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_EVM_DATA_HPP
