// SPDX-License-Identifier: BSL-1.0
//
// Signed attributes of CMS.  Format: RFC 5652, sections 5.3, 5.4 and 11.
//   SET OF SEQUENCE { type OBJECT IDENTIFIER, values SET OF ANY }
#ifndef MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP
#define MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP

#include <modsig/der.hpp>
#include <modsig/layout/cms/faults.hpp>
#include <modsig/layout/cms/signed_data.hpp>

#include <utility>

namespace modsig::layout::cms {

/// `read_attributes` parses a SET OF in ascending order, whose DER is signed (section 5.4). `content_type`: the content type of
/// the message. Faults: `repeated_element` (a known attribute twice, or with two values), `content_type_mismatch`.
constexpr attributes read_attributes(der::reader list, faults& faults, byte_view content_type) {
    attributes found;
    der::set_order order;
    while (!list.at_end()) {
        const der::element whole = list.expect(der::tag_sequence);
        order.check(list, whole);
        auto fields = list.enter(whole);
        const attribute_id id = attribute_of_oid(fields.oid().content);
        auto values = fields.enter_list(der::tag_set);
        fields.finish();
        while (!values.at_end()) {
            const std::uint64_t offset = values.offset();
            if (id != attribute_id::unknown && std::exchange(found.seen[static_cast<std::size_t>(id)], true)) {
                list.fail(errc::repeated_element, offset);
                break;
            }
            if (id == attribute_id::signing_time) {
                found.signing_time = values.time();
                continue;
            }
            const der::element value = values.any();
            if (id == attribute_id::content_type && !equal(value.content, content_type)) faults.note({errc::content_type_mismatch, offset});
            if (id == attribute_id::message_digest) {
                if (value.tag != der::tag_octet_string) list.fail(errc::bad_der, offset);
                found.message_digest = value.content;
            }
        }
    }
    return found;
}

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_ATTRIBUTES_HPP
