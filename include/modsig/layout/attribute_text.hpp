// SPDX-License-Identifier: BSL-1.0
//
// Extended attributes as text, which getfattr --dump prints and setfattr --restore reads.  Format: getfattr(1), setfattr(1).
//   # file: NAME                \ooo for a newline, a carriage return and a backslash in it
//   security.ima=0sAwIE...      base64
//   security.ima=0x030204...    hexadecimal
//   user.comment="text"         \ooo in octal, \\ and \" for a backslash and a quote
//   <empty line>
#ifndef MODSIG_LAYOUT_ATTRIBUTE_TEXT_HPP
#define MODSIG_LAYOUT_ATTRIBUTE_TEXT_HPP

#include <modsig/bytes.hpp>
#include <modsig/key/pem.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::layout {

/// One attribute. Views alias the text.
struct attribute_line {
    byte_view file{};          ///< with its escapes; empty where no file is named
    byte_view name{};          ///< such as security.ima
    byte_view value{};         ///< as in the text, not decoded
    std::uint64_t offset = 0;  ///< of the value

    /// The most bytes that decode_attribute() may write.
    [[nodiscard]] constexpr std::size_t max_decoded_size() const { return value.size(); }
};

/// Reads the attributes of a text in turn. Views alias the text.
class attribute_text {
    static constexpr std::string_view file_line = "# file: ";

    byte_view text_{};
    std::size_t at_ = 0;
    byte_view file_{};

    [[nodiscard]] static constexpr bool begins(byte_view whole, std::string_view head) {
        return whole.size() >= head.size() && equal(whole.first(head.size()), head);
    }

public:
    /// Reads `text` from its start.
    constexpr explicit attribute_text(byte_view text) : text_(text) {}

    /// Whether a file is such a text rather than a signature, whose first byte is no character.
    [[nodiscard]] static constexpr bool recognises(byte_view file) {
        return begins(file, file_line) || begins(file, "security.ima=") || begins(file, "security.evm=");
    }

    /// The next attribute of any file; nothing at the end. Error: `bad_text` (a line that is none of the above); then the
    /// reader is at its end.
    [[nodiscard]] constexpr result<std::optional<attribute_line>> next() {
        while (at_ != text_.size()) {
            const std::size_t start = at_;
            while (at_ != text_.size() && text_[at_] != '\n') ++at_;
            byte_view line = text_.subspan(start, at_ - start);
            if (at_ != text_.size()) ++at_;
            if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
            if (line.empty()) {
                file_ = {};
                continue;
            }
            if (begins(line, file_line)) file_ = line.subspan(file_line.size());
            if (line[0] == '#') continue;
            std::size_t name = 0;
            while (name != line.size() && line[name] != '=') ++name;
            if (name == 0 || name == line.size()) {
                at_ = text_.size();
                return failure{errc::bad_text, start};
            }
            return std::optional(attribute_line{file_, line.first(name), line.subspan(name + 1), start + name + 1});
        }
        return std::optional<attribute_line>{};
    }
};

namespace detail {
[[nodiscard]] constexpr unsigned hex_value(std::uint8_t digit) {
    if (digit >= '0' && digit <= '9') return digit - unsigned{'0'};
    if (digit >= 'a' && digit <= 'f') return digit - unsigned{'a'} + 10;
    if (digit >= 'A' && digit <= 'F') return digit - unsigned{'A'} + 10;
    return 16;
}

/// Decodes text with \ooo, \\ and \" in it.
[[nodiscard]] constexpr result<byte_view> decode_escapes(byte_view text, std::uint64_t offset, std::span<std::uint8_t> out) {
    std::size_t size = 0;
    for (std::size_t i = 0; i != text.size(); ++i) {
        const std::uint64_t at = offset + i;
        if (size == out.size()) return failure{errc::too_large, at};
        std::uint8_t byte = text[i];
        if (byte == '"') return failure{errc::bad_text, at};
        if (byte == '\\') {
            if (++i == text.size()) return failure{errc::bad_text, at};
            byte = text[i];
            if (byte >= '0' && byte <= '3') {
                if (text.size() - i < 3) return failure{errc::bad_text, at};
                unsigned value = 0;
                for (std::size_t digit = 0; digit != 3; ++digit) {
                    if (text[i + digit] < '0' || text[i + digit] > '7') return failure{errc::bad_text, at};
                    value = value << 3 | (text[i + digit] - unsigned{'0'});
                }
                byte = static_cast<std::uint8_t>(value);
                i += 2;
            } else if (byte != '\\' && byte != '"') {
                return failure{errc::bad_text, at};
            }
        }
        out[size++] = byte;
    }
    return byte_view(out.first(size));
}
}  // namespace detail

/// `decode_attribute` decodes a value into `out` and returns the bytes written. Errors: `bad_text` (none of the three forms),
/// `too_large` (`out` is too small).
[[nodiscard]] constexpr result<byte_view> decode_attribute(const attribute_line& line, std::span<std::uint8_t> out) {
    const byte_view value = line.value;
    const failure bad{errc::bad_text, line.offset};
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return detail::decode_escapes(value.subspan(1, value.size() - 2), line.offset + 1, out);
    if (value.size() < 2 || value[0] != '0') return bad;
    const byte_view digits = value.subspan(2);
    if (value[1] == 's' || value[1] == 'S') {
        key::pem_block block;
        block.body = digits;
        block.body_offset = line.offset + 2;
        return key::pem_decode(block, out);
    }
    if ((value[1] != 'x' && value[1] != 'X') || digits.size() % 2 != 0) return bad;
    for (std::size_t i = 0; i != digits.size(); i += 2) {
        const unsigned high = detail::hex_value(digits[i]), low = detail::hex_value(digits[i + 1]);
        if (high == 16 || low == 16) return failure{errc::bad_text, line.offset + 2 + i};
        if (i / 2 == out.size()) return failure{errc::too_large, line.offset + 2 + i};
        out[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return byte_view(out.first(digits.size() / 2));
}

/// `decode_file_name` decodes the name of a file into `out`. Errors: those of decode_attribute().
[[nodiscard]] constexpr result<byte_view> decode_file_name(byte_view name, std::span<std::uint8_t> out) {
    return detail::decode_escapes(name, 0, out);
}

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_ATTRIBUTE_TEXT_HPP
