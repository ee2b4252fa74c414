// SPDX-License-Identifier: BSL-1.0
// Whether the compiler has libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }
