// SPDX-License-Identifier: BSL-1.0
//
// How bytes are parsed. A policy names its reading (`Policy::reading`); the verifier takes the parsers of that reading from
// `grammar` and its search for keys from `appraiser`.
#ifndef MODSIG_READING_HPP
#define MODSIG_READING_HPP

#include <modsig/linux/kernel.hpp>

#include <concepts>
#include <type_traits>

namespace modsig {

/// Parses what the format defines and nothing else, and ignores no byte. The default everywhere.
struct strict_reading {};

/// Parses as Linux does: BER, trailing bytes, unchecked fields. Only policy::linux_* name this reading. Algorithms and versions
/// depend on the kernel.
struct linux_reading {
    linux_kernel kernel{};  ///< whose reading it is
};

template <class Reading>
concept reading = std::is_same_v<Reading, strict_reading> || std::is_same_v<Reading, linux_reading>;  ///< A way to parse.

/// The parsers of a reading: <modsig/grammar.hpp> for strict_reading, <modsig/linux/grammar.hpp> for linux_reading.
///   layout<L>                                   finds and opens the signatures of layout L
///   parse_certificate(bytes, offset, reading)   -> result<key::certificate>
///   parse_key(bytes, reading)                   -> result<key_info>, any binary form
///   parse_user_key(bytes)                       -> result<key_info>, the digsig v1 blob
template <class Reading>
struct grammar;

/// Whether a policy follows one kernel, by a member `kernel`, or combines policies that do, and returns their reading by
/// `read_as()`.
template <class Policy>
concept names_kernel = requires(const Policy& policy) { { policy.kernel } -> std::convertible_to<linux_kernel>; } ||
                       requires(const Policy& policy) { { policy.read_as() } -> std::same_as<linux_reading>; };

/// The reading of a policy: with the policy's kernel for Linux's reading, else the default of its type.
template <class Policy>
[[nodiscard]] constexpr typename Policy::reading reading_of(const Policy& policy) {
    if constexpr (requires { policy.kernel; }) return {policy.kernel};
    else if constexpr (requires { policy.read_as(); }) return policy.read_as();
    else return {};
}

}  // namespace modsig

#endif  // MODSIG_READING_HPP
