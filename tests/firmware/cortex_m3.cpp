// SPDX-License-Identifier: BSL-1.0
//
// Starts a program on a Cortex-M3 without anything below it, checks it, measures its stack, and tells the host by
// semihosting. Sources: Armv7-M Architecture Reference Manual (DDI 0403), B1.5.3 (vector table); Arm semihosting,
// SYS_WRITE0 and SYS_EXIT_EXTENDED.
#include "check.hpp"

#include <cstdint>

extern "C" unsigned char initialised_begin[], initialised_end[];  // by cortex_m3.ld
extern "C" const unsigned char initialised_load[];

namespace {

constexpr std::uint32_t paint = 0xa5c3f00d;
constexpr std::size_t stack_words = 4096;
alignas(8) std::uint32_t stack[stack_words];

void call_host(std::uint32_t operation, const void* argument) {
    register std::uint32_t r0 __asm__("r0") = operation;
    register const void* r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void print(const char* text) { call_host(0x04, text); }

void print(std::uint32_t number) {
    char text[12] = {};
    char* at = text + sizeof text - 1;
    do *--at = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    print(at);
}

/// Bytes of stack below this function's frame that one verification writes to.
[[gnu::noinline]] std::uint32_t deepest_stack() {
    std::uint32_t* here = nullptr;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    for (volatile std::uint32_t* word = stack; word != here; ++word) *word = paint;
    (void)firmware_verify(image_in_memory, sizeof image);
    const volatile std::uint32_t* word = stack;
    while (*word == paint) ++word;
    return static_cast<std::uint32_t>(here - word) * 4;
}

[[noreturn]] void leave(std::uint32_t status) {
    const std::uint32_t block[2] = {0x20026 /* ADP_Stopped_ApplicationExit */, status};
    call_host(0x20, block);
    while (true) {}
}

[[noreturn]] void fault() {
    print("fault\n");
    leave(3);
}

[[noreturn]] void reset() {
    const unsigned char* from = initialised_load;
    for (unsigned char* to = initialised_begin; to != initialised_end; ++to) *to = *from++;
    const outcome seen = check_image(97);
    print("accepted "), print(seen.accepted);
    print(" refused "), print(seen.refused);
    print(" of "), print(seen.changes);
    print(" stack "), print(deepest_stack());
    print("\n");
    leave(seen.accepted == 1 && seen.refused == seen.changes ? 0 : 1);
}

struct vector_table {
    const std::uint32_t* initial_stack;
    void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] const vector_table vectors = {
    stack + stack_words, {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

}  // namespace
