// SPDX-License-Identifier: BSL-1.0
//
// Files that appear whole or not at all. A new file has no name (O_TMPFILE, open(2)) until it is whole; a file that it replaces
// stays until then. While it has no name, or a temporary one, its mode is 0600. Where the file system has no unnamed files
// (FAT, NFS), and for a moment wherever a file is replaced, the new file has a temporary name in the same folder. Meanwhile
// signals are held (os/held_signals.hpp): only SIGKILL can leave the temporary file behind. On file systems without modes (FAT)
// the mode cannot be set: see is_private(). The folder is held open: a link or another folder that replaces a part of its path
// meanwhile changes nothing. Linux only.
#ifndef MODSIG_OS_NEW_FILE_HPP
#define MODSIG_OS_NEW_FILE_HPP

#include <modsig/os/copy.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/held_signals.hpp>

#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <sys/random.h>

namespace modsig::os {

/// The folder of a path, and the name in it. Slashes at the end stay in the name, which no file can have.
struct split_path {
    std::string folder;  ///< "." where the path has no slash
    std::string name;    ///< behind the last slash

    /// Splits at the last slash.
    explicit split_path(std::string_view path) {
        const std::size_t slash = path.rfind('/');
        folder = slash == std::string_view::npos ? "." : std::string(path.substr(0, slash == 0 ? 1 : slash));
        name = path.substr(slash + 1);  // npos + 1 is 0
    }
};

/// `open_folder` opens a folder for openat(2) and similar calls. A folder that may be written but not read is opened too,
/// without sync().
[[nodiscard]] inline descriptor open_folder(const std::string& path) {
    constexpr int flags = O_DIRECTORY | O_CLOEXEC;
    descriptor folder(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | flags); }));
    if (!folder.is_open() && errno == EACCES) folder = descriptor(uninterrupted([&] { return ::open(path.c_str(), O_PATH | flags); }));
    return folder;
}

namespace detail {
/// The process's umask. umask(2) could only read it by changing it, which other threads would see.
[[nodiscard]] inline ::mode_t current_umask() {
    std::array<char, 4096> room{};
    const auto text = read_kernel_text("/proc/self/status", room);
    const std::string_view status = text ? std::string_view(text->data(), text->size()) : "";
    const std::size_t at = status.find("\nUmask:\t");
    unsigned mask = 077;  // without /proc
    if (at != std::string_view::npos) std::from_chars(status.data() + at + 8, status.data() + status.size(), mask, 8);
    return mask & 0777;
}
/// For a name that no other file has.
[[nodiscard]] inline bool add_random_letters(std::string& name) {
    std::array<unsigned char, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<::ssize_t>(random.size())) return false;
    for (const unsigned char byte : random) name += static_cast<char>('a' + byte % 26);
    return true;
}
}  // namespace detail

/// Sets the mode of an open file. Error: `io_error`.
[[nodiscard]] inline result<void> set_mode(int file, ::mode_t mode) {
    if (::fchmod(file, mode) != 0) return os_failure(errno);
    return result<void>::success();
}

/// A file that is being written, and has its name when it is whole.
class new_file {
    os::descriptor folder_{}, file_{};
    std::string name_{};
    std::string temporary_{};  // empty without one
    ::mode_t mode_ = 0600;     // set together with the name
    held_signals held_{held_signals::not_yet{}};  // while there is a temporary name

public:
    new_file() = default;
    /// Takes the file over; the other object has none then.
    new_file(new_file&& other) noexcept
        : folder_(std::move(other.folder_)), file_(std::move(other.file_)), name_(std::move(other.name_)),
          temporary_(std::exchange(other.temporary_, {})), mode_(other.mode_), held_(std::move(other.held_)) {}
    new_file& operator=(new_file&&) = delete;
    ~new_file() { forget(); }

