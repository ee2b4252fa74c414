// SPDX-License-Identifier: BSL-1.0
//
// sealed_file: a private copy of a file, which nobody can change between the verifier's look and the loader's. What was
// read is what is verified and what is loaded, whatever happens to the file meanwhile.
//
// Where the copy is, best first, and what that promises:
//   sealed    a memfd, sealed against writing, growing, shrinking and further seals *before* it is mapped: nobody can
//             change it, not the owner, not root (memfd_create(2), fcntl(2) "File Sealing")
//   unlinked  an O_TMPFILE, which has no name, and of which only a read-only descriptor is kept: other users cannot
//             change it. The same user and root can, by way of /proc/PID/fd
//   memory    anonymous pages, read-only: no other process can change them, but there is no descriptor to load from
// Any of them is good enough to be verified; loaders take sealed ones, and weaker ones by their caller's word only.
#ifndef MODSIG_LOAD_SEALED_FILE_HPP
#define MODSIG_LOAD_SEALED_FILE_HPP

#include <modsig/os/file.hpp>
#include <modsig/os/mapping.hpp>
#include <modsig/os/unnamed_file.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace modsig::load {

/// `best`: the first of the others that the system offers. Naming one means that one or none.
enum class storage : std::uint8_t { best, sealed, unlinked, memory };

/// What a loader takes. `any_copy`: also one that this user, or root, could change between the proof and the loading.
enum class accepts : std::uint8_t { sealed, any_copy };

namespace detail {
/// A copy in the making.
class copy_in_progress {
    storage kept_in_ = storage::memory;
    os::descriptor out_{};
    os::descriptor read_only_{};  // unlinked
    os::mapping memory_{};        // memory: more pages than bytes
    std::size_t size_ = 0;

public:
    [[nodiscard]] static result<copy_in_progress> begin(storage where) {
        copy_in_progress copy;
        failure why{errc::io_error};
        if (where == storage::best || where == storage::sealed) {
            auto memfd = os::make_memfd("modsig");
            if (memfd) {
                copy.out_ = std::move(*memfd);
                copy.kept_in_ = storage::sealed;
                return copy;
            }
            why = memfd.error();
            // Something weaker does where memfds are missing (old kernel, seccomp), not where descriptors or memory run out.
            if (errno != ENOSYS && errno != EPERM && errno != EACCES) return why;
        }
        if (where == storage::best || where == storage::unlinked) {
            auto file = os::make_unlinked_file();
            if (file) {
                copy.out_ = std::move(file->writing);
                copy.read_only_ = std::move(file->reading);
                copy.kept_in_ = storage::unlinked;
                return copy;
            }
            why = file.error();
        }
        if (where == storage::best || where == storage::memory) return copy;
        return why;
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
    /// Seals first and maps then. Until it is sealed, the same user can reach the copy by way of /proc: what was written
    /// to it is verified as it is, a mapping that could still be written makes sealing fail, another size is refused
    /// (reading beyond the end of a file that was cut short would be SIGBUS).
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

/// Moves, and the bytes stay where they are; a moved-from one is empty. Const members are safe from several threads.
class [[nodiscard]] sealed_file {
    storage kept_in_;
    os::descriptor file_;
    os::mapping bytes_;

    explicit sealed_file(detail::copy_in_progress::finished&& copy)
        : kept_in_(copy.kept_in), file_(std::move(copy.file)), bytes_(std::move(copy.bytes)) {}

public:
    static constexpr std::uint64_t default_limit = std::uint64_t{1} << 30;

    /// Copies a regular file of at most `limit` bytes, as os/file.hpp opens and reads it; links are followed.
    /// errc: io_error, with EINVAL when it is not a regular file, with ESTALE when its size changes meanwhile; too_large.
    [[nodiscard]] static result<sealed_file> open(const char* path, std::uint64_t limit = default_limit, storage where = storage::best) {
        const auto file = os::regular_file::open(path);
        if (!file) return file.error();
        return copy_of(*file, limit, where);
    }

    /// The same for an open file, from its beginning. The descriptor and its position stay as they are.
    [[nodiscard]] static result<sealed_file> from_fd(int fd, std::uint64_t limit = default_limit, storage where = storage::best) {
        const auto file = os::regular_file::of(os::duplicate(fd));
        if (!file) return file.error();
        return copy_of(*file, limit, where);
    }
    [[nodiscard]] static result<sealed_file> copy_of(const os::regular_file& file, std::uint64_t limit = default_limit, storage where = storage::best) {
        if (file.size() > limit) return failure{errc::too_large, limit};
        auto copy = detail::copy_in_progress::begin(where);
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

    /// The same for bytes in memory.
    [[nodiscard]] static result<sealed_file> copy_of(byte_view bytes, storage where = storage::best) {
        auto copy = detail::copy_in_progress::begin(where);
        if (!copy) return copy.error();
        if (const auto kept = copy->append(bytes); !kept) return kept.error();
        return seal(std::move(*copy));
    }

    /// Good for as long as this or what it was moved to lives.
    [[nodiscard]] operator byte_view() const& { return bytes_.view(); }  // NOLINT: implicit on purpose
    operator byte_view() const&& = delete;

    /// -1 for a copy in memory. Nobody else may close it.
    [[nodiscard]] int descriptor() const { return file_.get(); }
    [[nodiscard]] bool is_sealed() const { return file_.is_open() && kept_in_ == storage::sealed; }
    [[nodiscard]] bool suits(accepts copies) const { return copies == accepts::any_copy || is_sealed(); }
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
