// SPDX-License-Identifier: BSL-1.0
//
// The same work on many items by several threads, with the results taken in order as soon as they are there.
#ifndef MODSIG_TOOL_PARALLEL_HPP
#define MODSIG_TOOL_PARALLEL_HPP

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace tool {

/// make_worker() is called once a thread and gives what does work(i); take(i, result) is called by this thread only.
template <class MakeWorker, class Take>
void for_each_in_order(std::size_t count, std::size_t threads, MakeWorker make_worker, Take take) {
    if (threads <= 1 || count <= 1) {
        auto work = make_worker();
        for (std::size_t i = 0; i != count; ++i) take(i, work(i));
        return;
    }
    using answer = decltype(make_worker()(std::size_t{}));
    std::vector<std::optional<answer>> answers(count);
    std::atomic<std::size_t> next{0};
    std::mutex guard;
    std::condition_variable ready;
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t != std::min(threads, count); ++t)
        workers.emplace_back([&] {
            auto work = make_worker();
            for (std::size_t i = next++; i < count; i = next++) {
                answer done = work(i);
                const std::lock_guard lock(guard);
                answers[i].emplace(std::move(done));
                ready.notify_one();
            }
        });
    for (std::size_t i = 0; i != count; ++i) {
        std::optional<answer> one;
        {
            std::unique_lock lock(guard);
            ready.wait(lock, [&] { return answers[i].has_value(); });
            one = std::move(answers[i]);
            answers[i].reset();
        }
        take(i, std::move(*one));
    }
}

}  // namespace tool

#endif  // MODSIG_TOOL_PARALLEL_HPP
