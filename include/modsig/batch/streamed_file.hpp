// SPDX-License-Identifier: BSL-1.0
//
// A file that is read once and kept nowhere: small ones whole, of larger ones the end first, where the signature is, and
// then the content in pieces. The answer is about the bytes that were read; of a file that somebody changes meanwhile,
// end and content may be of different moments, and then only fit if they belong together all the same.
#ifndef MODSIG_BATCH_STREAMED_FILE_HPP
#define MODSIG_BATCH_STREAMED_FILE_HPP

#include <modsig/engine/native/block_runs.hpp>
#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>

namespace modsig::batch {

class streamed_file {
    os::descriptor file_{};
    std::span<std::uint8_t> window_{}, tail_{};
    byte_view image_{};
    std::uint64_t size_ = 0, content_size_ = 0, given_ = 0;
    engine::parts_in_memory parts_{};
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
        image_ = tail_;
        return read_at(tail_, size_ - tail_size);
    }
    void close() { file_ = {}; }

    /// The image, or the end of one that is not whole in memory.
    [[nodiscard]] byte_view image() const { return image_; }
    [[nodiscard]] bool is_partial() const { return size_ >= window_.size(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool has_failed() const { return failed_; }

    /// Begins to give these parts of the image, which stay until they are given; their size. Of one that is partial, the
    /// content up to the end of the only part, which begins where the tail does.
    [[nodiscard]] std::uint64_t start(engine::message_parts parts) {
        given_ = 0;
        parts_ = engine::parts_in_memory(parts);
        content_size_ = engine::size_of_message(parts);
        if (is_partial()) content_size_ += size_ - tail_size;
        return content_size_;
    }
    /// The next piece; false at the end, or when the file could not be read: then it has failed.
    [[nodiscard]] bool next_piece(byte_view& piece) {
        if (!is_partial()) return parts_(piece);
        if (given_ == content_size_) return close(), false;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(window_.size(), content_size_ - given_));
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
