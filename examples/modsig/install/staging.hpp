// SPDX-License-Identifier: BSL-1.0
//
// Where files wait until all of them are whole: a folder of its own within the target, on the same file system, so that each
// gets to its place by one rename. Until then the target is as it was, and what an interrupted run leaves behind is in there.
#ifndef MODSIG_TOOL_INSTALL_STAGING_HPP
#define MODSIG_TOOL_INSTALL_STAGING_HPP

#include "tree.hpp"

#include <modsig/bytes.hpp>
#include <modsig/os/descriptor.hpp>

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

[[nodiscard]] std::string path_in(const std::string& folder, const std::string& path);
[[nodiscard]] bool is_staging_name(std::string_view name);

/// Where each answers a bool, false leaves errno.
class staging {
    std::string target_{}, room_{};
    modsig::os::descriptor folder_{};  // locked: two installs in one place would take away each other's files

public:
    staging() = default;
    staging(const staging&) = delete;
    staging& operator=(const staging&) = delete;
    ~staging();

    /// Makes the target, and takes away what an interrupted run left. Complains.
    [[nodiscard]] bool open(const std::string& target);
    [[nodiscard]] bool is_open() const { return folder_.is_open(); }

    /// Of the entry with that number, and what else is made on the way to it.
    [[nodiscard]] std::string path(std::size_t number, std::string_view suffix = "") const;
    [[nodiscard]] bool write(std::size_t number, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const;
    [[nodiscard]] bool link(std::size_t number, const std::string& from) const;

    /// Moves all to their places, in the order of the entries, whose numbers are their indices. Before the first one the data
    /// are on the disk, and at the end their names are. Complains; what would be in the way of anything is found before
    /// anything is moved.
    [[nodiscard]] bool publish(const std::vector<install_entry>& entries) const;

private:
    void remove_rooms() const;
    [[nodiscard]] bool is_free(const install_entry& entry) const;
    [[nodiscard]] bool place(const install_entry& entry, std::size_t number) const;
    [[nodiscard]] bool sync() const;
};

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_STAGING_HPP
