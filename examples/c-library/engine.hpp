// SPDX-License-Identifier: BSL-1.0
//
// The engine of the C library: modsig's own, which needs no other library, or also Botan for what that one does not have.
#ifndef MODSIG_C_ENGINE_HPP
#define MODSIG_C_ENGINE_HPP

#ifdef MODSIG_C_WITH_BOTAN
#include <modsig/engine/best.hpp>
#endif
#include <modsig/engine/native_extern.hpp>

namespace c_library {

#ifdef MODSIG_C_WITH_BOTAN
using engine = modsig::engine::best;
inline constexpr const char* engine_name = "best";
#else
using engine = modsig::engine::native;
inline constexpr const char* engine_name = "native";
#endif

}  // namespace c_library

#endif  // MODSIG_C_ENGINE_HPP
