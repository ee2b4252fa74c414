// SPDX-License-Identifier: BSL-1.0
//
// The appraiser of each reading: it finds keys for the claims of a message and lets the policy decide about the evidence. The
// strict appraiser is named here, Linux's in linux/verifier/, which the policies of Linux include.
//   appraiser(trust, revoked, policy, arithmetic, subject, context).run(located, report) -> result<void>
#ifndef MODSIG_VERIFIER_APPRAISER_HPP
#define MODSIG_VERIFIER_APPRAISER_HPP

#include <modsig/verifier/strict.hpp>

namespace modsig::detail {

template <class Reading>
struct appraiser_of;

template <>
struct appraiser_of<strict_reading> {
    template <class Layout, class Engine, class Policy, class Arithmetic>
    using type = strict_appraiser<Layout, Engine, Policy, Arithmetic>;
};

}  // namespace modsig::detail

#endif  // MODSIG_VERIFIER_APPRAISER_HPP
