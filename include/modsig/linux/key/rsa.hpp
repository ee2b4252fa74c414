// SPDX-License-Identifier: BSL-1.0
//
// RSA keys as Linux accepts them: all that its arithmetic can be given.  crypto/rsapubkey.asn1, crypto/rsa_helper.c;
// lib/digsig.c.
//   SEQUENCE { modulus INTEGER, publicExponent INTEGER }
#ifndef MODSIG_LINUX_KEY_RSA_HPP
#define MODSIG_LINUX_KEY_RSA_HPP

#include <modsig/key.hpp>
#include <modsig/linux/asn1/reader.hpp>

namespace modsig::kernel {

/// The largest modulus of any layout: an MPI has at most 16384 bits (include/linux/mpi.h, MAX_EXTERN_MPI_BITS).
inline constexpr std::size_t max_rsa_bits = 16384;

/// `rsa_key` makes a key of two big-endian integers, which it views. Error: `bad_key` (one is zero, or longer than
/// max_rsa_bits).
[[nodiscard]] constexpr result<public_key> rsa_key(byte_view modulus, byte_view exponent, std::uint64_t offset) {
    modulus = without_leading_zeros(modulus);
    exponent = without_leading_zeros(exponent);
    if (modulus.empty() || exponent.empty()) return failure{errc::bad_key, offset, linux_error::einval};
    if (bit_length(modulus) > max_rsa_bits || bit_length(exponent) > max_rsa_bits)
        return failure{errc::bad_key, offset, linux_error::einval};
    return public_key{key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(modulus)), modulus, exponent};
}

/// `read_rsa_key` reads the key that fills `in`. A key that rsa_key() refuses is a fault of `in`.
[[nodiscard]] constexpr public_key read_rsa_key(asn1_reader in) {
    auto fields = in.enter(der::tag_sequence);
    // rsa_get_n(), rsa_get_e(): neither is empty, and the exponent is not encoded longer than the modulus.
    const element n = fields.integer();
    if (n.content.empty()) fields.fail(errc::bad_key, n.offset, linux_error::einval);
    const element e = fields.integer();
    if (e.content.empty() || e.content.size() > n.content.size()) fields.fail(errc::bad_key, e.offset, linux_error::einval);
    fields.finish();
    in.finish();
    if (in.failed()) return {};
    const result<public_key> key = rsa_key(n.content, e.content, n.offset);
    if (!key) return in.fail(key.error()), public_key{};
    return *key;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_RSA_HPP
