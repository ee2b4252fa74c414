// SPDX-License-Identifier: BSL-1.0
//
// The public key blob of digsig v1 in a key of type `user`: lib/digsig.c, digsig_verify_rsa(). Every fault is EINVAL; bytes
// behind the second integer are ignored.
#ifndef MODSIG_LINUX_KEY_DIGSIG_HPP
#define MODSIG_LINUX_KEY_DIGSIG_HPP

#include <modsig/key/digsig.hpp>
#include <modsig/linux/key/mpi.hpp>
#include <modsig/linux/key/rsa.hpp>

namespace modsig::kernel {

/// The key, with its identifier. Errors, all EINVAL: `truncated`, `unsupported_version`, `unsupported_algorithm`, those of the
/// integers.
[[nodiscard]] constexpr result<key_info> parse_user_key(byte_view bytes) {
    constexpr std::size_t header_size = key::digsig_blob_header.size();
    if (bytes.size() < header_size) return failure{errc::truncated, bytes.size(), linux_error::einval};
    if (bytes[0] != 1) return failure{errc::unsupported_version, 0, linux_error::einval};
    if (bytes[5] != 0) return failure{errc::unsupported_algorithm, 5, linux_error::einval};
    if (bytes[6] != 2) return failure{errc::bad_key, 6, linux_error::einval};
    reader in(bytes);
    (void)in.take(header_size);
    const result<byte_view> modulus = kernel::read_mpi(in);
    if (!modulus) return modulus.error();
    const result<byte_view> exponent = kernel::read_mpi(in);
    if (!exponent) return exponent.error();
    const result<public_key> rsa = rsa_key(*modulus, *exponent, header_size);
    if (!rsa) return rsa.error();
    key_info info;
    info.key = *rsa;
    info.has_digsig_v1_id = true;
    info.digsig_v1_id = key::digsig_v1_id(rsa->material, rsa->exponent);
    return info;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_DIGSIG_HPP
