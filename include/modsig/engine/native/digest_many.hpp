// SPDX-License-Identifier: BSL-1.0
//
// The digests of many messages in memory, the longest of a window first.
#ifndef MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP
#define MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP

#include <modsig/engine/native/lane_group.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

namespace native_detail {

/// The messages that no lane has taken yet; gives the longest of a window of them.
class longest_first {
    struct entry {
        std::uint64_t size;
        std::size_t index;
        friend constexpr bool operator<(const entry& a, const entry& b) { return a.size < b.size; }
    };
    std::span<const message_parts> messages_;
    std::array<entry, 256> window_{};  // a heap
    std::size_t in_window_ = 0, read_ = 0;

    constexpr void fill() {
        for (; in_window_ != window_.size() && read_ != messages_.size(); ++read_) {
            window_[in_window_++] = {size_of_message(messages_[read_]), read_};
            std::push_heap(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(in_window_));
        }
    }

public:
    constexpr explicit longest_first(std::span<const message_parts> messages) : messages_(messages) { fill(); }

    [[nodiscard]] constexpr std::size_t left() const { return in_window_ + (messages_.size() - read_); }
    /// Which message is next; only while there are some left.
    constexpr std::size_t take() {
        std::pop_heap(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(in_window_));
        const std::size_t index = window_[--in_window_].index;
        fill();
        return index;
    }
};

/// Up to this many bytes are taken to lie in a cache.
inline constexpr std::uint64_t cached_size = std::uint64_t{8} << 20;

/// About 16 KiB of stack.
template <digest_id Id>
void digest_in_lanes(std::span<const message_parts> messages, std::span<digest_value> digests, cpu_features cpu) {
    struct stream {
        block_runs runs{};
        parts_in_memory parts{};
        std::size_t index = 0;  // of its message
    };
    std::uint64_t size = 0;
    for (const message_parts m : messages) size += size_of_message(m);

    lane_group<Id> group(cpu, size <= cached_size);
    longest_first waiting(messages);
    std::array<stream, max_lanes> streams{};
    const auto begin = [&](std::size_t s) {
        if (waiting.left() == 0) return;
        stream& each = streams[s];
        each.index = waiting.take();
        each.parts = parts_in_memory(messages[each.index]);
        each.runs.start(group.block_size, size_of_message(messages[each.index]), each.parts);
        group.begin(s);
    };
    for (std::size_t s = 0; s != streams.size(); ++s) begin(s);
    while (group.size() != 0)
        group.step(waiting.left(), [&](std::size_t s) -> block_runs& { return streams[s].runs; },
                   [&](std::size_t s) { return streams[s].runs.next(streams[s].parts); },
                   [&](std::size_t s, const digest_value& digest) {
                       digests[streams[s].index] = digest;
                       begin(s);
                   });
}

template <digest_id Id, class Isa>
constexpr void digest_many_of(std::span<const message_parts> messages, std::span<digest_value> digests) {
    if constexpr (Isa::accelerated)
        if (!std::is_constant_evaluated() && messages.size() > 1) return digest_in_lanes<Id>(messages, digests, Isa::features());
    for (std::size_t i = 0; i != messages.size(); ++i) digests[i] = digest_of<native_hash<Id, Isa>>(messages[i]);
}

}  // namespace native_detail

/// digests[i] = the digest of messages[i]; there are as many of the one as of the other. unsupported_hash: not one of the list.
template <class Isa = isa::best, class Digests = native_digest_list>
[[nodiscard]] constexpr result<void> digest_many(digest_id id, std::span<const message_parts> messages, std::span<digest_value> digests) {
    const bool known = with_digest(Digests{}, id, [&]<digest_id Id>() { native_detail::digest_many_of<Id, Isa>(messages, digests); });
    return known ? result<void>::success() : result<void>(errc::unsupported_hash);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP
