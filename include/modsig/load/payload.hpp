// SPDX-License-Identifier: BSL-1.0
//
// The part of an image that a loader takes for the module. A loader reads from the first byte, so the proven content must begin
// there.
#ifndef MODSIG_LOAD_PAYLOAD_HPP
#define MODSIG_LOAD_PAYLOAD_HPP

#include <modsig/layout.hpp>

#include <optional>

namespace modsig::load {

/// The size in bytes of the module at the front of the image; nothing where the content is elsewhere.
[[nodiscard]] constexpr std::optional<std::uint64_t> payload_size(range content) {
    if (content.offset != 0) return std::nullopt;
    return content.size;
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_PAYLOAD_HPP
