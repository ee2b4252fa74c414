// SPDX-License-Identifier: BSL-1.0
//
// PEM: the blocks of a text, one after the other, and their base64.  Format: RFC 7468.
//   -----BEGIN label-----
//   base64, with line ends and blanks anywhere
//   -----END label-----
// Text before, between and behind blocks is skipped. A file may hold several: certificate bundles, signing_key.pem.
#ifndef MODSIG_KEY_PEM_HPP
#define MODSIG_KEY_PEM_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::key {

enum class pem_kind : std::uint8_t { other, certificate, public_key, rsa_public_key, private_key };

/// Views alias the text.
struct pem_block {
    pem_kind kind = pem_kind::other;
    byte_view label{};
    byte_view body{};           // base64
    std::uint64_t offset = 0;   // of the BEGIN line
    std::uint64_t body_offset = 0;

    /// Room that pem_decode() may need.
    [[nodiscard]] constexpr std::size_t max_decoded_size() const { return body.size() / 4 * 3 + 3; }
};

[[nodiscard]] constexpr pem_kind pem_kind_of(byte_view label) {
    if (equal(label, "CERTIFICATE")) return pem_kind::certificate;
    if (equal(label, "PUBLIC KEY")) return pem_kind::public_key;
    if (equal(label, "RSA PUBLIC KEY")) return pem_kind::rsa_public_key;
    return ends_with(label, "PRIVATE KEY") ? pem_kind::private_key : pem_kind::other;
}

class pem_reader {
    static constexpr std::string_view begin_ = "-----BEGIN ", end_ = "-----END ", dashes_ = "-----";

    byte_view text_{};
    std::size_t at_ = 0;

    [[nodiscard]] constexpr bool stands_at(std::size_t at, std::string_view wanted) const {
        return text_.size() - at >= wanted.size() && equal(text_.subspan(at, wanted.size()), wanted);
    }
    /// Where `wanted` next begins a line, from the beginning of a line on; the end of the text if nowhere.
    [[nodiscard]] constexpr std::size_t find_line(std::size_t from, std::string_view wanted) const {
        while (from != text_.size() && !stands_at(from, wanted)) from = next_line(from);
        return from;
    }
    [[nodiscard]] constexpr std::size_t next_line(std::size_t from) const {
        while (from != text_.size() && text_[from] != '\n') ++from;
        return from == text_.size() ? from : from + 1;
    }
    /// The label in the line at `at`; nothing if the line does not end in dashes.
    [[nodiscard]] constexpr std::optional<byte_view> label(std::size_t at, std::string_view head) const {
        byte_view line = text_.subspan(at, next_line(at) - at).subspan(head.size());
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
            line = line.first(line.size() - 1);
        if (!ends_with(line, dashes_)) return std::nullopt;
        return line.first(line.size() - dashes_.size());
    }

public:
    constexpr explicit pem_reader(byte_view text) : text_(text) {}

    /// Whether there is a block at all, good or bad.
    [[nodiscard]] static constexpr bool recognises(byte_view text) { return pem_reader(text).find_line(0, begin_) != text.size(); }

    /// The next block; nothing where there is none. `bad_text`: a line that does not end in dashes, no END, or another
    /// label in it. After that the reader is at its end.
    [[nodiscard]] constexpr result<std::optional<pem_block>> next() {
        const std::size_t begin = find_line(at_, begin_);
        at_ = text_.size();
        if (begin == text_.size()) return std::optional<pem_block>{};
        const auto name = label(begin, begin_);
        if (!name) return failure{errc::bad_text, begin};
        const std::size_t body = next_line(begin);
        const std::size_t end = find_line(body, end_);
        if (end == text_.size() || find_line(body, begin_) < end) return failure{errc::bad_text, begin};
        const auto closing = label(end, end_);
        if (!closing || !equal(*name, *closing)) return failure{errc::bad_text, end};
        at_ = next_line(end);
        return std::optional(pem_block{pem_kind_of(*name), *name, text_.subspan(body, end - body), begin, body});
    }
};

/// Value of a base64 digit; 64 for any other byte.
[[nodiscard]] constexpr std::uint8_t base64_value(std::uint8_t digit) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = digits.find(static_cast<char>(digit));
    return static_cast<std::uint8_t>(value == std::string_view::npos ? 64 : value);
}

/// The bytes of a block, written to `out`. `bad_text`: not the base64 of anything; `too_large`: `out` has no room.
[[nodiscard]] constexpr result<byte_view> pem_decode(const pem_block& block, std::span<std::uint8_t> out) {
    std::uint32_t bits = 0;
    unsigned held = 0;      // bits not yet written
    std::size_t size = 0, digits = 0, padding = 0;
    for (std::size_t i = 0; i != block.body.size(); ++i) {
        const std::uint8_t c = block.body[i];
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
        const std::uint64_t offset = block.body_offset + i;
        if (c == '=') {
            ++padding;
            continue;
        }
        const std::uint8_t value = base64_value(c);
        if (value == 64 || padding != 0) return failure{errc::bad_text, offset};
        ++digits;
        bits = (bits << 6 | value) & 0xfff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        if (size == out.size()) return failure{errc::too_large, offset};
        out[size++] = static_cast<std::uint8_t>(bits >> held);
    }
    // RFC 4648, sections 3.2 and 3.5: padded to four, and the bits that pad the last byte are zero.
    const bool whole = (digits + padding) % 4 == 0 && padding <= 2 && digits % 4 != 1;
    if (!whole || (bits & ((1u << held) - 1)) != 0) return failure{errc::bad_text, block.body_offset + block.body.size()};
    return byte_view(out.first(size));
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_PEM_HPP
