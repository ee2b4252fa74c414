// SPDX-License-Identifier: BSL-1.0
//
// Reads, element by element, what Linux's ASN.1 decoder reads (lib/asn1_decoder.c), which is BER in part. The first fault is
// kept with its offset, as the decoder stops at it. After a fault every reader of the same input is at its end and yields empty
// elements.
#ifndef MODSIG_LINUX_ASN1_READER_HPP
#define MODSIG_LINUX_ASN1_READER_HPP

#include <modsig/linux/asn1/header.hpp>
#include <modsig/der/time.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace modsig::kernel {

using der::element;

inline constexpr std::size_t max_size = 65535;  ///< asn1_ber_decoder()
inline constexpr std::uint8_t max_depth = 10;   ///< NR_CONS_STACK

/// `asn1_reader` yields the elements within one constructed element, or within the input. Faults: `truncated` (the input ends
/// before its outermost element), `bad_der`, `too_deep`, `too_large`, and those named at the members. As in the decoder, an
/// element of indefinite length that is entered ends where the reader meets its end-of-contents, not where a search would find
/// it: finish() then advances the outer reader, which must not be used before.
class asn1_reader {
    byte_view bytes_{};  // up to the end of the innermost element of known length
    std::size_t at_ = 0;
    std::uint64_t base_ = 0;  // offset of bytes_
    failure* fault_ = nullptr;
    asn1_reader* outside_ = nullptr;    // indefinite length only
    errc too_short_ = errc::truncated;  // within an element, which is whole, a short length is a contradiction: `bad_der`
    std::uint8_t depth_ = 0, tag_ = 0;
    byte_view whole_{};  // the entered element, with the bytes behind it where its end is not known

    constexpr asn1_reader(const element& outer, failure* fault, std::uint8_t depth)
        : bytes_(outer.content), base_(outer.content_offset), fault_(fault), too_short_(errc::bad_der), depth_(depth), tag_(outer.tag),
          whole_(outer.whole) {}

public:
    /// Reads all of `bytes`, which begin at offset `base` in the image. `fault` is `errc::none`, and outlives the reader.
    constexpr asn1_reader(byte_view bytes, failure& fault, std::uint64_t base = 0)
        : bytes_(bytes), base_(base), fault_(&fault) {
        if (bytes.size() > max_size) fail(errc::too_large, base);
    }

    /// Whether a fault was found by any reader of the input.
    [[nodiscard]] constexpr bool failed() const { return fault_->code != errc::none; }
    /// Whether no byte is left.
    [[nodiscard]] constexpr bool at_bound() const { return failed() || at_ == bytes_.size(); }
    /// Whether a list ends here. A list of indefinite length does not end before its first element.
    [[nodiscard]] constexpr bool at_end() const { return at_bound() || (is_indefinite() && at_ != 0 && bytes_[at_] == 0); }
    /// Whether the end is known by the end-of-contents only.
    [[nodiscard]] constexpr bool is_indefinite() const { return outside_ != nullptr; }
    /// The offset of the next element.
    [[nodiscard]] constexpr std::uint64_t offset() const { return base_ + at_; }
    /// The bytes that are not yet read; empty after a fault.
    [[nodiscard]] constexpr byte_view rest() const { return failed() ? byte_view{} : bytes_.subspan(at_); }
    /// Whether the next element's tag is accepted for this one: tag_fits().
    [[nodiscard]] constexpr bool next_is(std::uint8_t tag) const { return !at_bound() && tag_fits(tag, bytes_[at_]); }

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

    /// `finish` requires the end, or the end-of-contents of an indefinite length. Bytes behind the outermost element are
    /// ignored.
    constexpr void finish() {
        if (failed()) return;
        if (!is_indefinite()) {
            if (at_ != bytes_.size() && depth_ != 0) fail(errc::bad_der, offset());
            return;
        }
        const byte_view end = bytes_.subspan(at_);
        if (end.size() < 2) return fail(too_short_, offset());
        if (end[0] != 0 || end[1] != 0) return fail(errc::bad_der, offset());
        outside_->at_ += at_ + 2;
    }
    /// The element that was entered, once it is finished.
    [[nodiscard]] constexpr element entered() const {
        if (failed()) return {};
        const std::size_t head = whole_.size() - bytes_.size();
        return {tag_, bytes_.first(at_), whole_.first(head + at_ + (is_indefinite() ? 2 : 0)), base_ - head, base_};
    }
    /// The bytes that were read since `offset`.
    [[nodiscard]] constexpr byte_view since(std::uint64_t offset) const {
        return failed() ? byte_view{} : bytes_.first(at_).subspan(static_cast<std::size_t>(offset - base_));
    }

    // ---- elements ----------------------------------------------------------------------------------------------------

