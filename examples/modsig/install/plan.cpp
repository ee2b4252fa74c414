// SPDX-License-Identifier: BSL-1.0
#include "plan.hpp"

#include "../report.hpp"
#include "../text.hpp"
#include "staging.hpp"

#include <modsig/os/directory.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <numeric>
#include <string_view>
#include <utility>

namespace tool {
namespace {

namespace os = modsig::os;

std::string in_form(const std::string& path, modsig::compression form) {
    return std::string(without_compression(path)) + std::string(suffix_of(form));
}

class planner {
    const std::string& target_;
    const std::vector<install_entry>& entries_;
    os::directory folder_{};  // not open: there is none yet
    std::uint64_t mount_ = 0;
    std::vector<std::string_view> targets_{};  // sorted
    std::vector<change> folders_{}, files_{}, links_{}, removed_links_{}, removed_files_{}, modes_{};
    bool good_ = true;

    void refuse(const std::string& path, int error) {
        errno = error;
        complain(path_in(target_, path), modsig::errc::io_error);
        good_ = false;
    }
    /// What the target has under this name. Nothing: no entry, or none that could be looked at.
    std::optional<os::entry_facts> look_at(const std::string& path, os::links rule) {
        if (!folder_.is_open()) return std::nullopt;
        const auto found = folder_.status(path, rule);
        // ENOTDIR: the file that is in the way of a folder is complained about by itself.
        if (!found && errno != ENOENT && errno != ENOTDIR) refuse(path, errno);
        if (!found) return std::nullopt;
        if (found->mount == mount_) return *found;
        complain(printable(path_in(target_, path)) + ": it is a mount point or lies in another mount: install into each by itself");
        good_ = false;
        return std::nullopt;
    }
    static bool is_too_long(const std::string& path) { return path.size() - (path.rfind('/') + 1) > NAME_MAX; }
    void add_folder(const install_entry& entry, std::size_t number) {
        const auto found = look_at(entry.target, os::links::followed);
        if (!found) folders_.push_back({change_kind::add_folder, {}, number});
        else if (!S_ISDIR(found->mode)) return refuse(entry.target, ENOTDIR);
        else if (!folder_.check_writable(entry.target)) return refuse(entry.target, errno);
        // Also of one that an interrupted install has left like that.
        const ::mode_t first = fillable(entry.mode);
        if (first != entry.mode && (!found || (found->mode & 0777) == first)) modes_.push_back({change_kind::set_mode, {}, number});
    }
    void add_file(const install_entry& entry, std::size_t number) {
        const auto found = look_at(entry.target, os::links::refused);
        if (found && S_ISDIR(found->mode)) return refuse(entry.target, EISDIR);
        (entry.kind == entry_kind::link ? links_ : files_).push_back({change_kind::place, {}, number});
        remove_other_forms(entry, number);
    }
    void remove_other_forms(const install_entry& entry, std::size_t number) {
        if (entry.kind == entry_kind::file || !without_compression(entry.target).ends_with(".ko")) return;
        using modsig::compression;
        for (const compression form : {compression::none, compression::xz, compression::zstd, compression::gzip}) {
            const std::string other = in_form(entry.target, form);
            if (is_too_long(other) || std::ranges::binary_search(targets_, other)) continue;  // itself, or a link: `drm.ko` to `drm.ko.xz`
            const auto found = look_at(other, os::links::refused);
            if (!found || S_ISDIR(found->mode)) continue;
            (S_ISLNK(found->mode) ? removed_links_ : removed_files_).push_back({change_kind::remove, form, number});
        }
    }

public:
    planner(const std::string& target, const std::vector<install_entry>& entries) : target_(target), entries_(entries) {}

    std::optional<std::vector<change>> run() {
        auto opened = os::directory::open(target_);
        if (!opened && errno != ENOENT) return refuse("", errno), std::nullopt;
        if (opened) {
            folder_ = *std::move(opened);
            const auto status = folder_.status("", os::links::refused);
            if (!status) return refuse("", errno), std::nullopt;
            mount_ = status->mount;
            if (const auto writable = folder_.check_writable("."); !writable) return refuse("", errno), std::nullopt;
        }
        for (const install_entry& each : entries_) targets_.emplace_back(each.target);
        std::ranges::sort(targets_);
        std::vector<std::size_t> numbers(entries_.size());
        std::iota(numbers.begin(), numbers.end(), std::size_t{0});
        std::ranges::stable_sort(numbers, {}, [&](std::size_t i) { return entries_[i].link ? entries_[i].link->depth : 0; });
        for (const std::size_t i : numbers) {
            const install_entry& entry = entries_[i];
            if (entry.target.empty()) continue;
            if (is_too_long(entry.target)) refuse(entry.target, ENAMETOOLONG);
            else if (entry.kind == entry_kind::folder) add_folder(entry, i);
            else add_file(entry, i);
        }
        if (!good_) return std::nullopt;
        std::vector<change> all = std::move(folders_);
        std::ranges::reverse(removed_links_);
        for (const auto* part : {&files_, &links_, &removed_links_, &removed_files_}) all.insert(all.end(), part->begin(), part->end());
        // Deepest first: the mode of a folder may close those below it.
        all.insert(all.end(), modes_.rbegin(), modes_.rend());
        return all;
    }
};

}  // namespace

std::string path_of(const change& change, const install_entry& entry) {
    return change.kind == change_kind::remove ? in_form(entry.target, change.form) : entry.target;
}

std::optional<std::vector<change>> plan_changes(const std::string& target, const std::vector<install_entry>& entries) {
    return planner(target, entries).run();
}

}  // namespace tool
