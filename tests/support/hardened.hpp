// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_HARDENED_HPP
#define MODSIG_TESTS_SUPPORT_HARDENED_HPP

#include <modsig/os/harden.hpp>

/// The test program, which signs with private keys itself.
inline const modsig::os::hardened_process& hardened() {
    static const modsig::os::hardened_process here = modsig::os::harden_process();
    return here;
}

#endif  // MODSIG_TESTS_SUPPORT_HARDENED_HPP
