// SPDX-License-Identifier: BSL-1.0
// The C++ side of the C host: layout, engine, policy and key.
#include "integrity_module_check.h"

#include <modsig/load/hook.hpp>
#include <modsig/modsig.hpp>

#include "vendor_key.hpp"  // made from the vendor's public key by embed.py

namespace {
// `legacy`: the 2012 layout always has a SHA-1 digest (the outer one), which `strict` refuses.
using module_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::legacy>;
constexpr auto trust = modsig::keyring::builtin<vendor_key>();
}  // namespace

MODSIG_DEFINE_HOOK(integrity_module_check, module_verifier, trust);
