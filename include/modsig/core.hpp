// SPDX-License-Identifier: BSL-1.0
//
// Everything that verifies, but an engine: include the one that is used, engine/native.hpp or engine/botan.hpp. Needs no library.
#ifndef MODSIG_CORE_HPP
#define MODSIG_CORE_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/digest.hpp>
#include <modsig/key/any.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/audit.hpp>
#include <modsig/policy/for_layout.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/low_s.hpp>
#include <modsig/policy/pinned.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/policy/signer_class.hpp>
#include <modsig/result.hpp>
#include <modsig/verifier.hpp>
#include <modsig/version.hpp>

#endif  // MODSIG_CORE_HPP
