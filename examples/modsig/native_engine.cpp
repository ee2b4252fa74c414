// SPDX-License-Identifier: BSL-1.0
//
// The one unit that compiles the native engine.
#include <modsig/engine/native_unit.hpp>