    /// The next element with any tag. One of indefinite length is searched for its end. Errors: those of read_header();
    /// `truncated` at the outermost level, `bad_der` within an element, where the content reaches beyond its surroundings.
    constexpr element any() {
        if (failed()) return {};
        const byte_view rest = bytes_.subspan(at_);
        header head = read_header(rest);
        if (head.fault != errc::none) return fail(head.fault == errc::truncated ? too_short_ : head.fault, offset()), element{};
        std::size_t size = head.size + head.length;
        if (head.indefinite) {
            const auto found = indefinite_size(rest.subspan(head.size));
            if (!found) return fail(too_short_, offset()), element{};
            head.length = *found;
            size = head.size + head.length + 2;
        }
        if (size > rest.size()) return fail(too_short_, offset()), element{};
        const element found{head.tag, rest.subspan(head.size, head.length), rest.first(size), offset(), offset() + head.size};
        at_ += size;
        return found;
    }

    /// `expect` reads the next element, whose tag must be `tag`, else `bad_der`.
    constexpr element expect(std::uint8_t tag) {
        if (!at_bound() && !next_is(tag)) return fail(errc::bad_der, offset()), element{};
        return any();
    }

    /// `optional` reads the next element where its tag is `tag`.
    [[nodiscard]] constexpr std::optional<element> optional(std::uint8_t tag) {
        if (!next_is(tag)) return std::nullopt;
        return any();
    }

    // ---- readers of the content ------------------------------------------------------------------------------------

    /// Enters an element that any() has read.
    [[nodiscard]] constexpr asn1_reader enter(const element& outer) {
        if (depth_ == max_depth) fail(errc::too_deep, outer.offset);
        return asn1_reader(outer, fault_, static_cast<std::uint8_t>(depth_ + 1));
    }
    /// Reads the next element, which has this tag, and enters it.
    [[nodiscard]] constexpr asn1_reader enter(std::uint8_t tag) {
        const byte_view rest = this->rest();
        const header head = read_header(rest);
        if (!next_is(tag) || head.fault != errc::none || !head.indefinite) return enter(expect(tag));
        asn1_reader inside = *this;
        inside.bytes_ = rest.subspan(head.size);
        inside.at_ = 0;
        inside.base_ = offset() + head.size;
        inside.outside_ = this;
        inside.tag_ = head.tag;
        inside.whole_ = rest;
        if (inside.depth_++ == max_depth) fail(errc::too_deep, offset());
        at_ += head.size;
        return inside;
    }

    /// `enter_list` enters a SET OF or SEQUENCE OF with at least one element; an empty list is `missing_element`.
    [[nodiscard]] constexpr asn1_reader enter_list(std::uint8_t tag) {
        const std::uint64_t start = offset();
        asn1_reader list = enter(tag);
        if (list.at_bound()) fail(errc::missing_element, start);
        return list;
    }

    /// `nested` reads the encoding within a string. Depth starts anew; offsets go on, and faults too unless `fault` is given.
    [[nodiscard]] constexpr asn1_reader nested(const element& string) const { return asn1_reader(string, fault_, 0); }
    /// As above, with faults kept in `fault` and not in this reader's.
    [[nodiscard]] constexpr asn1_reader nested(const element& string, failure& fault) const { return asn1_reader(string, &fault, 0); }

    // ---- values ------------------------------------------------------------------------------------------------------

    /// INTEGER of any number of bytes, even none; a sign is nowhere used.
    constexpr element integer() { return expect(der::tag_integer); }

    /// OBJECT IDENTIFIER; a malformed one is an unknown one.
    constexpr element oid() { return expect(der::tag_oid); }

    /// The bytes of a BIT STRING without unused bits, else `bad_der`.
    constexpr element whole_bytes(element bits) {
        if (failed()) return {};
        if (bits.content.empty() || bits.content[0] != 0) return fail(errc::bad_der, bits.offset), element{};
        bits.content = bits.content.subspan(1);
        ++bits.content_offset;
        return bits;
    }
    /// BIT STRING without unused bits, else `bad_der`; the content is without the octet that counts them.
    constexpr element bytes_in_bit_string() { return whole_bytes(expect(der::tag_bit_string)); }

    /// OCTET STRING; the content is not parsed.
    constexpr element octet_string() { return expect(der::tag_octet_string); }

    /// BOOLEAN OPTIONAL; the value is ignored.
    constexpr void skip_boolean() { (void)optional(der::tag_boolean); }

    /// UTCTime or GeneralizedTime in seconds since 1970, else `bad_time`.
    constexpr std::int64_t time() {
        const element text = expect(next_is(der::tag_generalized_time) ? der::tag_generalized_time : der::tag_utc_time);
        const auto seconds = der::time_of(text.tag, text.content);
        if (!seconds) fail(errc::bad_time, text.offset);
        return seconds.value_or(0);
    }
};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_READER_HPP
