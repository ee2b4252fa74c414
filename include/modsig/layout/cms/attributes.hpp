// SPDX-License-Identifier: BSL-1.0
//
// Signed attributes of CMS.  Format: RFC 5652, sections 5.3, 5.4 and 11; for Linux crypto/asymmetric_keys/pkcs7_parser.c,
// pkcs7_sig_note_authenticated_attr().
//   SET OF SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
#ifndef MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP
#define MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP

#include <modsig/der.hpp>
#include <modsig/layout/cms/faults.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig::layout::cms {

enum class attribute_id : std::uint8_t {
    unknown, content_type, message_digest, signing_time, smime_capabilities, spc_opus_info, spc_statement_type,
};
inline constexpr std::size_t attribute_count = 7;

[[nodiscard]] constexpr attribute_id attribute_of_oid(byte_view oid) {
    struct row {
        std::string_view oid;
        attribute_id id;
    };
    constexpr row rows[] = {
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", attribute_id::content_type},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", attribute_id::message_digest},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", attribute_id::signing_time},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f", attribute_id::smime_capabilities},
        {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c", attribute_id::spc_opus_info},
        {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0b", attribute_id::spc_statement_type},
    };
    for (const row& known : rows)
        if (equal(oid, known.oid)) return known.id;
    return attribute_id::unknown;
}

/// What the known ones say. Views alias the message.
struct attributes {
    byte_view encoded{};                        // tag, length and content, as they stand
    byte_view message_digest{};
    std::optional<std::int64_t> signing_time{};  // seconds since 1970
    std::array<bool, attribute_count> seen{};

    [[nodiscard]] constexpr bool has(attribute_id id) const { return seen[static_cast<std::size_t>(id)]; }
};

/// Reads a list of attributes; `content_type` is what the message says of its content.
///   repeated_element       a known one twice, or with two values
///   content_type_mismatch
///   attributes_present     Linux: Authenticode's and S/MIME's, where the content is plain data
/// Strict: a SET OF in ascending order, as what is signed is its DER (section 5.4).
template <reading Reading>
constexpr attributes read_attributes(der::reader<Reading> list, faults<Reading>& faults, byte_view content_type, bool is_data) {
    attributes found;
    byte_view previous{};
    while (!list.at_end()) {
        const der::element whole = list.expect(der::tag_sequence);
        if (is_strict<Reading> && !der::ascend(previous, whole.whole)) list.fail(errc::non_minimal_der, whole.offset);
        previous = whole.whole;
        auto fields = list.enter(whole);
        const attribute_id id = attribute_of_oid(fields.oid().content);
        auto values = fields.enter_list(der::tag_set);
        fields.finish();
        while (!values.at_end()) {
            const bool is_time = id == attribute_id::signing_time;
            const std::uint64_t offset = values.offset();
            if (id != attribute_id::unknown && std::exchange(found.seen[static_cast<std::size_t>(id)], true)) {
                list.fail(errc::repeated_element, offset);
                break;
            }
            if (is_time) {
                found.signing_time = values.time();
                continue;
            }
            const der::element value = values.any();
            if (id == attribute_id::content_type && !equal(value.content, content_type))
                faults.note({errc::content_type_mismatch, offset});
            if (id == attribute_id::message_digest) {
                if (value.tag != der::tag_octet_string) list.fail(errc::bad_der, offset);
                found.message_digest = value.content;
            }
            if (!is_strict<Reading> && is_data && id >= attribute_id::smime_capabilities)
                faults.note({errc::attributes_present, offset, linux_error::ekeyrejected});
        }
    }
    return found;
}

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP
