// SPDX-License-Identifier: BSL-1.0
//
// The facts of the image that a compressed MCUboot image unpacks to, among the protected TLVs: its size, its hash, and a
// signature over that hash.  Format: MCUboot, docs/compression_format.md.
#ifndef MODSIG_LAYOUT_MCUBOOT_UNPACKED_HPP
#define MODSIG_LAYOUT_MCUBOOT_UNPACKED_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/mcuboot/tlv.hpp>

namespace modsig::layout::detail {

/// `read_unpacked` parses those TLVs. `id`: the algorithm of the compressed image's own hash, which both hashes have. Errors:
/// `missing_element` (one of the three is missing), `repeated_element`, `length_mismatch` (a hash of another length); those of
/// mcuboot_area::protected_one() and next().
[[nodiscard]] constexpr result<inner_signature> read_unpacked(byte_view image, const mcuboot_header& header, digest_id id) {
    auto entries = mcuboot_area::protected_one(image, header);
    if (!entries) return entries.error();
    inner_signature found;
    bool has_size = false, has_hash = false, has_signature = false;
    while (!entries->at_end()) {
        const auto entry = entries->next();
        if (!entry) return entry.error();
        bool* has = nullptr;
        if (entry->type == mcuboot_type::unpacked_size) has = &has_size;
        if (entry->type == mcuboot_type::unpacked_hash) has = &has_hash;
        if (entry->type == mcuboot_type::unpacked_signature) has = &has_signature;
        if (has == nullptr) continue;
        if (*has) return failure{errc::repeated_element, entry->offset};
        *has = true;
        if (has == &has_signature) found.signature = entry->value;
        if (has != &has_hash) continue;
        if (entry->value.size() != size_of(id)) return failure{errc::length_mismatch, entry->offset + 2};
        found.digest.id = id;
        for (std::size_t i = 0; i != entry->value.size(); ++i) found.digest.bytes[i] = entry->value[i];
    }
    if (!has_size || !has_hash || !has_signature) return failure{errc::missing_element, header.body_end()};
    return found;
}

}  // namespace modsig::layout::detail

#endif  // MODSIG_LAYOUT_MCUBOOT_UNPACKED_HPP
