// SPDX-License-Identifier: BSL-1.0
//
// All units of a program that include modsig must be compiled for the same instructions (the same -march, -mavx2 and so on). An
// inline function is in each unit, and the linker keeps any one copy: a unit for older CPUs would run a copy with another
// unit's instructions, and end with SIGILL. That includes inline functions of the standard library, so no namespace helps; the
// engines need no such flags (engine/native/cpu.hpp). A program of units that differ does not link: it defines one symbol,
// modsig_units_are_compiled_for_different_cpus, twice. (ELF: of groups of sections with one name a linker keeps the first only,
// and the name is made of the flags. Shared objects of one process may differ; LTO hides the difference.)
#ifndef MODSIG_ONE_TARGET_HPP
#define MODSIG_ONE_TARGET_HPP

#if defined(__x86_64__) && defined(__ELF__)

#define MODSIG_TEXT(x) #x
#define MODSIG_FLAG(macro) MODSIG_TEXT(macro) "."  // 1 with the instructions, else the macro's own name

namespace modsig::detail {
/// Never called: its content is for the assembler. (Clang's LTO would find a symbol outside of a function twice in any
/// program.)
[[gnu::used]] inline void one_target() {
    __asm__(".ifndef modsig_units_are_compiled_for_different_cpus\n"
            ".pushsection .modsig.target,\"G\",@progbits,modsig.target." MODSIG_FLAG(__SSE3__) MODSIG_FLAG(__SSSE3__)
            MODSIG_FLAG(__SSE4_1__) MODSIG_FLAG(__SSE4_2__) MODSIG_FLAG(__POPCNT__) MODSIG_FLAG(__AVX__) MODSIG_FLAG(__AVX2__)
            MODSIG_FLAG(__FMA__) MODSIG_FLAG(__BMI__) MODSIG_FLAG(__BMI2__) MODSIG_FLAG(__LZCNT__) MODSIG_FLAG(__MOVBE__)
            MODSIG_FLAG(__AVX512F__) MODSIG_FLAG(__AVX512BW__) MODSIG_FLAG(__AVX512VL__) ",comdat\n"
            ".globl modsig_units_are_compiled_for_different_cpus\n"
            ".hidden modsig_units_are_compiled_for_different_cpus\n"
            "modsig_units_are_compiled_for_different_cpus:\n"
            ".popsection\n"
            ".endif");
}
}  // namespace modsig::detail

#undef MODSIG_FLAG
#undef MODSIG_TEXT

#endif

#endif  // MODSIG_ONE_TARGET_HPP
