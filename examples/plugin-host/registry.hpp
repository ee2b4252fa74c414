// SPDX-License-Identifier: BSL-1.0
//
// The loaded plugins, by name. A caller takes the current table and calls the plugins in it. A replaced plugin is in no new
// table, and is unloaded when the last table with it is dropped, never while a caller uses it.
#ifndef PLUGIN_HOST_REGISTRY_HPP
#define PLUGIN_HOST_REGISTRY_HPP

#include "running.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

/// Thread-safe for readers. One thread only may change it: concurrent changes would be lost.
class registry {
public:
    using table = std::map<std::string, std::shared_ptr<const running>>;

    [[nodiscard]] std::shared_ptr<const table> current() const {
        const std::lock_guard lock(guard_);
        return table_;
    }
    [[nodiscard]] std::shared_ptr<const running> find(const std::string& name) const {
        const auto now = current();
        const auto found = now->find(name);
        return found != now->end() ? found->second : nullptr;
    }

    /// Adds or replaces a plugin; null removes it.
    void put(const std::string& name, std::shared_ptr<const running> plugin) {
        auto next = std::make_shared<table>(*current());
        if (plugin) (*next)[name] = std::move(plugin);
        else next->erase(name);
        std::shared_ptr<const table> old = std::move(next);
        {
            const std::lock_guard lock(guard_);
            table_.swap(old);
        }
        // `old` is dropped here, and with it perhaps a library, whose destructors run without the lock.
    }

private:
    mutable std::mutex guard_;
    std::shared_ptr<const table> table_ = std::make_shared<const table>();
};

#endif  // PLUGIN_HOST_REGISTRY_HPP
