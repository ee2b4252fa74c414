// SPDX-License-Identifier: BSL-1.0
//
// A file that is read once and kept nowhere: small ones whole, of larger ones the end first, where the signature is, and
// then the content in pieces. No byte is read twice: what is digested of the end are the bytes that the signature was read from.
#ifndef MODSIG_BATCH_STREAMED_FILE_HPP
#define MODSIG_BATCH_STREAMED_FILE_HPP

#include <modsig/bytes.hpp>
#include <modsig/compression.hpp>
#include <modsig/os/file.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace modsig::batch {

/// One file of a batch, and the memory that it is read to, which is used for one file after the other.
class streamed_file {
    std::optional<os::regular_file> file_{};
    std::span<std::uint8_t> window_{}, tail_{};
    byte_view image_{};
    std::uint64_t size_ = 0, on_disk_ = 0, given_ = 0;
    byte_view in_memory_{};  // the content's last piece, or all of it
    std::array<std::uint8_t, 8> magic_{};  // what a larger one begins with
    bool partial_ = false, failed_ = false;

public:
    static constexpr std::size_t tail_size = 4096;  ///< Bytes of the end that are read first.
    /// The least of the content that has to be in the tail, for layouts that look at what is before the signature.
    static constexpr std::size_t least_overlap = 512;

    /// Where to read to: a window for the content, and behind it the tail. 2 * tail_size or more.
    void use(std::span<std::uint8_t> room) {
        window_ = room.first(room.size() - tail_size);
        tail_ = room.last(tail_size);
    }

    /// False: it can't be read, or not in this way.
    [[nodiscard]] bool open(const char* path) {
        failed_ = false;
        auto file = os::regular_file::open(path);
        if (!file) return false;
        size_ = file->size();
        partial_ = size_ >= window_.size();
        if (!partial_) {
            image_ = byte_view(window_).first(static_cast<std::size_t>(size_));
            return file->read_all(window_.first(image_.size())).has_value();
        }
        if (!file->read_at(magic_, 0) || !file->read_at(tail_, size_ - tail_size)) return false;
        image_ = tail_;
        file_ = std::move(*file);
        // What begins like a set of attributes is looked at whole: layout/ambiguous_content.hpp.
        return magic_[0] != 0x31;
    }
    /// An image that is in memory already, in a file's place.
    void take(byte_view image) {
        failed_ = partial_ = false;
        image_ = image;
        size_ = image.size();
    }
    /// Closes the file; memory stays for the next one.
    void close() { file_.reset(); }

    /// The image, or the end of one that is not whole in memory.
    [[nodiscard]] byte_view image() const { return image_; }
    /// Whether image() is only the end of the file.
    [[nodiscard]] bool is_partial() const { return partial_; }
    /// Bytes of the whole file.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Of one that is not whole in memory: whether it begins as a compressed module does.
    [[nodiscard]] bool is_compressed() const { return is_compressed_module(magic_); }
    /// Whether reading a piece has failed: then no digest of it counts.
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
            if (is_partial() && file_ && !file_->ends_at(size_)) failed_ = true;
            if (is_partial()) close();
            if (failed_) return false;
            piece = std::exchange(in_memory_, {});
            return !piece.empty();
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(window_.size(), on_disk_ - given_));
        if (!file_->read_at(window_.first(size), given_)) {
            failed_ = true;
            return false;
        }
        piece = byte_view(window_).first(size);
        given_ += size;
        return true;
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_STREAMED_FILE_HPP
