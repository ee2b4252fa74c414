// SPDX-License-Identifier: BSL-1.0
// The interface between host and plugins.
#ifndef PLUGIN_HOST_PLUGIN_HPP
#define PLUGIN_HOST_PLUGIN_HPP

extern "C" {
const char* plugin_name();
int plugin_run(int argument);
}

#endif  // PLUGIN_HOST_PLUGIN_HPP
