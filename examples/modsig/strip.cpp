// SPDX-License-Identifier: BSL-1.0
//
// modsig strip, modsig extract: a file without its signature, and a signature without its file.
#include "commands.hpp"
#include "file_roles.hpp"
#include "found_files.hpp"
#include "image.hpp"
#include "layouts.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>

namespace tool {
namespace {

/// The file and its signature; complains where either is not to be had.
exit_status read_signed(const std::string& path, image& file, appended& found) {
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    const auto signature = find_appended(file.bytes());
    if (!signature) {
        complain(path, signature.error());
        return status_of(signature.error().code);
    }
    found = *signature;
    return exit_status::good;
}

/// A destination that is not the file.
exit_status check_apart(const std::string& path, const std::string& destination) {
    file_roles roles;
    roles.reads(path);
    return roles.writes(destination);
}

/// Two of them may come from a shell's `*.ko`.
bool is_module(const std::string& path, modsig::byte_view content) {
    constexpr std::uint8_t elf[] = {0x7f, 'E', 'L', 'F'};
    return is_module_or_plugin(path) || modsig::starts_with(content, elf) || find_appended(content);
}

}  // namespace

exit_status strip_command::run() const {
    if (const exit_status apart = check_apart(path, destination); apart != exit_status::good) return apart;
    image file(limit);
    appended signature;
    if (const exit_status read = read_signed(path, file, signature); read != exit_status::good) return read;
    const modsig::byte_view content = *modsig::slice(file.bytes(), signature.content);
    const auto is_content = [&](modsig::byte_view there) { return modsig::equal(there, content); };
    if (const exit_status free = check_destination(destination, force, is_content); free != exit_status::good) return free;
    if (find_appended(content)) complain(printable(path) + ": it was signed twice, and still has its inner signature");
    return write_result(file, destination, {content});
}

exit_status extract_command::run() const {
    if (const exit_status apart = check_apart(path, destination); apart != exit_status::good) return apart;
    const auto is_signature = [&](modsig::byte_view there) { return !is_module(destination, there); };
    if (const exit_status free = check_destination(destination, force, is_signature); free != exit_status::good) return free;
    image file(limit);
    appended signature;
    if (const exit_status read = read_signed(path, file, signature); read != exit_status::good) return read;
    const auto detached = signature.layout->as_file(*modsig::slice(file.bytes(), signature.blob));
    if (!destination.empty()) return write_output(file, destination, {detached});
    std::fwrite(detached.data(), 1, detached.size(), stdout);
    return exit_status::good;
}

}  // namespace tool
