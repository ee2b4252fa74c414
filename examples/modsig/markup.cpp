// SPDX-License-Identifier: BSL-1.0
#include "markup.hpp"

#include "text.hpp"

namespace tool {
namespace {

/// Unicode 15.0, section 23.7: U+FDD0 to U+FDEF, and the last two of each plane.
constexpr bool is_noncharacter(char32_t c) { return (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe; }

}  // namespace

std::string markup_text(std::string_view text) {
    const std::string shown = without_controls(text);
    const utf8_locale locale;
    std::string safe;
    for (std::string_view rest = shown; !rest.empty();) {
        char32_t character = 0;
        const std::size_t size = locale.first(rest, character);
        const std::string_view taken = rest.substr(0, size != 0 ? size : 1);
        if (size == 0 || is_noncharacter(character)) safe += escaped(taken);
        else if (character == '&') safe += "&amp;";
        else if (character == '<') safe += "&lt;";
        else if (character == '>') safe += "&gt;";
        else if (character == '"') safe += "&quot;";
        else if (character == '\'') safe += "&#39;";
        else safe += taken;
        rest.remove_prefix(taken.size());
    }
    return safe;
}

}  // namespace tool
