// SPDX-License-Identifier: BSL-1.0
//
// The plugins that run now, by name. Callers take the table of the moment and call what is in it; a replaced plugin is in
// no new table, and is unloaded by whoever lets go of the last old one, never under a caller's feet.
#ifndef PLUGIN_HOST_REGISTRY_HPP
#define PLUGIN_HOST_REGISTRY_HPP

#include "running.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

/// Safe from several threads. Changing it is one thread's business: what another changes meanwhile would be lost.
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

    /// Null takes it out.
    void put(const std::string& name, std::shared_ptr<const running> plugin) {
        auto next = std::make_shared<table>(*current());
        if (plugin) (*next)[name] = std::move(plugin);
        else next->erase(name);
        std::shared_ptr<const table> old = std::move(next);
        {
            const std::lock_guard lock(guard_);
            table_.swap(old);
        }
        // Here `old` goes, and with it perhaps a library: its destructors run without the lock.
    }

private:
    mutable std::mutex guard_;
    std::shared_ptr<const table> table_ = std::make_shared<const table>();
};

#endif  // PLUGIN_HOST_REGISTRY_HPP
