// SPDX-License-Identifier: BSL-1.0
#include "file_roles.hpp"

#include "image.hpp"
#include "kernel.hpp"
#include "report.hpp"
#include "text.hpp"
#include "trust.hpp"

#include <modsig/os/new_file.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace tool {
namespace {

namespace fs = std::filesystem;
namespace os = modsig::os;

/// Of a regular file.
std::optional<os::file_identity> identity_of(const std::string& path) {
    struct ::stat status {};
    if (path.empty() || path == "-" || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return os::identity_of(status);
}

bool is_same_place(const std::string& one, const std::string& other) {
    const os::split_path left(one), right(other);
    std::error_code fault;
    return left.name == right.name && fs::equivalent(left.folder, right.folder, fault);
}

}  // namespace

void file_roles::reads(const std::string& path) {
    if (const auto identity = identity_of(path)) inputs_.push_back({path, *identity});
    std::error_code fault;
    if (!fs::is_directory(path, fault)) return;
    for (fs::directory_iterator entry(path, fault); !fault && entry != fs::directory_iterator(); entry.increment(fault))
        if (const auto identity = identity_of(entry->path().native())) inputs_.push_back({entry->path().native(), *identity});
}

void file_roles::reads(const trust_options& options) {
    for (const trust_source& source : options.trust) reads(source.path);
    for (const auto* paths : {&options.kernels, &options.user_keys, &options.revoked})
        for (const std::string& path : *paths) reads(path);
    for (const std::string& path : options.kernel_images()) reads(kernel_image_of(path));
    for (const std::string& path : {options.enrolled, options.kernel.config, options.signature}) reads(path);
}

exit_status file_roles::writes(const std::string& path) {
    if (path.empty() || path == "-") return exit_status::good;
    if (const auto identity = identity_of(path))
        for (const input& each : inputs_)
            if (each.identity == *identity) {
                const std::string same = each.path == path ? "" : ": it is " + printable(each.path);
                complain(printable(path) + " is read by this command, and would be lost" + same + "; name another file to write to");
                return exit_status::usage;
            }
    for (const std::string& other : outputs_)
        if (is_same_place(path, other)) {
            complain(printable(path) + " is named for two outputs: the second would replace the first");
            return exit_status::usage;
        }
    outputs_.push_back(path);
    return exit_status::good;
}

exit_status check_destination(const std::string& destination, bool by_force, const earlier_result& is_earlier) {
    if (by_force || !identity_of(destination)) return exit_status::good;
    image there;
    if (is_earlier && there.read(destination) && is_earlier(there.bytes())) return exit_status::good;
    complain(printable(destination) + " is there already: --force overwrites it");
    return exit_status::usage;
}

}  // namespace tool
