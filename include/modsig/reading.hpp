// SPDX-License-Identifier: BSL-1.0
//
// How forgiving parsing is. A policy names one (`Policy::reading`); layouts and key forms are templates over it.
#ifndef MODSIG_READING_HPP
#define MODSIG_READING_HPP

#include <type_traits>

namespace modsig {

/// Nothing is read that the format does not define, nothing is read and ignored. The default everywhere.
struct strict_reading {};

/// What Linux reads: BER, trailing bytes, fields that nobody checks. Only policy::linux_* name it.
struct linux_reading {};

template <class Reading>
concept reading = std::is_same_v<Reading, strict_reading> || std::is_same_v<Reading, linux_reading>;

template <class Reading>
inline constexpr bool is_strict = std::is_same_v<Reading, strict_reading>;

}  // namespace modsig

#endif  // MODSIG_READING_HPP
