// SPDX-License-Identifier: BSL-1.0
//
// What a process and its signing agent say to each other, over a stream socket. Both are one program at one moment: values
// go over as they are in memory.
//   question   to_sign's scheme and digest, size of the message, the message
//   answer     errc, size, that many bytes
#ifndef MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP
#define MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP

#include <modsig/os/channel.hpp>
#include <modsig/sign/signer.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace modsig::sign::detail {

class agent_channel {
    os::channel stream_;

    struct question_head {
        to_sign input;  // whose message is not in this memory there
        std::uint64_t message_size;
    };
    struct answer_head {
        errc code;
        std::uint64_t size;
    };

public:
    static constexpr std::uint64_t max_message_size = std::uint64_t{1} << 30, max_answer_size = std::uint64_t{1} << 20;

    explicit agent_channel(os::channel&& stream) : stream_(std::move(stream)) {}

    /// errc: io_error, with errno.
    [[nodiscard]] static result<std::pair<agent_channel, agent_channel>> make_pair() {
        auto ends = os::channel::make_pair();
        if (!ends) return ends.error();
        return std::pair(agent_channel(std::move(ends->first)), agent_channel(std::move(ends->second)));
    }

    // Each says whether the other end is still there.
    [[nodiscard]] bool ask(const to_sign& input) const {
        question_head head{input, 0};
        head.input.message = {};
        head.message_size = input.message.size();
        return send_value(head) && stream_.send(input.message);
    }
    /// The message is put into `room`.
    [[nodiscard]] bool receive_question(to_sign& input, bytes& room) const {
        question_head head{};
        if (!receive_value(head) || head.message_size > max_message_size) return false;
        input = head.input;
        input.message = {};
        room.resize(head.message_size);
        if (!stream_.receive(room)) return false;
        input.message = room;
        return true;
    }
    [[nodiscard]] bool answer(errc code, byte_view content) const { return send_value(answer_head{code, content.size()}) && stream_.send(content); }
    /// The bytes, or what the other end has as a failure; `io_error`: it has gone.
    [[nodiscard]] result<bytes> receive_answer() const {
        answer_head head{};
        if (!receive_value(head) || head.size > max_answer_size) return gone();
        bytes content(head.size);
        if (!stream_.receive(content)) return gone();
        if (head.code != errc::none) return head.code;
        return content;
    }
    [[nodiscard]] static failure gone() { return os::os_failure(EPIPE); }

private:
    template <class Value>
    [[nodiscard]] bool send_value(const Value& value) const {
        static_assert(std::is_trivially_copyable_v<Value>);
        return stream_.send({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }
    template <class Value>
    [[nodiscard]] bool receive_value(Value& value) const {
        static_assert(std::is_trivially_copyable_v<Value>);
        return stream_.receive({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    }
};

}  // namespace modsig::sign::detail

#endif  // MODSIG_SIGN_SIGNER_AGENT_CHANNEL_HPP
