// SPDX-License-Identifier: BSL-1.0
//
// X.501 Names as Linux reads them: crypto/asymmetric_keys/x509.asn1, x509_cert_parser.c, x509_extract_name_segment().
//   SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
#ifndef MODSIG_LINUX_ASN1_NAME_HPP
#define MODSIG_LINUX_ASN1_NAME_HPP

#include <modsig/linux/asn1/reader.hpp>

#include <string_view>

namespace modsig::kernel {

/// The parts of a display name; of several with one type, the last.
struct name_parts {
    byte_view common_name{};   ///< CN
    byte_view organization{};  ///< O
    byte_view email{};         ///< emailAddress
};

/// `read_name_content` reads the content of a Name.
constexpr name_parts read_name_content(asn1_reader& in) {
    using std::operator""sv;
    name_parts parts;
    while (!in.at_end()) {
        auto set = in.enter_list(der::tag_set);
        while (!set.at_end()) {
            auto fields = set.enter(der::tag_sequence);
            const byte_view type = fields.oid().content;
            const byte_view value = fields.any().content;
            fields.finish();
            if (equal(type, "\x55\x04\x03"sv)) parts.common_name = value;
            else if (equal(type, "\x55\x04\x0a"sv)) parts.organization = value;
            else if (equal(type, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv)) parts.email = value;
        }
        set.finish();
    }
    return parts;
}

/// `read_name` reads a Name, whose content identifies it byte for byte. An empty Name is `missing_element`.
constexpr element read_name(asn1_reader& in) {
    auto name = in.enter_list(der::tag_sequence);
    read_name_content(name);
    name.finish();
    return name.entered();
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_NAME_HPP
