// SPDX-License-Identifier: BSL-1.0
//
// ECDSA signatures as Linux reads them: crypto/ecdsa.c (from 6.13 crypto/ecdsa-x962.c), ecdsa_get_signature_rs() and
// _ecdsa_verify(), whose errnos these are.
//   SEQUENCE { r INTEGER, s INTEGER }
#ifndef MODSIG_LINUX_KEY_ECDSA_SIGNATURE_HPP
#define MODSIG_LINUX_KEY_ECDSA_SIGNATURE_HPP

#include <modsig/key/ecdsa_group.hpp>
#include <modsig/linux/asn1/reader.hpp>

namespace modsig::kernel {

/// `parse_ecdsa_signature` parses a signature for a key on `curve`. Numbers are never negative; one zero byte before a number
/// that fills its words is accepted. Errors, besides those of the decoder: `signature_out_of_range` (a number is zero, too long
/// or not below the order), `unsupported_key` (`curve` is not of ECDSA).
[[nodiscard]] constexpr result<key::ecdsa_signature> parse_ecdsa_signature(key_algorithm curve, byte_view der) {
    const byte_view order = key::order_of(curve);
    if (order.empty()) return failure{errc::unsupported_key, 0, linux_error::einval};
    failure fault{errc::none};
    asn1_reader in(der, fault);
    auto numbers = in.enter(der::tag_sequence);
    const auto number = [&] {
        const element found = numbers.integer();
        if (numbers.failed()) return found;
        const std::size_t words = (order.size() + 7) / 8 * 8, size = found.content.size();
        if (size == 0) numbers.fail(errc::bad_der, found.offset, linux_error::einval);
        else if (size > words + 1 || (size == words + 1 && found.content[0] != 0))
            numbers.fail(errc::signature_out_of_range, found.offset, linux_error::einval);
        return found;
    };
    const element r = number(), s = number();
    numbers.finish();
    in.finish();
    // The string that holds the signature has a known length: a short one is malformed, not cut off.
    if (fault.code == errc::truncated) fault.code = errc::bad_der;
    for (const element& each : {r, s}) {
        if (in.failed()) return fault;
        if (bit_length(each.content) == 0 || compare_integers(each.content, order) >= 0)
            return failure{errc::signature_out_of_range, each.offset, linux_error::ebadmsg};
    }
    return key::ecdsa_signature(r.content, s.content, order.size());
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_ECDSA_SIGNATURE_HPP
