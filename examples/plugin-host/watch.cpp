// SPDX-License-Identifier: BSL-1.0
#include "watch.hpp"

#include <array>
#include <cstring>

#include <sys/inotify.h>
#include <sys/stat.h>

namespace {

// Written and closed, put here, taken away. IN_MODIFY is left out: a file in the making is nothing to look at.
constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

/// A new file is written first and closed then, which is told; a link to another is complete as soon as it is there.
bool is_link(const std::filesystem::path& path) {
    struct stat about{};
    return ::lstat(path.c_str(), &about) == 0 && (S_ISLNK(about.st_mode) || about.st_nlink > 1);
}

}  // namespace

modsig::result<watch> watch::begin() {
    watch made;
    made.inotify_ = modsig::os::descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!made.inotify_.is_open()) return modsig::os::os_failure(errno);
    return made;
}

modsig::result<void> watch::add(const std::filesystem::path& folder) {
    const std::uint32_t mask = changes | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    const int number = ::inotify_add_watch(inotify_.get(), folder.c_str(), mask);
    if (number < 0) return modsig::os::os_failure(errno);
    folders_.emplace(number, folder);
    return modsig::result<void>::success();
}

watch::news watch::read() {
    news told;
    std::array<char, std::size_t{64} << 10> events;  // NOLINT: filled by read
    const ssize_t got = modsig::os::uninterrupted([&] { return ::read(inotify_.get(), events.data(), events.size()); });
    const std::size_t size = got > 0 ? static_cast<std::size_t>(got) : 0;
    inotify_event event{};
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
