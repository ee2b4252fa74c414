// SPDX-License-Identifier: BSL-1.0
//
// New private keys.
#ifndef MODSIG_SIGN_KEY_GENERATE_HPP
#define MODSIG_SIGN_KEY_GENERATE_HPP

#include <modsig/sign/key/private_key.hpp>

#include <botan/pk_algs.h>

#include <string_view>

namespace modsig::sign {

/// A kind of key that can be generated.
struct key_type {
    std::string_view name;   ///< for options
    key_algorithm kind;      ///< what its public half is
    const char* algorithm;   ///< in Botan; null: a seed is drawn here
    const char* parameters;  ///< of the algorithm, in Botan
    scheme_id scheme;        ///< of the signature on its own certificate
    digest_id digest;        ///< of that signature; `none`: the scheme signs the message
};

// clang-format off
/// The kinds, the default first.
inline constexpr key_type key_types[] = {
    {"rsa4096",    key_algorithm::rsa,        "RSA",     "4096",      scheme_id::rsa_pkcs1_v15, digest_id::sha256},  // the kernel's default
    {"rsa2048",    key_algorithm::rsa,        "RSA",     "2048",      scheme_id::rsa_pkcs1_v15, digest_id::sha256},
    {"ecdsa-p256", key_algorithm::ecdsa_p256, "ECDSA",   "secp256r1", scheme_id::ecdsa,         digest_id::sha256},
    {"ecdsa-p384", key_algorithm::ecdsa_p384, "ECDSA",   "secp384r1", scheme_id::ecdsa,         digest_id::sha384},
    {"ed25519",    key_algorithm::ed25519,    "Ed25519", "",          scheme_id::ed25519,       digest_id::none},
    {"ml-dsa-44",  key_algorithm::ml_dsa_44,  nullptr,   nullptr,     scheme_id::ml_dsa_44,     digest_id::none},
    {"ml-dsa-65",  key_algorithm::ml_dsa_65,  nullptr,   nullptr,     scheme_id::ml_dsa_65,     digest_id::none},
    {"ml-dsa-87",  key_algorithm::ml_dsa_87,  nullptr,   nullptr,     scheme_id::ml_dsa_87,     digest_id::none},
};
// clang-format on

/// Null for a name that is none.
[[nodiscard]] constexpr const key_type* find_key_type(std::string_view name) {
    for (const key_type& type : key_types)
        if (type.name == name) return &type;
    return nullptr;
}

/// A new key in this process. `unsupported_key`, for ML-DSA `unsupported_algorithm`, where this Botan cannot make one; `io_error`: no
/// random numbers.
[[nodiscard]] inline result<private_key> generate(const os::hardened_process& here, const key_type& type) {
    try {
        if (const auto* const parameters = engine::ml_dsa_of(type.kind)) {
            secret_bytes seed(ml_dsa_seed_size);
            Botan::system_rng().randomize(seed.data(), seed.size());
            return private_key::adopt(here, ml_dsa_private{parameters, seed, {}, {}});
        }
        return private_key::adopt(here, Botan::create_private_key(type.algorithm, Botan::system_rng(), type.parameters));
    } catch (...) {
        return exception_code(errc::unsupported_key);
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_GENERATE_HPP
