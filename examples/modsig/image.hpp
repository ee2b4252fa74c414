// SPDX-License-Identifier: BSL-1.0
//
// A file to be verified, signed or changed: its content, and what the file system says of it.
#ifndef MODSIG_TOOL_IMAGE_HPP
#define MODSIG_TOOL_IMAGE_HPP

#include <modsig/algorithm.hpp>
#include <modsig/batch/windowed_file.hpp>
#include <modsig/bytes.hpp>
#include <modsig/compression.hpp>
#include <modsig/decompress/output.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/wait.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// What is judged of a module that is compressed, by its name.
enum class unpacking : std::uint8_t {
    never,         // the file as it lies on disk: IMA
    first_stream,  // what the kernel would unpack, if it can: it drops what follows
    whole,         // what xz, zstd, gzip unpack, and nothing may follow: nobody would verify it
};

/// The content of a file, as it was at one moment: what is verified is this copy. Reading the next one reuses the room.
class image {
    std::uint64_t limit_;
    std::string path_{};
    std::optional<modsig::os::regular_file> file_{};  // open, so that no other gets its inode number
    std::unique_ptr<std::uint8_t[]> room_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    modsig::decompressed module_{};
    bool unpacked_ = false;
    std::string remark_{};
    std::string decoder_remark_{};
    std::vector<std::uint8_t> ima_;
    modsig::digest_value measured_{};
    std::unique_ptr<modsig::batch::windowed_file> large_{};

public:
    /// So many bytes of a file are held at most; a larger one is `too_large`.
    explicit image(std::uint64_t limit = modsig::batch::default_limit) : limit_(limit) {}

    /// `-` is standard input. A regular file, or a pipe among the own descriptors. `io_error`, with errno; `too_large`.
    [[nodiscard]] modsig::result<void> read(const std::string& path);
    /// The module in a file. Besides: `decompression_failed`, at the offset in the file; remark() says more.
    [[nodiscard]] modsig::result<void> read_module(const std::string& path, unpacking reading);
    /// The same, but of a large file only the ends are held: bytes() has zeros between them. Ask large() for it.
    [[nodiscard]] modsig::result<void> read_to_verify(const std::string& path, unpacking reading);
    /// The module in a member of an archive, which is no file; `path` is the member's name. Errors: those of read_module().
    [[nodiscard]] modsig::result<void> hold_module(const std::string& path, modsig::byte_view bytes, unpacking reading);

    [[nodiscard]] modsig::byte_view bytes() const { return unpacked_ ? modsig::byte_view(module_) : stored(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Null for a pipe.
    [[nodiscard]] const modsig::os::regular_file* file() const { return large_ ? &large_->file() : file_ ? &*file_ : nullptr; }
    /// As it lies on disk.
    [[nodiscard]] modsig::byte_view stored() const { return large_ ? large_->image() : modsig::byte_view{room_.get(), size_}; }
    /// Null where all of the file is held.
    [[nodiscard]] modsig::batch::windowed_file* large() const { return large_.get(); }
    [[nodiscard]] bool was_compressed() const { return unpacked_; }
    /// Why it could not be unpacked, in words.
    [[nodiscard]] const std::string& remark() const { return remark_; }
    /// Why Linux's own decoder would not unpack what was unpacked here, in words; empty where it would.
    [[nodiscard]] const std::string& decoder_remark() const { return decoder_remark_; }
    /// Value of security.ima, whatever it is; empty where there is none.
    [[nodiscard]] modsig::byte_view ima_attribute() const { return ima_; }
    /// The same where it holds a signature; else empty.
    [[nodiscard]] modsig::byte_view ima_signature() const;
    /// The digest by fs-verity that the kernel held stored() to while it was read; without an algorithm where it did not.
    [[nodiscard]] const modsig::digest_value& measured() const { return measured_; }

private:
    void begin(const std::string& path);
    [[nodiscard]] modsig::result<void> read(const std::string& path, bool in_windows);
    [[nodiscard]] bool make_room(std::uint64_t size);
    [[nodiscard]] modsig::result<void> read_pipe(int fd, modsig::os::deadline until);
    [[nodiscard]] modsig::result<void> unpack(modsig::compression algorithm, unpacking reading);
    [[nodiscard]] modsig::failure not_unpacked(std::uint64_t offset, std::string why);
};

/// Whether the bytes begin with a record of Intel HEX: a colon, and pairs of hexadecimal digits that are as many as the first pair
/// says and have the sum zero.
[[nodiscard]] bool is_intel_hex(modsig::byte_view bytes);

}  // namespace tool

#endif  // MODSIG_TOOL_IMAGE_HPP
