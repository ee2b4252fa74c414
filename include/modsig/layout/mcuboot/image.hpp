// SPDX-License-Identifier: BSL-1.0
//
// The facts of an image that a boot stage needs besides its signature: the version, and the security counter, which keeps out
// old images with known faults. The facts are read from `bytes`, and are unproven until `bytes` are verified.
//   const auto image = modsig::layout::mcuboot_image::in(slot);
//   if (image && image_verifier::verify(image->bytes) && image->security_counter.value_or(0) >= stored) ...
#ifndef MODSIG_LAYOUT_MCUBOOT_IMAGE_HPP
#define MODSIG_LAYOUT_MCUBOOT_IMAGE_HPP

#include <modsig/layout/mcuboot/header.hpp>
#include <modsig/layout/mcuboot/tlv.hpp>

#include <optional>

namespace modsig::layout {

/// An image's facts. Views alias the slot.
struct mcuboot_image {
    mcuboot_header header{};                          ///< with version and flags
    std::optional<std::uint32_t> security_counter{};  ///< of the protected TLVs, which alone are signed
    byte_view bytes{};                                ///< of the slot: the image with its signature, without the bytes behind it

    /// `in` parses the image that a slot begins with; any bytes may follow it. Errors: those of mcuboot_header and
    /// mcuboot_area; `length_mismatch` (a security counter of other than 4 bytes), `repeated_element` (several counters).
    template <mcuboot_images Allowed = mcuboot_images::in_place>
    [[nodiscard]] static constexpr result<mcuboot_image> in(byte_view slot) {
        const auto header = mcuboot_header::read<Allowed>(slot);
        if (!header) return header.error();
        const auto size = mcuboot_area::size_at(slot, header->hashed_size(), mcuboot_area::magic);
        if (!size) return size.error();
        auto entries = mcuboot_area::protected_one(slot, *header);
        if (!entries) return entries.error();
        mcuboot_image found{*header, {}, slot.first(static_cast<std::size_t>(header->hashed_size()) + *size)};
        while (!entries->at_end()) {
            const auto entry = entries->next();
            if (!entry) return entry.error();
            if (entry->type != mcuboot_type::security_counter) continue;
            if (entry->value.size() != 4) return failure{errc::length_mismatch, entry->offset + 2};
            if (found.security_counter) return failure{errc::repeated_element, entry->offset};
            found.security_counter = load_le<std::uint32_t>(entry->value);
        }
        return found;
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_IMAGE_HPP
