// SPDX-License-Identifier: BSL-1.0
//
// sealed_file: a private copy of a file that cannot be changed between verification and loading. The bytes that were read are
// verified and loaded, whatever happens to the file meanwhile.
//
// Where the copy is, best first, and who can change it:
//   sealed    a memfd, sealed against writing, growing, shrinking and further seals *before* it is mapped: no process can
//             change it, not its owner's, not root's (memfd_create(2), fcntl(2) "File Sealing")
//   unlinked  an O_TMPFILE, which has no name, and of which only a read-only descriptor is kept: other users cannot change it; the
//             same user and root can, through /proc/PID/fd
//   memory    anonymous pages, read-only: no other process can change them, but there is no descriptor to load from
// Any copy can be verified. Loaders take a sealed one, and a weaker one only where their caller accepts it.
#ifndef MODSIG_LOAD_SEALED_FILE_HPP
#define MODSIG_LOAD_SEALED_FILE_HPP

#include <modsig/os/file.hpp>
#include <modsig/os/mapping.hpp>
#include <modsig/os/unnamed_file.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace modsig::load {

/// `best`: the first of the others that the system offers. A named storage is used, or opening fails.
enum class storage : std::uint8_t {
    best,      ///< the first of the following that the system offers
    sealed,    ///< a sealed memfd
    unlinked,  ///< an O_TMPFILE
    memory,    ///< anonymous pages
};

/// The copies that a loader takes. `any_copy`: also a copy that this user, or root, could change between verification and
/// loading.
enum class accepts : std::uint8_t {
    sealed,    ///< no process can change it
    any_copy,  ///< root or this user could change it
};

namespace detail {
/// A copy that is being made.
class copy_in_progress {
    storage kept_in_ = storage::memory;
    os::descriptor out_{};
    os::descriptor read_only_{};  // unlinked
    os::mapping memory_{};        // for `memory`; more pages than bytes
    std::size_t size_ = 0;

public:
    [[nodiscard]] static result<copy_in_progress> begin(storage place) {
        copy_in_progress copy;
        failure reason{errc::io_error};
        if (place == storage::best || place == storage::sealed) {
            auto memfd = os::make_memfd("modsig");
            if (memfd) {
                copy.out_ = std::move(*memfd);
                copy.kept_in_ = storage::sealed;
                return copy;
            }
            reason = memfd.error();
            // A weaker copy is made where memfds are missing (an old kernel, seccomp), not where descriptors or memory run out.
            if (errno != ENOSYS && errno != EPERM && errno != EACCES) return reason;
        }
        if (place == storage::best || place == storage::unlinked) {
            auto file = os::make_unlinked_file();
            if (file) {
                copy.out_ = std::move(file->writing);
                copy.read_only_ = std::move(file->reading);
                copy.kept_in_ = storage::unlinked;
                return copy;
            }
            reason = file.error();
        }
        if (place == storage::best || place == storage::memory) return copy;
        return reason;
    }

    [[nodiscard]] result<void> append(byte_view bytes) {
        if (kept_in_ == storage::memory) {
            if (bytes.size() > memory_.size() - size_) {
                if (const auto grown = memory_.resize(std::max(2 * memory_.size(), bytes.size() + size_)); !grown) return grown.error();
            }
            if (!bytes.empty()) std::memcpy(memory_.data() + size_, bytes.data(), bytes.size());
            size_ += bytes.size();
            return result<void>::success();
        }
        if (!os::write_all(out_.get(), bytes)) return os::os_failure(errno, size_);
        size_ += bytes.size();
        return result<void>::success();
    }

    struct finished {
        storage kept_in;
        os::descriptor file;
        os::mapping bytes;
    };
    /// Seals first and maps then. Until the copy is sealed, the same user can reach it through /proc: whatever was written to
    /// it is verified as it is, a writable mapping makes sealing fail, and another size is refused (reading beyond the end of a
    /// shortened file would be SIGBUS).
    [[nodiscard]] result<finished> finish() && {
        if (kept_in_ == storage::memory) {
            if (const auto fitted = memory_.resize(size_); !fitted) return fitted.error();
            if (const auto closed = memory_.make_read_only(); !closed) return closed.error();
            return finished{kept_in_, {}, std::move(memory_)};
        }
        if (kept_in_ == storage::sealed) {
            if (const auto sealed = os::seal(out_.get()); !sealed) return sealed.error();
            read_only_ = std::move(out_);
        }
        const auto size = os::size_of(read_only_.get());
        if (!size) return size.error();
        if (*size != size_) return failure{errc::io_error, size_};
        result<os::mapping> bytes = os::mapping::of_file(read_only_.get(), size_);
        if (!bytes) return bytes.error();
        return finished{kept_in_, std::move(read_only_), std::move(*bytes)};
    }
};
}  // namespace detail

/// Movable, while the bytes stay in place; a moved-from object is empty. Const members are thread-safe.
class [[nodiscard]] sealed_file {
    storage kept_in_;
    os::descriptor file_;
    os::mapping bytes_;

    explicit sealed_file(detail::copy_in_progress::finished&& copy)
        : kept_in_(copy.kept_in), file_(std::move(copy.file)), bytes_(std::move(copy.bytes)) {}

public:
    static constexpr std::uint64_t default_limit = std::uint64_t{1} << 30;  ///< Bytes of a file, at most, where no limit is given.

    /// `open` copies a regular file of at most `limit` bytes, opened and read as in os/file.hpp; links are followed. Errors:
    /// `io_error` (EINVAL: not a regular file; ESTALE: its size changes meanwhile), `too_large`.
    [[nodiscard]] static result<sealed_file> open(const char* path, std::uint64_t limit = default_limit, storage place = storage::best) {
        const auto file = os::regular_file::open(path);
        if (!file) return file.error();
        return copy_of(*file, limit, place);
    }

    /// `from_fd` copies an open file from its beginning. The descriptor and its position are unchanged.
    [[nodiscard]] static result<sealed_file> from_fd(int fd, std::uint64_t limit = default_limit, storage place = storage::best) {
        const auto file = os::regular_file::of(os::duplicate(fd));
        if (!file) return file.error();
        return copy_of(*file, limit, place);
    }
    /// As open(), of a file that is open already.
    [[nodiscard]] static result<sealed_file> copy_of(const os::regular_file& file, std::uint64_t limit = default_limit, storage place = storage::best) {
        if (file.size() > limit) return failure{errc::too_large, limit};
        auto copy = detail::copy_in_progress::begin(place);
        if (!copy) return copy.error();
        std::array<std::uint8_t, std::size_t{64} << 10> room;  // NOLINT: filled by read_at
        for (std::uint64_t offset = 0; offset != file.size();) {
            const auto piece = std::span(room).first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), file.size() - offset)));
            if (const auto read = file.read_at(piece, offset); !read) return read.error();
            if (const auto kept = copy->append(piece); !kept) return kept.error();
            offset += piece.size();
        }
        if (const auto ends = file.ends_at(file.size()); !ends) return ends.error();
        return seal(std::move(*copy));
    }

    /// `copy_of` copies bytes in memory.
    [[nodiscard]] static result<sealed_file> copy_of(byte_view bytes, storage place = storage::best) {
        auto copy = detail::copy_in_progress::begin(place);
        if (!copy) return copy.error();
        if (const auto kept = copy->append(bytes); !kept) return kept.error();
        return seal(std::move(*copy));
    }

    /// The view is valid while this object, or the object that it was moved to, lives.
    [[nodiscard]] operator byte_view() const& { return bytes_.view(); }  // NOLINT: implicit on purpose
    operator byte_view() const&& = delete;

    /// -1 for a copy in memory. Others must not close it.
    [[nodiscard]] int descriptor() const { return file_.get(); }
    /// Whether no process can change the copy: it is in a sealed memfd.
    [[nodiscard]] bool is_sealed() const { return file_.is_open() && kept_in_ == storage::sealed; }
    /// Whether a loader that takes `copies` takes this one.
    [[nodiscard]] bool suits(accepts copies) const { return copies == accepts::any_copy || is_sealed(); }
    /// Where the copy is; never `best`.
    [[nodiscard]] storage kept_in() const { return kept_in_; }

private:
    static result<sealed_file> seal(detail::copy_in_progress&& copy) {
        auto finished = std::move(copy).finish();
        if (!finished) return finished.error();
        return sealed_file(std::move(*finished));
    }
};

}  // namespace modsig::load

#endif  // MODSIG_LOAD_SEALED_FILE_HPP
