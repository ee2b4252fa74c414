// SPDX-License-Identifier: BSL-1.0
#include "output.hpp"

#include "report.hpp"
#include "text.hpp"

#include <modsig/os/attributes.hpp>
#include <modsig/os/new_file.hpp>
#include <modsig/os/pipe.hpp>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <span>
#include <system_error>

namespace tool {
namespace {

namespace os = modsig::os;

/// So long somebody may take to read a FIFO.
constexpr std::chrono::seconds reader_patience{5};

exit_status could_not_write(const std::string& path, const modsig::failure& failure) {
    if (errno == ESTALE) complain(printable(path) + ": not written: it is no longer the file that was read");
    else complain(path, failure);
    return exit_status::unreadable;
}

/// The path of an open file, without the links that led there.
std::string path_of(const os::regular_file& file, const std::string& otherwise) {
    std::error_code fault;
    const auto path = std::filesystem::read_symlink(os::fd_path(file.descriptor()).c_str(), fault);
    return fault ? otherwise : path.native();
}

modsig::result<void> write_stream(int fd, output_parts parts) {
    for (const modsig::byte_view part : parts)
        if (!os::write_all(fd, part)) return os::os_failure(errno);
    return modsig::result<void>::success();
}

modsig::result<void> fill_and_sync(os::new_file& file, output_parts parts) {
    for (const modsig::byte_view part : parts)
        if (const auto written = file.append(part); !written) return written;
    return file.sync();
}

}  // namespace

exit_status replace_source(const image& source, output_parts parts) {
    const os::regular_file* const old = source.file();
    if (old == nullptr) {
        complain(printable(source.path()) + ": not a regular file, so it cannot be replaced: name a DEST");
        return exit_status::usage;
    }
    const auto failed = [&](const modsig::failure& failure) { return could_not_write(source.path(), failure); };
    auto file = os::new_file::at(path_of(*old, source.path()));
    if (!file) return failed(file.error());
    const os::kept_attributes kept = os::take_attributes(file->descriptor(), old->descriptor(), old->status());
    file->set_mode(kept.mode);
    if (const auto filled = fill_and_sync(*file, parts); !filled) return failed(filled.error());
    if (const auto replaced = file->replace(old); !replaced) return failed(replaced.error());
    file->sync_folder();
    for (const std::string& lost : kept.lost) complain(printable(source.path()) + ": warning: the new file could not keep its " + printable(lost));
    return exit_status::good;
}

exit_status write_output(const std::string& destination, output_parts parts, ::mode_t mode) {
    const auto done = [&](const modsig::result<void>& written) {
        return written ? exit_status::good : could_not_write(destination, written.error());
    };
    if (destination == "-") return done(write_stream(STDOUT_FILENO, parts));
    struct ::stat status {};
    const bool there = ::stat(destination.c_str(), &status) == 0;
    if (const auto own = os::own_descriptor(destination); own && there) return done(write_stream(*own, parts));
    if (there && S_ISDIR(status.st_mode)) return done(os::os_failure(EISDIR));
    if (there && !S_ISREG(status.st_mode))
        return done(os::write_device(destination.c_str(), parts, os::steady_clock::now() + reader_patience));
    return done(os::write_file(destination, parts, {mode}));
}

exit_status write_output(const image& source, const std::string& destination, output_parts parts) {
    return write_output(destination, parts, source.file() != nullptr ? source.file()->status().st_mode & 0777 : 0666);
}

exit_status write_result(const image& source, const std::string& destination, output_parts parts) {
    return destination.empty() ? replace_source(source, parts) : write_output(source, destination, parts);
}

}  // namespace tool
