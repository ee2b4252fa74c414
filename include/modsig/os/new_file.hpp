// SPDX-License-Identifier: BSL-1.0
//
// Files that are there whole or not at all. A file in the making has no name (O_TMPFILE, open(2)) and gets it when it is
// whole; what was there before stays until then. While it has no name, or a temporary one, its mode is 0600.
// Where the file system has no unnamed files (FAT, NFS) it has a temporary name beside its place, and for a moment wherever a file
// is replaced. While it has, signals wait (os/held_signals.hpp): only SIGKILL can leave it behind. File systems without
// modes (FAT) keep their own: is_private() says which. The folder is held open: a link or another folder put in its path
// meanwhile changes nothing. Linux only.
#ifndef MODSIG_OS_NEW_FILE_HPP
#define MODSIG_OS_NEW_FILE_HPP

#include <modsig/os/copy.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/held_signals.hpp>

#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/random.h>

namespace modsig::os {

/// The folder and the name in it that a path ends in. Slashes at the end are kept: no file has such a name.
struct split_path {
    std::string folder, name;

    explicit split_path(std::string_view path) {
        const std::size_t slash = path.rfind('/');
        folder = slash == std::string_view::npos ? "." : std::string(path.substr(0, slash == 0 ? 1 : slash));
        name = path.substr(slash + 1);  // npos + 1 is 0
    }
};

/// For openat(2) and its like. A folder that may be written and not read is open too, without sync().
[[nodiscard]] inline descriptor open_folder(const std::string& path) {
    constexpr int flags = O_DIRECTORY | O_CLOEXEC;
    descriptor folder(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | flags); }));
    if (!folder.is_open() && errno == EACCES) folder = descriptor(uninterrupted([&] { return ::open(path.c_str(), O_PATH | flags); }));
    return folder;
}

namespace detail {
/// The process's, which umask(2) only gives in exchange for another: threads would see that.
[[nodiscard]] inline ::mode_t current_umask() {
    std::array<char, 4096> room{};
    const auto text = read_kernel_text("/proc/self/status", room);
    const std::string_view status = text ? std::string_view(text->data(), text->size()) : "";
    const std::size_t at = status.find("\nUmask:\t");
    unsigned mask = 077;  // without /proc
    if (at != std::string_view::npos) std::from_chars(status.data() + at + 8, status.data() + status.size(), mask, 8);
    return mask & 0777;
}
/// For names that nobody else has.
[[nodiscard]] inline bool add_random_letters(std::string& name) {
    std::array<unsigned char, 8> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<::ssize_t>(random.size())) return false;
    for (const unsigned char byte : random) name += static_cast<char>('a' + byte % 26);
    return true;
}
}  // namespace detail

/// Of an open file. errc: io_error.
[[nodiscard]] inline result<void> set_mode(int file, ::mode_t mode) {
    if (::fchmod(file, mode) != 0) return os_failure(errno);
    return result<void>::success();
}

class new_file {
    os::descriptor folder_{}, file_{};
    std::string name_{};
    std::string temporary_{};  // empty: it has none
    ::mode_t mode_ = 0600;     // when it has its name
    std::optional<held_signals> held_{};  // while it has a temporary one

public:
    new_file() = default;
    new_file(new_file&& other) noexcept
        : folder_(std::move(other.folder_)), file_(std::move(other.file_)), name_(std::move(other.name_)),
          temporary_(std::exchange(other.temporary_, {})), mode_(other.mode_), held_(std::move(other.held_)) {}
    new_file& operator=(new_file&&) = delete;
    ~new_file() { forget(); }

    /// Begins a file that is to be called `name` in the open folder. `mode`: less the umask. errc: io_error, with errno; EISDIR
    /// or EINVAL for a name that no file can have.
    [[nodiscard]] static result<new_file> in_folder(os::descriptor folder, std::string name, ::mode_t mode = 0666) {
        if (!folder.is_open()) return os_failure(errno);
        if (name.empty() || name == "." || name == "..") return os_failure(EISDIR);
        if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos) return os_failure(EINVAL);
        new_file made;
        made.folder_ = std::move(folder);
        made.name_ = std::move(name);
        made.mode_ = mode & ~detail::current_umask();
        made.file_ = os::descriptor(uninterrupted([&] { return ::openat(made.folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }));
        // Kernels and file systems without it: EOPNOTSUPP, EISDIR, EINVAL. What else is wrong a named file has too.
        if (!made.file_.is_open() && !made.open_named()) return os_failure(errno);
        return made;
    }
    [[nodiscard]] static result<new_file> at(const std::string& path, ::mode_t mode = 0666) {
        split_path parts(path);
        return in_folder(open_folder(parts.folder), std::move(parts.name), mode);
    }

