// SPDX-License-Identifier: BSL-1.0
//
// Where files wait until all of them are whole: a folder of its own within the target, on the same file system, so that each
// gets to its place by one rename. Until then the target is as it was, and what an interrupted run leaves behind is in there.
#ifndef MODSIG_TOOL_INSTALL_STAGING_HPP
#define MODSIG_TOOL_INSTALL_STAGING_HPP

#include "plan.hpp"

#include <modsig/bytes.hpp>
#include <modsig/os/directory.hpp>
#include <modsig/os/file.hpp>
#include <modsig/result.hpp>

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

[[nodiscard]] std::string path_in(const std::string& folder, const std::string& path);
[[nodiscard]] bool is_staging_name(std::string_view name);

/// Const members are safe from several threads, each for other numbers. Failures are io_error, with errno.
class staging {
    std::string target_{}, room_name_{};
    modsig::os::directory folder_{}, room_{};  // the target is locked: two installs would take away each other's files
    bool is_complete_ = false;

public:
    staging() = default;
    staging(const staging&) = delete;
    staging& operator=(const staging&) = delete;
    ~staging();

    /// Makes the target, and takes away what an interrupted run left. Complains.
    [[nodiscard]] bool open(const std::string& target);
    [[nodiscard]] bool is_open() const { return room_.is_open(); }

    /// Of the entry with that number, for other programs.
    [[nodiscard]] std::string path(std::size_t number) const;
    /// In the place of what has this number already.
    [[nodiscard]] modsig::result<void> write(std::size_t number, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const;
    [[nodiscard]] modsig::result<void> copy(std::size_t number, const modsig::os::regular_file& from, ::mode_t mode) const;
    [[nodiscard]] modsig::result<void> link(std::size_t number, const std::string& text) const;
    /// Of a file that another program has written.
    [[nodiscard]] modsig::result<void> set_mode(std::size_t number, ::mode_t mode) const;

    /// For an install in place, before publish(): writes down what takes whose place (superseded.hpp). Complains.
    [[nodiscard]] bool list_superseded(const std::vector<change>& changes, const std::vector<install_entry>& entries) const;
    /// Puts the staged data on the disk. Complains.
    [[nodiscard]] bool sync() const;
    /// Makes the changes; at the end they are on the disk. Complains.
    [[nodiscard]] bool publish(const std::vector<change>& changes, const std::vector<install_entry>& entries);

private:
    [[nodiscard]] modsig::result<modsig::os::descriptor> create(const std::string& name) const;
    [[nodiscard]] modsig::result<void> write(const std::string& name, std::initializer_list<modsig::byte_view> parts, ::mode_t mode) const;
    [[nodiscard]] modsig::result<void> make(const change& change, const install_entry& entry) const;
    void remove_rooms() const;
};

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_STAGING_HPP
