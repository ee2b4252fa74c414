// SPDX-License-Identifier: BSL-1.0
//
// What strict and legacy say of a case, with every layout. Compiled once, since verifiers take long to compile.
#ifndef MODSIG_TESTS_FUZZ_JUDGE_HPP
#define MODSIG_TESTS_FUZZ_JUDGE_HPP

#include "ring.hpp"

#include <modsig/verified.hpp>

namespace fuzz {

enum class layout_order : std::uint8_t { forward, backward };

/// By issuer, which is begun anew.
[[nodiscard]] appraisal appraise(const fuzz_case& of, const ring<strict_reading>& keys, bool is_strict, signatures which = signatures::every,
                                 layout_order order = layout_order::forward);

/// Of the case's keys.
[[nodiscard]] key_scope scope_of(const fuzz_case& of);

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_JUDGE_HPP
