// SPDX-License-Identifier: BSL-1.0
#include "published_keys.hpp"

#include "../output.hpp"
#include "../report.hpp"
#include "../text.hpp"

#include <modsig/os/directory.hpp>
#include <modsig/os/pipe.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tool {
namespace {

namespace fs = std::filesystem;
namespace os = modsig::os;

exit_status refuse(const std::string& path, const modsig::failure& failure) {
    complain(path, failure);
    return exit_status::unreadable;
}

/// Standard output, a FIFO, a device: written to, not replaced.
bool is_stream(const std::string& path) {
    std::error_code none;
    return path == "-" || os::own_descriptor(path) || (fs::exists(path, none) && !fs::is_regular_file(path, none) && !fs::is_directory(path, none));
}

}  // namespace

exit_status published_keys::check(const std::string& path, const std::vector<std::string>& made) {
    if (is_stream(path)) return exit_status::good;
    const os::split_path parts(path);
    const auto folder = os::directory::open(parts.folder);
    if (!folder) {
        const modsig::failure failure = folder.error();
        const int error = errno;
        std::error_code none;
        const fs::path missing = fs::weakly_canonical(parts.folder, none);
        const auto is_missing = [&](const std::string& each) { return fs::weakly_canonical(each, none) == missing; };
        if (error == ENOENT && !missing.empty() && std::ranges::any_of(made, is_missing)) return exit_status::good;
        errno = error;
        return refuse(path, failure);
    }
    if (parts.name.empty() || parts.name == "." || parts.name == "..") return refuse(path, os::os_failure(EISDIR));
    const auto there = folder->status(parts.name, os::links::followed);
    if (there && S_ISDIR(there->mode)) return refuse(path, os::os_failure(EISDIR));
    const auto writable = folder->check_writable(".");
    return writable ? exit_status::good : refuse(path, writable.error());
}

bool published_keys::stage() {
    for (output& each : outputs_) {
        if (is_stream(each.path)) continue;
        auto file = os::new_file::at(each.path);
        auto staged = file ? file->append(each.content) : modsig::result<void>(file.error());
        if (staged) staged = file->sync();
        if (!staged) return complain(each.path, staged.error()), false;
        each.file.emplace(*std::move(file));
    }
    return true;
}

bool published_keys::publish() {
    for (const output& each : outputs_)  // first: a FIFO may have no reader, and then nothing has changed yet
        if (!each.file && write_output(each.path, {each.content}) != exit_status::good) return false;
    for (output& each : outputs_) {
        if (!each.file) continue;
        if (const auto named = each.file->replace(); !named) return complain(each.path, named.error()), false;
        each.file->sync_folder();
    }
    return true;
}

}  // namespace tool
