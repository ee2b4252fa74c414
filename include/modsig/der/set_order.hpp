// SPDX-License-Identifier: BSL-1.0
//
// The order of the elements of a SET OF.  Format: X.690, section 11.6: they ascend, the shorter one padded with zero bytes.
#ifndef MODSIG_DER_SET_ORDER_HPP
#define MODSIG_DER_SET_ORDER_HPP

#include <modsig/der/reader.hpp>

namespace modsig::der {

[[nodiscard]] constexpr bool ascend(byte_view a, byte_view b) {
    for (std::size_t i = 0; i < a.size() || i < b.size(); ++i) {
        const std::uint8_t left = i < a.size() ? a[i] : std::uint8_t{0}, right = i < b.size() ? b[i] : std::uint8_t{0};
        if (left != right) return left < right;
    }
    return true;
}

/// Is shown one element after the other. Nowhere in a certificate or a message does it mean anything that one stands twice.
class set_order {
    byte_view previous_{};

public:
    /// `non_minimal_der`: the one before is greater; `repeated_element`: it is the same.
    constexpr void check(reader& in, byte_view encoded, std::uint64_t offset) {
        if (in.failed()) return;
        if (equal(previous_, encoded)) in.fail(errc::repeated_element, offset);
        if (!ascend(previous_, encoded)) in.fail(errc::non_minimal_der, offset);
        previous_ = encoded;
    }
    constexpr void check(reader& in, const element& next) { check(in, next.whole, next.offset); }
};

}  // namespace modsig::der

#endif  // MODSIG_DER_SET_ORDER_HPP
