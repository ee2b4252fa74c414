// SPDX-License-Identifier: BSL-1.0
//
// A stream between two processes of one program: bytes that are sent arrive whole, or the other end is closed. Linux only.
#ifndef MODSIG_OS_CHANNEL_HPP
#define MODSIG_OS_CHANNEL_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <array>
#include <span>
#include <utility>

#include <sys/socket.h>

namespace modsig::os {

/// For use by one thread at a time. Closed when a program is executed.
class channel {
    descriptor socket_;

    explicit channel(int socket) : socket_(socket) {}

public:
    /// `make_pair` returns both ends. Error: `io_error`, with errno.
    [[nodiscard]] static result<std::pair<channel, channel>> make_pair() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return os_failure(errno);
        return std::pair(channel(ends[0]), channel(ends[1]));
    }

    /// False: the other end is closed. Never raises SIGPIPE.
    [[nodiscard]] bool send(byte_view bytes) const {
        while (!bytes.empty()) {
            const ::ssize_t sent = uninterrupted([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
            if (sent <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Fills `room`. False: the other end is closed.
    [[nodiscard]] bool receive(std::span<std::uint8_t> room) const {
        while (!room.empty()) {
            const ::ssize_t got = uninterrupted([&] { return ::recv(socket_.get(), room.data(), room.size(), 0); });
            if (got <= 0) return false;
            room = room.subspan(static_cast<std::size_t>(got));
        }
        return true;
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_CHANNEL_HPP
