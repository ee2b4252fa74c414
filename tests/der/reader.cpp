// SPDX-License-Identifier: BSL-1.0
#include <modsig/der.hpp>
#include <modsig/der/set_order.hpp>
#include <modsig/linux/asn1/reader.hpp>

#include "literal.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace modsig;

namespace {

struct answer {
    errc code;
    std::uint64_t offset;
    friend constexpr bool operator==(const answer&, const answer&) = default;
};
constexpr answer good{errc::none, 0};

/// SEQUENCE { INTEGER, OCTET STRING OPTIONAL }, alone.
template <class Reader>
constexpr answer read_pair(byte_view bytes) {
    failure fault{errc::none};
    Reader in(bytes, fault);
    auto pair = in.enter(der::tag_sequence);
    pair.integer();
    (void)pair.optional(der::tag_octet_string);
    pair.finish();
    in.finish();
    return {fault.code, fault.offset};
}
template <std::size_t Size>
consteval answer strict(const char (&text)[Size]) {
    return read_pair<der::reader>(literal(text));
}
template <std::size_t Size>
consteval answer as_linux(const char (&text)[Size]) {
    return read_pair<kernel::asn1_reader>(literal(text));
}

/// One value after the other, read by `read`.
template <class Reader, class Read>
constexpr answer read_value(byte_view bytes, Read read) {
    failure fault{errc::none};
    Reader in(bytes, fault);
    read(in);
    in.finish();
    return {fault.code, fault.offset};
}

constexpr answer at(errc code, std::uint64_t offset) { return {code, offset}; }

}  // namespace

TEST_CASE("DER is read by the strict reader and by Linux's") {
    CHECK_BOTH(strict("3003020105") == good);
    CHECK_BOTH(as_linux("3003020105") == good);
    CHECK_BOTH(strict("300602010504" "01ff") == good);
}

TEST_CASE("bytes missing at the end of the input are `truncated`, a child larger than its parent is `bad_der`") {
    CHECK_BOTH(strict("") == at(errc::truncated, 0));
    CHECK_BOTH(strict("30") == at(errc::truncated, 0));
    CHECK_BOTH(strict("30030201") == at(errc::truncated, 0));
    CHECK_BOTH(strict("30040201050400") == at(errc::bad_der, 5));   // half an element
    CHECK_BOTH(strict("30020205") == at(errc::bad_der, 2));
    CHECK_BOTH(strict("3003020205" "00") == at(errc::bad_der, 2));
    CHECK_BOTH(strict("3000") == at(errc::bad_der, 2));
    CHECK_BOTH(as_linux("3000") == at(errc::bad_der, 2));
    CHECK_BOTH(strict("3081") == at(errc::truncated, 0));
    CHECK_BOTH(strict("308203") == at(errc::truncated, 0));
}

TEST_CASE("BER is refused by strict and read by Linux, as far as Linux reads it") {
    CHECK_BOTH(strict("308103020105") == at(errc::non_minimal_der, 0));
    CHECK_BOTH(as_linux("308103020105") == good);
    CHECK_BOTH(strict("30820003020105") == at(errc::non_minimal_der, 0));
    CHECK_BOTH(as_linux("30820003020105") == good);
    CHECK_BOTH(as_linux("3083000003020105") == at(errc::bad_der, 0));
    CHECK_BOTH(strict("3083000003020105") == at(errc::bad_der, 0));
    CHECK_BOTH(strict("30800201050000") == at(errc::non_minimal_der, 0));
    CHECK_BOTH(as_linux("30800201050000") == good);
    CHECK_BOTH(as_linux("3080020105") == at(errc::truncated, 5));
    CHECK_BOTH(as_linux("30800201050001") == at(errc::bad_der, 5));
    CHECK_BOTH(as_linux("30050280050000") == at(errc::bad_der, 2));   // indefinite, but primitive
    CHECK_BOTH(strict("1003020105") == at(errc::bad_der, 0));
    CHECK_BOTH(as_linux("1003020105") == good);
    CHECK_BOTH(as_linux("1080020105" "0000") == at(errc::bad_der, 0));
    CHECK_BOTH(as_linux("3003220105") == at(errc::bad_der, 2));       // not the reverse
    CHECK_BOTH(as_linux("30032401ff") == at(errc::bad_der, 2));
    CHECK_BOTH(strict("3f03020105") == at(errc::bad_der, 0));
    CHECK_BOTH(as_linux("3f03020105") == at(errc::bad_der, 0));
    CHECK_BOTH(as_linux("30061f0101020105") == at(errc::bad_der, 2));
}

