// SPDX-License-Identifier: BSL-1.0
//
// The header of an element as Linux reads it, and the tags that Linux accepts for another: lib/asn1_decoder.c.
//   tag (1 byte)  length: 00..7f | 81 xx | 82 xx xx | 80 (up to the end-of-contents 00 00)  content
#ifndef MODSIG_LINUX_ASN1_HEADER_HPP
#define MODSIG_LINUX_ASN1_HEADER_HPP

#include <modsig/der/element.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::kernel {

/// The encoding that asn1_ber_decoder() sees of an element that it has entered: header and content, without the
/// end-of-contents.
[[nodiscard]] constexpr byte_view encoding(const der::element& element) {
    return element.whole.first(static_cast<std::size_t>(element.content_offset - element.offset) + element.content.size());
}

/// Whether an element with tag `found` is accepted where `wanted` is expected: `found` may lack the constructed bit of `wanted`.
[[nodiscard]] constexpr bool tag_fits(std::uint8_t wanted, std::uint8_t found) {
    return ((wanted ^ found) & ~(wanted & der::constructed_bit)) == 0;
}

/// What read_header() returns.
struct header {
    errc fault = errc::none;  ///< `none`: the header is valid; `truncated`: the bytes end within it
    std::uint8_t tag = 0;     ///< identifier octet
    std::uint8_t size = 0;    ///< bytes of the header itself: 2 to 4
    bool indefinite = false;  ///< length 80: the content ends with the end-of-contents
    std::size_t length = 0;   ///< bytes of the content; 0 for `indefinite`
};

/// `read_header` parses the tag and length that `bytes` begin with; the content may be missing. Faults: `truncated`, `bad_der` (a
/// high tag number, a primitive element of indefinite length, a length in more than two bytes).
[[nodiscard]] constexpr header read_header(byte_view bytes) {
    if (bytes.size() < 2) return {.fault = errc::truncated};
    const std::uint8_t tag = bytes[0], first = bytes[1];
    if ((tag & 0x1f) == 0x1f) return {.fault = errc::bad_der};  // a high tag number
    if (first < 0x80) return {.tag = tag, .size = 2, .length = first};
    if (first == 0x80) {
        if ((tag & der::constructed_bit) == 0) return {.fault = errc::bad_der};
        return {.tag = tag, .size = 2, .indefinite = true};
    }
    const std::size_t count = first & 0x7fu;
    if (count > 2) return {.fault = errc::bad_der};
    if (bytes.size() < 2 + count) return {.fault = errc::truncated};
    return {.tag = tag, .size = static_cast<std::uint8_t>(2 + count), .length = load_be<std::size_t>(bytes.subspan(2, count))};
}

/// `indefinite_size` returns the size of the content of an element of indefinite length, whose content `bytes` begin with;
/// nothing without an end-of-contents. Lengths and tags of any form are skipped in the content, as in
/// asn1_find_indefinite_length().
[[nodiscard]] constexpr std::optional<std::size_t> indefinite_size(byte_view bytes) {
    reader in(bytes);
    for (std::size_t open = 1;;) {
        const auto tag = in.u8();
        if (tag && (*tag & 0x1f) == 0x1f)
            for (auto more = in.u8(); more && (*more & 0x80) != 0;) more = in.u8();
        const auto first = in.u8();
        if (!tag || !first) return std::nullopt;
        if (*tag == 0) {
            if (*first != 0) return std::nullopt;
            if (--open == 0) return in.offset() - 2;
        } else if (*first == 0x80) {
            if ((*tag & der::constructed_bit) == 0) return std::nullopt;
            ++open;
        } else {
            std::uint64_t length = *first;
            if (*first > 0x80) {
                const auto octets = in.take(*first & 0x7fu);
                if (!octets || octets->size() > 7) return std::nullopt;
                length = load_be<std::uint64_t>(*octets);
            }
            if (!in.take(length)) return std::nullopt;
        }
    }
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_HEADER_HPP
