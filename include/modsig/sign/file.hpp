// SPDX-License-Identifier: BSL-1.0
//
// Files that are there whole or not at all: written beside their place, then renamed into it. Whatever goes wrong, what
// was there before still is. For POSIX systems.
#ifndef MODSIG_SIGN_FILE_HPP
#define MODSIG_SIGN_FILE_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <random>
#include <string>
#include <system_error>

namespace modsig::sign {

struct write_options {
    ::mode_t mode = 0666;       // of a new file, less the umask; an old one keeps its own
    bool keep_mode = true;      // also its owner, where that is allowed
    bool may_replace = true;    // otherwise a file that is there is a failure
    bool durable = true;        // on the disk before it is renamed; whoever writes many syncs once at the end
};

/// For private keys: nobody else can ever read it, not even while it is being written.
inline constexpr write_options private_file{0600, false, false, true};

namespace detail {
/// Closes what it opened and takes away what was not renamed.
class beside {
    std::string path_;
    int fd_ = -1;
    bool renamed_ = false;

public:
    beside(const std::filesystem::path& target, ::mode_t mode) {
        std::random_device random;
        std::string name(1, '.');  // by parts: g++ 12 warns of `"." + string` in optimised builds
        name.append(target.filename().string(), 0, 200).append(1, '.').append(std::to_string(random())).append(1, '~');
        path_ = (target.parent_path() / name).string();
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    beside(const beside&) = delete;
    beside& operator=(const beside&) = delete;
    ~beside() {
        const int kept = errno;
        if (fd_ >= 0) ::close(fd_);
        if (fd_ >= 0 && !renamed_) ::unlink(path_.c_str());
        errno = kept;
    }

    [[nodiscard]] bool opened() const { return fd_ >= 0; }

    [[nodiscard]] bool write(byte_view bytes) {
        while (!bytes.empty()) {
            const ::ssize_t done = ::write(fd_, bytes.data(), bytes.size());
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        }
        return true;
    }
    /// Owner and mode of the file that is to be replaced; no set-id bits for another owner.
    [[nodiscard]] bool take_attributes(const struct ::stat& old) {
        const ::mode_t kept = ::fchown(fd_, old.st_uid, old.st_gid) == 0 ? 07777 : 0777;
        return ::fchmod(fd_, old.st_mode & kept) == 0;
    }
    [[nodiscard]] bool sync() { return ::fsync(fd_) == 0; }
    [[nodiscard]] bool move_to(const std::filesystem::path& target, bool may_replace) {
        if (may_replace) return renamed_ = ::rename(path_.c_str(), target.c_str()) == 0;
        return ::link(path_.c_str(), target.c_str()) == 0;  // fails where something is; the other name goes away
    }
};

inline void sync_folder(const std::filesystem::path& folder) {
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)::fsync(fd);
    ::close(fd);
}
}  // namespace detail

/// Writes `parts`, one after the other, as the file `path`; through a link to the file that it means. `io_error`, with
/// errno left as the system set it.
[[nodiscard]] inline result<void> write_file(const std::filesystem::path& path, std::initializer_list<byte_view> parts,
                                             const write_options& options = {}) {
    std::error_code fault;
    auto target = options.may_replace ? std::filesystem::weakly_canonical(path, fault) : path;
    if (fault) target = path;
    struct ::stat old {};
    const bool keep = options.keep_mode && ::stat(target.c_str(), &old) == 0;
    detail::beside temporary(target, keep ? 0600 : options.mode);
    if (!temporary.opened()) return errc::io_error;
    for (const byte_view part : parts)
        if (!temporary.write(part)) return errc::io_error;
    if (keep && !temporary.take_attributes(old)) return errc::io_error;
    if (options.durable && !temporary.sync()) return errc::io_error;
    if (!temporary.move_to(target, options.may_replace)) return errc::io_error;
    if (options.durable) detail::sync_folder(target.parent_path());
    return result<void>::success();
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_FILE_HPP
