// SPDX-License-Identifier: BSL-1.0
//
// QEMU's mps2-an385, a Cortex-M3: what the boot stage and the application know of it. Sources: Arm AN385 (memory map), Arm
// DDI 0479 (CMSDK UART), DDI 0403 (vector table offset register). What a real board has as flash is memory here.
#ifndef MODSIG_EXAMPLES_FIRMWARE_BOARD_HPP
#define MODSIG_EXAMPLES_FIRMWARE_BOARD_HPP

#include <cstddef>
#include <cstdint>

namespace board {

struct memory {
    std::uint32_t address;
    std::uint32_t size;  // bytes
};
// As boot.ld and application.ld have it.
inline constexpr memory slots[] = {{0x00040000, 0x20000}, {0x00080000, 0x20000}};
inline constexpr std::uint32_t least_security_counter = 0x000c0000;  // a word that only grows: fuses, on a real board
inline constexpr std::uint32_t vector_table_alignment = 256;         // 16 exceptions and 32 interrupts, rounded up

/// A register, or a word that the program does not own.
[[nodiscard]] inline volatile std::uint32_t& word(std::uint32_t address) { return *reinterpret_cast<volatile std::uint32_t*>(address); }

class uart {
    static constexpr std::uint32_t base = 0x40004000, data = base, state = base + 4, control = base + 8, divisor = base + 16;
    static constexpr std::uint32_t transmitter_full = 1, enable_transmitter = 1, least_divisor = 16;

public:
    static void open() {
        word(divisor) = least_divisor;
        word(control) = enable_transmitter;
    }
    static void put(char c) {
        while ((word(state) & transmitter_full) != 0) {}
        word(data) = static_cast<std::uint8_t>(c);
    }
    static void print(const char* text) {
        while (*text != '\0') put(*text++);
    }
    static void print(std::uint32_t number) {
        char digits[11] = {};
        char* at = digits + sizeof digits - 1;
        do *--at = static_cast<char>('0' + number % 10);
        while ((number /= 10) != 0);
        print(at);
    }
};

/// Starts what has its vector table there, with its stack (DDI 0403, B1.5.5). Nothing of the caller is left but its memory.
[[noreturn]] inline void start(std::uint32_t vector_table) {
    word(0xe000ed08) = vector_table;
    const std::uint32_t stack = word(vector_table), entry = word(vector_table + 4);
    __asm__ volatile("dsb\n isb\n msr msp, %0\n bx %1" : : "r"(stack), "r"(entry) : "memory");
    __builtin_unreachable();
}

[[noreturn]] inline void halt() {
    while (true) __asm__ volatile("wfi");
}

}  // namespace board

#endif  // MODSIG_EXAMPLES_FIRMWARE_BOARD_HPP
