// SPDX-License-Identifier: BSL-1.0
//
// Which part of an image a loader may take for the module: the loader begins at the first byte, so what is proven has to
// begin there too.
#ifndef MODSIG_LOAD_PAYLOAD_HPP
#define MODSIG_LOAD_PAYLOAD_HPP

#include <modsig/layout.hpp>

#include <optional>

namespace modsig::load {

/// Size of the module at the front of the image; nothing when a layout's content is elsewhere.
[[nodiscard]] constexpr std::optional<std::uint64_t> payload_size(range content) {
    if (content.offset != 0) return std::nullopt;
    return content.size;
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_PAYLOAD_HPP
