// SPDX-License-Identifier: BSL-1.0
//
// From reset to program(), for the boot stage and the application alike: the vector table, the initialised memory, and the two
// functions that compilers ask for. To be compiled so that the loops do not become calls of themselves.
#include "board.hpp"

// By the linker's script.
extern "C" std::uint32_t initialised_begin[], initialised_end[], zeroed_begin[], zeroed_end[], stack_top[];
extern "C" const std::uint32_t initialised_load[];

[[noreturn]] void program();

extern "C" void* memcpy(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    while (size-- != 0) *out++ = *in++;
    return to;
}

extern "C" void* memset(void* to, int byte, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    while (size-- != 0) *out++ = static_cast<unsigned char>(byte);
    return to;
}

namespace {

[[noreturn]] void reset() {
    const std::uint32_t* from = initialised_load;
    for (std::uint32_t* to = initialised_begin; to != initialised_end;) *to++ = *from++;
    for (std::uint32_t* to = zeroed_begin; to != zeroed_end;) *to++ = 0;
    board::uart::open();
    program();
}

[[noreturn]] void fault() {
    board::uart::print("fault\r\n");
    board::halt();
}

struct vector_table {
    const std::uint32_t* initial_stack;
    void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] const vector_table vectors = {
    stack_top, {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

}  // namespace
