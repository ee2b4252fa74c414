// SPDX-License-Identifier: BSL-1.0
// What host and plugins agree on.
#ifndef SIGNED_PLUGINS_PLUGIN_HPP
#define SIGNED_PLUGINS_PLUGIN_HPP

extern "C" {
const char* plugin_name();
int plugin_run(int argument);
}

#endif  // SIGNED_PLUGINS_PLUGIN_HPP
