// SPDX-License-Identifier: BSL-1.0
//
// Keeps what runs the same as what is in a folder, as far as that is to be trusted. A plugin's name is its file's, without
// `.so`: pins go by it, and the plugin has to call itself so, since a signature does not say which file it was meant for.
// Nor does it say which version is the newest: an older one that was signed is as good. Its digest can be revoked.
#ifndef PLUGIN_HOST_RELOAD_HPP
#define PLUGIN_HOST_RELOAD_HPP

#include "registry.hpp"
#include "trust.hpp"

#include <filesystem>

class reload {
    trust& trust_;
    registry& plugins_;

public:
    reload(trust& trusted, registry& plugins) : trust_(trusted), plugins_(plugins) {}

    /// Looks at a file that may have changed: takes its plugin, new or in the place of the one that runs; unloads that when
    /// the file is gone; and when there is something wrong with the file says what, and lets run what runs.
    void look_at(const std::filesystem::path& file);
    /// The same for every plugin of this folder, and for those that run and have no file in it.
    void look_at_all(const std::filesystem::path& folder);

    /// Reads what is revoked, and unloads what that hits.
    void look_at_revocations(const std::filesystem::path& path);
};

#endif  // PLUGIN_HOST_RELOAD_HPP
