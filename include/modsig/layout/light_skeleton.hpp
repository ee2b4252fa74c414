// SPDX-License-Identifier: BSL-1.0
//
// The program in a light skeleton: the C header that `bpftool gen skeleton -L` writes, with -S signed. It has the loader's
// instructions, the value of the loader's map and the signature as string literals.  Format: tools/bpf/bpftool/gen.c, gen_trace().
//   static const char opts_data[] ... = "\x01\0...";    of the map; a backslash before a newline goes on in the next line
//   static const char opts_insn[] ... = "...";
//   static const char opts_sig[] ... = "...";           where it is signed
// The C around them is not looked at, and no signature is over it.
#ifndef MODSIG_LAYOUT_LIGHT_SKELETON_HPP
#define MODSIG_LAYOUT_LIGHT_SKELETON_HPP

#include <modsig/bytes.hpp>
#include <modsig/linux/kernel.hpp>
#include <modsig/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace modsig::layout {

/// What stands between the quotes. Views alias the text.
struct string_literal {
    byte_view text{};          ///< with its escapes
    std::uint64_t offset = 0;  ///< of the first character behind the quote

    /// Room that decode() needs, in bytes, at most.
    [[nodiscard]] constexpr std::size_t max_decoded_size() const { return (text.size() + 1) / 2; }

    /// The bytes that it stands for, written to `out`. `bad_text`: an escape that bpftool does not write, or none; `too_large`: `out`
    /// has no room.
    [[nodiscard]] constexpr result<byte_view> decode(std::span<std::uint8_t> out) const {
        std::size_t size = 0;
        for (std::size_t at = 0; at != text.size();) {
            const byte_view rest = text.subspan(at);
            const failure bad{errc::bad_text, offset + at};
            if (rest.size() < 2 || rest[0] != '\\') return bad;
            if (rest[1] == '\n') {
                at += 2;
                continue;
            }
            const bool is_hexadecimal = rest[1] == 'x';
            if (is_hexadecimal ? rest.size() < 4 : rest[1] != '0') return bad;
            const unsigned high = is_hexadecimal ? digit(rest[2]) : 0, low = is_hexadecimal ? digit(rest[3]) : 0;
            if (high > 15 || low > 15) return bad;
            if (size == out.size()) return failure{errc::too_large, offset + at};
            out[size++] = static_cast<std::uint8_t>(high << 4 | low);
            at += is_hexadecimal ? 4 : 2;
        }
        return byte_view(out.first(size));
    }

private:
    [[nodiscard]] static constexpr unsigned digit(std::uint8_t c) {
        if (c >= '0' && c <= '9') return c - unsigned{'0'};
        return c >= 'a' && c <= 'f' ? c - unsigned{'a'} + 10 : 16;
    }
};

/// The three literals of a light skeleton. Views alias the text.
struct light_skeleton {
    string_literal instructions{};  ///< opts_insn
    string_literal map{};           ///< opts_data
    string_literal signature{};     ///< empty: it is not signed

    /// Whether a file is C, rather than instructions: those have zero bytes, in their last one at the latest.
    [[nodiscard]] static constexpr bool recognises(byte_view file) {
        return starts_with(file, comment) && std::find(file.begin(), file.end(), std::uint8_t{0}) == file.end();
    }

    /// missing_element: no literal of this name; repeated_element: two; bad_text: it has no end, or goes on behind it.
    [[nodiscard]] static constexpr result<light_skeleton> parse(byte_view file) {
        light_skeleton read;
        if (const auto good = find(file, "opts_insn[]", true, read.instructions); !good) return good.error();
        if (const auto good = find(file, "opts_data[]", true, read.map); !good) return good.error();
        if (const auto good = find(file, "opts_sig[]", false, read.signature); !good) return good.error();
        return read;
    }

    /// Room that decode() needs for what a signature of this form is over, in bytes, at most.
    [[nodiscard]] constexpr std::size_t max_signed_size() const { return instructions.max_decoded_size() + map.max_decoded_size(); }

    /// What a signature of this form is over, written to `out`. The failures of string_literal::decode(); `missing_element`: `form` is none.
    [[nodiscard]] constexpr result<byte_view> decode_signed(bpf_form form, std::span<std::uint8_t> out) const {
        if (form == bpf_form::none) return errc::missing_element;
        const auto program = instructions.decode(out);
        if (!program || form == bpf_form::instructions) return program;
        const auto value = map.decode(out.subspan(program->size()));
        if (!value) return value.error();
        return byte_view(out.first(program->size() + value->size()));
    }

private:
    static constexpr std::uint8_t comment[] = {'/', '*'};

    static constexpr result<void> find(byte_view file, std::string_view name, bool is_needed, string_literal& found) {
        const auto position = std::search(file.begin(), file.end(), name.begin(), name.end());
        if (position == file.end()) return is_needed ? failure{errc::missing_element, file.size()} : result<void>::success();
        const auto behind_name = position + static_cast<std::ptrdiff_t>(name.size());
        const auto repetition = std::search(behind_name, file.end(), name.begin(), name.end());
        if (repetition != file.end()) return failure{errc::repeated_element, offset_of(file, repetition)};
        const auto quote_or_end = [&](auto from) { return std::find_if(from, file.end(), [](std::uint8_t c) { return c == '"' || c == ';'; }); };
        const auto open = quote_or_end(behind_name);
        if (open == file.end() || *open != '"') return failure{errc::bad_text, offset_of(file, open)};
        const auto close = std::find(open + 1, file.end(), std::uint8_t{'"'});
        if (close == file.end() || close + 1 == file.end() || close[1] != ';') return failure{errc::bad_text, offset_of(file, close)};
        found = {byte_view(open + 1, close), offset_of(file, open + 1)};
        return result<void>::success();
    }
    template <class Iterator>
    static constexpr std::uint64_t offset_of(byte_view file, Iterator position) {
        return static_cast<std::uint64_t>(position - file.begin());
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_LIGHT_SKELETON_HPP
