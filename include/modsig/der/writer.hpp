// SPDX-License-Identifier: BSL-1.0
//
// Writes DER (X.690) at the end of a container of bytes, such as std::vector<std::uint8_t>: the content is written first, then
// the header is inserted before it.
//
//   der::writer write(bytes);
//   write.sequence([&] { write.integer(n); write.integer(e); });
#ifndef MODSIG_DER_WRITER_HPP
#define MODSIG_DER_WRITER_HPP

#include <modsig/der/element.hpp>
#include <modsig/der/time.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig::der {

/// What writer appends to: std::vector<std::uint8_t>, or what has these members.
template <class C>
concept byte_container = requires(C out, std::uint8_t byte, byte_view bytes) {
    { out.size() } -> std::convertible_to<std::size_t>;
    out.push_back(byte);
    out.insert(out.begin(), bytes.begin(), bytes.end());
};

/// Appends elements to a container, which outlives the writer.
template <byte_container Out>
class writer {
    Out* out_;

    [[nodiscard]] constexpr auto place(std::size_t offset) {
        return out_->begin() + static_cast<typename Out::difference_type>(offset);
    }

    /// `wrap` makes an element of all bytes from `start` on.
    constexpr void wrap(std::uint8_t tag, std::size_t start) {
        const std::size_t length = out_->size() - start;
        std::array<std::uint8_t, 2 + sizeof length> head{tag};
        std::size_t size = 1;
        if (length < 0x80) {
            head[size++] = static_cast<std::uint8_t>(length);
        } else {
            const auto octets = store_be<sizeof length>(length);
            const byte_view shortest = without_leading_zeros(octets);
            head[size++] = static_cast<std::uint8_t>(0x80 | shortest.size());
            for (const std::uint8_t octet : shortest) head[size++] = octet;
        }
        const byte_view written = byte_view(head).first(size);
        out_->insert(place(start), written.begin(), written.end());
    }

public:
    /// Appends to `out`; what it holds stays.
    constexpr explicit writer(Out& out) : out_(&out) {}

    /// `raw` appends bytes unchanged, such as an encoding made elsewhere.
    constexpr void raw(byte_view bytes) { out_->insert(out_->end(), bytes.begin(), bytes.end()); }

    /// An element with content of any length.
    constexpr void element(std::uint8_t tag, byte_view content) {
        const std::size_t start = out_->size();
        raw(content);
        wrap(tag, start);
    }

    /// `constructed` writes an element; `fill()` writes its content.
    template <std::invocable Fill>
    constexpr void constructed(std::uint8_t tag, Fill fill) {
        const std::size_t start = out_->size();
        fill();
        wrap(tag, start);
    }

    /// SEQUENCE or SEQUENCE OF; `fill()` writes its elements.
    template <std::invocable Fill>
    constexpr void sequence(Fill fill) { constructed(tag_sequence, fill); }
    /// SET of one element. A caller who writes several writes them in ascending order: ascend().
    template <std::invocable Fill>
    constexpr void set(Fill fill) { constructed(tag_set, fill); }
    /// [number] EXPLICIT; `fill()` writes the element within. `number` is below 31.
    template <std::invocable Fill>
    constexpr void explicitly_tagged(unsigned number, Fill fill) { constructed(context_constructed(number), fill); }
    /// OCTET STRING that holds an encoding, as extensions do.
    template <std::invocable Fill>
    constexpr void octet_string_of(Fill fill) { constructed(tag_octet_string, fill); }
    /// BIT STRING without unused bits that holds an encoding, which `fill()` writes.
    template <std::invocable Fill>
    constexpr void bit_string_of(Fill fill) {
        constructed(tag_bit_string, [&] { out_->push_back(0), fill(); });
    }

    /// INTEGER: a non-negative number, big-endian, with or without leading zero bytes.
    constexpr void integer(byte_view magnitude) {
        magnitude = without_leading_zeros(magnitude);
        const std::size_t start = out_->size();
        if (magnitude.empty() || magnitude.front() >= 0x80) out_->push_back(0);
        raw(magnitude);
        wrap(tag_integer, start);
    }
    /// INTEGER of a number.
    constexpr void integer(std::uint64_t value) { integer(byte_view(store_be<8>(value))); }

    /// OBJECT IDENTIFIER of its content octets, which are not checked.
    constexpr void oid(byte_view content) { element(tag_oid, content); }
    /// NULL.
    constexpr void null() { element(tag_null, {}); }
    /// BOOLEAN: FF or 00.
    constexpr void boolean(bool value) {
        const std::array<std::uint8_t, 1> octet{value ? std::uint8_t{0xff} : std::uint8_t{0}};
        element(tag_boolean, octet);
    }
    /// OCTET STRING.
    constexpr void octet_string(byte_view content) { element(tag_octet_string, content); }
    /// BIT STRING without unused bits.
    constexpr void bit_string(byte_view content) {
        bit_string_of([&] { raw(content); });
    }
    /// A string type's element. Whether the type allows the characters is not checked.
    constexpr void text(std::uint8_t tag, std::string_view characters) {
        const std::size_t start = out_->size();
        for (const char c : characters) out_->push_back(static_cast<std::uint8_t>(c));
        wrap(tag, start);
    }
    /// UTF8String. Whether it is UTF-8 is not checked.
    constexpr void utf8_string(std::string_view characters) { text(tag_utf8_string, characters); }

    /// UTCTime up to 2049, then GeneralizedTime (RFC 5280, section 4.1.2.5). `seconds` since 1970; the year is at most 9999.
    constexpr void time(std::int64_t seconds) {
        const civil_date date = date_of(seconds / 86400);
        const std::int64_t clock = seconds % 86400;
        const bool utc = date.year < 2050;
        const std::size_t start = out_->size();
        const auto pair = [&](std::int64_t value) {
            out_->push_back(static_cast<std::uint8_t>('0' + value / 10 % 10));
            out_->push_back(static_cast<std::uint8_t>('0' + value % 10));
        };
        if (!utc) pair(date.year / 100);
        pair(date.year % 100), pair(date.month), pair(date.day);
        pair(clock / 3600), pair(clock / 60 % 60), pair(clock % 60);
        out_->push_back('Z');
        wrap(utc ? tag_utc_time : tag_generalized_time, start);
    }
};

}  // namespace modsig::der

#endif  // MODSIG_DER_WRITER_HPP
