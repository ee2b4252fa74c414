// SPDX-License-Identifier: BSL-1.0
#include <modsig/der/time.hpp>

#include "literal.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string_view>
#include <vector>

using namespace modsig;

namespace {

constexpr std::optional<std::int64_t> time_of(std::uint8_t tag, std::string_view text) {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i != text.size(); ++i) bytes[i] = static_cast<std::uint8_t>(text[i]);
    return der::time_of(tag, byte_view(bytes).first(text.size()));
}
constexpr auto utc(std::string_view text) { return time_of(der::tag_utc_time, text); }
constexpr auto generalized(std::string_view text) { return time_of(der::tag_generalized_time, text); }

}  // namespace

TEST_CASE("times are seconds since 1970") {
    CHECK_BOTH(utc("700101000000Z") == 0);
    CHECK_BOTH(utc("261123220807Z") == 1795471687);
    CHECK_BOTH(utc("491231235959Z") == 2524607999);
    CHECK_BOTH(generalized("20500101000000Z") == 2524608000);
    CHECK_BOTH(generalized("99991231235959Z") == 253402300799);
    CHECK_BOTH(utc("991231235959Z") == 946684799);
}

TEST_CASE("times of another form are refused") {
    CHECK_BOTH(!utc("2611232208Z"));
    CHECK_BOTH(!utc("261123220807"));
    CHECK_BOTH(!utc("261123220807z"));
    CHECK_BOTH(!utc("261123220807+0000"));
    CHECK_BOTH(!utc("26112322080.Z"));
    CHECK_BOTH(!utc("20500101000000Z"));
    CHECK_BOTH(!generalized("500101000000Z"));
    CHECK_BOTH(!generalized("20500101000000.5Z"));
    CHECK_BOTH(!time_of(der::tag_printable_string, "261123220807Z"));
    CHECK_BOTH(!utc(""));
}

TEST_CASE("the range of years depends on the form") {
    CHECK_BOTH(!utc("500101000000Z"));
    CHECK_BOTH(!utc("691231235959Z"));
    CHECK_BOTH(!generalized("19491231235959Z"));
    CHECK_BOTH(!generalized("19700101000000Z"));
    CHECK_BOTH(!generalized("20491231235959Z"));
}

TEST_CASE("only days that exist are accepted") {
    CHECK_BOTH(!utc("250229000000Z"));
    CHECK_BOTH(utc("240229000000Z").has_value());
    CHECK_BOTH(utc("000229000000Z").has_value());
    CHECK_BOTH(!generalized("21000229000000Z"));
    CHECK_BOTH(!utc("240431000000Z"));
    CHECK_BOTH(!utc("240001000000Z"));
    CHECK_BOTH(!utc("241301000000Z"));
    CHECK_BOTH(!utc("240100000000Z"));
}

TEST_CASE("hour 24 and second 60 are accepted, as in Linux") {
    CHECK_BOTH(utc("240101240000Z") == *utc("240102000000Z"));
    CHECK_BOTH(utc("240101235960Z") == *utc("240102000000Z"));
    CHECK_BOTH(!utc("240101250000Z"));
    CHECK_BOTH(!utc("240101006000Z"));
    CHECK_BOTH(!utc("240101000061Z"));
}

TEST_CASE("days agree with the C library") {
    for (std::int64_t day = 0; day < 200000; day += 17) {
        const std::time_t seconds = static_cast<std::time_t>(day * 86400);
        std::tm expected{};
        gmtime_r(&seconds, &expected);
        const der::civil_date date = der::date_of(day);
        CHECK(date.year == expected.tm_year + 1900);
        CHECK(static_cast<int>(date.month) == expected.tm_mon + 1);
        CHECK(static_cast<int>(date.day) == expected.tm_mday);
        CHECK(der::days_of(date) == day);
    }
}
