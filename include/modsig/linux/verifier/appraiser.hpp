// SPDX-License-Identifier: BSL-1.0
//
// The appraisers of Linux's reading (verifier/appraiser.hpp): one for layouts whose messages bring certificates, one for all
// others.
#ifndef MODSIG_LINUX_VERIFIER_APPRAISER_HPP
#define MODSIG_LINUX_VERIFIER_APPRAISER_HPP

#include <modsig/linux/verifier/first_key.hpp>
#include <modsig/linux/verifier/pkcs7.hpp>
#include <modsig/verifier/appraiser.hpp>

#include <type_traits>

namespace modsig::detail {

template <>
struct appraiser_of<linux_reading> {
    template <class Layout, class Engine, class Policy, class Arithmetic>
    using type = std::conditional_t<Layout::traits.brings_certificates, kernel::pkcs7_appraiser<Layout, Engine, Policy, Arithmetic>,
                                    kernel::first_key_appraiser<Layout, Engine, Policy, Arithmetic>>;
};

}  // namespace modsig::detail

#endif  // MODSIG_LINUX_VERIFIER_APPRAISER_HPP
