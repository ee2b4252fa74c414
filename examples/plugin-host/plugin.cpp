// SPDX-License-Identifier: BSL-1.0
// A plugin: built as a shared library, then signed with `modsig sign --layout digsig sha256 KEY CERT plugin.so`.
#include "plugin.hpp"

const char* plugin_name() { return "doubler"; }
int plugin_run(int argument) { return 2 * argument; }
