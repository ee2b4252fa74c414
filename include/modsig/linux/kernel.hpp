// SPDX-License-Identifier: BSL-1.0
//
// Which kernel the policies of Linux speak for, as data: what differs by release is one row of one table, what differs by
// configuration one member. Sources: crypto/asymmetric_keys/, security/integrity/, lib/crypto/ of each release; the answers were
// compared with running kernels (tests/data/linux73/README.md, tests/vm).
#ifndef MODSIG_LINUX_KERNEL_HPP
#define MODSIG_LINUX_KERNEL_HPP

#include <modsig/algorithm.hpp>
#include <modsig/result.hpp>

#include <string_view>

namespace modsig {

/// What one release of Linux does that another does not.
struct linux_release {
    std::string_view name{};             // "6.12"
    bool knows_ml_dsa = false;           // OIDs of ML-DSA in certificates and messages; before, they are unknown algorithms (7.0)
    bool hashes_tbs_by_sha256 = false;   // `tbs:` is SHA-256 whatever the certificate is signed with (7.0)
    bool signs_file_ids = false;         // version 3 of IMA's and EVM's signatures for every type (7.x)
    bool searches_revoked_signers = true;  // is_key_on_revocation_list() (6.3)
};

// clang-format off
inline constexpr linux_release linux_releases[] = {
    {"6.1",  false, false, false, false},
    {"6.12", false, false, false, true},
    {"7.2",  true,  true,  true,  true},
    {"7.3",  true,  true,  true,  true},
};
// clang-format on

/// The release of this name; null for one that the policies do not speak for.
[[nodiscard]] constexpr const linux_release* find_linux_release(std::string_view name) {
    for (const linux_release& row : linux_releases)
        if (row.name == name) return &row;
    return nullptr;
}

/// A release and its configuration. The default is Debian's 6.12.
struct linux_kernel {
    linux_release release = *find_linux_release("6.12");
    bool has_ml_dsa = false;          // CONFIG_CRYPTO_MLDSA
    bool waives_attributes = false;   // CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA
    bool has_sha3 = true;             // CONFIG_CRYPTO_SHA3, perhaps as a module
    bool has_sm3 = true;              // CONFIG_CRYPTO_SM3
    bool tries_platform_keys = true;  // for modules, as Debian's kernels do
    bool wants_file_ids = false;      // IMA: the rule says appraise_type=sigv3; EVM: bit 3 of securityfs' `evm` is set

    /// Whether the kernel has the code for this digest, where its formats name it.
    [[nodiscard]] constexpr bool has(digest_id id) const {
        switch (id) {
            case digest_id::sha3_256:
            case digest_id::sha3_384:
            case digest_id::sha3_512: return has_sha3;
            case digest_id::sm3: return has_sm3;
            default: return true;
        }
    }
    /// Whether the kernel has the code for this kind of key.
    [[nodiscard]] constexpr bool has(key_algorithm id) const { return !is_ml_dsa(id) || (release.knows_ml_dsa && has_ml_dsa); }
};

namespace kernel {

/// crypto_alloc_sig() for an algorithm that the kernel was configured without.
inline constexpr failure no_code{errc::unsupported_algorithm, 0, linux_error::enoent};

/// Whether kernel and engine can both calculate this digest; `none` is that of a content that is signed itself.
template <class Engine>
[[nodiscard]] constexpr bool can_digest(const linux_kernel& kernel, digest_id id) {
    return id == digest_id::none || (Engine::has(id) && kernel.has(id));
}

}  // namespace kernel
}  // namespace modsig

#endif  // MODSIG_LINUX_KERNEL_HPP
