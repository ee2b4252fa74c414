// SPDX-License-Identifier: BSL-1.0
// What each of the programs offers to what starts it.
#ifndef MODSIG_TESTS_FIRMWARE_FIRMWARE_HPP
#define MODSIG_TESTS_FIRMWARE_FIRMWARE_HPP

#include <cstddef>

/// One: these bytes may be run.
extern "C" int firmware_verify(const unsigned char* image, std::size_t size);

#endif  // MODSIG_TESTS_FIRMWARE_FIRMWARE_HPP
