// SPDX-License-Identifier: BSL-1.0
#include "plugin.hpp"

const char* greeting() { return "hello from a signed plugin"; }
