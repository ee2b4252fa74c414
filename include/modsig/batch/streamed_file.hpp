// SPDX-License-Identifier: BSL-1.0
//
// A file that is read once and kept nowhere: small ones whole, of larger ones the end first, where the signature is, and
// then the content in pieces. No byte is read twice: what is digested of the end are the bytes that the signature was read from.
#ifndef MODSIG_BATCH_STREAMED_FILE_HPP
#define MODSIG_BATCH_STREAMED_FILE_HPP

#include <modsig/bytes.hpp>
#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace modsig::batch {

class streamed_file {
    os::descriptor file_{};
    std::span<std::uint8_t> window_{}, tail_{};
    byte_view image_{};
    std::uint64_t size_ = 0, on_disk_ = 0, given_ = 0;
    byte_view in_memory_{};  // the content's last piece, or all of it
    bool failed_ = false;

public:
    static constexpr std::size_t tail_size = 4096;
    /// The least of the content that has to be in the tail, for layouts that look at what is before the signature.
    static constexpr std::size_t least_overlap = 512;

    /// Where to read to: a window for the content, and behind it the tail. 2 * tail_size or more.
    void use(std::span<std::uint8_t> room) {
        window_ = room.first(room.size() - tail_size);
        tail_ = room.last(tail_size);
    }

    /// False: it can't be read, or not in this way (a pipe).
    [[nodiscard]] bool open(const char* path) {
        failed_ = false;
        file_ = os::descriptor(::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));  // not to wait for a pipe's writer
        struct ::stat about {};
        if (!file_.is_open() || ::fstat(file_.get(), &about) != 0 || !S_ISREG(about.st_mode)) return false;
        size_ = static_cast<std::uint64_t>(about.st_size);
        if (!is_partial()) {
            // One byte more than there is, so that the end is seen.
            const std::size_t room = static_cast<std::size_t>(size_) + 1;
            const ::ssize_t got = os::uninterrupted([&] { return ::read(file_.get(), window_.data(), room); });
            if (got < 0 || static_cast<std::uint64_t>(got) != size_) return false;
            image_ = byte_view(window_).first(static_cast<std::size_t>(size_));
            close();
            return true;
        }
        // What begins like a set of attributes is looked at whole: layout/ambiguous_content.hpp.
        if (std::uint8_t first = 0; !read_at({&first, 1}, 0) || first == 0x31) return false;
        image_ = tail_;
        return read_at(tail_, size_ - tail_size);
    }
    void close() { file_ = {}; }

    /// The image, or the end of one that is not whole in memory.
    [[nodiscard]] byte_view image() const { return image_; }
    [[nodiscard]] bool is_partial() const { return size_ >= window_.size(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool has_failed() const { return failed_; }

    /// Begins to give the content: these bytes of the image, and where that is only the end of the file, all that is before it. The
    /// answer is the content's size.
    [[nodiscard]] std::uint64_t start(byte_view bytes) {
        given_ = 0;
        in_memory_ = bytes;
        on_disk_ = is_partial() ? size_ - tail_size : 0;
        return on_disk_ + bytes.size();
    }
    /// The next piece; false at the end, or when the file could not be read: then it has failed.
    [[nodiscard]] bool next_piece(byte_view& piece) {
        if (given_ == on_disk_) {
            if (is_partial()) close();
            piece = std::exchange(in_memory_, {});
            return !piece.empty();
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(window_.size(), on_disk_ - given_));
        if (!read_at(window_.first(size), given_)) {
            failed_ = true;
            return false;
        }
        piece = byte_view(window_).first(size);
        given_ += size;
        return true;
    }

private:
    [[nodiscard]] bool read_at(std::span<std::uint8_t> room, std::uint64_t offset) {
        for (std::size_t size = 0; size != room.size();) {
            const ::ssize_t got = os::uninterrupted(
                [&] { return ::pread(file_.get(), room.data() + size, room.size() - size, static_cast<::off_t>(offset + size)); });
            if (got <= 0) return false;
            size += static_cast<std::size_t>(got);
        }
        return true;
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_STREAMED_FILE_HPP
