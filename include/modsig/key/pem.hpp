// SPDX-License-Identifier: BSL-1.0
//
// PEM: the blocks of a text, one after the other, and their base64.  Format: RFC 7468.
//   -----BEGIN label-----
//   base64, with line ends and blanks anywhere
//   -----END label-----
// Text before, between and behind blocks is skipped. A file may hold several blocks: certificate bundles, signing_key.pem.
// Lines may be indented, and a block may stand in an element of XML: <cert>-----BEGIN ... -----END label-----</cert>. A UTF-8
// byte order mark before a line is skipped. With anything else before the dashes, such as the # of a comment, the line is text.
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

/// What a block holds, by its label.
enum class pem_kind : std::uint8_t {
    other,                ///< any other label
    certificate,          ///< CERTIFICATE, X509 CERTIFICATE
    trusted_certificate,  ///< TRUSTED CERTIFICATE, of OpenSSL
    public_key,           ///< PUBLIC KEY: SubjectPublicKeyInfo
    rsa_public_key,       ///< RSA PUBLIC KEY: PKCS#1
    private_key,          ///< a label that ends with PRIVATE KEY
};

/// Views alias the text.
struct pem_block {
    pem_kind kind = pem_kind::other;  ///< by the label
    byte_view label{};                ///< what stands behind BEGIN
    byte_view body{};                 ///< base64
    std::uint64_t offset = 0;         ///< of the BEGIN line
    std::uint64_t body_offset = 0;    ///< of the first byte behind the BEGIN line

    /// The most bytes that pem_decode() may write.
    [[nodiscard]] constexpr std::size_t max_decoded_size() const { return body.size() / 4 * 3 + 3; }
};

/// The kind of a block with this label.
[[nodiscard]] constexpr pem_kind pem_kind_of(byte_view label) {
    if (equal(label, "CERTIFICATE") || equal(label, "X509 CERTIFICATE")) return pem_kind::certificate;
    if (equal(label, "TRUSTED CERTIFICATE")) return pem_kind::trusted_certificate;  // of OpenSSL: key/trusted_certificate.hpp
    if (equal(label, "PUBLIC KEY")) return pem_kind::public_key;
    if (equal(label, "RSA PUBLIC KEY")) return pem_kind::rsa_public_key;
    return ends_with(label, "PRIVATE KEY") ? pem_kind::private_key : pem_kind::other;
}

/// Reads the blocks of a text in turn. Views alias the text.
class pem_reader {
    static constexpr std::string_view begin_ = "-----BEGIN ", end_ = "-----END ", dashes_ = "-----";

    byte_view text_{};
    std::size_t at_ = 0;

    [[nodiscard]] constexpr bool stands_at(std::size_t position, std::string_view wanted) const {
        return text_.size() - position >= wanted.size() && equal(text_.subspan(position, wanted.size()), wanted);
    }
    [[nodiscard]] static constexpr bool is_blank(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }
    /// The offset of the dashes in the line that begins at `position`, behind everything that may stand before them.
    [[nodiscard]] constexpr std::size_t dashes_at(std::size_t position) const {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf", cdata = "<![CDATA[";
        if (stands_at(position, byte_order_mark)) position += byte_order_mark.size();
        for (;;) {
            while (position != text_.size() && is_blank(text_[position])) ++position;
            if (stands_at(position, cdata)) {
                position += cdata.size();
                continue;
            }
            if (!stands_at(position, "<")) return position;
            const std::size_t end = next_line(position);
            while (position != end && text_[position] != '>') ++position;
            if (position == end) return position;
            ++position;
        }
    }
    /// The offset of the next line that begins with `wanted`, searched from the line at `start`; the end of the text where there
    /// is none.
    [[nodiscard]] constexpr std::size_t find_line(std::size_t start, std::string_view wanted) const {
        for (; start != text_.size(); start = next_line(start))
            if (const std::size_t position = dashes_at(start); position < next_line(start) && stands_at(position, wanted)) return position;
        return start;
    }
    [[nodiscard]] constexpr std::size_t next_line(std::size_t start) const {
        while (start != text_.size() && text_[start] != '\n') ++start;
        return start == text_.size() ? start : start + 1;
    }
    /// The label in the line at `position`; nothing unless dashes follow it, and behind them only blanks or the end of an XML
    /// element.
    [[nodiscard]] constexpr std::optional<byte_view> label(std::size_t position, std::string_view head) const {
        const byte_view line = text_.subspan(position, next_line(position) - position).subspan(head.size());
        for (std::size_t size = 0; size + dashes_.size() <= line.size(); ++size) {
            if (!equal(line.subspan(size, dashes_.size()), dashes_)) continue;
            byte_view behind = line.subspan(size + dashes_.size());
            while (!behind.empty() && (is_blank(behind.front()) || behind.front() == '\n')) behind = behind.subspan(1);
            const bool is_end = behind.empty() || behind.front() == '<' || behind.front() == ']';
            return is_end ? std::optional(line.first(size)) : std::nullopt;
        }
        return std::nullopt;
    }

public:
    /// A reader of `text`, from its start.
    constexpr explicit pem_reader(byte_view text) : text_(text) {}

    /// Whether the text has a block, valid or not.
    [[nodiscard]] static constexpr bool recognises(byte_view text) {
        const auto first = pem_reader(text).next();
        return !first || first->has_value();
    }

    /// The next block; nothing behind the last. Error: `bad_text` (a BEGIN or END line without its dashes, no END, or an END
    /// with another label); then the reader is at its end. An indented line that begins no whole block is text.
    [[nodiscard]] constexpr result<std::optional<pem_block>> next() {
        for (;;) {
            const std::size_t begin = find_line(at_, begin_);
            at_ = text_.size();
            if (begin == text_.size()) return std::optional<pem_block>{};
            const result<pem_block> block = read_block(begin);
            if (block) return std::optional(*block);
            const bool is_indented = begin != 0 && text_[begin - 1] != '\n' && text_[begin - 1] != 0xbf;  // 0xbf ends the mark
            if (!is_indented) return block.error();
            at_ = next_line(begin);
        }
    }

private:
    /// Reads the block whose BEGIN stands at `begin`, and moves the reader behind it.
    constexpr result<pem_block> read_block(std::size_t begin) {
        const auto name = label(begin, begin_);
        if (!name) return failure{errc::bad_text, begin};
        const std::size_t body = next_line(begin);
        std::size_t end = find_line(body, dashes_);
        while (end != text_.size() && !stands_at(end, begin_) && !stands_at(end, end_)) end = find_line(next_line(end), dashes_);
        if (end == text_.size() || stands_at(end, begin_)) return failure{errc::bad_text, begin};
        const auto closing = label(end, end_);
        if (!closing || !equal(*name, *closing)) return failure{errc::bad_text, end};
        at_ = next_line(end);
        return pem_block{pem_kind_of(*name), *name, text_.subspan(body, end - body), begin, body};
    }
};

/// Value of a base64 digit; 64 for any other byte.
[[nodiscard]] constexpr std::uint8_t base64_value(std::uint8_t digit) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = digits.find(static_cast<char>(digit));
    return static_cast<std::uint8_t>(value == std::string_view::npos ? 64 : value);
}

/// `pem_decode` decodes a block into `out` and returns the bytes written. Errors: `bad_text` (not base64), `too_large` (`out`
/// is too small).
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
