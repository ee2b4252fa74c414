// SPDX-License-Identifier: BSL-1.0
//
// What a file has besides its content: owner, group, mode, access control list, extended attributes (among them SELinux's
// label). A file that is replaced hands them on to the one that takes its place. Linux only.
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

namespace modsig::os {

/// An extended attribute's value. errc: no_signature, when the file has none or its file system has no attributes; io_error.
[[nodiscard]] inline result<std::vector<std::uint8_t>> read_attribute(int fd, const char* name) {
    for (;;) {
        const ::ssize_t size = ::fgetxattr(fd, name, nullptr, 0);
        if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) return errc::no_signature;
        if (size < 0) return os_failure(errno);
        std::vector<std::uint8_t> value(static_cast<std::size_t>(size));
        const ::ssize_t got = ::fgetxattr(fd, name, value.data(), value.size());
        if (got < 0 && errno == ERANGE) continue;  // it has just grown
        if (got < 0) return os_failure(errno);
        value.resize(static_cast<std::size_t>(got));
        return value;
    }
}

/// False: errno says why.
[[nodiscard]] inline bool write_attribute(int fd, const char* name, byte_view value) {
    return uninterrupted([&] { return ::fsetxattr(fd, name, value.data(), value.size(), 0); }) == 0;
}

/// An inode's generation: its number may have been another file's before. Nothing where the file system has none.
[[nodiscard]] inline std::optional<std::uint32_t> inode_generation(int fd) {
    constexpr auto get_version = _IOR('v', 1, long);  // FS_IOC_GETVERSION of <linux/fs.h>, which takes names of <sys/mount.h>
    int generation = 0;
    if (uninterrupted([&] { return ::ioctl(fd, get_version, &generation); }) != 0) return std::nullopt;
    return static_cast<std::uint32_t>(generation);
}

/// Of an open file; without those that the caller may not list. Where there are none the list is empty.
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

/// What a file that takes another's place could have of it.
struct kept_attributes {
    ::mode_t mode = 0600;
    std::vector<std::string> lost{};  // "owner", "group", names of extended attributes
};

/// Gives the open file `to` owner, group, access control list and extended attributes of the open file `from`, whose status is
/// `old`. The mode is left to the caller: that of `old`, without the rights that would become somebody else's. Attributes
/// that are about the old content are not taken over, and are named too: security.ima, security.evm, security.capability.
[[nodiscard]] inline kept_attributes take_attributes(int to, int from, const struct ::stat& old) {
    constexpr std::string_view of_content[] = {"security.ima", "security.evm", "security.capability"};
    constexpr const char* access_list = "system.posix_acl_access";
    kept_attributes kept{old.st_mode & 07777, {}};
    struct ::stat now {};
    (void)::fstat(to, &now);
    if (now.st_uid != old.st_uid || now.st_gid != old.st_gid)
        if (::fchown(to, old.st_uid, old.st_gid) != 0 && now.st_gid != old.st_gid) {
            [[maybe_unused]] const int answer = ::fchown(to, static_cast<::uid_t>(-1), old.st_gid);  // fstat says what came of it
        }
    (void)::fstat(to, &now);
    const bool same_owner = now.st_uid == old.st_uid, same_group = now.st_gid == old.st_gid;
    if (!same_owner) kept.lost.emplace_back("owner");
    if (!same_group) kept.lost.emplace_back("group");
    if (!same_owner || !same_group) kept.mode &= 0777;  // no set-id bits for another
    if (!same_group) kept.mode &= 0707;

    const std::vector<std::string> names = attribute_names(from);
    // One that the folder gives every new file, and the old one has not.
    if (std::ranges::find(names, access_list) == names.end()) (void)::fremovexattr(to, access_list);
    for (const std::string& name : names) {
        const bool about_content = std::ranges::find(of_content, name) != std::end(of_content);
        const auto value = about_content ? errc::no_signature : read_attribute(from, name.c_str());
        if (value && name == access_list && !same_group) {
            kept.lost.push_back(name);
            continue;
        }
        if (!value || ::fsetxattr(to, name.c_str(), value->data(), value->size(), 0) != 0) kept.lost.push_back(name);
    }
    return kept;
}

}  // namespace modsig::os

#endif  // MODSIG_OS_ATTRIBUTES_HPP
