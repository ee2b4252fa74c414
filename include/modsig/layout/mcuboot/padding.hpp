// SPDX-License-Identifier: BSL-1.0
//
// The bytes that imgtool puts behind an image to fill its slot (--pad, --test, --confirm): erased flash, and at its end the
// trailer that tells the boot loader to start the image. Format: MCUboot, scripts/imgtool/image.py, pad_to(); docs/design.md,
// "Image trailer". Offsets from the end, with the alignment of writes (8, 16 or 32; the magic is rounded up to it: 16, 16, 32):
//   magic + alignment   image_ok   01: confirmed, else erased
//                  16   magic      77c295f3 60d2ef7f 3552500f 2cb67980; or the alignment, little-endian, and 2de1 5d29410b ...
#ifndef MODSIG_LAYOUT_MCUBOOT_PADDING_HPP
#define MODSIG_LAYOUT_MCUBOOT_PADDING_HPP

#include <modsig/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::layout {

namespace detail {
/// The alignment of writes that a trailer's magic gives; nothing for bytes that are no magic.
[[nodiscard]] constexpr std::optional<std::size_t> mcuboot_alignment(byte_view magic) {
    constexpr std::array<std::uint8_t, 16> of_8{0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80};
    constexpr std::array<std::uint8_t, 14> of_others{0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
    if (equal(magic, of_8)) return 8;
    const std::size_t alignment = load_le<std::uint16_t>(magic.first(2));
    if (equal(magic.subspan(2), of_others) && (alignment == 16 || alignment == 32)) return alignment;
    return std::nullopt;
}
}  // namespace detail

/// `is_slot_filling`: whether the bytes behind an image are such a filling and nothing else, so that nothing can be hidden in
/// it. A slot that the boot loader has written to has other flags, and is refused.
[[nodiscard]] constexpr bool is_slot_filling(byte_view behind) {
    constexpr std::size_t magic_size = 16;
    constexpr std::uint8_t confirmed = 0x01;
    if (behind.size() < magic_size) return false;
    const auto alignment = detail::mcuboot_alignment(behind.last(magic_size));
    if (!alignment) return false;
    const std::size_t flag = (magic_size + *alignment - 1) / *alignment * *alignment + *alignment;
    if (behind.size() < flag) return false;
    const std::uint8_t erased = behind.front();
    if (erased != 0xff && erased != 0) return false;
    for (std::size_t i = 0; i != behind.size() - magic_size; ++i) {
        const bool is_flag = behind.size() - i == flag;
        if (behind[i] != erased && !(is_flag && behind[i] == confirmed)) return false;
    }
    return true;
}

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_PADDING_HPP
