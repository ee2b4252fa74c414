// SPDX-License-Identifier: BSL-1.0
#include "plugin.hpp"

const char* plugin_name() { return "squarer"; }
int plugin_run(int argument) { return argument * argument; }
