// SPDX-License-Identifier: BSL-1.0
//
// insmod's messages on standard error, without stdio, which would be the largest part of the program.
#ifndef MODSIG_INSMOD_REPORT_HPP
#define MODSIG_INSMOD_REPORT_HPP

#include <modsig/load/kernel_module.hpp>
#include <modsig/os/file.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <string.h>
#include <unistd.h>

namespace insmod {

/// One line. What does not fit is dropped; characters other than visible ASCII, as in file names, are shown as `?`.
class line {
    std::array<char, 1024> text_{};
    std::size_t size_ = 0;

public:
    line() { *this << "insmod: "; }

    line& operator<<(std::string_view part) {
        for (const char c : part)
            if (size_ + 1 < text_.size()) text_[size_++] = c < ' ' || c > '~' ? '?' : c;
        return *this;
    }
    line& operator<<(std::uint64_t number) {
        std::array<char, 20> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
    }
    /// The failure's text, its name and its offset.
    line& operator<<(const modsig::failure& failure) {
        *this << failure.message() << " (" << modsig::name(failure.code) << " at offset " << failure.offset;
        return failure.layout.empty() ? *this << ")" : *this << ", " << failure.layout << ")";
    }
    /// "ENODEV, No such device"
    line& operator<<(int error) {
        const char* const name = ::strerrorname_np(error);
        const char* const words = ::strerrordesc_np(error);
        if (name == nullptr || words == nullptr) return *this << "errno " << static_cast<std::uint64_t>(error);
        return *this << name << ", " << words;
    }
    void print() {
        text_[size_++] = '\n';
        // A failure cannot be reported anywhere else.
        (void)modsig::os::write_all(STDERR_FILENO, {reinterpret_cast<const std::uint8_t*>(text_.data()), size_});
    }
};

/// Both reasons: modsig's, and the kernel's where the kernel was called.
inline void report(std::string_view path, const modsig::load::module_answer& answer) {
    line text;
    text << path << ": ";
    if (answer.kernel_asked) text << "verified, but the kernel refuses it: " << answer.kernel_errno;
    else text << "refused: " << answer.why << "; the kernel was not asked (" << answer.error() << ")";
    text.print();
}

}  // namespace insmod

#endif  // MODSIG_INSMOD_REPORT_HPP