TEST_CASE("tag 0 and high tag numbers are no header, whatever is expected there") {
    for (const auto tag : std::to_array<std::uint8_t>({0x00, 0x1f, 0x3f, 0x5f, 0x9f, 0xbf, 0xff}))
        CHECK_MESSAGE(der::read_header(std::array<std::uint8_t, 2>{tag, 0}).fault == errc::bad_der, int{tag});
    for (const auto tag : std::to_array<std::uint8_t>({0x01, 0x1e, 0x20, 0x40, 0x80, 0xfe}))
        CHECK_MESSAGE(der::read_header(std::array<std::uint8_t, 2>{tag, 0}).fault == errc::none, int{tag});
}

TEST_CASE("in the order of a SET OF, the shorter element is padded with zeros, not with what follows it") {
    const std::array<std::uint8_t, 4> bytes{0x01, 0xff, 0x01, 0x05};
    const byte_view shorter = byte_view(bytes).first(1), longer = byte_view(bytes).last(2);
    CHECK(der::ascend(shorter, longer));
    CHECK_FALSE(der::ascend(longer, shorter));
}

TEST_CASE("bytes behind the outermost element are refused by strict only, bytes behind an inner element by both") {
    CHECK_BOTH(strict("300302010500") == at(errc::trailing_garbage, 5));
    CHECK_BOTH(as_linux("300302010500") == good);
    CHECK_BOTH(as_linux("30800201050000ff") == good);
    CHECK_BOTH(strict("3006020105020106") == at(errc::bad_der, 5));
    CHECK_BOTH(as_linux("3006020105020106") == at(errc::bad_der, 5));
    CHECK_BOTH(as_linux("30800201050201060000") == at(errc::bad_der, 5));
    CHECK_BOTH(as_linux("3080028001050000") == at(errc::bad_der, 2));  // a fault inside, met before the end
}

TEST_CASE("more than 65535 bytes are too_large") {
    std::vector<std::uint8_t> bytes(65536);
    CHECK(read_pair<der::reader>(bytes) == at(errc::too_large, 0));
    CHECK(read_pair<kernel::asn1_reader>(bytes) == at(errc::too_large, 0));
    CHECK(failure(errc::too_large).linux_errno() == linux_error::emsgsize);
}

TEST_CASE("more than ten levels are too_deep") {
    const auto descend = [](auto type, int levels) {
        std::vector<std::uint8_t> bytes;
        for (int i = levels - 1; i >= 0; --i) bytes.insert(bytes.end(), {0x30, static_cast<std::uint8_t>(2 * i)});
        failure fault{errc::none};
        typename decltype(type)::type in(bytes, fault);
        while (!in.at_end()) in = in.enter(der::tag_sequence);
        return answer{fault.code, fault.offset};
    };
    CHECK(descend(std::type_identity<der::reader>{}, 10) == good);
    CHECK(descend(std::type_identity<kernel::asn1_reader>{}, 10) == good);
    CHECK(descend(std::type_identity<der::reader>{}, 11) == at(errc::too_deep, 20));
    CHECK(descend(std::type_identity<kernel::asn1_reader>{}, 11) == at(errc::too_deep, 20));
    CHECK(failure(errc::too_deep).linux_errno() == linux_error::ebadmsg);
}

TEST_CASE("integers are minimal where DER is required") {
    const auto integer = [](auto& in) { in.integer(); };
    const auto unsigned_integer = [](auto& in) { in.unsigned_integer(); };
    CHECK_BOTH(read_value<der::reader>(literal("02020080"), integer) == good);
    CHECK_BOTH(read_value<der::reader>(literal("0202007f"), integer) == at(errc::non_minimal_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("0202ff80"), integer) == at(errc::non_minimal_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("0202ff7f"), integer) == good);
    CHECK_BOTH(read_value<der::reader>(literal("0200"), integer) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("020180"), unsigned_integer) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("020180"), integer) == good);
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("0200"), integer) == good);
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("02020000"), integer) == good);
}

TEST_CASE("object identifiers, bit strings and booleans are checked") {
    const auto oid = [](auto& in) { in.oid(); };
    const auto bits = [](auto& in) { in.bytes_in_bit_string(); };
    const auto boolean = [](auto& in) { (void)in.optional_boolean(); };
    CHECK_BOTH(read_value<der::reader>(literal("0603550403"), oid) == good);
    CHECK_BOTH(read_value<der::reader>(literal("0600"), oid) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("06025583"), oid) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("0603558001"), oid) == at(errc::non_minimal_der, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("0603558001"), oid) == good);
    CHECK_BOTH(read_value<der::reader>(literal("0604558180" "01"), oid) == good);
    CHECK_BOTH(read_value<der::reader>(literal("0603558180"), oid) == at(errc::bad_der, 0));  // the arc does not end
    CHECK_BOTH(read_value<der::reader>(literal("030200aa"), bits) == good);
    CHECK_BOTH(read_value<der::reader>(literal("030201aa"), bits) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("030201aa"), bits) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("0300"), bits) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("0101ff"), boolean) == good);
    CHECK_BOTH(read_value<der::reader>(literal("010100"), boolean) == at(errc::non_minimal_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("010101"), boolean) == at(errc::non_minimal_der, 0));
    CHECK_BOTH(read_value<der::reader>(literal("0100"), boolean) == at(errc::bad_der, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("0100"), [](auto& in) { in.skip_boolean(); }) == good);
}

