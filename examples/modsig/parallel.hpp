// SPDX-License-Identifier: BSL-1.0
//
// The same work on many items by several threads, with the results taken in order as soon as they are there.
#ifndef MODSIG_TOOL_PARALLEL_HPP
#define MODSIG_TOOL_PARALLEL_HPP

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

namespace tool {

/// make_worker() is called once a thread and gives what does work(i); take(i, result) is called by this thread only.
/// Results wait in a short queue: who works too far ahead of the taker waits. What a worker throws is thrown here.
template <class MakeWorker, class Take>
void for_each_in_order(std::size_t count, std::size_t threads, MakeWorker make_worker, Take take) {
    constexpr std::size_t max_threads = 256, ahead = 32;
    threads = std::min({threads, count, max_threads});
    if (threads <= 1) {
        auto work = make_worker();
        for (std::size_t i = 0; i != count; ++i) take(i, work(i));
        return;
    }
    using answer = decltype(make_worker()(std::size_t{}));
    std::vector<std::optional<answer>> queue(threads * ahead);
    std::size_t next = 0, taken = 0;
    bool stopped = false;
    std::exception_ptr thrown;
    std::mutex guard;
    std::condition_variable ready, room;

    const auto run = [&] {
        try {
            auto work = make_worker();
            for (;;) {
                std::unique_lock lock(guard);
                room.wait(lock, [&] { return stopped || next == count || next - taken < queue.size(); });
                if (stopped || next == count) return;
                const std::size_t i = next++;
                lock.unlock();
                answer done = work(i);
                lock.lock();
                queue[i % queue.size()].emplace(std::move(done));
                if (i == taken) ready.notify_one();
            }
        } catch (...) {
            const std::lock_guard lock(guard);
            thrown = std::current_exception();
            ready.notify_one();
        }
    };
    const auto stop = [&] {
        const std::lock_guard lock(guard);
        stopped = true;
        room.notify_all();
    };

    std::vector<std::jthread> workers;  // joined before what they use goes away
    workers.reserve(threads);
    try {
        for (std::size_t t = 0; t != threads; ++t) workers.emplace_back(run);
    } catch (const std::system_error&) {  // fewer threads are enough
        if (workers.empty()) throw;
    }
    try {
        for (std::size_t i = 0; i != count; ++i) {
            std::unique_lock lock(guard);
            auto& place = queue[i % queue.size()];
            ready.wait(lock, [&] { return place.has_value() || thrown; });
            if (!place) std::rethrow_exception(thrown);
            answer one = *std::move(place);
            place.reset();
            taken = i + 1;
            room.notify_all();
            lock.unlock();
            take(i, std::move(one));
        }
    } catch (...) {
        stop();
        throw;
    }
}

}  // namespace tool

#endif  // MODSIG_TOOL_PARALLEL_HPP
