// SPDX-License-Identifier: BSL-1.0
//
// What a command reads and where it writes: no output takes the place of an input, and of nothing else without being told.
#ifndef MODSIG_TOOL_FILE_ROLES_HPP
#define MODSIG_TOOL_FILE_ROLES_HPP

#include "exit_status.hpp"

#include <modsig/bytes.hpp>
#include <modsig/os/file.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tool {

struct trust_options;

/// Files are compared by device and inode, links followed; devices and pipes are neither. Checked before anything is read:
/// what is put in a path meanwhile is replaced under its name, and not written to (modsig/os/new_file.hpp).
class file_roles {
    struct input {
        std::string path;
        modsig::os::file_identity identity;
    };
    std::vector<input> inputs_{};
    std::vector<std::string> outputs_{};

public:
    /// A file, or a folder for the files in it. What is not there (standard input, a command, a token's key) is left out.
    void reads(const std::string& path);
    /// All that the options name.
    void reads(const trust_options& options);

    /// Complains, and `usage`, where the file is an input, or the place of another output.
    [[nodiscard]] exit_status writes(const std::string& path);
};

/// Whether a command that has written this before would have written it so.
using earlier_result = std::function<bool(modsig::byte_view content)>;

/// Complains, and `usage`, where `destination` is a regular file and no earlier result. `by_force`: then it is not looked at.
[[nodiscard]] exit_status check_destination(const std::string& destination, bool by_force, const earlier_result& is_earlier = {});

}  // namespace tool

#endif  // MODSIG_TOOL_FILE_ROLES_HPP
