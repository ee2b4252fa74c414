// SPDX-License-Identifier: BSL-1.0
//
// The code of the native engine, for the units of a program that include engine/native_extern.hpp. Exactly one unit includes this.
#ifndef MODSIG_ENGINE_NATIVE_UNIT_HPP
#define MODSIG_ENGINE_NATIVE_UNIT_HPP

#include <modsig/engine/native.hpp>

namespace modsig::engine::inline MODSIG_KERNELS {

template class basic_native<native_digest_list>;

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_UNIT_HPP
