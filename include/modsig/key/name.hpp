// SPDX-License-Identifier: BSL-1.0
//
// The display name that Linux makes of an X.501 Name.
#ifndef MODSIG_KEY_NAME_HPP
#define MODSIG_KEY_NAME_HPP

#include <modsig/linux/asn1/name.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace modsig::key {

/// `display_name` returns the name that Linux shows in key descriptions and log lines, written to `out` and cut off at its end.
/// `name`: content octets of a Name. For display only; the bytes are not escaped.
/// crypto/asymmetric_keys/x509_cert_parser.c, x509_fabricate_name(): "O: CN" unless CN begins with O or with its first
/// seven bytes, else the only one of them, else the e-mail address.
[[nodiscard]] constexpr std::string_view display_name(byte_view name, std::span<char> out) {
    failure fault{errc::none};
    kernel::asn1_reader in(name, fault);
    const auto [cn, o, email] = kernel::read_name_content(in);
    std::size_t size = 0;
    const auto put = [&](const auto& text) {
        for (const auto c : text)
            if (size != out.size()) out[size++] = static_cast<char>(c);
    };
    constexpr std::size_t significant = 7;
    const bool both = !cn.empty() && !o.empty();
    const bool same = starts_with(cn, o) ||
                      (cn.size() >= significant && o.size() >= significant && equal(cn.first(significant), o.first(significant)));
    if (both && !same) put(o), put(std::string_view(": ", 2));
    put(!cn.empty() ? cn : !o.empty() ? o : email);
    return {out.data(), size};
}

/// `is_shown_as`: whether `shown` is the whole display name of `name`. MODSIGN of 3.7 stores a name's length in one byte.
[[nodiscard]] constexpr bool is_shown_as(byte_view name, byte_view shown) {
    std::array<char, 256> room{};
    return shown.size() < room.size() && equal(shown, display_name(name, room));
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_NAME_HPP
