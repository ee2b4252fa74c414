// SPDX-License-Identifier: BSL-1.0
//
// Writes PEM.  Format: RFC 7468, 64 digits a line. To any container of bytes, so that a private key's can be one that is
// wiped.
#ifndef MODSIG_SIGN_KEY_PEM_HPP
#define MODSIG_SIGN_KEY_PEM_HPP

#include <modsig/bytes.hpp>

#include <string_view>

namespace modsig::sign {

/// `write_base64` appends base64 without line ends.  Format: RFC 4648, section 4.
template <class Out>
constexpr void write_base64(Out& out, byte_view binary) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < binary.size(); i += 3) {
        const byte_view group = binary.subspan(i, binary.size() - i < 3 ? binary.size() - i : 3);
        const auto bits = load_be<std::uint32_t>(group) << (8 * (3 - group.size()));
        for (std::size_t digit = 0; digit != 4; ++digit)
            out.push_back(static_cast<typename Out::value_type>(digit <= group.size() ? digits[bits >> (18 - 6 * digit) & 63] : '='));
    }
}

/// `write_pem` appends a block.
template <class Out>
constexpr void write_pem(Out& out, std::string_view label, byte_view der) {
    constexpr std::size_t line_size = 48;  // bytes
    const auto put = [&](std::string_view text) {
        for (const char c : text) out.push_back(static_cast<typename Out::value_type>(c));
    };
    put("-----BEGIN "), put(label), put("-----\n");
    for (std::size_t i = 0; i < der.size(); i += line_size) {
        write_base64(out, der.subspan(i, der.size() - i < line_size ? der.size() - i : line_size));
        put("\n");
    }
    put("-----END "), put(label), put("-----\n");
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PEM_HPP
