// SPDX-License-Identifier: BSL-1.0
#include "staging.hpp"

#include "../report.hpp"
#include "../text.hpp"

#include <modsig/os/new_file.hpp>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view room_name =
    ".modsig-install.";  // no module is found in there: depmod goes by names, and these have none

bool fault(const std::string& path) {
    complain(path, modsig::errc::io_error);
    return false;
}

/// A module that is there compressed in another way, or not, would be one too many: depmod takes either.
void remove_other_forms(const std::string& path) {
    const std::string plain(without_compression(path));
    if (!plain.ends_with(".ko")) return;
    using modsig::compression;
    for (const compression how : {compression::none, compression::xz, compression::zstd, compression::gzip})
        if (const std::string other = plain + std::string(suffix_of(how)); other != path) ::unlink(other.c_str());
}

}  // namespace

std::string path_in(const std::string& folder, const std::string& path) { return path.empty() ? folder : folder + "/" + path; }

bool is_staging_name(std::string_view name) { return name.starts_with(room_name); }

staging::~staging() {
    if (folder_.is_open()) remove_rooms();
}

bool staging::open(const std::string& target) {
    target_ = target;
    std::error_code made;
    fs::create_directories(target, made);
    errno = made.value();
    if (made) return fault(target);
    modsig::os::descriptor folder = modsig::os::open_folder(target);
    if (!folder.is_open()) return fault(target);
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fault(target);
        complain(printable(target) + ": another modsig install is at work there");
        return false;
    }
    folder_ = std::move(folder);
    remove_rooms();
    room_ = path_in(target, std::string(room_name) + "XXXXXX");
    if (::mkdtemp(room_.data()) != nullptr) return true;
    return fault(target);
}

void staging::remove_rooms() const {
    std::error_code ignored;
    std::vector<fs::path> rooms;
    fs::directory_iterator entry(target_, ignored);
    for (; !ignored && entry != fs::directory_iterator(); entry.increment(ignored))
        if (is_staging_name(entry->path().filename().native())) rooms.push_back(entry->path());
    for (const fs::path& room : rooms) fs::remove_all(room, ignored);
}

std::string staging::path(std::size_t number, std::string_view suffix) const {
    return room_ + "/" + std::to_string(number) + std::string(suffix);
}

bool staging::write(std::size_t number, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const {
    const std::string to = path(number);
    return modsig::os::write_file(to, parts, {0600, true, false}).has_value() && ::chmod(to.c_str(), mode) == 0;
}

bool staging::link(std::size_t number, const std::string& from) const {
    std::error_code code;
    const fs::path means = fs::read_symlink(from, code);
    if (!code) fs::create_symlink(means, path(number), code);
    errno = code.value();
    return !code;
}

bool staging::sync() const { return ::syncfs(folder_.get()) == 0 || fault(target_); }

bool staging::is_free(const install_entry& entry) const {
    const std::string to = path_in(target_, entry.target);
    struct ::stat there {};
    const bool folder = entry.kind == entry_kind::folder;
    if ((folder ? ::stat(to.c_str(), &there) : ::lstat(to.c_str(), &there)) != 0) return true;  // what else is wrong, place() finds
    if (folder == S_ISDIR(there.st_mode)) return true;
    errno = folder ? ENOTDIR : EISDIR;
    return fault(to);
}

bool staging::place(const install_entry& entry, std::size_t number) const {
    const std::string to = path_in(target_, entry.target);
    if (entry.kind == entry_kind::folder) {
        // Closed to us it could not be filled; its own mode comes last.
        if (::mkdir(to.c_str(), entry.mode | 0700) == 0 || errno == EEXIST) return true;
        return fault(to);
    }
    if (::rename(path(number).c_str(), to.c_str()) != 0) return fault(to);
    if (entry.kind == entry_kind::module) remove_other_forms(to);
    return true;
}

bool staging::publish(const std::vector<install_entry>& entries) const {
    bool good = true;
    for (const install_entry& entry : entries) good &= entry.target.empty() || is_free(entry);
    if (!good || !sync()) return false;
    std::vector<const install_entry*> made;
    for (std::size_t i = 0; i != entries.size(); ++i) {
        const install_entry& entry = entries[i];
        if (entry.target.empty()) continue;
        struct ::stat there {};
        const std::string to = path_in(target_, entry.target);
        const bool is_new = entry.kind == entry_kind::folder && ::stat(to.c_str(), &there) != 0;
        if (!place(entry, i)) {
            complain(printable(target_) + ": installed in part: another run completes it");
            return false;
        }
        if (is_new) made.push_back(&entry);
    }
    for (const install_entry* entry : made) {
        const std::string to = path_in(target_, entry->target);
        if (::chmod(to.c_str(), entry->mode) != 0) good = fault(to);
    }
    return sync() && good;
}

}  // namespace tool
