// SPDX-License-Identifier: BSL-1.0
//
// System calls that fail: an errno as a failure, and calls that signals interrupt. Linux only.
#ifndef MODSIG_OS_ERROR_HPP
#define MODSIG_OS_ERROR_HPP

#include <modsig/result.hpp>

#include <cerrno>
#include <cstdint>

namespace modsig::os {

/// errc::io_error. The failure keeps the errno where linux_error knows it (otherwise it is the code's own, EIO). Global errno
/// is set to `error`, for callers that show the system's words.
[[nodiscard]] inline failure os_failure(int error, std::uint64_t offset = 0) {
    errno = error;
    const auto known = static_cast<linux_error>(error);
    return {errc::io_error, offset, name(known) == "-" ? linux_error::none : known};
}

/// Repeats a system call for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto answer = call();
    while (answer == -1 && errno == EINTR) answer = call();
    return answer;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_ERROR_HPP
