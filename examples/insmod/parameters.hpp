// SPDX-License-Identifier: BSL-1.0
//
// The words behind the file's name on insmod's command line, joined to one text for the kernel.
#ifndef MODSIG_INSMOD_PARAMETERS_HPP
#define MODSIG_INSMOD_PARAMETERS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace insmod {

enum class added : std::uint8_t { yes, no_room, not_one_parameter };

/// A value with a blank is put in quotation marks, unless it has them. A word that the kernel would read as several parameters,
/// or as part of its neighbours, is refused: kernel/params.c, next_arg(), where a blank is what Latin-1 calls one (lib/ctype.c)
/// and a quotation mark opens and closes anywhere.
class parameters {
    std::array<char, 4096> text_{};
    std::size_t size_ = 0;

    bool put(std::string_view part) {
        if (part.size() >= text_.size() - size_) return false;
        size_ += part.copy(text_.data() + size_, part.size());
        return true;
    }

public:
    /// Where there is no room for the whole word, a part of it stays in the text.
    [[nodiscard]] added add(std::string_view word) {
        constexpr std::string_view blanks = " \t\n\v\f\r\xa0", marks = " \t\n\v\f\r\xa0\"";
        const std::size_t equals = word.find('=');
        const std::string_view name = word.substr(0, equals);
        std::string_view value = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
        const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
        if (is_quoted) value = value.substr(1, value.size() - 2);
        if (name.empty() || name.find_first_of(marks) != std::string_view::npos || value.find('"') != std::string_view::npos)
            return added::not_one_parameter;
        const std::string_view quote = is_quoted || value.find_first_of(blanks) != std::string_view::npos ? "\"" : "";
        const bool has_room = (size_ == 0 || put(" ")) && put(name) && (equals == std::string_view::npos || (put("=") && put(quote) && put(value) && put(quote)));
        return has_room ? added::yes : added::no_room;
    }
    [[nodiscard]] const char* c_str() const { return text_.data(); }
};

}  // namespace insmod

#endif  // MODSIG_INSMOD_PARAMETERS_HPP
