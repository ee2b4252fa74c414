// SPDX-License-Identifier: BSL-1.0
//
// The order of the elements of a SET OF.  Format: X.690, section 11.6: ascending, the shorter of two padded with zero bytes.
#ifndef MODSIG_DER_SET_ORDER_HPP
#define MODSIG_DER_SET_ORDER_HPP

#include <modsig/der/reader.hpp>

namespace modsig::der {

/// Whether `a` stands before `b`, strictly.
[[nodiscard]] constexpr bool ascend(byte_view a, byte_view b) {
    for (std::size_t i = 0; i < a.size() || i < b.size(); ++i) {
        const std::uint8_t left = i < a.size() ? a[i] : std::uint8_t{0}, right = i < b.size() ? b[i] : std::uint8_t{0};
        if (left != right) return left < right;
    }
    return true;
}

/// `set_order` checks the elements of a SET OF, given in turn. No SET OF in a certificate or a message may hold an element
/// twice.
class set_order {
    byte_view previous_{};

public:
    /// Faults: `non_minimal_der` (the previous element is greater), `repeated_element` (the previous element is equal).
    constexpr void check(reader& in, byte_view encoded, std::uint64_t offset) {
        if (in.failed()) return;
        if (equal(previous_, encoded)) in.fail(errc::repeated_element, offset);
        if (!ascend(previous_, encoded)) in.fail(errc::non_minimal_der, offset);
        previous_ = encoded;
    }
    /// Checks the next element of the set, as above.
    constexpr void check(reader& in, const element& next) { check(in, next.whole, next.offset); }
};

}  // namespace modsig::der

#endif  // MODSIG_DER_SET_ORDER_HPP
