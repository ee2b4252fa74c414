// SPDX-License-Identifier: BSL-1.0
//
// One tag-length-value of DER, and a parser of its header.  Format: X.690, sections 8.1 and 10.1.
//   tag (1 byte)  length: 00..7f | 81 xx | 82 xx xx  content
#ifndef MODSIG_DER_ELEMENT_HPP
#define MODSIG_DER_ELEMENT_HPP

#include <modsig/bytes.hpp>
#include <modsig/errc.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::der {

inline constexpr std::uint8_t tag_boolean = 0x01;           ///< BOOLEAN
inline constexpr std::uint8_t tag_integer = 0x02;           ///< INTEGER
inline constexpr std::uint8_t tag_bit_string = 0x03;        ///< BIT STRING
inline constexpr std::uint8_t tag_octet_string = 0x04;      ///< OCTET STRING
inline constexpr std::uint8_t tag_null = 0x05;              ///< NULL
inline constexpr std::uint8_t tag_oid = 0x06;               ///< OBJECT IDENTIFIER
inline constexpr std::uint8_t tag_utf8_string = 0x0c;       ///< UTF8String
inline constexpr std::uint8_t tag_printable_string = 0x13;  ///< PrintableString
inline constexpr std::uint8_t tag_utc_time = 0x17;          ///< UTCTime
inline constexpr std::uint8_t tag_generalized_time = 0x18;  ///< GeneralizedTime
inline constexpr std::uint8_t tag_sequence = 0x30;          ///< SEQUENCE, SEQUENCE OF
inline constexpr std::uint8_t tag_set = 0x31;               ///< SET, SET OF

/// `context(number)`: the tag of a primitive element that is implicitly tagged [number].
[[nodiscard]] constexpr std::uint8_t context(unsigned number) { return static_cast<std::uint8_t>(0x80 | number); }
/// `context_constructed(number)`: the tag of a constructed element [number], or of one that is explicitly tagged.
[[nodiscard]] constexpr std::uint8_t context_constructed(unsigned number) { return static_cast<std::uint8_t>(0xa0 | number); }

/// Bit 6 of the identifier octet: the content is made of elements (X.690, section 8.1.2.5).
inline constexpr std::uint8_t constructed_bit = 0x20;

/// An element that has been read. Views alias the bytes read; offsets count from the start of the outermost bytes.
struct element {
    std::uint8_t tag = 0;              ///< identifier octet
    byte_view content{};               ///< without the header
    byte_view whole{};                 ///< header and content; for BER's indefinite length also the end-of-contents
    std::uint64_t offset = 0;          ///< of the header, in bytes
    std::uint64_t content_offset = 0;  ///< of the content's first byte, in bytes
};

/// What read_header() returns.
struct header {
    errc fault = errc::none;  ///< `none`: the header is valid; `truncated`: the bytes end within it
    std::uint8_t tag = 0;     ///< identifier octet
    std::uint8_t size = 0;    ///< bytes of the header itself: 2 to 4
    std::size_t length = 0;   ///< bytes of the content, which may not be there
};

/// `read_header` parses the tag and length that `bytes` begin with; the content may be missing. Faults: `truncated`;
/// `non_minimal_der` (a length in more bytes than it needs, or BER's indefinite length); `bad_der` (a high tag number, tag 0, a
/// primitive element of indefinite length, a length in more than two bytes).
[[nodiscard]] constexpr header read_header(byte_view bytes) {
    if (bytes.size() < 2) return {.fault = errc::truncated};
    const std::uint8_t tag = bytes[0], first = bytes[1];
    if ((tag & 0x1f) == 0x1f || tag == 0) return {.fault = errc::bad_der};
    if (first < 0x80) return {.tag = tag, .size = 2, .length = first};
    if (first == 0x80) return {.fault = (tag & constructed_bit) == 0 ? errc::bad_der : errc::non_minimal_der};
    const std::size_t count = first & 0x7fu;
    if (count > 2) return {.fault = errc::bad_der};
    if (bytes.size() < 2 + count) return {.fault = errc::truncated};
    const auto length = load_be<std::size_t>(bytes.subspan(2, count));
    if (length < (count == 1 ? 0x80u : 0x100u)) return {.fault = errc::non_minimal_der};
    return {.tag = tag, .size = static_cast<std::uint8_t>(2 + count), .length = length};
}

/// `behind_header` gives the bytes behind the first header, whatever its length field says; empty where they end within it.
/// Enough to tell one format from another.
[[nodiscard]] constexpr byte_view behind_header(byte_view bytes) {
    if (bytes.size() < 2) return {};
    const std::size_t size = 2 + (bytes[1] > 0x80 ? bytes[1] & 0x7fu : 0);
    return bytes.size() < size ? byte_view{} : bytes.subspan(size);
}

/// `begins_sequence`: whether `bytes` begin with the tag of a SEQUENCE. Without the constructed bit only Linux reads it as one.
[[nodiscard]] constexpr bool begins_sequence(byte_view bytes) {
    return !bytes.empty() && (bytes[0] | constructed_bit) == tag_sequence;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_ELEMENT_HPP
