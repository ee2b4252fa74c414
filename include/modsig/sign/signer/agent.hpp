// SPDX-License-Identifier: BSL-1.0
//
// A process that has a private key and signs with it, so that the one that asks it never has the key: not in its memory,
// its core dumps, its swapped pages. The agent has no core dumps, cannot be traced by its own user, and ends with its parent.
// For Linux.
#ifndef MODSIG_SIGN_SIGNER_AGENT_HPP
#define MODSIG_SIGN_SIGNER_AGENT_HPP

#include <modsig/key/any.hpp>
#include <modsig/os/forked_process.hpp>
#include <modsig/os/harden.hpp>
#include <modsig/sign/signer/agent_channel.hpp>
#include <modsig/sign/signer.hpp>

#include <algorithm>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace modsig::sign {

/// What an agent begins with.
template <signer S>
struct agent_key {
    S with;             ///< the key that signs
    bytes public_half;  ///< certificate or public key, in any binary form
};

namespace detail {
template <class S>
void answer_questions(const S& key, const agent_channel& channel) {
    to_sign input;
    for (bytes room; channel.receive_question(input, room);) {
        const result<bytes> signature = key.sign(input);
        if (!(signature ? channel.answer(errc::none, *signature) : channel.answer(signature.error().code, {}))) return;
    }
}

/// Returns when every channel is closed; the key is gone then.
template <class Make>
void be_agent(const os::hardened_process& here, const std::vector<agent_channel>& channels, Make& make) {
    auto made = make(here);
    if (!made) return (void)channels.front().answer(made.error().code, {});
    if (!channels.front().answer(errc::none, made->public_half)) return;
    std::vector<std::jthread> threads;
    threads.reserve(channels.size());
    try {
        for (const agent_channel& channel : channels) threads.emplace_back([&made, &channel] { answer_questions(made->with, channel); });
    } catch (...) {
        ::_exit(1);  // the threads that there are would be waited for, and the caller would wait for an answer
    }
}
}  // namespace detail

/// Models `signer`. Movable, never copied; `sign` may be called from several threads at once. When it is destroyed the
/// process has ended, and the key with it.
class agent {
    struct connection {
        os::forked_process process{};
        std::vector<detail::agent_channel> idle{};  // goes first: the process ends when every channel is closed
        std::mutex guard{};
        std::condition_variable returned{};

        [[nodiscard]] detail::agent_channel take() {
            std::unique_lock lock(guard);
            returned.wait(lock, [&] { return !idle.empty(); });
            detail::agent_channel one = std::move(idle.back());
            idle.pop_back();
            return one;
        }
        void give_back(detail::agent_channel&& one) {
            const std::lock_guard lock(guard);
            idle.push_back(std::move(one));
            returned.notify_one();
        }
    };
    std::unique_ptr<connection> to_;
    bytes public_half_;  // info_ views it; a moved vector keeps its bytes where they are
    key_info info_;

    agent(std::unique_ptr<connection> to, bytes public_half, const key_info& info)
        : to_(std::move(to)), public_half_(std::move(public_half)), info_(info) {}

public:
    /// make(hardened_process) -> result<agent_key<S>> is called in the new process, which signs in so many threads. To be called before this
    /// process has threads (no lock that another thread holds goes over), by a thread that lives as long as the agent is needed:
    /// the agent
    /// ends with it. Of several agents the one started last goes first: it has inherited what the others wait for. What make() fails
    /// with is the answer; `io_error`: no process, or it has gone.
    template <std::invocable<const os::hardened_process&> Make>
    [[nodiscard]] static result<agent> start(std::size_t threads, Make make) {
        auto to = std::make_unique<connection>();
        std::vector<detail::agent_channel> theirs;
        for (std::size_t i = 0; i != std::max<std::size_t>(threads, 1); ++i) {
            auto ends = detail::agent_channel::make_pair();
            if (!ends) return ends.error();
            to->idle.push_back(std::move(ends->first));
            theirs.push_back(std::move(ends->second));
        }
        auto process = os::forked_process::start([&] {
            const os::hardened_process here = os::harden_process();
            to->idle.clear();  // or these ends would keep the others open
            detail::be_agent(here, theirs, make);
        });
        if (!process) return process.error();
        to->process = *std::move(process);
        theirs.clear();
        result<bytes> public_half = to->idle.front().receive_answer();
        if (!public_half) return public_half.error();
        const result<key_info> info = key::parse_any(*public_half);
        if (!info) return info.error();
        return agent(std::move(to), *std::move(public_half), *info);
    }

    /// The public half, with its identifiers; views alias this object.
    [[nodiscard]] const key_info& info() const { return info_; }
    /// As the agent gave it: for an ephemeral key its certificate, DER.
    [[nodiscard]] byte_view public_half() const { return public_half_; }

    /// What the key's own sign() answers; `io_error`: the agent has gone.
    [[nodiscard]] result<bytes> sign(const to_sign& input) const {
        detail::agent_channel channel = to_->take();
        result<bytes> answer = channel.ask(input) ? channel.receive_answer() : detail::agent_channel::gone();
        to_->give_back(std::move(channel));
        return answer;
    }
};
static_assert(explain_signer<agent>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_AGENT_HPP
