// SPDX-License-Identifier: BSL-1.0
//
// Somebody else's text for a terminal. Names of files and of keys' owners may hold what moves the cursor or turns the direction
// of writing, so that a refusal looks like its opposite (Unicode Technical Report 36, section 2.5; ECMA-48).
#ifndef MODSIG_EXAMPLES_PRINTABLE_HPP
#define MODSIG_EXAMPLES_PRINTABLE_HPP

#include <array>
#include <cuchar>
#include <cwchar>
#include <string>
#include <string_view>

#include <locale.h>

/// C.UTF-8 in this thread while it lives, whatever the user's locale is.
class utf8_locale {
    static locale_t shared() {
        static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return made;
    }
    locale_t before_ = shared() != nullptr ? ::uselocale(shared()) : nullptr;

public:
    utf8_locale() = default;
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;
    ~utf8_locale() {
        if (before_ != nullptr) ::uselocale(before_);
    }

    /// The bytes of the first character, and what it is; 0 where they are no UTF-8.
    [[nodiscard]] std::size_t first(std::string_view text, char32_t& character) const {
        const auto byte = static_cast<unsigned char>(text[0]);
        character = byte;
        if (byte < 0x80) return 1;
        if (before_ == nullptr) return 0;
        std::mbstate_t state{};
        const std::size_t size = std::mbrtoc32(&character, text.data(), text.size(), &state);
        return size <= text.size() && character <= 0x10ffff ? size : 0;  // errors are the largest numbers
    }
};

/// Of Unicode's general categories Cc, Cf, Zl and Zp (UnicodeData.txt 15.0): controls, and what has no shape of its own.
[[nodiscard]] constexpr bool is_control(char32_t c) {
    struct span {
        char32_t first, last;
    };
    constexpr std::array spans{
        span{0x0000, 0x001f},   span{0x007f, 0x009f},   span{0x00ad, 0x00ad},   span{0x0600, 0x0605},   span{0x061c, 0x061c},
        span{0x06dd, 0x06dd},   span{0x070f, 0x070f},   span{0x0890, 0x0891},   span{0x08e2, 0x08e2},   span{0x180e, 0x180e},
        span{0x200b, 0x200f},   span{0x2028, 0x202e},   span{0x2060, 0x206f},   span{0xfeff, 0xfeff},   span{0xfff9, 0xfffb},
        span{0x110bd, 0x110bd}, span{0x110cd, 0x110cd}, span{0x13430, 0x1343f}, span{0x1bca0, 0x1bca3}, span{0x1d173, 0x1d17a},
        span{0xe0000, 0xe007f},
    };
    for (const span& s : spans)
        if (c >= s.first && c <= s.last) return true;
    return false;
}

[[nodiscard]] inline std::string escaped(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    return text;
}

/// Controls and what is no UTF-8, as \xNN for each byte. For sentences whose parts went through printable().
[[nodiscard]] inline std::string without_controls(std::string_view text) {
    const utf8_locale locale;
    std::string safe;
    while (!text.empty()) {
        char32_t character = 0;
        const std::size_t size = locale.first(text, character);
        const bool shown = size != 0 && !is_control(character);
        const std::string_view taken = text.substr(0, size != 0 ? size : 1);
        safe += shown ? std::string(taken) : escaped(taken);
        text.remove_prefix(taken.size());
    }
    return safe;
}

/// The same, and a backslash as two: what is shown says which bytes there were.
[[nodiscard]] inline std::string printable(std::string_view text) {
    std::string doubled;
    for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
    return without_controls(doubled);
}

[[nodiscard]] inline bool is_utf8(std::string_view text) {
    const utf8_locale locale;
    for (std::size_t size = 0; !text.empty(); text.remove_prefix(size)) {
        char32_t character = 0;
        size = locale.first(text, character);
        if (size == 0) return false;
    }
    return true;
}

#endif  // MODSIG_EXAMPLES_PRINTABLE_HPP
