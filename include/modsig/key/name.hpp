// SPDX-License-Identifier: BSL-1.0
//
// X.501 Names: their syntax, and the name that Linux shows for one.  Format: RFC 5280, section 4.1.2.4.
//   SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
#ifndef MODSIG_KEY_NAME_HPP
#define MODSIG_KEY_NAME_HPP

#include <modsig/der.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace modsig::key {

/// What a display name is made of; of several, the last.
struct name_parts {
    byte_view common_name{};
    byte_view organization{};
    byte_view email{};
};

/// Reads what is inside a Name.
template <reading Reading>
constexpr name_parts read_name_content(der::reader<Reading> in) {
    name_parts parts;
    while (!in.at_end()) {
        auto set = in.enter_list(der::tag_set);
        byte_view previous{};
        while (!set.at_end()) {
            const der::element attribute = set.expect(der::tag_sequence);
            if (is_strict<Reading> && !der::ascend(previous, attribute.whole)) set.fail(errc::non_minimal_der, attribute.offset);
            previous = attribute.whole;
            auto fields = set.enter(attribute);
            const byte_view type = fields.oid().content;
            const byte_view value = fields.any().content;
            fields.finish();
            if (equal(type, "\x55\x04\x03")) parts.common_name = value;
            else if (equal(type, "\x55\x04\x0a")) parts.organization = value;
            else if (equal(type, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")) parts.email = value;
        }
    }
    return parts;
}

/// A Name: its content is what identifies it, byte for byte. An empty one is refused: `missing_element`.
template <reading Reading>
constexpr der::element read_name(der::reader<Reading>& in) {
    const der::element name = in.expect(der::tag_sequence);
    read_name_content(in.enter_list(name));
    return name;
}

/// How Linux names the owner of a Name (content octets) in key descriptions and log lines; for display only, and with
/// whatever bytes stand there. It is written to `out`, cut off where that ends.
/// crypto/asymmetric_keys/x509_cert_parser.c, x509_fabricate_name(): "O: CN" unless CN begins with O or with its first
/// seven bytes, else the only one of them, else the e-mail address.
[[nodiscard]] constexpr std::string_view display_name(byte_view name, std::span<char> out) {
    failure fault{errc::none};
    const auto [cn, o, email] = read_name_content(der::reader<linux_reading>(name, fault));
    std::size_t size = 0;
    const auto put = [&](const auto& text) {
        for (const auto c : text)
            if (size != out.size()) out[size++] = static_cast<char>(c);
    };
    constexpr std::size_t significant = 7;
    const bool both = !cn.empty() && !o.empty();
    const bool same = starts_with(cn, o) ||
                      (cn.size() >= significant && o.size() >= significant && equal(cn.first(significant), o.first(significant)));
    if (both && !same) put(o), put(std::string_view(": "));
    put(!cn.empty() ? cn : !o.empty() ? o : email);
    return {out.data(), size};
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_NAME_HPP
