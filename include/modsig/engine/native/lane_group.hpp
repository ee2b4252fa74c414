// SPDX-License-Identifier: BSL-1.0
//
// The lanes of one digest, and the streams that go through them. A lane that finishes is filled again at once; when fewer
// streams are left than lanes, they move to a kernel with fewer lanes: lanes that do nothing cost as much as others.
#ifndef MODSIG_ENGINE_NATIVE_LANE_GROUP_HPP
#define MODSIG_ENGINE_NATIVE_LANE_GROUP_HPP

#include <modsig/engine/native/block_runs.hpp>
#include <modsig/engine/native/lane_costs.hpp>
#include <modsig/engine/native/lane_kernels.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Streams have numbers below `Capacity`, which the owner gives. The owner keeps their block_runs, and gives them to `step`.
template <digest_id Id, std::size_t Capacity = max_lanes>
class lane_group {
    static_assert(Capacity <= 256);
    using states = lane_states<Id>;
    using word = typename states::word;

    cpu_features cpu_;
    bool cached_;
    lane_costs<Id> costs_;
    states states_;
    std::array<typename states::state, Capacity> saved_{};  // of streams that are in no lane
    std::array<std::uint8_t, Capacity> in_lane_{};          // lane -> stream
    std::array<std::uint8_t, Capacity> parked_{};           // streams that are in no lane
    std::size_t used_ = 0, parked_count_ = 0;               // lanes 0 .. used_ - 1 have a stream

    constexpr void fill() {
        for (; used_ != states_.lanes() && parked_count_ != 0; ++used_) {
            const std::uint8_t s = parked_[--parked_count_];
            states_.set(used_, saved_[s]);
            in_lane_[used_] = s;
        }
    }

    constexpr void change_kernel(const sha_kernel<word>& kernel) {
        for (; used_ != 0; --used_) {
            const std::uint8_t s = in_lane_[used_ - 1];
            saved_[s] = states_.get(used_ - 1);
            parked_[parked_count_++] = s;
        }
        states_.use(kernel);
    }

    /// The last lane's stream takes the place of one that leaves.
    constexpr void leave(std::size_t lane) {
        if (lane == --used_) return;
        states_.set(lane, states_.get(used_));
        in_lane_[lane] = in_lane_[used_];
    }

public:
    static constexpr std::size_t block_size = states::block_size;  ///< bytes of a block: 64 or 128

    /// `cached`: the streams' bytes come from a cache.
    constexpr explicit lane_group(cpu_features cpu, bool cached) : cpu_(cpu), cached_(cached), costs_(cpu), states_(costs_.choose(cpu, 1, cached)) {}

    /// Streams that have begun and not finished.
    [[nodiscard]] constexpr std::size_t size() const { return used_ + parked_count_; }

    /// Begins a stream, which has a number below Capacity and a run of blocks, or ends at once.
    constexpr void begin(std::size_t stream) {
        saved_[stream] = native_detail::native_parameters<Id>::initial;
        parked_[parked_count_++] = static_cast<std::uint8_t>(stream);
    }

    /// Brings as many streams as there are lanes forward by as many blocks as every one of them has. `waiting` more will
    /// still begin. runs(stream) is its block_runs&, next(stream) gets it more or says that it has ended, and then
    /// done(stream, digest) may begin others.
    template <class Runs, class Next, class Done>
    constexpr void step(std::size_t waiting, const Runs& runs, const Next& next, const Done& done) {
        if (const auto& kernel = costs_.choose(cpu_, size() + waiting, cached_); &kernel != &states_.kernel()) change_kernel(kernel);
        fill();
        if (used_ == 0) return;
        std::array<const std::uint8_t*, max_lanes> blocks{};
        std::size_t count = runs(in_lane_[0]).count;
        for (std::size_t lane = 0; lane != used_; ++lane) {
            const block_runs& each = runs(in_lane_[lane]);
            count = std::min(count, each.count);
            blocks[lane] = each.blocks;
        }
        for (std::size_t lane = used_; lane < states_.lanes(); ++lane) blocks[lane] = blocks[0];  // idle: any blocks will do
        states_.compress(blocks.data(), count);
        costs_.count(cpu_, count * used_);
        for (std::size_t lane = used_; lane-- != 0;) {
            const std::size_t stream = in_lane_[lane];
            runs(stream).advance(count);
            if (runs(stream).count != 0 || next(stream)) continue;
            const digest_value digest = states_.digest(lane);
            leave(lane);
            done(stream, digest);
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_LANE_GROUP_HPP
