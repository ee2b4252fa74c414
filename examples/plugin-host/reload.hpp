// SPDX-License-Identifier: BSL-1.0
//
// Keeps the loaded plugins equal to the trusted files of a folder. A plugin's name is its file's, without `.so`. Pins use this
// name, and the plugin must return it, since a signature does not state the file's name. It does not state the newest version
// either: an older signed version is accepted, unless its digest is revoked.
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

    /// Follows a change of a file: loads its plugin, or replaces the running version; unloads the plugin where the file was
    /// removed; where the file is refused, reports why and keeps the running version.
    void file(const std::filesystem::path& path);
    /// The same for every plugin of this folder, and for running plugins whose file is missing.
    void folder(const std::filesystem::path& path);

    /// Reads the revocations, and unloads the plugins that they affect.
    void revocations(const std::filesystem::path& path);
};

#endif  // PLUGIN_HOST_RELOAD_HPP
