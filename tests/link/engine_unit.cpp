// SPDX-License-Identifier: BSL-1.0
#include <modsig/engine/native_unit.hpp>
