// SPDX-License-Identifier: BSL-1.0
//
// inotify(7) for folders: which files in them have changed. How a file changed is not reported: the caller reads the file,
// which is right even when events come late, together, or not at all. For hosted programs: this allocates. Linux only.
#ifndef MODSIG_OS_FOLDER_WATCH_HPP
#define MODSIG_OS_FOLDER_WATCH_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include <sys/inotify.h>
#include <sys/stat.h>

namespace modsig::os {

/// Watches folders for changes.
class folder_watch {
    // Written and closed, moved in, moved out, deleted. Not IN_MODIFY: a file that is being written is incomplete.
    static constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

    os::descriptor inotify_;
    std::map<int, std::filesystem::path> folders_{};  // by watch descriptor

    explicit folder_watch(os::descriptor inotify) : inotify_(std::move(inotify)) {}

    /// A new file is written and then closed, which is an event; a new link to another file is complete at once.
    static bool is_link(const std::filesystem::path& path) {
        struct ::stat status {};
        return ::lstat(path.c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
    }

public:
    /// What has changed since the last report.
    struct news {
        std::set<std::filesystem::path> files{};  ///< each once
        bool look_at_all = false;                 ///< events were lost: more than the kernel keeps
        bool folder_gone = false;                 ///< no more events will come for a folder
    };

    /// `begin` starts without folders. Error: `io_error`, with the errno of inotify_init1(2).
    [[nodiscard]] static result<folder_watch> begin() {
        os::descriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!inotify.is_open()) return os_failure(errno);
        return folder_watch(std::move(inotify));
    }
    /// `add` watches a folder, whose files are reported by `folder` and their name. A folder that is watched already keeps its
    /// first path. Error: `io_error`, with the errno of inotify_add_watch(2).
    [[nodiscard]] result<void> add(const std::filesystem::path& folder) {
        const std::uint32_t mask = changes | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
        const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), mask);
        if (number < 0) return os_failure(errno);
        folders_.emplace(number, folder);
        return result<void>::success();
    }

    /// For wait_readable(): readable when there are events.
    [[nodiscard]] int descriptor() const { return inotify_.get(); }
    /// The changes so far; does not wait.
    [[nodiscard]] news read() const {
        news found;
        std::array<char, std::size_t{64} << 10> events;  // NOLINT: filled by read
        const ::ssize_t got = uninterrupted([&] { return ::read(inotify_.get(), events.data(), events.size()); });
        const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
        ::inotify_event event{};
        for (std::size_t at = 0; at + sizeof event <= size; at += sizeof event + event.len) {
            std::memcpy(&event, events.data() + at, sizeof event);
            if ((event.mask & IN_Q_OVERFLOW) != 0) found.look_at_all = true;
            const auto folder = folders_.find(event.wd);
            if (folder == folders_.end()) continue;
            if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) found.folder_gone = true;
            if (event.len == 0) continue;
            auto file = folder->second / (events.data() + at + sizeof event);  // zeros follow the name
            if ((event.mask & changes) != 0 || is_link(file)) found.files.insert(std::move(file));
        }
        return found;
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_FOLDER_WATCH_HPP
