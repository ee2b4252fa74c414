// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_HEX_HPP
#define MODSIG_TESTS_SUPPORT_HEX_HPP

#include <cstdint>
#include <string_view>
#include <vector>

inline std::vector<std::uint8_t> hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
    return bytes;
}

#endif  // MODSIG_TESTS_SUPPORT_HEX_HPP
