// SPDX-License-Identifier: BSL-1.0
//
// The extensions of a certificate.  Format: RFC 5280, section 4.2.
//   SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, OCTET STRING }
// Strict reads them as DER, each at most once, and refuses a critical one that it does not know. Linux looks at single
// bytes of four of them: crypto/asymmetric_keys/x509_cert_parser.c, x509_process_extension().
#ifndef MODSIG_KEY_EXTENSIONS_HPP
#define MODSIG_KEY_EXTENSIONS_HPP

#include <modsig/der.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/key/name.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::key {

/// Last byte of the OIDs below id-ce, 2.5.29.
enum class extension_id : std::uint8_t {
    unknown = 0, subject_key_identifier = 14, key_usage = 15, basic_constraints = 19, authority_key_identifier = 35,
    extended_key_usage = 37,
};

[[nodiscard]] constexpr extension_id extension_of_oid(byte_view oid) {
    if (oid.size() != 3 || oid[0] != 0x55 || oid[1] != 0x1d) return extension_id::unknown;
    switch (const auto id = static_cast<extension_id>(oid[2]); id) {
        case extension_id::subject_key_identifier:
        case extension_id::key_usage:
        case extension_id::basic_constraints:
        case extension_id::authority_key_identifier:
        case extension_id::extended_key_usage: return id;
        default: return extension_id::unknown;
    }
}

namespace detail {

// ---- as Linux reads them; `in` is only told of faults ------------------------------------------------------------------

constexpr void note_skid(der::reader<linux_reading>& in, const der::element& value, certificate& cert) {
    const byte_view v = value.content;
    if (!cert.info.skid.empty() || v.size() < 3 || v[0] != der::tag_octet_string || v[1] != v.size() - 2)
        return in.fail(errc::bad_der, value.offset);
    cert.info.skid = v.subspan(2);
}

constexpr void note_key_usage(der::reader<linux_reading>& in, const der::element& value, key_purpose& purpose) {
    const byte_view v = value.content;
    if (v.size() < 4 || v[0] != der::tag_bit_string || v[2] >= 8) return in.fail(errc::bad_der, value.offset);
    purpose.usage_known = true;
    if ((v[3] & 0x80) != 0) purpose.digital_signature = true;
    const bool has_bit_5 = (v[1] == 2 && v[2] <= 2) || (v[1] == 3 && v.size() > 4);
    if (has_bit_5 && (v[3] & 0x04) != 0) purpose.cert_sign = true;
}

constexpr void note_basic_constraints(der::reader<linux_reading>& in, const der::element& value, certificate& cert) {
    const byte_view v = value.content;
    if (v.size() < 2 || v[0] != der::tag_sequence || v[1] != v.size() - 2) return in.fail(errc::bad_der, value.offset);
    cert.info.purpose.constraints_known = true;
    if (v[1] == 0) return;
    if (v.size() < 5 || v[2] != der::tag_boolean || v[3] != 1 || v[4] != 0xff) return in.fail(errc::bad_der, value.offset);
    cert.info.purpose.is_ca = true;
}

constexpr void note_extended_key_usage(der::reader<linux_reading>&, const der::element& value, certificate& cert) {
    cert.extended_key_usage = value.content;
}

// ---- as RFC 5280 defines them -------------------------------------------------------------------------------------------

/// Section 4.2.1.2. Longer than 127 bytes it could not be looked up in Linux.
constexpr void note_skid(der::reader<strict_reading>& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    const der::element id = inside.octet_string();
    inside.finish();
    if (id.content.empty() || id.content.size() > 127) in.fail(errc::bad_der, value.offset);
    cert.info.skid = id.content;
}

/// Section 4.2.1.3: digitalSignature is bit 0, keyCertSign bit 5. X.690, section 11.2.2: no zero bits at the end.
constexpr void note_key_usage(der::reader<strict_reading>& in, const der::element& value, key_purpose& purpose) {
    auto inside = in.nested(value);
    const der::element bits = inside.expect(der::tag_bit_string);
    inside.finish();
    const byte_view v = bits.content;
    if (v.size() < 2 || v[0] > 7) return in.fail(errc::bad_der, bits.offset);
    if ((v.back() & ((2u << v[0]) - 1)) != 1u << v[0]) return in.fail(errc::non_minimal_der, bits.offset);
    purpose.usage_known = true;
    purpose.digital_signature = (v[1] & 0x80) != 0;
    purpose.cert_sign = (v[1] & 0x04) != 0;
}

/// Section 4.2.1.9: SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }, the latter only for a CA.
constexpr void note_basic_constraints(der::reader<strict_reading>& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    auto fields = inside.enter(der::tag_sequence);
    cert.info.purpose.constraints_known = true;
    cert.info.purpose.is_ca = fields.optional_boolean();
    if (!fields.at_end()) {
        if (!cert.info.purpose.is_ca) fields.fail(errc::bad_structure, fields.offset());
        const byte_view length = without_leading_zeros(fields.unsigned_integer().content);
        cert.path_length = length.size() > 1 ? std::uint8_t{255} : load_be<std::uint8_t>(length);
    }
    fields.finish();
    inside.finish();
}

/// Section 4.2.1.12: SEQUENCE OF OBJECT IDENTIFIER.
constexpr void note_extended_key_usage(der::reader<strict_reading>& in, const der::element& value, certificate& cert) {
    auto inside = in.nested(value);
    auto purposes = inside.enter_list(der::tag_sequence);
    while (!purposes.at_end()) {
        const byte_view purpose = purposes.oid().content;
        if (equal(purpose, "\x2b\x06\x01\x05\x05\x07\x03\x03") || equal(purpose, std::string_view("\x55\x1d\x25\x00", 4)))
            cert.info.purpose.code_signing = true;
    }
    inside.finish();
    cert.info.purpose.extended_usage_known = true;
    cert.extended_key_usage = value.content;
}

/// Refuses what stands twice. Certificates have about ten extensions; strict stops at 32 instead of remembering more.
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
}  // namespace detail