    /// `in_folder` begins a file that will have the name `name` in the open folder. `mode`: less the umask. Errors: `io_error`,
    /// with errno; EISDIR or EINVAL for a name that no file can have.
    [[nodiscard]] static result<new_file> in_folder(os::descriptor folder, std::string name, ::mode_t mode = 0666) {
        if (!folder.is_open()) return os_failure(errno);
        if (name.empty() || name == "." || name == "..") return os_failure(EISDIR);
        if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos) return os_failure(EINVAL);
        new_file made;
        made.folder_ = std::move(folder);
        made.name_ = std::move(name);
        made.mode_ = mode & ~detail::current_umask();
        made.file_ = os::descriptor(uninterrupted([&] { return ::openat(made.folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }));
        // Kernels and file systems without O_TMPFILE: EOPNOTSUPP, EISDIR, EINVAL. Any other fault occurs with a named file,
        // too.
        if (!made.file_.is_open() && !made.open_named()) return os_failure(errno);
        return made;
    }
    /// `at` begins a file that will have this path. Errors: as in_folder().
    [[nodiscard]] static result<new_file> at(const std::string& path, ::mode_t mode = 0666) {
        split_path parts(path);
        return in_folder(open_folder(parts.folder), std::move(parts.name), mode);
    }

    /// Owned by this object.
    [[nodiscard]] int descriptor() const { return file_.get(); }
    /// The folder's descriptor; owned by this object.
    [[nodiscard]] int folder() const { return folder_.get(); }
    /// Sets the mode that the file gets together with its name.
    void set_mode(::mode_t mode) { mode_ = mode; }
    /// Whether only its owner may open the file while it has no name, or a temporary one.
    [[nodiscard]] bool is_private() const {
        struct ::stat status {};
        return ::fstat(file_.get(), &status) == 0 && (status.st_mode & 077) == 0;
    }

    /// Writes further bytes. Error: `io_error`.
    [[nodiscard]] result<void> append(byte_view bytes) {
        if (!write_all(file_.get(), bytes)) return os_failure(errno);
        return result<void>::success();
    }
    /// Returns when the content is on the disk.
    [[nodiscard]] result<void> sync() {
        if (uninterrupted([&] { return ::fsync(file_.get()); }) != 0) return os_failure(errno);
        return result<void>::success();
    }

    /// `create` gives the file its name. Errors: `io_error`, with EEXIST where the name exists, even as a dangling link.
    [[nodiscard]] result<void> create() {
        if (temporary_.empty()) {
            if (::fchmod(file_.get(), mode_) != 0) return os_failure(errno);
            if (link_to(name_)) return result<void>::success();
            if (errno == EEXIST) {  // the caller may call replace() next, which takes a temporary name
                (void)::fchmod(file_.get(), 0600);
                return os_failure(EEXIST);
            }
            if (!has_no_links(errno) || !copy_to_named()) return os_failure(errno);
        }
        constexpr unsigned no_replace = 1;  // RENAME_NOREPLACE, renameat2(2)
        if (::renameat2(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str(), no_replace) != 0) {
            if (errno != EINVAL && errno != ENOSYS) return os_failure(errno);
            // Neither is supported: first an empty file takes the name.
            const os::descriptor mark(uninterrupted([&] { return ::openat(folder_.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }));
            if (!mark.is_open()) return os_failure(errno);
            if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) {
                const int error = errno;
                (void)::unlinkat(folder_.get(), name_.c_str(), 0);
                return os_failure(error);
            }
        }
        return named();
    }
    /// `replace` gives the file its name and replaces a file or link that has the name. `expected`: only where the name means
    /// this file, which is open so that no other file gets its inode number; a link is not followed. Between comparison and
    /// renaming another process may still give the name to another file: that file is replaced, and no other is written to.
    /// Errors: `io_error`, with ESTALE (the name means another file than `expected`), with EINVAL (errno: EISDIR for a folder)
    /// for devices, FIFOs and sockets, which are not replaced.
    [[nodiscard]] result<void> replace(const regular_file* expected = nullptr) {
        if (temporary_.empty() && !name_temporarily()) return os_failure(errno);
        struct ::stat there {};
        const bool is_there = ::fstatat(folder_.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
        if (!is_there && errno != ENOENT) return os_failure(errno);
        if (expected != nullptr && (!is_there || identity_of(there) != expected->identity())) return os_failure(ESTALE);
        if (is_there && !S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode)) return detail::not_regular(there.st_mode);
        if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) return os_failure(errno);
        return named();
    }
    /// create(), or replace() where the name exists.
    [[nodiscard]] result<void> create_or_replace() {
        if (const auto created = create(); created || errno != EEXIST) return created;
        return replace();
    }
    /// Removes the name that create() gave the file.
    void remove() const { (void)::unlinkat(folder_.get(), name_.c_str(), 0); }
    /// After create() or replace(): syncs the name to the disk. Best effort: not every file system syncs folders.
    void sync_folder() const { (void)uninterrupted([&] { return ::fsync(folder_.get()); }); }

