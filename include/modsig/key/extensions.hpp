// SPDX-License-Identifier: BSL-1.0
//
// The extensions of a certificate.  Format: RFC 5280, section 4.2.
//   SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, OCTET STRING }
// Each extension may occur once; an unknown critical extension is refused.
#ifndef MODSIG_KEY_EXTENSIONS_HPP
#define MODSIG_KEY_EXTENSIONS_HPP

#include <modsig/der.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/key/extension_id.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::key {

namespace detail {

/// Section 4.2.1.2. Linux cannot look up an identifier of more than 127 bytes.
constexpr void note_skid(der::reader& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    const der::element id = inside.octet_string();
    inside.finish();
    if (id.content.empty() || id.content.size() > 127) in.fail(errc::bad_der, value.offset);
    cert.info.skid = id.content;
}

/// Section 4.2.1.3: digitalSignature is bit 0, keyCertSign bit 5. X.690, section 11.2.2: no zero bits at the end. Nine bits are
/// defined; Linux does not find keyCertSign in a BIT STRING of more than two bytes.
constexpr void note_key_usage(der::reader& in, const der::element& value, key_purpose& purpose) {
    auto inside = in.nested(value);
    const der::element bits = inside.expect(der::tag_bit_string);
    inside.finish();
    const byte_view v = bits.content;
    if (v.size() < 2 || v.size() > 3 || v[0] > 7) return in.fail(errc::bad_der, bits.offset);
    if ((v.back() & ((2u << v[0]) - 1)) != 1u << v[0]) return in.fail(errc::non_minimal_der, bits.offset);
    purpose.usage_known = true;
    purpose.digital_signature = (v[1] & 0x80) != 0;
    purpose.cert_sign = (v[1] & 0x04) != 0;
}

/// Section 4.2.1.9: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }, the latter only for a CA and at
/// most one byte, as in Linux.
constexpr void note_basic_constraints(der::reader& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    auto fields = inside.enter(der::tag_sequence);
    cert.info.purpose.constraints_known = true;
    cert.info.purpose.is_ca = fields.optional_boolean();
    if (!fields.at_end()) {
        if (!cert.info.purpose.is_ca) fields.fail(errc::bad_structure, fields.offset());
        const der::element length = fields.unsigned_integer();
        if (length.content.size() > 1) fields.fail(errc::bad_der, length.offset);
        cert.info.purpose.path_length = load_be<std::uint8_t>(length.content);
    }
    fields.finish();
    inside.finish();
}

/// Section 4.2.1.12: SEQUENCE OF OBJECT IDENTIFIER.
constexpr void note_extended_key_usage(der::reader& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    auto purposes = inside.enter_list(der::tag_sequence);
    while (!purposes.at_end()) {
        const byte_view purpose = purposes.oid().content;
        if (equal(purpose, std::string_view("\x2b\x06\x01\x05\x05\x07\x03\x03", 8)) || equal(purpose, std::string_view("\x55\x1d\x25\x00", 4)))
            cert.info.purpose.code_signing = true;
    }
    inside.finish();
    cert.info.purpose.extended_usage_known = true;
    cert.extended_key_usage = value.content;
}

/// `extensions_seen` finds repeated extensions. Certificates have about ten; the strict reading accepts at most 32.
class extensions_seen {
    std::array<byte_view, 32> oids_{};
    std::size_t count_ = 0;

public:
    constexpr errc add(byte_view oid) {
        for (std::size_t i = 0; i != count_; ++i)
            if (equal(oids_[i], oid)) return errc::repeated_element;
        if (count_ == oids_.size()) return errc::too_large;
        oids_[count_++] = oid;
        return errc::none;
    }
};

/// A GeneralName that identifies no certificate: a string or an identifier. Names with a structure of their own (otherName,
/// x400Address, ediPartyName) are refused.
constexpr void skip_general_name(der::reader& list) {
    const der::element other = list.any();
    for (const unsigned number : {1u, 2u, 6u, 7u, 8u})
        if (other.tag == der::context(number)) return;
    list.fail(errc::bad_der, other.offset);
}
}  // namespace detail

/// Section 4.2.1.1: SEQUENCE { [0] keyIdentifier, [1] GeneralNames, [2] serial }, each OPTIONAL, the latter two only together.
/// Of the GeneralNames only a directoryName, [4], can identify a certificate.
[[nodiscard]] constexpr authority read_authority(der::reader in) {
    authority issued_by;
    auto fields = in.enter(der::tag_sequence);
    if (const auto key_id = fields.optional(der::context(0))) issued_by.key_id = key_id->content;
    std::optional<der::element> directory_name;
    const auto names = fields.optional(der::context_constructed(1));
    if (names) {
        auto list = fields.enter_list(*names);
        while (!list.at_end()) {
            if (!list.next_is(der::context_constructed(4))) {
                detail::skip_general_name(list);
                continue;
            }
            auto name = list.enter(der::context_constructed(4));
            directory_name = read_name(name);
            name.finish();
        }
    }
    std::optional<der::element> serial;
    if (fields.next_is(der::context(2))) serial = fields.integer(der::context(2));
    fields.finish();
    in.finish();
    if (names.has_value() != serial.has_value()) in.fail(errc::bad_der, fields.offset());
    if (directory_name && serial) issued_by.name = authority::issuer_and_serial{directory_name->content, serial->content};
    return issued_by;
}

/// `read_extensions` reads the extensions into `cert`. Returns the value of authorityKeyIdentifier, for read_authority().
[[nodiscard]] constexpr std::optional<der::element> read_extensions(der::reader& in, certificate& cert) {
    std::optional<der::element> akid;
    detail::extensions_seen seen;
    auto list = in.enter_list(der::tag_sequence);
    while (!list.at_end()) {
        const der::element extension = list.expect(der::tag_sequence);
        auto fields = list.enter(extension);
        const der::element oid = fields.oid();
        const bool critical = fields.optional_boolean();
        const der::element value = fields.octet_string();
        fields.finish();
        if (in.failed()) break;
        const extension_id id = extension_of_oid(oid.content);
        errc fault = seen.add(oid.content);
        // `bad_der` gives the errno of Linux, which has no code of its own for a repeated subjectKeyIdentifier.
        if (fault == errc::repeated_element && id == extension_id::subject_key_identifier) fault = errc::bad_der;
        if (fault == errc::none && critical && id == extension_id::unknown) fault = errc::unsupported_extension;
        if (fault != errc::none) return in.fail(fault, extension.offset), akid;
        switch (id) {
            case extension_id::subject_key_identifier: detail::note_skid(in, value, cert); break;
            case extension_id::key_usage: detail::note_key_usage(in, value, cert.info.purpose); break;
            case extension_id::basic_constraints: detail::note_basic_constraints(in, value, cert); break;
            case extension_id::authority_key_identifier: akid = value; break;
            case extension_id::extended_key_usage: detail::note_extended_key_usage(in, value, cert); break;
            case extension_id::unknown: break;
        }
    }
    return akid;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_EXTENSIONS_HPP
