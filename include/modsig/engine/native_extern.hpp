// SPDX-License-Identifier: BSL-1.0
//
// The native engine for programs of several units: those that include this one instead of engine/native.hpp compile none of its code.
// One unit includes engine/native_unit.hpp and has it for all; without one the program does not link.
#ifndef MODSIG_ENGINE_NATIVE_EXTERN_HPP
#define MODSIG_ENGINE_NATIVE_EXTERN_HPP

#include <modsig/engine/native.hpp>

namespace modsig::engine::inline MODSIG_KERNELS {

extern template class basic_native<native_digest_list>;

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_EXTERN_HPP