private:
    static std::string temporary_name(std::string_view name) {
        std::string made(1, '.');  // by parts: g++ 12 warns of `"." + string` in optimised builds
        made.append(name, 0, 200).append(1, '.');
        return detail::add_random_letters(made) ? made.append(1, '~') : std::string();
    }
    [[nodiscard]] bool open_named() {
        std::string name = temporary_name(name_);
        if (name.empty()) return false;
        held_.hold();
        file_ = os::descriptor(uninterrupted([&] { return ::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }));
        if (file_.is_open()) temporary_ = std::move(name);
        return file_.is_open();
    }
    /// Gives an unnamed file a name, through /proc or by AT_EMPTY_PATH, which needs CAP_DAC_READ_SEARCH before Linux 6.10.
    [[nodiscard]] bool link_to(const std::string& name) {
        if (::linkat(AT_FDCWD, fd_path(file_.get()).c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
        return errno == ENOENT && ::linkat(file_.get(), "", folder_.get(), name.c_str(), AT_EMPTY_PATH) == 0;
    }
    /// The errnos of linkat(2) on file systems without hard links.
    static bool has_no_links(int error) { return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK; }
    [[nodiscard]] bool name_temporarily() {
        std::string name = temporary_name(name_);
        if (name.empty()) return false;
        (void)::fchmod(file_.get(), 0600);  // a failed create() may have changed it
        held_.hold();
        if (!link_to(name)) return has_no_links(errno) && copy_to_named();
        temporary_ = std::move(name);
        return true;
    }
    /// For file systems with unnamed files but without hard links.
    [[nodiscard]] bool copy_to_named() {
        const auto unnamed = regular_file::of(std::move(file_));
        return unnamed && open_named() && copy_content(*unnamed, file_.get()) && uninterrupted([&] { return ::fsync(file_.get()); }) == 0;
    }
    [[nodiscard]] result<void> named() {
        temporary_.clear();
        // File systems without modes refuse most modes.
        const bool done = ::fchmod(file_.get(), mode_) == 0 || errno == EPERM || errno == EOPNOTSUPP;
        const int error = errno;
        held_.release();
        return done ? result<void>::success() : result<void>(os_failure(error));
    }
    void forget() {
        const int kept = errno;
        if (!temporary_.empty()) (void)::unlinkat(folder_.get(), temporary_.c_str(), 0);
        held_.release();
        errno = kept;
    }
};

/// How write_file() makes a file.
struct write_options {
    ::mode_t mode = 0666;      ///< less the umask
    bool may_replace = true;   ///< otherwise an existing name is an error (EEXIST)
    bool durable = true;       ///< on the disk when the file has its name; a caller with many files syncs once at the end
};

/// For private keys: no other user can ever read the file. EPERM where the file system has no modes and lets others read.
inline constexpr write_options private_file{0600, false, true};

/// `write_file` writes `parts`, concatenated, as the file `path`. A link of that name is replaced, not followed. Error:
/// `io_error`.
[[nodiscard]] inline result<void> write_file(const std::string& path, std::initializer_list<byte_view> parts, const write_options& options = {}) {
    auto file = new_file::at(path, options.mode);
    if (!file) return file.error();
    if ((options.mode & 077) == 0 && !file->is_private()) return os_failure(EPERM);
    for (const byte_view part : parts)
        if (const auto written = file->append(part); !written) return written.error();
    if (options.durable)
        if (const auto synced = file->sync(); !synced) return synced.error();
    if (const auto named = options.may_replace ? file->create_or_replace() : file->create(); !named) return named.error();
    if (options.durable) file->sync_folder();
    return result<void>::success();
}

}  // namespace modsig::os

#endif  // MODSIG_OS_NEW_FILE_HPP
