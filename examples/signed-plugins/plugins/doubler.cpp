// SPDX-License-Identifier: BSL-1.0
#include "plugin.hpp"

const char* plugin_name() { return "doubler"; }
int plugin_run(int argument) { return 2 * argument; }
