// SPDX-License-Identifier: BSL-1.0
//
// The words behind the file's name on insmod's command line, as one text for the kernel.
#ifndef MODSIG_INSMOD_PARAMETERS_HPP
#define MODSIG_INSMOD_PARAMETERS_HPP

#include <array>
#include <cstddef>
#include <string_view>

namespace insmod {

/// A value with a blank in it is put in quotation marks, unless it has them already: kernel/params.c, next_arg().
class parameters {
    std::array<char, 4096> text_{};
    std::size_t size_ = 0;

    bool put(std::string_view part) {
        if (part.size() >= text_.size() - size_) return false;
        size_ += part.copy(text_.data() + size_, part.size());
        return true;
    }

public:
    /// Whether there was room for it.
    [[nodiscard]] bool add(std::string_view word) {
        if (size_ != 0 && !put(" ")) return false;
        const std::size_t equals = word.find('=');
        const bool has_blank = equals != std::string_view::npos && word.find(' ', equals) != std::string_view::npos;
        if (!has_blank || word[equals + 1] == '"') return put(word);
        if (!put(word.substr(0, equals + 1)) || !put("\"")) return false;
        word.remove_prefix(equals + 1);
        return put(word) && put("\"");
    }
    [[nodiscard]] const char* c_str() const { return text_.data(); }
};

}  // namespace insmod

#endif  // MODSIG_INSMOD_PARAMETERS_HPP
