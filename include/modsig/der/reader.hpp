// SPDX-License-Identifier: BSL-1.0
//
// Reads DER element by element, so that a parser looks like the syntax that it reads. The first fault is kept with its offset.
// After a fault every reader of the same input is at its end and yields empty elements, so a parser tests the outcome once, at
// the end.  Format: X.690; RFC 5280.
#ifndef MODSIG_DER_READER_HPP
#define MODSIG_DER_READER_HPP

#include <modsig/der/element.hpp>
#include <modsig/der/time.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace modsig::der {

inline constexpr std::size_t max_size = 65535;  ///< Linux reads no more: lib/asn1_decoder.c, asn1_ber_decoder()
inline constexpr std::uint8_t max_depth = 10;   ///< Linux nests no deeper: lib/asn1_decoder.c, NR_CONS_STACK

/// `reader` yields the elements within one constructed element, or within the input. Faults: `truncated` (the input ends before
/// its outermost element), `bad_der`, `non_minimal_der`, `too_deep`, `too_large`, and those named at the members.
class reader {
    byte_view bytes_{};
    std::size_t at_ = 0;
    std::uint64_t base_ = 0;  // offset of bytes_
    failure* fault_ = nullptr;
    errc too_short_ = errc::truncated;  // within an element, which is whole, a short length is a contradiction: `bad_der`
    std::uint8_t depth_ = 0;

    constexpr reader(const element& outer, failure* fault, std::uint8_t depth)
        : bytes_(outer.content), base_(outer.content_offset), fault_(fault), too_short_(errc::bad_der), depth_(depth) {}

public:
    /// Reads all of `bytes`, which begin at offset `base` in the image. `fault` is `errc::none`, and outlives the reader.
    constexpr reader(byte_view bytes, failure& fault, std::uint64_t base = 0)
        : bytes_(bytes), base_(base), fault_(&fault) {
        if (bytes.size() > max_size) fail(errc::too_large, base);
    }

    /// Whether a fault was found by any reader of the input.
    [[nodiscard]] constexpr bool failed() const { return fault_->code != errc::none; }
    /// Whether no element is left; true after a fault.
    [[nodiscard]] constexpr bool at_end() const { return failed() || at_ == bytes_.size(); }
    /// The offset of the next element.
    [[nodiscard]] constexpr std::uint64_t offset() const { return base_ + at_; }
    /// The bytes that are not yet read; empty after a fault.
    [[nodiscard]] constexpr byte_view rest() const { return failed() ? byte_view{} : bytes_.subspan(at_); }
    /// Whether the next element has this identifier octet.
    [[nodiscard]] constexpr bool next_is(std::uint8_t tag) const { return !at_end() && bytes_[at_] == tag; }

    /// Keeps a fault, unless there is one already; every reader of the input is at its end then.
    constexpr void fail(errc code, std::uint64_t offset, linux_error specific = linux_error::none) {
        if (!failed()) *fault_ = failure{code, offset, specific};
    }
    /// Keeps a fault, unless there is one already.
    constexpr void fail(const failure& fault) {
        if (!failed()) *fault_ = fault;
    }

    /// `outcome` returns `value`, or the fault where there is one.
    template <class T>
    [[nodiscard]] constexpr result<T> outcome(T value) const {
        if (failed()) return *fault_;
        return value;
    }

    /// `finish` requires the end: what follows is `trailing_garbage` behind the outermost element, `bad_der` within an element.
    constexpr void finish() {
        if (!at_end()) fail(depth_ != 0 ? errc::bad_der : errc::trailing_garbage, offset());
    }

    // ---- elements ----------------------------------------------------------------------------------------------------

    /// The next element with any tag. Errors: those of read_header(); `truncated` at the outermost level, `bad_der` within an
    /// element, where the content reaches beyond its surroundings.
    constexpr element any() {
        if (failed()) return {};
        const byte_view rest = bytes_.subspan(at_);
        const header head = read_header(rest);
        if (head.fault != errc::none) return fail(head.fault == errc::truncated ? too_short_ : head.fault, offset()), element{};
        const std::size_t size = head.size + head.length;
        if (size > rest.size()) return fail(too_short_, offset()), element{};
        const element found{head.tag, rest.subspan(head.size, head.length), rest.first(size), offset(), offset() + head.size};
        at_ += size;
        return found;
    }

    /// `expect` reads the next element, whose tag must be `tag`, else `bad_der`.
    constexpr element expect(std::uint8_t tag) {
        if (!at_end() && !next_is(tag)) return fail(errc::bad_der, offset()), element{};
        return any();
    }

