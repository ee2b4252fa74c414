// SPDX-License-Identifier: BSL-1.0
//
// The extensions of a certificate as Linux reads them, four of them by single bytes: crypto/asymmetric_keys/x509_cert_parser.c,
// x509_process_extension(); x509_akid.asn1.
//   SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, critical BOOLEAN OPTIONAL, OCTET STRING }
#ifndef MODSIG_LINUX_KEY_EXTENSIONS_HPP
#define MODSIG_LINUX_KEY_EXTENSIONS_HPP

#include <modsig/key/certificate.hpp>
#include <modsig/key/extension_id.hpp>
#include <modsig/linux/asn1/name.hpp>

#include <optional>

namespace modsig::kernel {

namespace detail {
constexpr void note_skid(asn1_reader& in, const element& value, key::certificate& cert) {
    const byte_view v = value.content;
    if (!cert.info.skid.empty() || v.size() < 3 || v[0] != der::tag_octet_string || v[1] != v.size() - 2)
        return in.fail(errc::bad_der, value.offset);
    cert.info.skid = v.subspan(2);
}

constexpr void note_key_usage(asn1_reader& in, const element& value, key_purpose& purpose) {
    const byte_view v = value.content;
    if (v.size() < 4 || v[0] != der::tag_bit_string || v[2] >= 8) return in.fail(errc::bad_der, value.offset);
    purpose.usage_known = true;
    if ((v[3] & 0x80) != 0) purpose.digital_signature = true;
    const bool has_bit_5 = (v[1] == 2 && v[2] <= 2) || (v[1] == 3 && v.size() > 4);
    if (has_bit_5 && (v[3] & 0x04) != 0) purpose.cert_sign = true;
}

constexpr void note_basic_constraints(asn1_reader& in, const element& value, key::certificate& cert) {
    const byte_view v = value.content;
    if (v.size() < 2 || v[0] != der::tag_sequence || v[1] != v.size() - 2) return in.fail(errc::bad_der, value.offset);
    cert.info.purpose.constraints_known = true;
    if (v[1] == 0) return;
    if (v.size() < 5 || v[2] != der::tag_boolean || v[3] != 1 || v[4] != 0xff) return in.fail(errc::bad_der, value.offset);
    cert.info.purpose.is_ca = true;
}

/// A GeneralName that identifies no certificate. Linux reads each kind by its own syntax (x509_akid.asn1).
constexpr void skip_general_name(asn1_reader& list) {
    const auto explicit_any = [](asn1_reader& in, unsigned number) {
        auto field = in.enter(der::context_constructed(number));
        field.any();
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
    const element text = list.any();
    for (const unsigned number : {1u, 2u, 6u, 7u, 8u})
        if (text.tag == der::context(number)) return;
    list.fail(errc::bad_der, text.offset);
}
}  // namespace detail

/// The value of authorityKeyIdentifier: SEQUENCE { [0] keyIdentifier, [1] GeneralNames, [2] serial }, each OPTIONAL. Of the
/// GeneralNames only a directoryName, [4], can identify a certificate.
[[nodiscard]] constexpr key::authority read_authority(asn1_reader in) {
    key::authority issued_by;
    auto fields = in.enter(der::tag_sequence);
    if (const auto key_id = fields.optional(der::context(0))) issued_by.key_id = key_id->content;
    std::optional<element> directory_name;
    if (fields.next_is(der::context_constructed(1))) {
        // An empty list passes: the decoder does not notice that a CHOICE is missing at the end of its SEQUENCE.
        auto list = fields.enter(der::context_constructed(1));
        while (!list.at_end()) {
            if (!list.next_is(der::context_constructed(4))) {
                detail::skip_general_name(list);
                continue;
            }
            auto name = list.enter(der::context_constructed(4));
            directory_name = read_name(name);
            name.finish();
        }
        list.finish();
    }
    const auto serial = fields.optional(der::context(2));
    fields.finish();
    in.finish();
    if (directory_name && serial) issued_by.name = key::authority::issuer_and_serial{directory_name->content, serial->content};
    return issued_by;
}

/// `read_extensions` reads the extensions into `cert`. Returns the value of authorityKeyIdentifier, for read_authority().
[[nodiscard]] constexpr std::optional<element> read_extensions(asn1_reader& in, key::certificate& cert) {
    using key::extension_id;
    std::optional<element> akid;
    auto list = in.enter_list(der::tag_sequence);
    while (!list.at_end()) {
        auto fields = list.enter(der::tag_sequence);
        const element oid = fields.oid();
        fields.skip_boolean();
        const element value = fields.octet_string();
        fields.finish();
        if (in.failed()) break;
        switch (key::extension_of_oid(oid.content)) {
            case extension_id::subject_key_identifier: detail::note_skid(in, value, cert); break;
            case extension_id::key_usage: detail::note_key_usage(in, value, cert.info.purpose); break;
            case extension_id::basic_constraints: detail::note_basic_constraints(in, value, cert); break;
            case extension_id::authority_key_identifier: akid = value; break;
            case extension_id::extended_key_usage: cert.extended_key_usage = value.content; break;
            case extension_id::unknown: break;
        }
    }
    list.finish();
    return akid;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_EXTENSIONS_HPP
