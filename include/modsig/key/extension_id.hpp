// SPDX-License-Identifier: BSL-1.0
//
// The extensions of a certificate that signatures of modules need.  Format: RFC 5280, section 4.2.1.
#ifndef MODSIG_KEY_EXTENSION_ID_HPP
#define MODSIG_KEY_EXTENSION_ID_HPP

#include <modsig/bytes.hpp>

#include <cstdint>

namespace modsig::key {

/// The value is the last byte of an OID below id-ce, 2.5.29.
enum class extension_id : std::uint8_t {
    unknown = 0,                    ///< any other
    subject_key_identifier = 14,    ///< section 4.2.1.2
    key_usage = 15,                 ///< section 4.2.1.3
    basic_constraints = 19,         ///< section 4.2.1.9
    authority_key_identifier = 35,  ///< section 4.2.1.1
    extended_key_usage = 37,        ///< section 4.2.1.12
};

/// The extension with this identifier, as content octets.
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

}  // namespace modsig::key

#endif  // MODSIG_KEY_EXTENSION_ID_HPP
