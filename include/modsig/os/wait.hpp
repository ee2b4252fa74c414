// SPDX-License-Identifier: BSL-1.0
//
// Waits until one of several descriptors can be read. Linux only.
#ifndef MODSIG_OS_WAIT_HPP
#define MODSIG_OS_WAIT_HPP

#include <modsig/os/error.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include <poll.h>

namespace modsig::os {

using steady_clock = std::chrono::steady_clock;  ///< A clock that is never set: CLOCK_MONOTONIC.
/// Nothing: wait without a limit.
using deadline = std::optional<steady_clock::time_point>;

/// `wait_readable` returns which descriptors can be read, or have ended; -1 stands for no descriptor. Signals that the program
/// handles do not end the wait. Error: `io_error`, with ETIMEDOUT at the deadline.
template <std::size_t N>
[[nodiscard]] result<std::array<bool, N>> wait_readable(const std::array<int, N>& descriptors, deadline until = std::nullopt) {
    std::array<::pollfd, N> watched{};
    for (std::size_t i = 0; i != N; ++i) watched[i] = {descriptors[i], POLLIN, 0};
    for (;;) {
        int patience = -1;
        if (until) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - steady_clock::now()).count();
            if (left <= 0) return os_failure(ETIMEDOUT);
            patience = left < 60'000 ? static_cast<int>(left) : 60'000;
        }
        const int ready = ::poll(watched.data(), N, patience);
        if (ready < 0 && errno != EINTR) return os_failure(errno);
        if (ready <= 0) continue;
        std::array<bool, N> readable{};
        for (std::size_t i = 0; i != N; ++i) readable[i] = watched[i].revents != 0;
        return readable;
    }
}

}  // namespace modsig::os

#endif  // MODSIG_OS_WAIT_HPP
