// SPDX-License-Identifier: BSL-1.0
//
// inotify(7), for folders: which files in them are not what they were. What became of a file is not told: whoever wants to
// know looks at it, which is right also when events come late, together, or not at all. For hosted programs: this allocates.
// Linux only.
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

class folder_watch {
    // Written and closed, put here, taken away. IN_MODIFY is left out: a file in the making is nothing to look at.
    static constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

    os::descriptor inotify_;
    std::map<int, std::filesystem::path> folders_{};  // by watch descriptor

    explicit folder_watch(os::descriptor inotify) : inotify_(std::move(inotify)) {}

    /// A new file is written first and closed then, which is told; a link to another is complete as soon as it is there.
    static bool is_link(const std::filesystem::path& path) {
        struct ::stat status {};
        return ::lstat(path.c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
    }

public:
    struct news {
        std::set<std::filesystem::path> files{};  // each once
        bool look_at_all = false;                 // there were more events than the kernel keeps
        bool folder_gone = false;                 // nothing more will be told of it
    };

    /// errc: io_error, with the errno of inotify_init1(2).
    [[nodiscard]] static result<folder_watch> begin() {
        os::descriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!inotify.is_open()) return os_failure(errno);
        return folder_watch(std::move(inotify));
    }
    /// Files are told by this path and their name. A folder that is watched already keeps its first path. errc: io_error, with
    /// the errno of inotify_add_watch(2).
    [[nodiscard]] result<void> add(const std::filesystem::path& folder) {
        const std::uint32_t mask = changes | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
        const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), mask);
        if (number < 0) return os_failure(errno);
        folders_.emplace(number, folder);
        return result<void>::success();
    }

    /// For wait_readable(): readable when there is news.
    [[nodiscard]] int descriptor() const { return inotify_.get(); }
    /// What is known now; does not wait.
    [[nodiscard]] news read() const {
        news told;
        std::array<char, std::size_t{64} << 10> events;  // NOLINT: filled by read
        const ::ssize_t got = uninterrupted([&] { return ::read(inotify_.get(), events.data(), events.size()); });
        const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
        ::inotify_event event{};
        for (std::size_t at = 0; at + sizeof event <= size; at += sizeof event + event.len) {
            std::memcpy(&event, events.data() + at, sizeof event);
            if ((event.mask & IN_Q_OVERFLOW) != 0) told.look_at_all = true;
            const auto folder = folders_.find(event.wd);
            if (folder == folders_.end()) continue;
            if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0) told.folder_gone = true;
            if (event.len == 0) continue;
            auto file = folder->second / (events.data() + at + sizeof event);  // zeros follow the name
            if ((event.mask & changes) != 0 || is_link(file)) told.files.insert(std::move(file));
        }
        return told;
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_FOLDER_WATCH_HPP
