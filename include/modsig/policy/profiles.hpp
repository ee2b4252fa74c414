// SPDX-License-Identifier: BSL-1.0
//
// The named policies of modsig. Those of Linux are in policy/linux_*.hpp.
#ifndef MODSIG_POLICY_PROFILES_HPP
#define MODSIG_POLICY_PROFILES_HPP

#include <modsig/policy/combine.hpp>
#include <modsig/policy/digests.hpp>
#include <modsig/policy/keys.hpp>

namespace modsig::policy {

/// The default: nothing weak, nothing expired, nothing unproven; keys are used as they are meant, and found by their own
/// identifiers.
using strict = all_of<no_weak_digest_but<>, own_name, min_rsa_bits<2048>, min_curve_bits<256>, min_digest_bits<256>, within_validity, signing_usage>;

/// `strict`, but allows SHA-1 and SHA-224, RSA from 1024 bits, any date and usage, certificates that are not needed, and other
/// signers. The 2012 format needs this policy: its outer digest is always SHA-1.
using legacy = all_of<no_weak_digest_but<sha1>, own_name, min_rsa_bits<1024>, min_curve_bits<256>, other_signers_permitted,
                      unneeded_certificates_permitted>;

/// For a roll-out: verifies and reports as `legacy`, and tolerates what is undecided.
using permissive = tolerating<legacy>;

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_PROFILES_HPP
