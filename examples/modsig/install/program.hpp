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

/// Without a shell; what it says is put into the file `log`. May be called by several threads at once.
[[nodiscard]] program_result run_program(const std::string& program, const std::vector<std::string>& arguments,
                                         const std::string& log);

/// What the kernel's build would run: $STRIP, $OBJCOPY, or else the ones of this machine.
[[nodiscard]] std::string program_named(const char* variable, const char* otherwise);

[[nodiscard]] std::string first_line_of(const std::string& log);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_PROGRAM_HPP
