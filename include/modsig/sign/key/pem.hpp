// SPDX-License-Identifier: BSL-1.0
//
// Writes PEM.  Format: RFC 7468, 64 digits a line. To any container of bytes, so that a private key's can be one that is
// wiped.
#ifndef MODSIG_SIGN_KEY_PEM_HPP
#define MODSIG_SIGN_KEY_PEM_HPP

#include <modsig/bytes.hpp>

#include <string_view>

namespace modsig::sign {

/// Appends a block.
template <class Out>
constexpr void write_pem(Out& out, std::string_view label, byte_view der) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr std::size_t line_size = 48;  // bytes
    const auto put = [&](std::string_view text) {
        for (const char c : text) out.push_back(static_cast<typename Out::value_type>(c));
    };
    put("-----BEGIN "), put(label), put("-----\n");
    for (std::size_t i = 0; i < der.size(); i += 3) {
        const byte_view group = der.subspan(i, der.size() - i < 3 ? der.size() - i : 3);
        const auto bits = load_be<std::uint32_t>(group) << (8 * (3 - group.size()));
        for (std::size_t digit = 0; digit != 4; ++digit)
            put(digit <= group.size() ? digits.substr(bits >> (18 - 6 * digit) & 63, 1) : "=");
        if (i % line_size == line_size - 3 || i + 3 >= der.size()) put("\n");
    }
    put("-----END "), put(label), put("-----\n");
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PEM_HPP
