// SPDX-License-Identifier: BSL-1.0
//
// The metadata of a file: owner, group, mode, access control list, extended attributes (among them SELinux's label). A file
// that replaces another takes them over. Linux only.
#ifndef MODSIG_OS_ATTRIBUTES_HPP
#define MODSIG_OS_ATTRIBUTES_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace modsig::os {

/// `read_attribute` returns an extended attribute's value. Errors: `no_signature` (the file has no such attribute, or its file
/// system has none), `io_error`.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_attribute(int fd, const char* name) {
    for (;;) {
        const ::ssize_t size = ::fgetxattr(fd, name, nullptr, 0);
        if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) return errc::no_signature;
        if (size < 0) return os_failure(errno);
        std::vector<std::uint8_t> value(static_cast<std::size_t>(size));
        const ::ssize_t got = ::fgetxattr(fd, name, value.data(), value.size());
        if (got < 0 && errno == ERANGE) continue;  // the value has grown meanwhile
        if (got < 0) return os_failure(errno);
        value.resize(static_cast<std::size_t>(got));
        return value;
    }
}

/// `write_attribute` sets an extended attribute. False on failure, with errno.
[[nodiscard]] inline bool write_attribute(int fd, const char* name, byte_view value) {
    return uninterrupted([&] { return ::fsetxattr(fd, name, value.data(), value.size(), 0); }) == 0;
}

/// `inode_generation` tells a file apart from earlier files with its inode number. Nothing where the file system has no
/// generations.
[[nodiscard]] inline std::optional<std::uint32_t> inode_generation(int fd) {
    constexpr auto get_version = _IOR('v', 1, long);  // FS_IOC_GETVERSION of <linux/fs.h>, which takes names of <sys/mount.h>
    int generation = 0;
    if (uninterrupted([&] { return ::ioctl(fd, get_version, &generation); }) != 0) return std::nullopt;
    return static_cast<std::uint32_t>(generation);
}

/// `attribute_names` lists the extended attributes of an open file that the caller may list; empty where there are none.
[[nodiscard]] inline std::vector<std::string> attribute_names(int fd) {
    std::string list;
    for (;;) {
        const ::ssize_t size = ::flistxattr(fd, nullptr, 0);
        if (size <= 0) return {};
        list.resize(static_cast<std::size_t>(size));
        const ::ssize_t got = ::flistxattr(fd, list.data(), list.size());
        if (got < 0 && errno == ERANGE) continue;
        if (got < 0) return {};
        list.resize(static_cast<std::size_t>(got));
        break;
    }
    std::vector<std::string> names;
    for (std::size_t at = 0; at < list.size(); at = list.find('\0', at) + 1) names.emplace_back(list.c_str() + at);
    return names;
}

/// The metadata that a new file could take over.
struct kept_attributes {
    ::mode_t mode = 0600;             ///< permission bits
    std::vector<std::string> lost{};  ///< not taken over: "owner", "group", names of extended attributes
};

/// `take_attributes` gives the open file `target` the owner, group, access control list and extended attributes of the open file
/// `source`, whose status is `old`. The caller sets the mode, which is returned: that of `old`, without rights that another owner
/// or group would get. Attributes that depend on the old content are not taken over, and are listed as lost: security.ima,
/// security.evm, security.capability.
[[nodiscard]] inline kept_attributes take_attributes(int target, int source, const struct ::stat& old) {
    constexpr std::string_view of_content[] = {"security.ima", "security.evm", "security.capability"};
    constexpr const char* access_list = "system.posix_acl_access";
    kept_attributes kept{old.st_mode & 07777, {}};
    struct ::stat now {};
    (void)::fstat(target, &now);
    if (now.st_uid != old.st_uid || now.st_gid != old.st_gid)
        if (::fchown(target, old.st_uid, old.st_gid) != 0 && now.st_gid != old.st_gid) {
            [[maybe_unused]] const int answer = ::fchown(target, static_cast<::uid_t>(-1), old.st_gid);  // fstat gives the result
        }
    (void)::fstat(target, &now);
    const bool same_owner = now.st_uid == old.st_uid, same_group = now.st_gid == old.st_gid;
    if (!same_owner) kept.lost.emplace_back("owner");
    if (!same_group) kept.lost.emplace_back("group");
    if (!same_owner || !same_group) kept.mode &= 0777;  // no set-id bits for another owner or group
    if (!same_group) kept.mode &= 0707;

    const std::vector<std::string> names = attribute_names(source);
    // An access control list that the folder gives every new file, and that `source` does not have.
    if (std::ranges::find(names, access_list) == names.end()) (void)::fremovexattr(target, access_list);
    for (const std::string& name : names) {
        const bool about_content = std::ranges::find(of_content, name) != std::end(of_content);
        const auto value = about_content ? errc::no_signature : read_attribute(source, name.c_str());
        if (value && name == access_list && !same_group) {
            kept.lost.push_back(name);
            continue;
        }
        if (!value || ::fsetxattr(target, name.c_str(), value->data(), value->size(), 0) != 0) kept.lost.push_back(name);
    }
    return kept;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_ATTRIBUTES_HPP
