// SPDX-License-Identifier: BSL-1.0
//
// What a process and its signing agent say to each other, over a stream socket. Both are one program at one moment: values
// go over as they are in memory.
//   question   to_sign's scheme and digest, size of the message, the message
//   answer     errc, size, that many bytes
#ifndef MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP
#define MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP

#include <modsig/os.hpp>
#include <modsig/sign/signer.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace modsig::sign::detail {

class agent_channel {
    os::descriptor socket_;

    struct question_head {
        to_sign what;  // whose message is not in this memory there
        std::uint64_t message_size;
    };
    struct answer_head {
        errc code;
        std::uint64_t size;
    };

public:
    static constexpr std::uint64_t max_message_size = std::uint64_t{1} << 30, max_answer_size = std::uint64_t{1} << 20;

    explicit agent_channel(int socket) : socket_(socket) {}

    /// Closed when a program is executed. None: errno says why.
    [[nodiscard]] static std::optional<std::pair<agent_channel, agent_channel>> make_pair() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
        return std::pair(agent_channel(ends[0]), agent_channel(ends[1]));
    }

    // Each says whether the other end is still there.
    [[nodiscard]] bool ask(const to_sign& what) const {
        question_head head{what, 0};
        head.what.message = {};
        for (const byte_view part : what.message.view()) head.message_size += part.size();
        if (!send_value(head)) return false;
        for (const byte_view part : what.message.view())
            if (!send(part)) return false;
        return true;
    }
    /// The message is put into `room`.
    [[nodiscard]] bool receive_question(to_sign& what, bytes& room) const {
        question_head head{};
        if (!receive_value(head) || head.message_size > max_message_size) return false;
        what = head.what;
        what.message = {};
        room.resize(head.message_size);
        if (!receive(room.data(), room.size())) return false;
        return room.empty() || what.message.add(room);
    }
    [[nodiscard]] bool answer(errc code, byte_view with) const { return send_value(answer_head{code, with.size()}) && send(with); }
    /// The bytes, or what the other end has as a failure; `io_error`: it has gone.
    [[nodiscard]] result<bytes> receive_answer() const {
        answer_head head{};
        if (!receive_value(head) || head.size > max_answer_size) return gone();
        bytes with(head.size);
        if (!receive(with.data(), with.size())) return gone();
        if (head.code != errc::none) return head.code;
        return with;
    }
    [[nodiscard]] static failure gone() { return os::os_failure(errno = EPIPE); }

private:
    template <class Value>
    [[nodiscard]] bool send_value(const Value& value) const {
        static_assert(std::is_trivially_copyable_v<Value>);
        return send({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }
    template <class Value>
    [[nodiscard]] bool receive_value(Value& value) const {
        static_assert(std::is_trivially_copyable_v<Value>);
        return receive(reinterpret_cast<std::uint8_t*>(&value), sizeof value);
    }
    [[nodiscard]] bool send(byte_view part) const {
        while (!part.empty()) {
            const auto sent = os::uninterrupted([&] { return ::send(socket_.get(), part.data(), part.size(), MSG_NOSIGNAL); });
            if (sent <= 0) return false;
            part = part.subspan(static_cast<std::size_t>(sent));
        }
        return true;
    }
    [[nodiscard]] bool receive(std::uint8_t* to, std::size_t size) const {
        while (size != 0) {
            const auto got = os::uninterrupted([&] { return ::recv(socket_.get(), to, size, 0); });
            if (got <= 0) return false;
            to += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }
};

}  // namespace modsig::sign::detail

#endif  // MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP
