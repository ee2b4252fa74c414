// SPDX-License-Identifier: BSL-1.0
//
// The digest that the kernel has measured of a file with fs-verity: every read of the file is verified against it. Linux only.
// measured_file is an image for verify(). It owns the file that was measured, so that the digest cannot be that of another
// file. Source: Documentation/filesystems/fsverity.rst, "FS_IOC_MEASURE_VERITY"; fs/verity/measure.c.
#ifndef MODSIG_LOAD_MEASURED_HPP
#define MODSIG_LOAD_MEASURED_HPP

#include <modsig/algorithm.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/os/error.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/verity.hpp>
#include <modsig/result.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace modsig::load {

/// `measure` returns the kernel's digest of a regular file that is open for reading, for subject_companions::measured, which
/// only appraise() uses; verify() takes a measured_file. Errors: `no_signature` (ENODATA: the file has no fs-verity),
/// `unsupported_hash` (an algorithm that modsig does not know), `length_mismatch` (the digest is not as long as its algorithm's),
/// `unsupported_version` (ENOTTY, EOPNOTSUPP: this kernel or file system has no fs-verity; or the file system is FUSE, where a
/// program answers instead of the kernel and may return other bytes than those of the digest: fs/fuse/ioctl.c, since Linux
/// 6.10), `io_error` (anything else).
[[nodiscard]] inline result<digest_value> measure(int fd) {
    os::verity_measurement answer;
    switch (const int error = os::measure_verity(fd, answer); error) {
        case 0: break;
        case ENODATA: return errc::no_signature;
        case ENOTTY:
        case EOPNOTSUPP: return failure{errc::unsupported_version, 0, linux_error::eopnotsupp};
        case EOVERFLOW: return failure{errc::unsupported_hash, 0, linux_error::eoverflow};
        default: return os::os_failure(error);
    }
    digest_value digest;
    if (answer.algorithm < no_number) digest.id = digest_of_fsverity_number(static_cast<std::uint8_t>(answer.algorithm));
    if (digest.id == digest_id::none) return errc::unsupported_hash;
    if (answer.size != digest.view().size()) return errc::length_mismatch;
    std::copy_n(answer.digest.begin(), answer.size, digest.bytes.begin());
    return digest;
}

/// A file with fs-verity, and a private copy of its bytes that was read after the measurement: the file can no longer be
/// written, and reading bytes with another digest is an error (EIO). verify() uses the kernel's digest instead of hashing the
/// copy. Movable; a moved-from object is empty.
class [[nodiscard]] measured_file {
    os::regular_file file_;
    digest_value digest_;
    sealed_file bytes_;

    measured_file(os::regular_file&& file, const digest_value& digest, sealed_file&& bytes)
        : file_(std::move(file)), digest_(digest), bytes_(std::move(bytes)) {}

public:
    /// `open` measures and copies a regular file of at most `limit` bytes; links are followed. Errors: those of measure() and
    /// sealed_file::open().
    [[nodiscard]] static result<measured_file> open(const char* path, std::uint64_t limit = sealed_file::default_limit, storage place = storage::best) {
        auto file = os::regular_file::open(path);
        if (!file) return file.error();
        const auto digest = measure(file->descriptor());
        if (!digest) return digest.error();
        auto bytes = sealed_file::copy_of(*file, limit, place);
        if (!bytes) return bytes.error();
        return measured_file(std::move(*file), *digest, std::move(*bytes));
    }

    /// The kernel's digest of the file.
    [[nodiscard]] const digest_value& measured() const { return digest_; }
    /// The descriptor of the file itself, which the kernel verifies whenever it is read or mapped. Others must not close it.
    [[nodiscard]] int descriptor() const { return file_.descriptor(); }

    /// The view is valid while this object, or the object that it was moved to, lives.
    [[nodiscard]] operator byte_view() const& { return bytes_; }  // NOLINT: implicit on purpose
    operator byte_view() const&& = delete;
};

}  // namespace modsig::load

#endif  // MODSIG_LOAD_MEASURED_HPP
