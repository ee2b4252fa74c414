// SPDX-License-Identifier: BSL-1.0
//
// Colour on standard output, for people: of verdicts and of causes, and of nothing else. The words stand there without it, too.
#ifndef MODSIG_TOOL_COLOR_HPP
#define MODSIG_TOOL_COLOR_HPP

#include <cstdint>
#include <string>
#include <string_view>

namespace tool {

/// `automatic`: where standard output is a terminal, NO_COLOR is not set or is empty (no-color.org), and TERM is neither "dumb" nor
/// missing. The command line outranks NO_COLOR.
enum class color_choice : std::uint8_t { automatic, always, never };

/// Words with the control sequences around them (ECMA-48, 8.3.117), or as they are.
class palette {
    bool has_colors_ = false;

public:
    palette() = default;
    explicit palette(color_choice choice);

    /// "verified", "tolerated" or "rejected".
    [[nodiscard]] std::string verdict(std::string_view word) const;
    [[nodiscard]] std::string cause(std::string_view word) const;
};

/// Whether TERM names a terminal that knows control sequences.
[[nodiscard]] bool has_control_sequences();

}  // namespace tool

#endif  // MODSIG_TOOL_COLOR_HPP
