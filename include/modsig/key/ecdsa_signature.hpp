// SPDX-License-Identifier: BSL-1.0
//
// ECDSA signatures as modules and certificates carry them, parsed into two numbers.
// Format: RFC 3279, section 2.2.3: SEQUENCE { r INTEGER, s INTEGER }, both from 1 to the order of the group less 1.
#ifndef MODSIG_KEY_ECDSA_SIGNATURE_HPP
#define MODSIG_KEY_ECDSA_SIGNATURE_HPP

#include <modsig/der/reader.hpp>
#include <modsig/key/ecdsa_group.hpp>

namespace modsig::key {

/// `parse_ecdsa_signature` parses a signature for a key on `curve`. `offset`: of `der` in the image. Errors, besides those of
/// DER: `signature_out_of_range` (a number is zero, negative or not below the order), `unsupported_key` (`curve` is not of
/// ECDSA).
[[nodiscard]] constexpr result<ecdsa_signature> parse_ecdsa_signature(key_algorithm curve, byte_view der, std::uint64_t offset = 0) {
    const byte_view order = order_of(curve);
    if (order.empty()) return failure{errc::unsupported_key, offset, linux_error::einval};
    failure fault{errc::none};
    der::reader in(der, fault, offset);
    auto numbers = in.enter(der::tag_sequence);
    // The string that holds the signature has a known length: a short one is malformed, not cut off.
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