TEST_CASE("empty lists are refused") {
    const auto list = [](auto& in) {
        for (auto inside = in.enter_list(der::tag_set); !inside.at_end();) inside.integer();
    };
    CHECK_BOTH(read_value<der::reader>(literal("3100"), list) == at(errc::missing_element, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("3100"), list) == at(errc::missing_element, 0));
    CHECK_BOTH(read_value<kernel::asn1_reader>(literal("31800000"), list) == at(errc::bad_der, 2));  // the first is looked for there
}

TEST_CASE("the first fault wins, and nothing is read after it") {
    constexpr auto bytes = literal("3006020105020106");
    failure fault{errc::none};
    der::reader in(bytes, fault, 100);
    auto inside = in.enter(der::tag_sequence);
    inside.fail(errc::unsupported_version, inside.offset(), linux_error::einval);
    CHECK(in.failed());
    CHECK(in.at_end());
    CHECK(inside.integer().content.empty());
    inside.fail(errc::bad_der, 0);
    CHECK(fault.code == errc::unsupported_version);
    CHECK(fault.offset == 102);
    CHECK(fault.linux_errno() == linux_error::einval);
    CHECK(!in.outcome(1));
}

TEST_CASE("elements have their offset in the image") {
    constexpr auto bytes = literal("30080201050403aabbcc");
    failure fault{errc::none};
    der::reader in(bytes, fault, 1000);
    auto inside = in.enter(der::tag_sequence);
    const der::element number = inside.integer(), string = inside.octet_string();
    inside.finish();
    CHECK(in.outcome(true));
    CHECK(number.offset == 1002);
    CHECK(string.offset == 1005);
    CHECK(string.content_offset == 1007);
    CHECK(equal(string.content, literal("aabbcc")));
    CHECK(equal(string.whole, literal("0403aabbcc")));
    CHECK(equal(kernel::encoding(string), string.whole));
}

TEST_CASE("an end-of-contents belongs to the whole of an element, not to its content") {
    constexpr auto bytes = literal("3080308002010500000000ff");
    failure fault{errc::none};
    kernel::asn1_reader in(bytes, fault);
    const der::element outer = in.expect(der::tag_sequence);
    CHECK(outer.whole.size() == 11);
    CHECK(kernel::encoding(outer).size() == 9);
    auto middle = in.enter(outer);
    auto inner = middle.enter(der::tag_sequence);
    CHECK(equal(inner.integer().content, literal("05")));
    CHECK(inner.at_end());
    inner.finish();
    CHECK(equal(inner.entered().content, literal("020105")));
    CHECK(equal(inner.entered().whole, literal("30800201050000")));
    CHECK(middle.at_end());
    CHECK(in.offset() == 11);
    CHECK(!in.failed());
}

TEST_CASE("an encoding inside a string has its own end and depth") {
    constexpr auto bytes = literal("0404020105ff");
    failure fault{errc::none}, own{errc::none};
    der::reader in(bytes, fault);
    const der::element string = in.octet_string();
    auto inside = in.nested(string, own);
    inside.integer();
    inside.finish();
    CHECK(own.code == errc::trailing_garbage);
    CHECK(own.offset == 5);
    CHECK(fault.code == errc::none);
    in.nested(string).expect(der::tag_null);
    CHECK(fault.code == errc::bad_der);
}

TEST_CASE("random bytes are read in bounded time") {
    std::uint32_t state = 1;
    for (int round = 0; round != 20000; ++round) {
        std::array<std::uint8_t, 24> bytes{};
        for (auto& byte : bytes) {
            state = state * 1664525 + 1013904223;
            byte = static_cast<std::uint8_t>(state >> 24 & ((round & 1) != 0 ? 0xb3 : 0xff));  // small lengths every other time
        }
        failure fault{errc::none};
        kernel::asn1_reader in(bytes, fault);
        std::uint64_t before = 0;
        while (!in.at_end()) {
            const auto element = in.any();
            if (!in.failed()) CHECK(in.offset() > before);
            before = in.offset();
            (void)in.enter(element).any();
        }
        CHECK(fault.offset <= bytes.size());
    }
}
