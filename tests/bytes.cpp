// SPDX-License-Identifier: BSL-1.0
#include <modsig/bytes.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace modsig;

namespace {
constexpr std::array<std::uint8_t, 6> six{1, 2, 3, 4, 5, 6};

constexpr bool a_failed_read_does_not_advance() {
    reader in(six);
    const auto four = in.be<std::uint32_t>();
    const auto too_much = in.be<std::uint32_t>();
    const auto two = in.le<std::uint16_t>();
    return four == 0x01020304u && !too_much && two == 0x0605 && in.at_end() && !in.u8() && in.take(0);
}
static_assert(a_failed_read_does_not_advance());

constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
static_assert(slice(six, {6, 0})->empty() && !slice(six, {7, 0}) && !slice(six, {1, huge}) && !slice(six, {huge, huge}));
static_assert(!reader(six).take(huge));
}  // namespace

TEST_CASE("a reader never reads past its end, and a failed read does not advance") {
    CHECK(a_failed_read_does_not_advance());
    reader in(byte_view(six).first(3));
    CHECK_FALSE(in.be<std::uint32_t>());
    CHECK(in.remaining() == 3);
    CHECK(in.take(3)->size() == 3);
}

TEST_CASE("ranges beyond the whole give nothing, whatever their size") {
    CHECK_FALSE(slice(six, {huge, 1}));
    CHECK_FALSE(slice(six, {3, huge - 1}));
    CHECK(slice(six, {2, 4})->front() == 3);
}

TEST_CASE("big-endian integers of any length have an order and a length in bits") {
    constexpr std::array<std::uint8_t, 3> padded{0, 0, 5};
    constexpr std::array<std::uint8_t, 1> five{5};
    static_assert(compare_integers(padded, five) == 0 && bit_length(padded) == 3 && bit_length(byte_view{}) == 0);
    CHECK(compare_integers(six, five) > 0);
    CHECK(compare_integers(five, six) < 0);
    CHECK(compare_integers(byte_view{}, byte_view(padded).first(2)) == 0);
    CHECK(bit_length(six) == 41);
}
