// SPDX-License-Identifier: BSL-1.0
//
// Bytes written as hexadecimal, for cases that are checked by the compiler as well.
#ifndef MODSIG_TESTS_DER_LITERAL_HPP
#define MODSIG_TESTS_DER_LITERAL_HPP

#include <array>
#include <cstddef>
#include <cstdint>

template <std::size_t Size>
consteval std::array<std::uint8_t, Size / 2> literal(const char (&text)[Size]) {
    std::array<std::uint8_t, Size / 2> bytes{};
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    for (std::size_t i = 0; i != bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return bytes;
}

/// The same condition for the compiler and at run time.
#define CHECK_BOTH(...)             \
    do {                            \
        static_assert(__VA_ARGS__); \
        CHECK((__VA_ARGS__));       \
    } while (false)

#endif  // MODSIG_TESTS_DER_LITERAL_HPP
