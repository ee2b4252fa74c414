// SPDX-License-Identifier: BSL-1.0
//
// ECDSA signatures as modules and certificates carry them, for those who want two numbers.
// Format: RFC 3279, section 2.2.3: SEQUENCE { r INTEGER, s INTEGER }, both from 1 to the order of the group less 1.
#ifndef MODSIG_KEY_ECDSA_SIGNATURE_HPP
#define MODSIG_KEY_ECDSA_SIGNATURE_HPP

#include <modsig/der/reader.hpp>
#include <modsig/key/ecdsa_group.hpp>

namespace modsig::key {

/// Reads a signature for a key on this curve. Faults, besides those of DER: `signature_out_of_range`, where a number is
/// zero, negative or not below the order; `unsupported_key`, where the key is none of ECDSA.
[[nodiscard]] constexpr result<ecdsa_signature> parse_ecdsa_signature(key_algorithm curve, byte_view der, std::uint64_t offset = 0) {
    const byte_view order = order_of(curve);
    if (order.empty()) return failure{errc::unsupported_key, offset, linux_error::einval};
    failure fault{errc::none};
    der::reader in(der, fault, offset);
    auto numbers = in.enter(der::tag_sequence);
    // It is whole, in a string whose length is known: ending early makes it malformed, not cut off.
    if (fault.code == errc::truncated) fault.code = errc::bad_der;
    const der::element r = numbers.integer(), s = numbers.integer();
    numbers.finish();
    in.finish();
    for (const der::element& each : {r, s}) {
        if (in.failed()) return fault;
        if (each.content[0] >= 0x80 || bit_length(each.content) == 0 || compare_integers(each.content, order) >= 0)
            return failure{errc::signature_out_of_range, each.offset, linux_error::ebadmsg};
    }
    return ecdsa_signature(r.content, s.content, order.size());
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_ECDSA_SIGNATURE_HPP
