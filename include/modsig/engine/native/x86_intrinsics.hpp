// SPDX-License-Identifier: BSL-1.0
//
// The compiler's vector instructions of x86, also for a program without libc.
#ifndef MODSIG_ENGINE_NATIVE_X86_INTRINSICS_HPP
#define MODSIG_ENGINE_NATIVE_X86_INTRINSICS_HPP

#include <modsig/engine/native/cpu.hpp>

#ifdef MODSIG_NATIVE_X86

// GCC's includes an allocator, for which libstdc++ 14 declares no malloc with -ffreestanding; clang's leaves it out there.
#if !__STDC_HOSTED__ && !defined(__clang__) && !defined(_MM_MALLOC_H_INCLUDED)
#define _MM_MALLOC_H_INCLUDED
#endif
#include <immintrin.h>

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_X86_INTRINSICS_HPP
