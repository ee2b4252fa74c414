// SPDX-License-Identifier: BSL-1.0
//
// The digest that the kernel holds a file to: where fs-verity is enabled for it, what is read is what was measured. Linux only.
// measured_file: an image for verify(), which owns the file that was measured, so that the digest is of no other.
// Source: Documentation/filesystems/fsverity.rst, "FS_IOC_MEASURE_VERITY"; fs/verity/measure.c.
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

/// For companions::measured, which reports alone believe; verify() takes a measured_file. `fd` is of a regular file, open for reading; every later read of it is verified by the kernel.
/// errc: no_signature (the file has no fs-verity: ENODATA); unsupported_hash (an algorithm that is not known here);
/// unsupported_version (this kernel or file system has no fs-verity: ENOTTY, EOPNOTSUPP; or the file system is FUSE, where a
/// program answers in the kernel's place and may give other bytes than the digest's: fs/fuse/ioctl.c, since Linux 6.10);
/// io_error (anything else).
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

/// A file with fs-verity, and a private copy of its bytes, read after it was measured: nobody can write to it any more, and what
/// is read that has another digest is an error (EIO). verify() takes the kernel's digest instead of hashing the copy.
/// Moves; a moved-from one is empty.
class [[nodiscard]] measured_file {
    os::regular_file file_;
    digest_value digest_;
    sealed_file bytes_;

    measured_file(os::regular_file&& file, const digest_value& digest, sealed_file&& bytes)
        : file_(std::move(file)), digest_(digest), bytes_(std::move(bytes)) {}

public:
    /// A regular file of at most `limit` bytes; links are followed. errc: those of measure() and of sealed_file::open.
    [[nodiscard]] static result<measured_file> open(const char* path, std::uint64_t limit = sealed_file::default_limit, storage where = storage::best) {
        auto file = os::regular_file::open(path);
        if (!file) return file.error();
        const auto digest = measure(file->descriptor());
        if (!digest) return digest.error();
        auto bytes = sealed_file::copy_of(*file, limit, where);
        if (!bytes) return bytes.error();
        return measured_file(std::move(*file), *digest, std::move(*bytes));
    }

    /// The kernel's digest of the file.
    [[nodiscard]] const digest_value& measured() const { return digest_; }
    /// Of the file itself, which the kernel checks whenever it is read or mapped. Nobody else may close it.
    [[nodiscard]] int descriptor() const { return file_.descriptor(); }

    /// Good for as long as this or what it was moved to lives.
    [[nodiscard]] operator byte_view() const& { return bytes_; }  // NOLINT: implicit on purpose
    operator byte_view() const&& = delete;
};

}  // namespace modsig::load

#endif  // MODSIG_LOAD_MEASURED_HPP