    /// `optional` reads the next element where its tag is `tag`.
    [[nodiscard]] constexpr std::optional<element> optional(std::uint8_t tag) {
        if (!next_is(tag)) return std::nullopt;
        return any();
    }

    // ---- readers of the content ------------------------------------------------------------------------------------

    /// `enter` reads what is in an element. Error: `too_deep`.
    [[nodiscard]] constexpr reader enter(const element& outer) {
        if (depth_ == max_depth) fail(errc::too_deep, outer.offset);
        return reader(outer, fault_, static_cast<std::uint8_t>(depth_ + 1));
    }
    /// Reads the next element, which has this tag, and enters it.
    [[nodiscard]] constexpr reader enter(std::uint8_t tag) { return enter(expect(tag)); }

    /// `enter_list` reads a SET OF or SEQUENCE OF with at least one element; an empty list is `missing_element`.
    [[nodiscard]] constexpr reader enter_list(const element& list) {
        if (list.content.empty()) fail(errc::missing_element, list.offset);
        return enter(list);
    }
    /// Reads the next element, which has this tag, and enters it as a list.
    [[nodiscard]] constexpr reader enter_list(std::uint8_t tag) { return enter_list(expect(tag)); }

    /// `nested` reads the encoding within a string. Depth starts anew; offsets go on, and faults too unless `fault` is given.
    [[nodiscard]] constexpr reader nested(const element& string) const { return reader(string, fault_, 0); }
    /// As above, with faults kept in `fault` and not in this reader's.
    [[nodiscard]] constexpr reader nested(const element& string, failure& fault) const { return reader(string, &fault, 0); }

    // ---- values ------------------------------------------------------------------------------------------------------

    /// INTEGER, or an integer with an implicit tag. The content is the number in two's complement.
    constexpr element integer(std::uint8_t tag = tag_integer) {
        const element number = expect(tag);
        if (failed()) return number;
        const byte_view octets = number.content;
        if (octets.empty()) fail(errc::bad_der, number.offset);
        else if (octets.size() > 1 && ((octets[0] == 0 && octets[1] < 0x80) || (octets[0] == 0xff && octets[1] >= 0x80)))
            fail(errc::non_minimal_der, number.offset);
        return number;
    }

    /// INTEGER that is not negative, else `bad_der`.
    constexpr element unsigned_integer() {
        const element number = integer();
        if (!failed() && number.content[0] >= 0x80) fail(errc::bad_der, number.offset);
        return number;
    }

    /// OBJECT IDENTIFIER, with each arc in as few bytes as it needs (X.690, section 8.19.2), else `bad_der`.
    constexpr element oid() {
        const element id = expect(tag_oid);
        if (failed()) return id;
        bool first = true;  // whether `byte` is the first of an arc
        for (const std::uint8_t byte : id.content) {
            if (first && byte == 0x80) fail(errc::non_minimal_der, id.offset);
            first = byte < 0x80;
        }
        if (id.content.empty() || !first) fail(errc::bad_der, id.offset);
        return id;
    }

    /// The bytes of a BIT STRING without unused bits, else `bad_der`.
    constexpr element whole_bytes(element bits) {
        if (failed()) return {};
        if (bits.content.empty() || bits.content[0] != 0) return fail(errc::bad_der, bits.offset), element{};
        bits.content = bits.content.subspan(1);
        ++bits.content_offset;
        return bits;
    }
    /// BIT STRING without unused bits, else `bad_der`; the content is without the octet that counts them.
    constexpr element bytes_in_bit_string() { return whole_bytes(expect(tag_bit_string)); }

    /// OCTET STRING; the content is not parsed.
    constexpr element octet_string() { return expect(tag_octet_string); }

    /// BOOLEAN DEFAULT FALSE. An encoded FALSE is refused: X.690, section 11.5, encodes no default.
    [[nodiscard]] constexpr bool optional_boolean() {
        const auto value = optional(tag_boolean);
        if (!value) return false;
        if (value->content.size() != 1) fail(errc::bad_der, value->offset);
        else if (value->content[0] != 0xff) fail(errc::non_minimal_der, value->offset);
        return true;
    }

    /// UTCTime or GeneralizedTime in seconds since 1970, else `bad_time`.
    constexpr std::int64_t time() {
        const element text = expect(next_is(tag_generalized_time) ? tag_generalized_time : tag_utc_time);
        const auto seconds = time_of(text.tag, text.content);
        if (!seconds) fail(errc::bad_time, text.offset);
        return seconds.value_or(0);
    }
};

}  // namespace modsig::der

#endif  // MODSIG_DER_READER_HPP
