// SPDX-License-Identifier: BSL-1.0
//
// Failed system calls: an errno as a failure; and calls that signals interrupt. Linux only.
#ifndef MODSIG_OS_ERROR_HPP
#define MODSIG_OS_ERROR_HPP

#include <modsig/result.hpp>

#include <cerrno>
#include <cstdint>

namespace modsig::os {

/// `os_failure` returns errc::io_error with the errno, where linux_error has it (else with the code's own, EIO). Sets the
/// global errno to `error`, for callers that print the system's message.
[[nodiscard]] inline failure os_failure(int error, std::uint64_t offset = 0) {
    errno = error;
    const auto known = static_cast<linux_error>(error);
    return {errc::io_error, offset, name(known) == "-" ? linux_error::none : known};
}

/// `uninterrupted` repeats a system call while signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer == -1 && errno == EINTR) answer = call();
    return answer;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_ERROR_HPP
