// SPDX-License-Identifier: BSL-1.0
//
// The public half of the key that an install signs with, in files: whole and on the disk before the first module that only it
// can verify is in its place.
#ifndef MODSIG_TOOL_INSTALL_PUBLISHED_KEYS_HPP
#define MODSIG_TOOL_INSTALL_PUBLISHED_KEYS_HPP

#include "../exit_status.hpp"
#include "../signing.hpp"

#include <modsig/os/new_file.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tool {

class published_keys {
    struct output {
        std::string path{};
        bytes content{};
        std::optional<modsig::os::new_file> file{};  // without: standard output, a FIFO, a device
    };
    std::vector<output> outputs_{};

public:
    /// Whether a file of that name could be made there: its folder is one, and it is none. `made`: folders that there will be.
    /// Complains.
    [[nodiscard]] static exit_status check(const std::string& path, const std::vector<std::string>& made);
    void add(const std::string& path, bytes content) { outputs_.push_back({path, std::move(content), {}}); }
    /// Writes the files, and does not give them their names. Complains.
    [[nodiscard]] bool stage();
    /// Gives them their names, in the place of what has them; writes to what is no file. Complains.
    [[nodiscard]] bool publish();
};

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_PUBLISHED_KEYS_HPP
