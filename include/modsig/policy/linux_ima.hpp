// SPDX-License-Identifier: BSL-1.0
//
// Accepts what IMA appraisal in Linux 6.12 accepts where a signature is required (appraise_type=imasig, with modsig where that
// layout is composed), with the errnos of the verification inside: open(2) always returns EACCES. Measured on 6.12 and 6.1,
// oddities included; EVM and fs-verity by their source, security/integrity/.
#ifndef MODSIG_POLICY_LINUX_IMA_HPP
#define MODSIG_POLICY_LINUX_IMA_HPP

#include <modsig/key/digsig.hpp>
#include <modsig/policy.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>

namespace modsig::policy {

/// `Digests`: those that the kernel can calculate. An attribute with another digest cannot be set.
template <class Digests>
struct basic_linux_ima : rule {
    using reading = linux_reading;  ///< BER, unchecked fields.

    linux_kernel kernel{};  ///< The kernel that is followed.

    /// ima_inode_setxattr(), validate_hash_algo(); not called for version 1 and appended signatures.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context&) const {
        return is_asked(claim.layout) && !Digests::has(claim.content_digest) ? errc::unsupported_hash : errc::none;
    }

    /// lib/digsig.c verifies version 1.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return is_digsig(candidate.claim().layout) ? linux_digsig{}.judge(candidate, context) : ruling::allow();
    }

    /// setxattr(2) returns EACCES for a digest that the kernel knows and cannot calculate.
    [[nodiscard]] static constexpr linux_error errno_of(const failure& failure) {
        if (is_digsig(failure.layout)) return linux_digsig::errno_of(failure);
        if (is_asked(failure.layout) && failure.code == errc::unsupported_hash && failure.linux_specific == linux_error::none) return linux_error::eacces;
        return failure.linux_errno();
    }

    /// add_key(2): digsig v1 blobs as keys of type `user`, all others as for modules.
    [[nodiscard]] static constexpr result<void> admits(byte_view payload) {
        return key::digsig::recognises(payload) ? result<void>::success() : linux_modsign::admits(payload);
    }

private:
    [[nodiscard]] static constexpr bool is_digsig(std::string_view layout) { return layout == "digsig"; }
    [[nodiscard]] static constexpr bool is_asked(std::string_view layout) { return layout == "ima"; }
};

/// The digests that Debian's kernels have built in.
using linux_ima = basic_linux_ima<digest_list<md5, sha1, sha224, sha256, sha384, sha512, sm3, sha3_256, sha3_384, sha3_512>>;
static_assert(explain_trust_policy<linux_ima>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_LINUX_IMA_HPP
