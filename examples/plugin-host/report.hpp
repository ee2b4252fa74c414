// SPDX-License-Identifier: BSL-1.0
//
// What people read: whole lines, whichever thread they come from, without controls from the names of files.
#ifndef PLUGIN_HOST_REPORT_HPP
#define PLUGIN_HOST_REPORT_HPP

#include "../printable.hpp"

#include <modsig/result.hpp>

#include <iostream>
#include <string>

/// To stdout, at once: somebody may be waiting for it.
inline void say(const std::string& line) { std::cout << without_controls(line) + '\n' << std::flush; }
inline void complain(const std::string& line) { std::cerr << without_controls(line) + '\n'; }

/// In words, by its code, by the errno that Linux has for it, and where.
inline std::string reason(const modsig::failure& why) {
    std::string text(why.message());
    text.append(" (").append(name(why.code)).append(", ").append(name(why.linux_errno()));
    return text + ", at byte " + std::to_string(why.offset) + ")";
}

#endif  // PLUGIN_HOST_REPORT_HPP