    [[nodiscard]] int descriptor() const { return file_.get(); }
    [[nodiscard]] int folder() const { return folder_.get(); }
    /// The mode that it gets with its name.
    void set_mode(::mode_t mode) { mode_ = mode; }
    /// Whether nobody but its owner may open it while it has no name, or a temporary one.
    [[nodiscard]] bool is_private() const {
        struct ::stat status {};
        return ::fstat(file_.get(), &status) == 0 && (status.st_mode & 077) == 0;
    }

    [[nodiscard]] result<void> append(byte_view bytes) {
        if (!write_all(file_.get(), bytes)) return os_failure(errno);
        return result<void>::success();
    }
    /// Its content is on the disk then.
    [[nodiscard]] result<void> sync() {
        if (uninterrupted([&] { return ::fsync(file_.get()); }) != 0) return os_failure(errno);
        return result<void>::success();
    }

    /// Gives it its name. errc: io_error, with EEXIST where something has that name, even a link that leads nowhere.
    [[nodiscard]] result<void> create() {
        if (temporary_.empty()) {
            if (::fchmod(file_.get(), mode_) != 0) return os_failure(errno);
            if (link_to(name_)) return result<void>::success();
            if (errno == EEXIST) {  // replace() is next, perhaps, by way of a temporary name
                (void)::fchmod(file_.get(), 0600);
                return os_failure(EEXIST);
            }
            if (!has_no_links(errno) || !copy_to_named()) return os_failure(errno);
        }
        constexpr unsigned no_replace = 1;  // RENAME_NOREPLACE, renameat2(2)
        if (::renameat2(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str(), no_replace) != 0) {
            if (errno != EINVAL && errno != ENOSYS) return os_failure(errno);
            // Neither of the two: a name of our own in its place first.
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
    /// Gives it its name, in the place of what has it. `expected`: only where that is this very file, which is open so that
    /// no other gets its inode number; a link in its place is not followed. Between the comparison and the renaming somebody
    /// may still put something there: it is replaced, and nothing else is written to. Only a file or a link gives way. errc:
    /// io_error, with ESTALE where the name means something else by now, with EINVAL (errno: EISDIR for a folder) for what
    /// is no file: a device, a FIFO, a socket.
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
    /// create(), or replace() where something has the name.
    [[nodiscard]] result<void> create_or_replace() {
        if (const auto created = create(); created || errno != EEXIST) return created;
        return replace();
    }
    /// Takes the name away that create() has given.
    void remove() const { (void)::unlinkat(folder_.get(), name_.c_str(), 0); }
    /// After create() or replace(): its name is on the disk then. Best effort: not every file system syncs folders.
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
        hold_signals();
        file_ = os::descriptor(uninterrupted([&] { return ::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }));
        if (file_.is_open()) temporary_ = std::move(name);
        return file_.is_open();
    }
    /// Gives an unnamed file a name. By /proc, or by itself, which needs CAP_DAC_READ_SEARCH before Linux 6.10.
    [[nodiscard]] bool link_to(const std::string& name) {
        if (::linkat(AT_FDCWD, fd_path(file_.get()).c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
        return errno == ENOENT && ::linkat(file_.get(), "", folder_.get(), name.c_str(), AT_EMPTY_PATH) == 0;
    }
    /// What linkat(2) answers where there are no hard links.
    static bool has_no_links(int error) { return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK; }
    [[nodiscard]] bool name_temporarily() {
        std::string name = temporary_name(name_);
        if (name.empty()) return false;
        (void)::fchmod(file_.get(), 0600);  // create() may have failed since
        hold_signals();
        if (!link_to(name)) return has_no_links(errno) && copy_to_named();
        temporary_ = std::move(name);
        return true;
    }
    /// For a file system with unnamed files and without hard links.
    [[nodiscard]] bool copy_to_named() {
        const auto unnamed = regular_file::of(std::move(file_));
        return unnamed && open_named() && copy_content(*unnamed, file_.get()) && uninterrupted([&] { return ::fsync(file_.get()); }) == 0;
    }
    void hold_signals() {
        if (!held_) held_.emplace();
    }
    [[nodiscard]] result<void> named() {
        temporary_.clear();
        // File systems without modes refuse most.
        const bool done = ::fchmod(file_.get(), mode_) == 0 || errno == EPERM || errno == EOPNOTSUPP;
        const int error = errno;
        held_.reset();
        return done ? result<void>::success() : result<void>(os_failure(error));
    }
    void forget() {
        const int kept = errno;
        if (!temporary_.empty()) (void)::unlinkat(folder_.get(), temporary_.c_str(), 0);
        held_.reset();
        errno = kept;
    }
};

struct write_options {
    ::mode_t mode = 0666;      // less the umask
    bool may_replace = true;   // otherwise what has the name is a failure (EEXIST)
    bool durable = true;       // on the disk when it has its name; whoever writes many syncs once at the end
};

/// For private keys: nobody else can ever read it. Where the file system has no modes and lets others read, EPERM.
inline constexpr write_options private_file{0600, false, true};

/// Writes `parts`, one after the other, as the file `path`. A link of that name is replaced, not followed. errc: io_error.
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
