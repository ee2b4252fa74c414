// SPDX-License-Identifier: BSL-1.0
//
// Threads that call all plugins, without a pause.
#ifndef PLUGIN_HOST_WORKERS_HPP
#define PLUGIN_HOST_WORKERS_HPP

#include "registry.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

class workers {
    const registry& plugins_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> calls_{0};
    std::vector<std::thread> threads_;

    void work() {
        std::uint64_t calls = 0;
        while (!stop_.load(std::memory_order_relaxed)) {
            const auto now = plugins_.current();  // keeps its plugins loaded
            for (const auto& [name, plugin] : *now) {
                (void)plugin->run(21);
                ++calls;
            }
            if (now->empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        calls_ += calls;
    }

public:
    workers(const registry& plugins, unsigned count) : plugins_(plugins) {
        for (unsigned i = 0; i != count; ++i) threads_.emplace_back([this] { work(); });
    }
    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;
    ~workers() { (void)stop(); }

    /// Stops the threads and returns the number of calls.
    std::uint64_t stop() {
        stop_ = true;
        for (std::thread& each : threads_)
            if (each.joinable()) each.join();
        return calls_;
    }
};

#endif  // PLUGIN_HOST_WORKERS_HPP
