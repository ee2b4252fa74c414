// SPDX-License-Identifier: BSL-1.0
//
// The digests of many messages in memory. Every lane that finishes takes the next message, the longest of a window first;
// when fewer are left than lanes, they move to a kernel with fewer lanes: lanes that do nothing cost as much as others.
#ifndef MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP
#define MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP

#include <modsig/engine/native/lane_kernels.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine {

/// A message is parts, one after the other; views alias the caller's bytes.
using message_parts = std::span<const byte_view>;

namespace detail {

[[nodiscard]] constexpr std::uint64_t size_of_message(message_parts m) {
    std::uint64_t size = 0;
    for (const byte_view part : m) size += part.size();
    return size;
}

/// A message on its way through a lane, as runs of whole blocks: where they lie if they lie together, else from a buffer.
template <class Word>
class block_runs {
    static constexpr std::size_t block_size = 16 * sizeof(Word);

    message_parts rest_{};
    byte_view part_{};
    std::uint64_t size_ = 0;
    bool padded_ = true;
    std::array<std::uint8_t, 2 * block_size> buffer_{};

public:
    const std::uint8_t* blocks = nullptr;
    std::size_t count = 0;

    constexpr void start(message_parts m) {
        rest_ = m;
        part_ = {};
        size_ = size_of_message(m);
        padded_ = false;
        (void)next();
    }

    /// The next run; false after the padding.
    constexpr bool next() {
        std::size_t kept = 0;
        while (true) {
            if (kept == 0 && part_.size() >= block_size) {
                blocks = part_.data();
                count = part_.size() / block_size;
                part_ = part_.subspan(count * block_size);
                return true;
            }
            const std::size_t taken = std::min(part_.size(), block_size - kept);
            for (std::size_t i = 0; i != taken; ++i) buffer_[kept + i] = part_[i];
            part_ = part_.subspan(taken);
            kept += taken;
            blocks = buffer_.data();
            count = 1;
            if (kept == block_size) return true;
            if (!rest_.empty()) {
                part_ = rest_.front();
                rest_ = rest_.subspan(1);
            } else {
                if (padded_) return false;
                padded_ = true;
                count = digest::pad<Word>(buffer_.data(), kept, size_);
                return true;
            }
        }
    }

    constexpr void advance(std::size_t by) { blocks += by * block_size, count -= by; }
};

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

/// All lanes of one digest. About 16 KiB.
template <digest_id Id>
class lane_scheduler {
    using states = lane_states<Id>;
    using word = typename states::word;

    struct stream {
        block_runs<word> runs{};
        typename states::state saved{};  // while it is in no lane
        std::size_t index = 0;           // of its message
    };

    std::span<const message_parts> messages_;
    std::span<digest_value> digests_;
    cpu_features cpu_;
    bool cached_;
    longest_first waiting_;
    std::array<stream, max_lanes> streams_{};
    std::array<std::uint8_t, max_lanes> in_lane_{};  // lane -> stream
    std::array<std::uint8_t, max_lanes> free_{};     // streams that have no message
    std::size_t free_count_ = 0;
    std::array<std::uint8_t, max_lanes> parked_{};   // streams that have begun and are in no lane
    std::size_t parked_count_ = 0;
    std::size_t used_ = 0;                           // lanes 0 .. used_ - 1 have a stream
    states states_;

    [[nodiscard]] constexpr std::size_t alive() const { return used_ + parked_count_ + waiting_.left(); }
    [[nodiscard]] constexpr const lane_kernel<word>& kernel_for_now() const { return choose_kernel(kernels_for<Id>(), cpu_, alive(), cached_); }

    /// Fills the lanes that are free: with what has begun, then with what waits.
    constexpr void refill() {
        while (used_ != states_.lanes()) {
            if (parked_count_ != 0) {
                const std::uint8_t s = parked_[--parked_count_];
                states_.set(used_, streams_[s].saved);
                in_lane_[used_++] = s;
            } else if (waiting_.left() != 0) {
                const std::uint8_t s = free_[--free_count_];
                streams_[s].index = waiting_.take();
                streams_[s].runs.start(messages_[streams_[s].index]);
                states_.start(used_);
                in_lane_[used_++] = s;
            } else {
                return;
            }
        }
    }

