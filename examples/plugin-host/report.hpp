// SPDX-License-Identifier: BSL-1.0
//
// Output for people: whole lines, from any thread, without control characters from file names.
#ifndef PLUGIN_HOST_REPORT_HPP
#define PLUGIN_HOST_REPORT_HPP

#include "../printable.hpp"

#include <modsig/result.hpp>

#include <iostream>
#include <string>

/// To standard output, flushed: another program may wait for the line.
inline void say(const std::string& line) { std::cout << without_controls(line) + '\n' << std::flush; }
inline void complain(const std::string& line) { std::cerr << without_controls(line) + '\n'; }

/// A failure as text, with its code, its errno in Linux, and its offset.
inline std::string reason(const modsig::failure& failure) {
    std::string text(failure.message());
    text.append(" (").append(name(failure.code)).append(", ").append(name(failure.linux_errno()));
    return text + ", at byte " + std::to_string(failure.offset) + ")";
}

#endif  // PLUGIN_HOST_REPORT_HPP
