// SPDX-License-Identifier: BSL-1.0
//
// Which mutation is made, and which were passed: every unit of the mutated programs includes this first.
#ifndef MUTANTS_MUTANT_HPP
#define MUTANTS_MUTANT_HPP

#include <type_traits>

namespace mutants {

inline constexpr int most = 32768;

extern int active;               // the number of the mutation that is made; none: -1
extern unsigned char* reached;   // `most` of them: which mutations an execution has come to

/// Its name is in the program if and only if the code around the mutation was compiled.
template <int Number>
inline unsigned char compiled = 0;

/// Is this mutation made? Never in a constant expression: tables, static_assert and template arguments keep their values.
template <int Number>
constexpr bool on() {
    static_assert(Number < most);
    if (std::is_constant_evaluated()) return false;
    compiled<Number> = 1;
    reached[Number] = 1;
    return active == Number;
}

}  // namespace mutants

#endif  // MUTANTS_MUTANT_HPP
