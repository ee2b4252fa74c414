// SPDX-License-Identifier: BSL-1.0
//
// The header of an MCUboot image.  Format: MCUboot, boot/bootutil/include/bootutil/image.h (struct image_header).
//   offset  size  field            little-endian
//        0     4  magic            96f3b83d; 96f3b83c is an older format with other TLVs
//        4     4  load address
//        8     2  header size      with the padding behind the header
//       10     2  protected size   of the protected TLVs, with their first four bytes; 0 without any
//       12     4  body size
//       16     4  flags
//       20     8  version          major 1, minor 1, revision 2, build 4
//       28     4  padding          0
#ifndef MODSIG_LAYOUT_MCUBOOT_HEADER_HPP
#define MODSIG_LAYOUT_MCUBOOT_HEADER_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace modsig::layout {

/// The images that are read: those that a boot stage starts in place, in flash, with keys named by their digest and signatures
/// over the hash; or all that imgtool signs.
enum class mcuboot_images : std::uint8_t {
    in_place,  ///< keys named by their digest, signatures over the hash, not compressed
    any,       ///< all that imgtool signs
};

/// The parts are in the order in which they are compared.
struct mcuboot_version {
    std::uint8_t major = 0;      ///< offset 20
    std::uint8_t minor = 0;      ///< offset 21
    std::uint16_t revision = 0;  ///< offset 22
    std::uint32_t build = 0;     ///< offset 24

    /// In the order of the parts.
    friend constexpr auto operator<=>(const mcuboot_version&, const mcuboot_version&) = default;
};

/// A parsed header.
struct mcuboot_header {
    static constexpr std::size_t size = 32;                 ///< bytes of the fields
    static constexpr std::uint32_t magic = 0x96f3b83d;      ///< IMAGE_MAGIC
    static constexpr std::uint32_t old_magic = 0x96f3b83c;  ///< IMAGE_MAGIC_V1

    static constexpr std::uint32_t non_bootable = 0x10;                            ///< IMAGE_F_NON_BOOTABLE
    static constexpr std::uint32_t ram_load = 0x20;                                ///< IMAGE_F_RAM_LOAD
    static constexpr std::uint32_t rom_fixed = 0x100;                              ///< IMAGE_F_ROM_FIXED
    static constexpr std::uint32_t encrypted = 0x04 | 0x08;                        ///< IMAGE_F_ENCRYPTED_AES128, IMAGE_F_ENCRYPTED_AES256
    static constexpr std::uint32_t lzma1 = 0x200;                                  ///< IMAGE_F_COMPRESSED_LZMA1
    static constexpr std::uint32_t lzma2 = 0x400;                                  ///< IMAGE_F_COMPRESSED_LZMA2
    static constexpr std::uint32_t arm_thumb_filter = 0x800;                       ///< IMAGE_F_COMPRESSED_ARM_THUMB_FLT
    static constexpr std::uint32_t compressed = lzma1 | lzma2 | arm_thumb_filter;  ///< any of these

    std::uint32_t load_address = 0;    ///< offset 4
    std::uint16_t header_size = size;  ///< bytes, with padding
    std::uint16_t protected_size = 0;  ///< bytes
    std::uint32_t body_size = 0;       ///< bytes
    std::uint32_t flags = 0;           ///< offset 16: IMAGE_F_*
    mcuboot_version version{};         ///< offset 20

    /// `read` parses and checks a header. `whole` may be longer than the image. Errors: `bad_magic`, `unsupported_version` (the
    /// older format), `truncated`, `bad_header`, `length_overflow`, `empty_payload`, `unsupported_content_type` (encrypted or,
    /// with `in_place`, compressed: the code that runs is not the code that is signed), `reserved_nonzero`.
    template <mcuboot_images Allowed = mcuboot_images::in_place>
    [[nodiscard]] static constexpr result<mcuboot_header> read(byte_view whole) {
        if (whole.size() < 4) return errc::bad_magic;
        const auto kind = load_le<std::uint32_t>(whole.first(4));
        if (kind == old_magic) return errc::unsupported_version;
        if (kind != magic) return errc::bad_magic;
        if (whole.size() < size) return failure{errc::truncated, whole.size()};
        mcuboot_header read;
        read.load_address = load_le<std::uint32_t>(whole.subspan(4, 4));
        read.header_size = load_le<std::uint16_t>(whole.subspan(8, 2));
        read.protected_size = load_le<std::uint16_t>(whole.subspan(10, 2));
        read.body_size = load_le<std::uint32_t>(whole.subspan(12, 4));
        read.flags = load_le<std::uint32_t>(whole.subspan(16, 4));
        read.version = {whole[20], whole[21], load_le<std::uint16_t>(whole.subspan(22, 2)), load_le<std::uint32_t>(whole.subspan(24, 4))};
        if (const result<void> good = read.template check<Allowed>(whole); !good) return good.error();
        return read;
    }

    /// Compressed by LZMA2, with ARM Thumb's filter or without: what imgtool writes.
    [[nodiscard]] constexpr bool is_compressed() const { return (flags & lzma2) != 0; }

    /// The range of the body in the image.
    [[nodiscard]] constexpr range body() const { return {header_size, body_size}; }
    /// The offset of the protected TLVs.
    [[nodiscard]] constexpr std::uint64_t body_end() const { return std::uint64_t{header_size} + body_size; }
    /// The number of bytes that are hashed: header, body and protected TLVs.
    [[nodiscard]] constexpr std::uint64_t hashed_size() const { return body_end() + protected_size; }

private:
    [[nodiscard]] constexpr bool is_compressed_otherwise() const {
        return (flags & lzma1) != 0 || ((flags & arm_thumb_filter) != 0 && !is_compressed());
    }

    template <mcuboot_images Allowed>
    constexpr result<void> check(byte_view whole) const {
        constexpr bool unpacks = Allowed == mcuboot_images::any;
        if (header_size < size) return failure{errc::bad_header, 8};
        if (header_size > whole.size()) return failure{errc::length_overflow, 8};
        if (protected_size != 0 && protected_size < 4) return failure{errc::bad_header, 10};
        if (body_size == 0) return failure{errc::empty_payload, 12};
        if (body_end() > whole.size()) return failure{errc::length_overflow, 12};
        if (hashed_size() > whole.size()) return failure{errc::length_overflow, 10};
        constexpr std::uint32_t refused = encrypted | (unpacks ? 0 : compressed), known = non_bootable | ram_load | rom_fixed | (unpacks ? compressed : 0);
        if ((flags & refused) != 0 || (unpacks && is_compressed_otherwise())) return failure{errc::unsupported_content_type, 16};
        if ((flags & ~known) != 0) return failure{errc::reserved_nonzero, 16};
        if (load_le<std::uint32_t>(whole.subspan(28, 4)) != 0) return failure{errc::reserved_nonzero, 28};
        return result<void>::success();
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_HEADER_HPP
