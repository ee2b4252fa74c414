// SPDX-License-Identifier: BSL-1.0
//
// The syntax of X.501 Names.  Format: RFC 5280, section 4.1.2.4.
//   SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
#ifndef MODSIG_DER_NAME_HPP
#define MODSIG_DER_NAME_HPP

#include <modsig/der/set_order.hpp>

namespace modsig::der {

/// `read_name` reads a Name, whose content identifies it byte for byte. An empty Name is `missing_element`.
constexpr element read_name(reader& in) {
    const element name = in.expect(tag_sequence);
    for (reader sets = in.enter_list(name); !sets.at_end();) {
        reader set = sets.enter_list(tag_set);
        set_order order;
        while (!set.at_end()) {
            const element attribute = set.expect(tag_sequence);
            order.check(set, attribute);
            reader fields = set.enter(attribute);
            (void)fields.oid();
            (void)fields.any();
            fields.finish();
        }
    }
    return name;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_NAME_HPP
