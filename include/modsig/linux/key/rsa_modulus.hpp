// SPDX-License-Identifier: BSL-1.0
//
// The sizes of RSA keys that Linux calculates with.
#ifndef MODSIG_LINUX_KEY_RSA_MODULUS_HPP
#define MODSIG_LINUX_KEY_RSA_MODULUS_HPP

#include <modsig/bytes.hpp>

namespace modsig::kernel {

/// Linux 6.12, crypto/rsa.c, rsa_check_key_length(), outside FIPS mode. The size counts in whole bytes.
[[nodiscard]] constexpr bool linux_takes_rsa_modulus(byte_view modulus) {
    for (const std::size_t bits : {512u, 1024u, 1536u, 2048u, 3072u, 4096u})
        if (8 * modulus.size() == bits) return true;
    return false;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_RSA_MODULUS_HPP
