// SPDX-License-Identifier: BSL-1.0
//
// inotify(7), for folders: which files in them are not what they were. What became of a file is not told: whoever wants to
// know looks at it, which is right also when events come late, together, or not at all.
#ifndef PLUGIN_HOST_WATCH_HPP
#define PLUGIN_HOST_WATCH_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <filesystem>
#include <map>
#include <set>

class watch {
    modsig::os::descriptor inotify_;
    std::map<int, std::filesystem::path> folders_;  // by watch descriptor

public:
    struct news {
        std::set<std::filesystem::path> files{};  // each once
        bool look_at_all = false;                 // there were more events than the kernel keeps
        bool folder_gone = false;                 // nothing more will be told of it
    };

    /// errc: io_error, with the errno of inotify_init1(2) or inotify_add_watch(2).
    [[nodiscard]] static modsig::result<watch> begin();
    /// Files are told by this path and their name. A folder that is watched already keeps its first path.
    [[nodiscard]] modsig::result<void> add(const std::filesystem::path& folder);

    /// For poll(2): readable when there is news.
    [[nodiscard]] int descriptor() const { return inotify_.get(); }
    /// What is known now; does not wait.
    [[nodiscard]] news read();
};

#endif  // PLUGIN_HOST_WATCH_HPP
