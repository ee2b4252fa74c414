// SPDX-License-Identifier: BSL-1.0
//
// The TLVs behind the body of an MCUboot image: up to two areas, the protected one first.
//   area    magic 2 (6908: protected, hashed; 6907: not), size 2 with these four bytes, entries
//   entry   type 2, length 2, value
// Format: MCUboot, boot/bootutil/include/bootutil/image.h (struct image_tlv_info, struct image_tlv).
#ifndef MODSIG_LAYOUT_MCUBOOT_TLV_HPP
#define MODSIG_LAYOUT_MCUBOOT_TLV_HPP

#include <modsig/bytes.hpp>
#include <modsig/layout/mcuboot/header.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::layout {

/// The types of TLVs that are known: IMAGE_TLV_*.
enum class mcuboot_type : std::uint16_t {
    key_hash = 0x01,              ///< IMAGE_TLV_KEYHASH
    public_key = 0x02,            ///< IMAGE_TLV_PUBKEY
    sha256 = 0x10,                ///< IMAGE_TLV_SHA256
    sha384 = 0x11,                ///< IMAGE_TLV_SHA384
    sha512 = 0x12,                ///< IMAGE_TLV_SHA512
    rsa2048_pss = 0x20,           ///< IMAGE_TLV_RSA2048_PSS
    ecdsa224 = 0x21,              ///< no longer written
    ecdsa = 0x22,                 ///< IMAGE_TLV_ECDSA_SIG
    rsa3072_pss = 0x23,           ///< IMAGE_TLV_RSA3072_PSS
    ed25519 = 0x24,               ///< IMAGE_TLV_ED25519
    signs_image = 0x25,           ///< the image is signed, not its hash
    first_encryption_key = 0x30,  ///< IMAGE_TLV_ENC_RSA2048
    last_encryption_key = 0x3f,   ///< of the range for encryption
    dependency = 0x40,            ///< IMAGE_TLV_DEPENDENCY
    security_counter = 0x50,      ///< IMAGE_TLV_SEC_CNT
    // of the image that a compressed image unpacks to; protected TLVs
    unpacked_size = 0x70,       ///< IMAGE_TLV_DECOMP_SIZE
    unpacked_hash = 0x71,       ///< IMAGE_TLV_DECOMP_SHA
    unpacked_signature = 0x72,  ///< IMAGE_TLV_DECOMP_SIGNATURE
};

/// One TLV. The value aliases the image.
struct mcuboot_entry {
    mcuboot_type type{};       ///< any value, known or not
    std::uint64_t offset = 0;  ///< of the type
    byte_view value{};         ///< without type and length
};

/// `mcuboot_area` yields the entries of one area. Offsets count from the image's start.
class mcuboot_area {
    reader entries_{};
    std::uint64_t start_ = 0;

    constexpr mcuboot_area(byte_view entries, std::uint64_t start) : entries_(entries), start_(start) {}

public:
    static constexpr std::uint16_t magic = 0x6907;            ///< IMAGE_TLV_INFO_MAGIC
    static constexpr std::uint16_t protected_magic = 0x6908;  ///< IMAGE_TLV_PROT_INFO_MAGIC
    static constexpr std::size_t info_size = 4;               ///< bytes of struct image_tlv_info
    static constexpr std::size_t head_size = 4;               ///< bytes of struct image_tlv

    constexpr mcuboot_area() = default;  // without entries

    /// `size_at` returns an area's size by its first four bytes. Errors: `truncated`, `bad_magic`, `length_overflow`.
    [[nodiscard]] static constexpr result<std::uint16_t> size_at(byte_view whole, std::uint64_t offset, std::uint16_t kind) {
        const auto info = slice(whole, {offset, info_size});
        if (!info) return failure{errc::truncated, whole.size()};
        if (load_le<std::uint16_t>(info->first(2)) != kind) return failure{errc::bad_magic, offset};
        const auto total = load_le<std::uint16_t>(info->subspan(2));
        if (total < info_size) return failure{errc::truncated, offset + 2};
        if (total > whole.size() - offset) return failure{errc::length_overflow, offset + 2};
        return total;
    }

    /// `of` returns an area whose size is known.
    [[nodiscard]] static constexpr mcuboot_area of(byte_view whole, range area) {
        const auto entries = slice(whole, {area.offset + info_size, area.size - info_size});
        return entries ? mcuboot_area(*entries, area.offset + info_size) : mcuboot_area();
    }

    /// `protected_one` returns the area that the header announces; empty without one. Errors: `length_mismatch`; those of
    /// size_at().
    [[nodiscard]] static constexpr result<mcuboot_area> protected_one(byte_view whole, const mcuboot_header& header) {
        if (header.protected_size == 0) return mcuboot_area();
        const auto size = size_at(whole, header.body_end(), protected_magic);
        if (!size) return size.error();
        if (*size != header.protected_size) return failure{errc::length_mismatch, header.body_end() + 2};
        return of(whole, {header.body_end(), *size});
    }

    /// Whether no entry is left.
    [[nodiscard]] constexpr bool at_end() const { return entries_.at_end(); }
    /// The next entry. Errors: `truncated` (less than an entry's first four bytes is left), `length_overflow` (a value reaches
    /// beyond the area).
    [[nodiscard]] constexpr result<mcuboot_entry> next() {
        const std::uint64_t offset = start_ + entries_.offset();
        const auto type = entries_.le<std::uint16_t>(), length = entries_.le<std::uint16_t>();
        if (!type || !length) return failure{errc::truncated, offset};
        const auto value = entries_.take(*length);
        if (!value) return failure{errc::length_overflow, offset + 2};
        return mcuboot_entry{static_cast<mcuboot_type>(*type), offset, *value};
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_TLV_HPP