namespace detail {
/// A GeneralName that identifies no certificate. Linux reads each by its own syntax (x509_akid.asn1).
constexpr void skip_general_name(der::reader<linux_reading>& list) {
    const auto explicit_any = [](der::reader<linux_reading>& in, unsigned number) {
        auto field = in.enter(der::context_constructed(number));
        (void)(field.at_end() ? field.fail(errc::bad_der, field.offset()), der::element{} : field.any());
        field.finish();
    };
    if (list.next_is(der::context_constructed(3))) return explicit_any(list, 3);  // x400Address
    if (list.next_is(der::context_constructed(0))) {                              // otherName
        auto fields = list.enter(der::context_constructed(0));
        (void)fields.oid();
        explicit_any(fields, 0);
        return fields.finish();
    }
    if (list.next_is(der::context_constructed(5))) {  // ediPartyName
        auto fields = list.enter(der::context_constructed(5));
        if (fields.next_is(der::context_constructed(0))) explicit_any(fields, 0);
        explicit_any(fields, 1);
        return fields.finish();
    }
    const der::element text = list.any();
    for (const unsigned number : {1u, 2u, 6u, 7u, 8u})
        if (text.tag == der::context(number)) return;
    list.fail(errc::bad_der, text.offset);
}
constexpr void skip_general_name(der::reader<strict_reading>& list) {
    const der::element other = list.any();
    if ((other.tag & 0xc0) != 0x80 || (other.tag & 0x1f) > 8) list.fail(errc::bad_der, other.offset);
}
}  // namespace detail

/// Section 4.2.1.1: SEQUENCE { [0] keyIdentifier, [1] GeneralNames, [2] serial }, each OPTIONAL. Only a directoryName, [4]
/// of the GeneralNames, can identify a certificate.
template <reading Reading>
[[nodiscard]] constexpr authority read_authority(der::reader<Reading> in) {
    authority issued_by;
    auto fields = in.enter(der::tag_sequence);
    if (const auto key_id = fields.optional(der::context(0))) issued_by.key_id = key_id->content;
    std::optional<der::element> directory_name;
    const auto names = fields.optional(der::context_constructed(1));
    if (names) {
        // Linux does not notice that there is none: a CHOICE that is missing at the end of its SEQUENCE passes.
        auto list = is_strict<Reading> || names->is_indefinite() ? fields.enter_list(*names) : fields.enter(*names);
        while (!list.at_end()) {
            if (list.next_is(der::context_constructed(4))) {
                auto name = list.enter(der::context_constructed(4));
                directory_name = read_name(name);
                name.finish();
            } else {
                detail::skip_general_name(list);
            }
        }
    }
    const auto serial = fields.optional(der::context(2));
    fields.finish();
    in.finish();
    if (is_strict<Reading> && names.has_value() != serial.has_value()) in.fail(errc::bad_der, fields.offset());
    if (directory_name && serial) issued_by.name = authority::issuer_and_serial{directory_name->content, serial->content};
    return issued_by;
}

/// Reads the extensions into `cert`; the value of authorityKeyIdentifier is left to the caller, for read_authority().
template <reading Reading>
[[nodiscard]] constexpr std::optional<der::element> read_extensions(der::reader<Reading>& in, certificate& cert) {
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
        if constexpr (is_strict<Reading>) {
            errc fault = seen.add(oid.content);
            // As it is for Linux, which has no code of its own for it.
            if (fault == errc::repeated_element && id == extension_id::subject_key_identifier) fault = errc::bad_der;
            if (fault == errc::none && critical && id == extension_id::unknown) fault = errc::unsupported_extension;
            if (fault != errc::none) return in.fail(fault, extension.offset), akid;
        }
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
