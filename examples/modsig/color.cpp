// SPDX-License-Identifier: BSL-1.0
#include "color.hpp"

#include <modsig/verified.hpp>

#include <cstdlib>

#include <unistd.h>

namespace tool {
namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool has_colors(color_choice choice) {
    if (choice != color_choice::automatic) return choice == color_choice::always;
    return variable("NO_COLOR").empty() && has_control_sequences() && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace

bool has_control_sequences() {
    const std::string_view terminal = variable("TERM");
    return !terminal.empty() && terminal != "dumb";
}

palette::palette(color_choice choice) : has_colors_(has_colors(choice)) {}

std::string palette::verdict(std::string_view word) const {
    const std::string_view color = word == name(modsig::verdict::verified) ? "\033[32m" : word == name(modsig::verdict::tolerated) ? "\033[33m" : "\033[31m";
    return has_colors_ ? std::string(color).append(word).append("\033[0m") : std::string(word);
}

std::string palette::cause(std::string_view word) const { return has_colors_ ? std::string("\033[1m").append(word).append("\033[0m") : std::string(word); }

}  // namespace tool
