// SPDX-License-Identifier: BSL-1.0
//
// Everything that verifies, with the Botan engine. Signing (modsig/sign/) and loading (modsig/load/) are included where they are used.
#ifndef MODSIG_MODSIG_HPP
#define MODSIG_MODSIG_HPP

#include <modsig/core.hpp>
#include <modsig/engine/botan.hpp>

#endif  // MODSIG_MODSIG_HPP
