// SPDX-License-Identifier: BSL-1.0
//
// What the appraisal of IMA in Linux 6.12 accepts where a signature is required (appraise_type=imasig, with modsig where that
// layout is asked), with the errnos of the verification inside: the opener only ever sees EACCES. Measured on 6.12 and 6.1,
// oddities included; EVM and fs-verity by their source, security/integrity/.
#ifndef MODSIG_POLICY_LINUX_IMA_HPP
#define MODSIG_POLICY_LINUX_IMA_HPP

#include <modsig/key/digsig.hpp>
#include <modsig/policy.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>

namespace modsig::policy {

/// `Digests`: those that the kernel has code for. An attribute that names another cannot even be set.
template <class Digests>
struct basic_linux_ima : rule {
    using reading = linux_reading;

    linux_kernel kernel{};

    /// ima_inode_setxattr(), validate_hash_algo(); version 1 and appended signatures are not asked.
    [[nodiscard]] constexpr errc allows(const claim_facts& claim, const context&) const {
        return is_asked(claim.layout) && !Digests::has(claim.content_digest) ? errc::unsupported_hash : errc::none;
    }

    /// Version 1 goes to lib/digsig.c.
    [[nodiscard]] constexpr ruling judge(const candidate& candidate, const context& context) const {
        return is_digsig(candidate.claim().layout) ? linux_digsig{}.judge(candidate, context) : ruling::allow();
    }

    /// Of a hash that the kernel knows and has no code for, EACCES is setxattr(2)'s word.
    [[nodiscard]] static constexpr linux_error errno_of(const failure& failure) {
        if (is_digsig(failure.layout)) return linux_digsig::errno_of(failure);
        if (is_asked(failure.layout) && failure.code == errc::unsupported_hash && failure.linux_specific == linux_error::none) return linux_error::eacces;
        return failure.linux_errno();
    }

    /// add_key(2): digsig v1 blobs as of type `user`, the rest as for modules.
    [[nodiscard]] static constexpr result<void> admits(byte_view payload) {
        return key::digsig::recognises(payload) ? result<void>::success() : linux_modsign::admits(payload);
    }

private:
    [[nodiscard]] static constexpr bool is_digsig(std::string_view layout) { return layout == "digsig"; }
    [[nodiscard]] static constexpr bool is_asked(std::string_view layout) { return layout == "ima"; }
};

/// What Debian's kernels have built in.
using linux_ima = basic_linux_ima<digest_list<md5, sha1, sha224, sha256, sha384, sha512, sm3, sha3_256, sha3_384, sha3_512>>;
static_assert(explain_trust_policy<linux_ima>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_LINUX_IMA_HPP
