// SPDX-License-Identifier: BSL-1.0
//
// New private keys.
#ifndef MODSIG_SIGN_KEY_GENERATE_HPP
#define MODSIG_SIGN_KEY_GENERATE_HPP

#include <modsig/sign/key/private_key.hpp>

#include <botan/pk_algs.h>

#include <string_view>

namespace modsig::sign {

struct key_type {
    std::string_view name;
    const char* algorithm;   // in Botan
    const char* parameters;
    scheme_id scheme;        // of the signature on its own certificate
    digest_id digest;
};

// clang-format off
inline constexpr key_type key_types[] = {
    {"rsa4096",    "RSA",     "4096",      scheme_id::rsa_pkcs1_v15, digest_id::sha256},  // the kernel's default
    {"rsa2048",    "RSA",     "2048",      scheme_id::rsa_pkcs1_v15, digest_id::sha256},
    {"ecdsa-p256", "ECDSA",   "secp256r1", scheme_id::ecdsa,         digest_id::sha256},
    {"ecdsa-p384", "ECDSA",   "secp384r1", scheme_id::ecdsa,         digest_id::sha384},
    {"ed25519",    "Ed25519", "",          scheme_id::ed25519,       digest_id::none},
};
// clang-format on

/// Null for a name that is none.
[[nodiscard]] constexpr const key_type* find_key_type(std::string_view name) {
    for (const key_type& type : key_types)
        if (type.name == name) return &type;
    return nullptr;
}

/// A new key in this process. `unsupported_key` where this Botan cannot make one.
[[nodiscard]] inline result<private_key> generate(const os::hardened_process& here, const key_type& type) {
    try {
        return private_key::adopt(here, Botan::create_private_key(type.algorithm, Botan::system_rng(), type.parameters));
    } catch (...) {
        return errc::unsupported_key;
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_GENERATE_HPP
