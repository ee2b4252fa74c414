// SPDX-License-Identifier: BSL-1.0
//
// The same work on many items by several threads, with the results taken in order as soon as they are there. A shared
// index is all the scheduling there is: items are independent and short beside the whole, so nothing is left to steal.
#ifndef MODSIG_BATCH_IN_ORDER_HPP
#define MODSIG_BATCH_IN_ORDER_HPP

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace modsig::batch {

/// Which item is next, and the results that wait for their turn: a short queue, so that who works too far ahead of the
/// taker has to wait, and memory does not grow with the number of items.
template <class Result>
class work_queue {
    std::vector<std::optional<Result>> results_;
    std::size_t count_, next_ = 0, taken_ = 0;
    bool stopped_ = false;
    std::exception_ptr thrown_{};
    std::mutex guard_{};
    std::condition_variable ready_{}, room_{};

public:
    /// A queue of `count` items, of which at most `room` are begun and not taken.
    work_queue(std::size_t count, std::size_t room) : results_(room), count_(count) {}

    /// An item to work on. None: there are no more; or, without `wait`, there is no room for its result now.
    [[nodiscard]] std::optional<std::size_t> claim(bool wait) {
        std::unique_lock lock(guard_);
        const auto is_open = [&] { return stopped_ || next_ == count_ || next_ - taken_ < results_.size(); };
        if (wait) room_.wait(lock, is_open);
        if (!is_open() || stopped_ || next_ == count_) return std::nullopt;
        return next_++;
    }

    /// The result of an item that was claimed.
    void put(std::size_t i, Result&& result) {
        const std::lock_guard lock(guard_);
        results_[i % results_.size()].emplace(std::move(result));
        if (i == taken_) ready_.notify_one();
    }

    /// The next result in order; with `wait` what a worker threw is thrown here. None: it is not there yet, or all are taken.
    [[nodiscard]] std::optional<Result> take(bool wait) {
        std::unique_lock lock(guard_);
        if (taken_ == count_) return std::nullopt;
        auto& place = results_[taken_ % results_.size()];
        if (wait) ready_.wait(lock, [&] { return place.has_value() || thrown_; });
        if (!place && thrown_) std::rethrow_exception(thrown_);
        if (!place) return std::nullopt;
        std::optional<Result> one = std::move(place);
        place.reset();
        ++taken_;
        room_.notify_all();
        return one;
    }

    /// Workers get no more items.
    void stop() {
        const std::lock_guard lock(guard_);
        stopped_ = true;
        room_.notify_all();
    }
    /// Ends the work with an exception, which is thrown again to the thread that takes the results.
    void fail(std::exception_ptr thrown) {
        const std::lock_guard lock(guard_);
        thrown_ = std::move(thrown);
        stopped_ = true;
        ready_.notify_one();
        room_.notify_all();
    }
};

/// work(claim, put) is called once a thread: it puts a result for each item that it claims, until claim(true) gives none.
/// take(i, result) is called by the calling thread only, i from 0 to count - 1; with one thread that one works as well.
/// What either throws is thrown here, when all threads have ended.
template <class Result, class Work, class Take>
void for_each_in_order(std::size_t count, std::size_t threads, const Work& work, const Take& take) {
    constexpr std::size_t max_threads = 256, room_each = 1024;
    threads = std::max<std::size_t>(std::min({threads, count, max_threads}), 1);
    work_queue<Result> queue(count, threads * room_each);
    std::size_t taken = 0;
    const auto take_next = [&](bool wait) {
        auto one = queue.take(wait);
        if (one) take(taken++, *std::move(one));
        return one.has_value();
    };
    const auto claim = [&](bool wait) { return queue.claim(wait); };
    if (threads == 1) {
        work(claim, [&](std::size_t i, Result&& result) {
            queue.put(i, std::move(result));
            while (take_next(false)) {}
        });
        return;
    }
    std::vector<std::jthread> workers;  // joined before what they use goes away
    workers.reserve(threads);
    try {
        for (std::size_t t = 0; t != threads; ++t)
            workers.emplace_back([&] {
                try {
                    work(claim, [&](std::size_t i, Result&& result) { queue.put(i, std::move(result)); });
                } catch (...) {
                    queue.fail(std::current_exception());
                }
            });
    } catch (const std::system_error&) {  // fewer threads are enough
        if (workers.empty()) throw;
    } catch (...) {
        queue.stop();
        throw;
    }
    try {
        while (take_next(true)) {}
    } catch (...) {
        queue.stop();
        throw;
    }
}

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_IN_ORDER_HPP