    /// Takes a finished stream out; the last lane's stream takes its place.
    constexpr void finish(std::size_t lane) {
        const std::uint8_t s = in_lane_[lane];
        digests_[streams_[s].index] = states_.digest(lane);
        free_[free_count_++] = s;
        if (lane != --used_) {
            states_.set(lane, states_.get(used_));
            in_lane_[lane] = in_lane_[used_];
        }
    }

    constexpr void change_kernel(const lane_kernel<word>& kernel) {
        for (; used_ != 0; --used_) {
            stream& s = streams_[in_lane_[used_ - 1]];
            s.saved = states_.get(used_ - 1);
            parked_[parked_count_++] = in_lane_[used_ - 1];
        }
        states_.use(kernel);
    }

public:
    lane_scheduler(std::span<const message_parts> messages, std::span<digest_value> digests, cpu_features cpu, bool cached)
        : messages_(messages), digests_(digests), cpu_(cpu), cached_(cached), waiting_(messages),
          states_(choose_kernel(kernels_for<Id>(), cpu, messages.size(), cached)) {
        for (; free_count_ != max_lanes; ++free_count_) free_[free_count_] = static_cast<std::uint8_t>(free_count_);
    }

    void run() {
        for (refill(); used_ != 0; refill()) {
            std::size_t count = streams_[in_lane_[0]].runs.count;
            for (std::size_t lane = 1; lane < used_; ++lane) count = std::min(count, streams_[in_lane_[lane]].runs.count);
            std::array<const std::uint8_t*, max_lanes> blocks{};
            for (std::size_t lane = 0; lane != states_.lanes(); ++lane)  // idle lanes read what another one reads
                blocks[lane] = streams_[in_lane_[lane < used_ ? lane : 0]].runs.blocks;
            states_.compress(blocks.data(), count);
            bool finished = false;
            for (std::size_t lane = used_; lane-- != 0;) {
                block_runs<word>& runs = streams_[in_lane_[lane]].runs;
                runs.advance(count);
                if (runs.count != 0 || runs.next()) continue;
                finish(lane);
                finished = true;
            }
            if (finished && alive() != 0)
                if (const auto& kernel = kernel_for_now(); &kernel != &states_.kernel()) change_kernel(kernel);
        }
    }
};

/// Up to this many bytes are taken to lie in a cache.
inline constexpr std::uint64_t cached_size = std::uint64_t{8} << 20;

template <digest_id Id>
void digest_in_lanes(std::span<const message_parts> messages, std::span<digest_value> digests, cpu_features cpu) {
    std::uint64_t size = 0;
    for (const message_parts m : messages) size += size_of_message(m);
    lane_scheduler<Id>(messages, digests, cpu, size <= cached_size).run();
}

template <digest_id Id, class Isa>
constexpr void digest_many_of(std::span<const message_parts> messages, std::span<digest_value> digests) {
    if constexpr (Isa::accelerated)
        if (!std::is_constant_evaluated() && messages.size() > 1) return digest_in_lanes<Id>(messages, digests, Isa::features());
    for (std::size_t i = 0; i != messages.size(); ++i) digests[i] = digest_of<native_hash<Id, Isa>>(messages[i]);
}

}  // namespace detail

/// digests[i] = the digest of messages[i]; there are as many of the one as of the other. unsupported_hash: not one of the list.
template <class Isa = isa::best, class Digests = native_digest_list>
[[nodiscard]] constexpr result<void> digest_many(digest_id id, std::span<const message_parts> messages, std::span<digest_value> digests) {
    const bool known = with_digest(Digests{}, id, [&]<digest_id Id>() { detail::digest_many_of<Id, Isa>(messages, digests); });
    return known ? result<void>::success() : result<void>(errc::unsupported_hash);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_DIGEST_MANY_HPP
