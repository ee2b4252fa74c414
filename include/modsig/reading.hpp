// SPDX-License-Identifier: BSL-1.0
//
// How bytes are read. A policy names one (`Policy::reading`); the verifier takes the grammar and the search for keys that belong
// to it from `grammar` and `appraiser`.
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

/// What a reading makes of bytes: <modsig/grammar.hpp> for strict_reading, <modsig/linux/grammar.hpp> for linux_reading.
///   layout<L>                          what finds and opens the signatures of layout L
///   parse_certificate(bytes, offset)   -> result<key::certificate>
///   parse_key(bytes)                   -> result<key_info>, any binary form
///   parse_user_key(bytes)              -> result<key_info>, the digsig v1 blob
template <class Reading>
struct grammar;

}  // namespace modsig

#endif  // MODSIG_READING_HPP
