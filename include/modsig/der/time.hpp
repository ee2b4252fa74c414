// SPDX-License-Identifier: BSL-1.0
//
// UTCTime and GeneralizedTime as seconds since 1970.  Format: RFC 5280, section 4.1.2.5; limits as in Linux,
// crypto/asymmetric_keys/x509_cert_parser.c, x509_decode_time(): hour 24 and second 60 are accepted.
//   UTCTime YYMMDDHHMMSSZ, 50..99 are 19YY;  GeneralizedTime YYYYMMDDHHMMSSZ, but not for 1950..2049
#ifndef MODSIG_DER_TIME_HPP
#define MODSIG_DER_TIME_HPP

#include <modsig/der/element.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace modsig::der {

/// A day of the Gregorian calendar.
struct civil_date {
    std::int64_t year = 1970;  ///< with all its digits
    unsigned month = 1;        ///< 1 to 12
    unsigned day = 1;          ///< 1 to 31
};

/// Whether February has 29 days.
[[nodiscard]] constexpr bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/// Days of a month; `month` is 1 to 12.
[[nodiscard]] constexpr unsigned days_in_month(std::int64_t year, unsigned month) {
    constexpr std::array<std::uint8_t, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/// Days since 1970-01-01; `year` is 1970 or later.
[[nodiscard]] constexpr std::int64_t days_of(civil_date date) {
    const std::int64_t before = date.year - 1;
    std::int64_t days = 365 * (date.year - 1970);
    days += (before / 4 - 1969 / 4) - (before / 100 - 1969 / 100) + (before / 400 - 1969 / 400);
    for (unsigned month = 1; month < date.month; ++month) days += days_in_month(date.year, month);
    return days + date.day - 1;
}

/// The date of a day since 1970-01-01; `days` is not negative.
[[nodiscard]] constexpr civil_date date_of(std::int64_t days) {
    civil_date date{1970 + days / 366, 1, 1};  // never later than the year of `days`
    while (days_of({date.year + 1, 1, 1}) <= days) ++date.year;
    days -= days_of(date);
    for (; days >= days_in_month(date.year, date.month); ++date.month) days -= days_in_month(date.year, date.month);
    date.day = static_cast<unsigned>(days) + 1;
    return date;
}
static_assert(days_of({2000, 3, 1}) == 11017 && days_of({2100, 3, 1}) == 47541);
static_assert(date_of(11016).month == 2 && date_of(11016).day == 29 && date_of(0).year == 1970);

/// `time_of` parses the text of a time. Returns seconds since 1970; nothing for another form or a date that does not exist.
[[nodiscard]] constexpr std::optional<std::int64_t> time_of(std::uint8_t tag, byte_view text) {
    const bool utc = tag == tag_utc_time;
    if ((!utc && tag != tag_generalized_time) || text.size() != (utc ? 13u : 15u) || text.back() != 'Z') return std::nullopt;
    std::array<unsigned, 7> pairs{};
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        pairs[i / 2] = 10 * pairs[i / 2] + (text[i] - unsigned{'0'});
    }
    const std::size_t at = utc ? 1 : 2;
    const std::int64_t year = utc ? pairs[0] + (pairs[0] >= 50 ? 1900 : 2000) : 100 * pairs[0] + pairs[1];
    const unsigned month = pairs[at], day = pairs[at + 1], hour = pairs[at + 2], minute = pairs[at + 3], second = pairs[at + 4];
    if (year < 1970 || (!utc && year <= 2049)) return std::nullopt;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
    if (hour > 24 || minute > 59 || second > 60) return std::nullopt;
    return days_of({year, month, day}) * 86400 + std::int64_t{hour} * 3600 + minute * 60 + second;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_TIME_HPP
