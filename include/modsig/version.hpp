// SPDX-License-Identifier: BSL-1.0
//
// The version of these headers: 10000 * major + 100 * minor + patch.
#ifndef MODSIG_VERSION_HPP
#define MODSIG_VERSION_HPP

#define MODSIG_VERSION 100

#endif  // MODSIG_VERSION_HPP
