// SPDX-License-Identifier: BSL-1.0
#include "staging.hpp"

#include "../report.hpp"
#include "../text.hpp"
#include "superseded.hpp"

#include <modsig/os/copy.hpp>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tool {
namespace {

namespace fs = std::filesystem;
namespace os = modsig::os;

constexpr std::string_view room_prefix = ".modsig-install.";  // no module is found in there: depmod goes by names, and these have none

bool fault(const std::string& path) {
    complain(path, modsig::errc::io_error);
    return false;
}

}  // namespace

std::string path_in(const std::string& folder, const std::string& path) { return path.empty() ? folder : folder + "/" + path; }

bool is_staging_name(std::string_view name) { return name.starts_with(room_prefix); }

staging::~staging() {
    if (folder_.is_open()) remove_rooms();
}

bool staging::open(const std::string& target) {
    target_ = target;
    std::error_code made;
    fs::create_directories(target, made);
    errno = made.value();
    if (made) return fault(target);
    auto folder = os::directory::open(target);
    if (!folder) return fault(target);
    if (const auto locked = folder->lock(); !locked) {
        if (errno != EWOULDBLOCK) return fault(target);
        complain(printable(target) + ": another modsig install is at work there");
        return false;
    }
    folder_ = *std::move(folder);
    remove_rooms();
    auto name = folder_.create_private_folder(std::string(room_prefix));
    if (!name) return fault(target);
    room_name_ = *std::move(name);
    auto room = folder_.open_below(room_name_);
    if (!room) return fault(target);
    room_ = *std::move(room);
    return true;
}

/// The lists of what is superseded are needed until an install has come to its end.
void staging::remove_rooms() const {
    const auto rooms = folder_.names();
    if (!rooms) return;
    for (const std::string& name : *rooms) {
        if (!is_staging_name(name)) continue;
        const auto room = is_complete_ ? modsig::result<os::directory>(modsig::errc::not_checked) : folder_.open_below(name);
        const auto files = room ? room->names() : modsig::result<std::vector<std::string>>(modsig::errc::not_checked);
        if (!files) {
            (void)folder_.remove_all(name);
            continue;
        }
        for (const std::string& file : *files)
            if (file != superseded_name) (void)room->remove_all(file);
        (void)folder_.remove_folder(name);
    }
}

std::string staging::path(std::size_t number) const { return target_ + "/" + room_name_ + "/" + std::to_string(number); }

modsig::result<os::descriptor> staging::create(const std::string& name) const {
    auto file = room_.create_file(name);
    if (file || errno != EEXIST) return file;
    if (const auto removed = room_.remove(name); !removed) return removed.error();
    return room_.create_file(name);
}

modsig::result<void> staging::write(std::size_t number, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const {
    return write(std::to_string(number), parts, mode);
}

modsig::result<void> staging::write(const std::string& name, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const {
    const auto file = create(name);
    if (!file) return file.error();
    for (const modsig::byte_view part : parts)
        if (!os::write_all(file->get(), part)) return os::os_failure(errno);
    return os::set_mode(file->get(), mode);
}

modsig::result<void> staging::copy(std::size_t number, const os::regular_file& from, ::mode_t mode) const {
    const auto file = create(std::to_string(number));
    if (!file) return file.error();
    if (const auto copied = os::copy_content(from, file->get()); !copied) return copied;
    return os::set_mode(file->get(), mode);
}

modsig::result<void> staging::link(std::size_t number, const std::string& text) const { return room_.create_link(std::to_string(number), text); }

modsig::result<void> staging::set_mode(std::size_t number, ::mode_t mode) const { return room_.set_mode(std::to_string(number), mode); }

bool staging::list_superseded(const std::vector<change>& changes, const std::vector<install_entry>& entries) const {
    const std::string text = superseded_text(folder_, changes, entries);
    const modsig::byte_view bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return text.empty() || write(superseded_name, {bytes}, 0600) || fault(target_);
}

bool staging::sync() const { return folder_.sync() || fault(target_); }

modsig::result<void> staging::make(const change& change, const install_entry& entry) const {
    const std::string name = std::to_string(change.number);
    switch (change.kind) {
        case change_kind::add_folder:
            if (const auto made = room_.create_folder(name, fillable(entry.mode)); !made) return made;
            return room_.move(name, folder_, entry.target);
        case change_kind::place:
            return room_.move(name, folder_, entry.target);
        case change_kind::remove: {
            const auto removed = folder_.remove(path_of(change, entry));
            return removed || errno != ENOENT ? removed : modsig::result<void>::success();
        }
        case change_kind::set_mode:
            return folder_.set_mode(entry.target, entry.mode);
    }
    return modsig::errc::not_checked;
}

bool staging::publish(const std::vector<change>& changes, const std::vector<install_entry>& entries) {
    bool removes = false;
    for (const change& each : changes) {
        const install_entry& entry = entries[each.number];
        const bool is_removal = each.kind == change_kind::remove;
        // What takes the place of the others has to be there, whatever the file system puts on the disk first.
        if (is_removal && !std::exchange(removes, true) && !sync()) return false;
        if (make(each, entry)) continue;
        (void)fault(path_in(target_, path_of(each, entry)));
        complain(printable(target_) + ": installed in part: another run completes it");
        return false;
    }
    return is_complete_ = sync();
}

}  // namespace tool
