// SPDX-License-Identifier: BSL-1.0
// What host and plugins agree on.
#ifndef TUTORIAL_PLUGIN_HPP
#define TUTORIAL_PLUGIN_HPP

extern "C" const char* greeting();

#endif  // TUTORIAL_PLUGIN_HPP
