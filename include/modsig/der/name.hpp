// SPDX-License-Identifier: BSL-1.0
//
// X.501 Names: their syntax.  Format: RFC 5280, section 4.1.2.4.
//   SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
#ifndef MODSIG_DER_NAME_HPP
#define MODSIG_DER_NAME_HPP

#include <modsig/der/reader.hpp>

namespace modsig::der {

/// What a display name is made of; of several, the last.
struct name_parts {
    byte_view common_name{};
    byte_view organization{};
    byte_view email{};
};

/// Reads what is inside a Name.
template <reading Reading>
constexpr name_parts read_name_content(reader<Reading> in) {
    using std::operator""sv;
    name_parts parts;
    while (!in.at_end()) {
        auto set = in.enter_list(tag_set);
        byte_view previous{};
        while (!set.at_end()) {
            const element attribute = set.expect(tag_sequence);
            if (is_strict<Reading> && !ascend(previous, attribute.whole)) set.fail(errc::non_minimal_der, attribute.offset);
            previous = attribute.whole;
            auto fields = set.enter(attribute);
            const byte_view type = fields.oid().content;
            const byte_view value = fields.any().content;
            fields.finish();
            if (equal(type, "\x55\x04\x03"sv)) parts.common_name = value;
            else if (equal(type, "\x55\x04\x0a"sv)) parts.organization = value;
            else if (equal(type, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv)) parts.email = value;
        }
    }
    return parts;
}

/// A Name: its content is what identifies it, byte for byte. An empty one is refused: `missing_element`.
template <reading Reading>
constexpr element read_name(reader<Reading>& in) {
    const element name = in.expect(tag_sequence);
    read_name_content(in.enter_list(name));
    return name;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_NAME_HPP
