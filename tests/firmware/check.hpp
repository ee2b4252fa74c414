// SPDX-License-Identifier: BSL-1.0
//
// Whether a program takes the image that it should and no other: bit after bit of it is turned. For bare metal and for a
// hosted program alike.
#ifndef MODSIG_TESTS_FIRMWARE_CHECK_HPP
#define MODSIG_TESTS_FIRMWARE_CHECK_HPP

#include "firmware.hpp"
#include "image.hpp"

inline unsigned char image_in_memory[sizeof image];

struct outcome {
    unsigned accepted = 0;  // of one
    unsigned refused = 0;   // of `changes`
    unsigned changes = 0;
};

/// Turns a bit of every `step`th byte and of each of the last 40, where layouts keep what they are known by; then cuts.
inline outcome check_image(std::size_t step) {
    outcome seen;
    const auto refused = [&](std::size_t size) { ++seen.changes, seen.refused += firmware_verify(image_in_memory, size) == 0 ? 1u : 0u; };
    for (std::size_t i = 0; i != sizeof image; ++i) image_in_memory[i] = image[i];
    seen.accepted = firmware_verify(image_in_memory, sizeof image) == 1 ? 1 : 0;
    for (std::size_t i = 0; i != sizeof image; ++i) {
        if (i % step != 0 && i + 40 < sizeof image) continue;
        image_in_memory[i] = static_cast<unsigned char>(image_in_memory[i] ^ 1u << (i % 8));
        refused(sizeof image);
        image_in_memory[i] = image[i];
    }
    constexpr std::size_t shorter_ones[] = {0, 1, 31, sizeof image - 1};
    for (const std::size_t shorter : shorter_ones) refused(shorter);
    seen.accepted &= firmware_verify(image_in_memory, sizeof image) == 1 ? 1u : 0u;
    return seen;
}

#endif  // MODSIG_TESTS_FIRMWARE_CHECK_HPP
