// SPDX-License-Identifier: BSL-1.0
//
// UTF-8, character by character.  Format: RFC 3629.
#ifndef MODSIG_SIGN_KEY_UTF8_HPP
#define MODSIG_SIGN_KEY_UTF8_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::sign {

/// The next character, which is taken off the text; nothing where it begins with none.
[[nodiscard]] constexpr std::optional<std::uint32_t> take_character(std::string_view& text) {
    const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    if (text.empty()) return std::nullopt;
    const std::uint8_t first = byte_at(0);
    const std::size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || size > text.size()) return std::nullopt;
    std::uint32_t value = size == 1 ? first : first & (0x7fu >> size);
    for (std::size_t i = 1; i != size; ++i) {
        if ((byte_at(i) & 0xc0) != 0x80) return std::nullopt;
        value = value << 6 | (byte_at(i) & 0x3fu);
    }
    // Longer than it need be, half of a pair, beyond the last one.
    if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000) || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff) return std::nullopt;
    text.remove_prefix(size);
    return value;
}

/// Characters; nothing where something is no UTF-8.
[[nodiscard]] constexpr std::optional<std::size_t> utf8_size(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count)
        if (!take_character(text)) return std::nullopt;
    return count;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_UTF8_HPP
