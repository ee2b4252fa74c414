// SPDX-License-Identifier: BSL-1.0
//
// The kernel whose behaviour a policy follows, as data: a difference between releases is a column of one table, a difference of
// configuration one member. Sources: crypto/asymmetric_keys/, security/integrity/, lib/crypto/ of each release; the results
// were compared with running kernels (tests/data/linux73/README.md, tests/vm).
#ifndef MODSIG_LINUX_KERNEL_HPP
#define MODSIG_LINUX_KERNEL_HPP

#include <modsig/algorithm.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <string_view>

namespace modsig {

/// The content of a BPF program's signature: kernel/bpf/verifier.c, bpf_prog_verify_signature().
enum class bpf_form : std::uint8_t {
    none,                   ///< such signatures are unknown
    instructions,           ///< (6.18)
    instructions_and_maps,  ///< and the values of the frozen maps that the program uses (7.3)
};

/// The differences between releases of Linux.
struct linux_release {
    std::string_view name{};                  ///< "6.12"
    bool knows_ml_dsa = false;                ///< OIDs of ML-DSA in certificates and messages; before 7.0 they are unknown algorithms
    bool hashes_tbs_by_sha256 = false;        ///< `tbs:` digests are SHA-256, whatever the certificate's signature uses (7.0)
    bool signs_file_ids = false;              ///< IMA and EVM signatures of version 3, for every type (7.x)
    bool searches_revoked_signers = true;     ///< is_key_on_revocation_list() (6.3)
    bool appraises_unpacked_modules = false;  ///< IMA, modules that the kernel unpacks: a signature appended before compression counts (by 7.2)
    bpf_form signed_bpf = bpf_form::none;     ///< what the signature of a BPF program is over
};

// clang-format off
/// The releases that policies can follow, oldest first.
inline constexpr linux_release linux_releases[] = {
    {"6.1",  false, false, false, false, false, bpf_form::none},
    {"6.12", false, false, false, true,  false, bpf_form::none},
    {"7.2",  true,  true,  true,  true,  true,  bpf_form::instructions},
    {"7.3",  true,  true,  true,  true,  true,  bpf_form::instructions_and_maps},
};
// clang-format on

/// `find_linux_release` returns the row of a release by its name; null for a release without a row.
[[nodiscard]] constexpr const linux_release* find_linux_release(std::string_view name) {
    for (const linux_release& row : linux_releases)
        if (row.name == name) return &row;
    return nullptr;
}

/// A release and its configuration. The default is Debian's 6.12.
struct linux_kernel {
    linux_release release = *find_linux_release("6.12");  ///< what the release's source decides
    bool has_ml_dsa = false;                              ///< CONFIG_CRYPTO_MLDSA
    bool waives_attributes = false;                       ///< CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA
    bool has_sha3 = true;                                 ///< CONFIG_CRYPTO_SHA3, perhaps as a module
    bool has_sm3 = true;                                  ///< CONFIG_CRYPTO_SM3
    bool tries_platform_keys = true;                      ///< for modules, as Debian's kernels do
    bool wants_file_ids = false;                          ///< IMA: the rule has appraise_type=sigv3; EVM: bit 3 of securityfs' `evm` is set

    /// Whether the kernel can calculate this digest, where its formats have a number for the digest.
    [[nodiscard]] constexpr bool has(digest_id id) const {
        switch (id) {
            case digest_id::sha3_256:
            case digest_id::sha3_384:
            case digest_id::sha3_512: return has_sha3;
            case digest_id::sm3: return has_sm3;
            default: return true;
        }
    }
    /// Whether the kernel can verify with keys of this algorithm.
    [[nodiscard]] constexpr bool has(key_algorithm id) const { return !is_ml_dsa(id) || (release.knows_ml_dsa && has_ml_dsa); }
};

namespace kernel {

/// crypto_alloc_sig() for an algorithm that the kernel was configured without.
inline constexpr failure no_code{errc::unsupported_algorithm, 0, linux_error::enoent};

/// Whether kernel and engine can both calculate this digest. `none`, the digest of content that is signed itself, always can.
template <class Engine>
[[nodiscard]] constexpr bool can_digest(const linux_kernel& kernel, digest_id id) {
    return id == digest_id::none || (Engine::has(id) && kernel.has(id));
}

}  // namespace kernel
}  // namespace modsig

#endif  // MODSIG_LINUX_KERNEL_HPP
