// SPDX-License-Identifier: BSL-1.0
//
// Runs another program and waits for it.
#ifndef MODSIG_TOOL_INSTALL_PROGRAM_HPP
#define MODSIG_TOOL_INSTALL_PROGRAM_HPP

#include <cstdint>
#include <string>
#include <vector>

namespace tool {

enum class program_result : std::uint8_t {
    failed,
    not_started,  // errno says why
    good,
};

struct program_end {
    program_result result = program_result::failed;
    std::string words{};  // the first line of what a program that failed has written
};

/// Without a shell, in this process's group: the terminal's signals reach it too. May be called by several threads at once.
[[nodiscard]] program_end run_program(const std::string& program, const std::vector<std::string>& arguments);

/// What the kernel's build would run: $STRIP, $OBJCOPY, or else the ones of this machine.
[[nodiscard]] std::string program_named(const char* variable, const char* otherwise);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_PROGRAM_HPP
