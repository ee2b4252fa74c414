// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_FUZZ_REQUIRE_HPP
#define MODSIG_TESTS_FUZZ_REQUIRE_HPP

#include <cstdio>
#include <cstdlib>

namespace fuzz {

/// Ends the program where a property does not hold: the fuzzer keeps the input.
inline void require(bool holds, const char* property) {
    if (holds) return;
    std::fprintf(stderr, "\nproperty does not hold: %s\n", property);
    std::abort();
}

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_REQUIRE_HPP
