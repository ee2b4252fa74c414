// SPDX-License-Identifier: BSL-1.0
//
// How bytes are read. A policy names one (`Policy::reading`); the verifier takes the grammar and the search for keys that belong
// to it from `grammar` and `appraiser`.
#ifndef MODSIG_READING_HPP
#define MODSIG_READING_HPP

#include <modsig/linux/kernel.hpp>

#include <concepts>
#include <type_traits>

namespace modsig {

/// Nothing is read that the format does not define, nothing is read and ignored. The default everywhere.
struct strict_reading {};

/// What Linux reads: BER, trailing bytes, fields that nobody checks. Only policy::linux_* name it. Which algorithms and versions
/// are known depends on the kernel.
struct linux_reading {
    linux_kernel kernel{};
};

template <class Reading>
concept reading = std::is_same_v<Reading, strict_reading> || std::is_same_v<Reading, linux_reading>;

/// What a reading makes of bytes: <modsig/grammar.hpp> for strict_reading, <modsig/linux/grammar.hpp> for linux_reading.
///   layout<L>                                   what finds and opens the signatures of layout L
///   parse_certificate(bytes, offset, reading)   -> result<key::certificate>
///   parse_key(bytes, reading)                   -> result<key_info>, any binary form
///   parse_user_key(bytes)                       -> result<key_info>, the digsig v1 blob
template <class Reading>
struct grammar;

/// Whether a policy speaks for one kernel, by a member `kernel`, or is made of policies that do, and forwards theirs by `read_as()`.
template <class Policy>
concept names_kernel = requires(const Policy& policy) { { policy.kernel } -> std::convertible_to<linux_kernel>; } ||
                       requires(const Policy& policy) { { policy.read_as() } -> std::same_as<linux_reading>; };

/// The reading of a policy: Linux's, of the kernel that the policy speaks for; else of the default one.
template <class Policy>
[[nodiscard]] constexpr typename Policy::reading reading_of(const Policy& policy) {
    if constexpr (requires { policy.kernel; }) return {policy.kernel};
    else if constexpr (requires { policy.read_as(); }) return policy.read_as();
    else return {};
}

}  // namespace modsig

#endif  // MODSIG_READING_HPP
