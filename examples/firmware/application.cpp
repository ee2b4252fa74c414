// SPDX-License-Identifier: BSL-1.0
//
// What the boot stage starts: it says which version it is, and where it runs.
#include "board.hpp"

#include <modsig/layout/mcuboot/header.hpp>

extern "C" const std::uint8_t image_header[];  // by application.ld: what stands before the vector table

[[noreturn]] void program() {
    using board::uart;
    const auto header = modsig::layout::mcuboot_header::read({image_header, std::size_t{0x20000}});
    uart::print("application ");
    if (header) {
        uart::print(header->version.major), uart::put('.'), uart::print(header->version.minor), uart::put('.');
        uart::print(header->version.revision), uart::put('+'), uart::print(header->version.build);
    }
    uart::print(" runs in slot "), uart::put(reinterpret_cast<std::uintptr_t>(image_header) == board::slots[0].address ? 'A' : 'B');
    uart::print("\r\n");
    board::halt();
}
