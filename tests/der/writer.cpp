// SPDX-License-Identifier: BSL-1.0
#include <modsig/der/writer.hpp>

#include <modsig/der.hpp>

#include "literal.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace modsig;

namespace {

template <class Write>
constexpr bool writes(Write write, byte_view expected) {
    std::vector<std::uint8_t> bytes;
    der::writer out(bytes);
    write(out);
    return equal(bytes, expected);
}

}  // namespace

TEST_CASE("values are written in their shortest form") {
    CHECK_BOTH(writes([](auto& out) { out.integer(0); }, literal("020100")));
    CHECK_BOTH(writes([](auto& out) { out.integer(127); }, literal("02017f")));
    CHECK_BOTH(writes([](auto& out) { out.integer(128); }, literal("02020080")));
    CHECK_BOTH(writes([](auto& out) { out.integer(65537); }, literal("0203010001")));
    CHECK_BOTH(writes([](auto& out) { out.integer(byte_view(literal("0000f1"))); }, literal("020200f1")));
    CHECK_BOTH(writes([](auto& out) { out.boolean(true), out.null(); }, literal("0101ff0500")));
    CHECK_BOTH(writes([](auto& out) { out.oid(literal("550403")); }, literal("0603550403")));
    CHECK_BOTH(writes([](auto& out) { out.utf8_string("ab"); }, literal("0c026162")));
    CHECK_BOTH(writes([](auto& out) { out.bit_string(literal("80")); }, literal("03020080")));
    CHECK_BOTH(writes([](auto& out) { out.octet_string(literal("80")); }, literal("040180")));
}

TEST_CASE("times are written as UTCTime up to 2049, then as GeneralizedTime") {
    CHECK_BOTH(writes([](auto& out) { out.time(1795471687); }, literal("170d3236313132333232303830375a")));
    CHECK_BOTH(writes([](auto& out) { out.time(4949071687); }, literal("180f32313236313033303232303830375a")));
    CHECK_BOTH(writes([](auto& out) { out.time(2524608000); }, literal("180f32303530303130313030303030305a")));
}

TEST_CASE("content is written before its header, which is inserted in front") {
    CHECK_BOTH(writes(
        [](auto& out) {
            out.sequence([&] {
                out.explicitly_tagged(0, [&] { out.integer(2); });
                out.set([&] { out.null(); });
                out.octet_string_of([&] { out.boolean(true); });
            });
        },
        literal("300e" "a003020102" "31020500" "04030101ff")));
}

TEST_CASE("lengths are written as DER requires, and read again") {
    for (const std::size_t size : {0u, 1u, 127u, 128u, 255u, 256u, 65000u}) {
        std::vector<std::uint8_t> bytes{0xee};
        der::writer out(bytes);
        const std::vector<std::uint8_t> content(size, 0x5a);
        out.sequence([&] { out.octet_string(content); });
        CHECK(bytes[0] == 0xee);
        failure fault{errc::none};
        der::reader in(byte_view(bytes).subspan(1), fault);
        auto inside = in.enter(der::tag_sequence);
        CHECK(equal(inside.octet_string().content, content));
        inside.finish();
        in.finish();
        CHECK(!in.failed());
    }
    CHECK(writes([](auto& out) { out.raw(literal("0500")); }, literal("0500")));
}
