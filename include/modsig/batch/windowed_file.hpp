// SPDX-License-Identifier: BSL-1.0
//
// A file of any size, appraised in little memory. Its first and last bytes are held, which is all that layouts read whose
// signature is found from the end; the rest is read in windows while a digest is calculated. An appraisal is that of the
// whole file: offsets and sizes too, since the image has the file's size. What is between its ends reads as zeros, and
// nothing that depends on it is believed.
#ifndef MODSIG_BATCH_WINDOWED_FILE_HPP
#define MODSIG_BATCH_WINDOWED_FILE_HPP

#include <modsig/engine.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/mapping.hpp>
#include <modsig/policy.hpp>
#include <modsig/verified.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace modsig::batch {

/// So much of a file is held in memory at once, where it is needed whole: for layouts that are not found from the end, and
/// compressed modules.
inline constexpr std::uint64_t default_limit = std::uint64_t{1} << 30;

/// For one thread at a time. It stays open, so that no other file gets its inode number.
class windowed_file {
    os::regular_file file_;
    os::mapping image_{};
    os::mapping window_{};
    std::size_t front_end_ = 0, tail_begin_ = 0;  // what is between them is not held

    explicit windowed_file(os::regular_file&& file) : file_(std::move(file)) {}

public:
    /// Signed messages have 65535 bytes at most (der::max_size), in strict's reading and in Linux's; their trailers less than 64.
    static constexpr std::size_t end_size = std::size_t{68} << 10;
    /// Bytes between the ends that are read at once while they are digested.
    static constexpr std::size_t window_size = std::size_t{256} << 10;
    /// Up to this size a file is held whole.
    static constexpr std::size_t whole_size = 2 * end_size;

    /// errc: those of regular_file; io_error with ENOMEM, too_large where there are not addresses enough.
    [[nodiscard]] static result<windowed_file> of(os::regular_file&& opened) {
        windowed_file file(std::move(opened));
        if (file.file_.size() > std::numeric_limits<std::size_t>::max() / 2) return errc::too_large;
        const auto size = static_cast<std::size_t>(file.file_.size());
        auto addresses = os::mapping::of_addresses(size);
        if (!addresses) return addresses.error();
        file.image_ = std::move(*addresses);
        if (size <= whole_size) {
            file.tail_begin_ = size;
            const auto room = file.image_.make_writable(0, size);
            if (!room) return room.error();
            if (const auto whole = file.file_.read_all(*room); !whole) return whole.error();
            return file;
        }
        if (const auto read = file.hold(0, end_size); !read) return read.error();
        if (const auto read = file.hold(size - end_size, end_size); !read) return read.error();
        file.front_end_ = end_size;
        file.tail_begin_ = size - end_size;
        if (const auto room = file.window_.resize(window_size); !room) return room.error();
        return file;
    }
    /// Opens and holds a file. Errors: those of regular_file::open() and of().
    [[nodiscard]] static result<windowed_file> open(const char* path) {
        auto file = os::regular_file::open(path);
        if (!file) return file.error();
        return of(std::move(*file));
    }

    /// The file, from which nothing is read that is held.
    [[nodiscard]] const os::regular_file& file() const { return file_; }
    /// Of the file's size; zeros where it is not held. Stays where it is when this moves.
    [[nodiscard]] byte_view image() const { return image_.view(); }
    /// Whether all of the file is in memory.
    [[nodiscard]] bool is_whole() const { return front_end_ == 0; }

    /// Reads what is not held yet. errc: io_error; too_large beyond `limit`.
    [[nodiscard]] result<void> hold_whole(std::uint64_t limit) {
        if (is_whole()) return result<void>::success();
        if (image_.size() > limit) return failure{errc::too_large, limit};
        if (const auto read = hold(front_end_, tail_begin_ - front_end_); !read) return read;
        if (const auto ends = file_.ends_at(image_.size()); !ends) return ends;
        front_end_ = 0;
        tail_begin_ = image_.size();
        return result<void>::success();
    }

    /// Reads what is not held and drops it: whether it can be read. errc: io_error.
    [[nodiscard]] result<void> read_through() const {
        for (std::size_t at = front_end_; at < tail_begin_ && !is_whole(); at += window_.size()) {
            const std::span<std::uint8_t> window(window_.data(), std::min(tail_begin_ - at, window_.size()));
            if (const auto read = file_.read_at(window, at); !read) return read;
        }
        return result<void>::success();
    }

    /// Whether some of these bytes are in the image and not held.
    [[nodiscard]] bool is_missing(byte_view part) const {
        if (is_whole() || part.empty() || !is_inside(part)) return false;
        const std::size_t begin = offset_of(part);
        return begin < tail_begin_ && begin + part.size() > front_end_;
    }
    /// Whether these bytes have all that is not held.
    [[nodiscard]] bool spans_missing(byte_view part) const {
        return is_inside(part) && offset_of(part) <= front_end_ && offset_of(part) + part.size() >= tail_begin_;
    }
    /// Whether an appraisal could see the signature: all that follows the content.
    [[nodiscard]] bool holds_signature(const appraisal& report) const {
        return is_whole() || report.layout.empty() || !report.covers_image || report.content.offset + report.content.size >= tail_begin_;
    }

    /// Reads a part that is inside of what is not held, into `room` of its size. errc: io_error.
    [[nodiscard]] result<void> read(byte_view part, std::span<std::uint8_t> room) const { return file_.read_at(room, offset_of(part)); }

    /// The bytes of a part that spans what is not held, one piece after the other. Whatever is missing is read, and given to
    /// `seen`, too.
    template <class Seen>
    class pieces {
        const windowed_file& file_;
        std::size_t next_, end_;
        Seen& seen_;
        std::optional<failure> fault_{};

    public:
        /// The bytes of `part`, a part of image(), in order.
        pieces(const windowed_file& file, byte_view part, Seen& seen)
            : file_(file), next_(file.offset_of(part)), end_(next_ + part.size()), seen_(seen) {}

        /// The next piece, at most a window; false at the end, and after an error: fault(). The piece is good until the next call.
        [[nodiscard]] bool operator()(byte_view& piece) {
            if (next_ == end_ || fault_) return false;
            const bool is_missing = next_ >= file_.front_end_ && next_ < file_.tail_begin_;
            const std::size_t stop = next_ < file_.front_end_ ? std::min(end_, file_.front_end_)
                                     : is_missing ? std::min(file_.tail_begin_, next_ + file_.window_.size()) : end_;
            const std::size_t size = stop - next_;
            piece = file_.image().subspan(next_, size);
            if (is_missing) {
                const std::span<std::uint8_t> window(file_.window_.data(), size);
                if (const auto read = file_.file_.read_at(window, next_); !read) return fault_ = read.error(), false;
                piece = window;
                seen_(piece);
            }
            next_ = stop;
            return true;
        }
        /// Why they ended too early.
        [[nodiscard]] const std::optional<failure>& fault() const { return fault_; }
    };

private:
    [[nodiscard]] result<void> hold(std::size_t offset, std::size_t size) {
        const auto room = image_.make_writable(offset, size);
        if (!room) return room.error();
        return file_.read_at(*room, offset);
    }
    [[nodiscard]] bool is_inside(byte_view part) const {
        const std::less<const std::uint8_t*> before;
        return !before(part.data(), image_.data()) && before(part.data(), image_.data() + image_.size());
    }
    [[nodiscard]] std::size_t offset_of(byte_view part) const { return static_cast<std::size_t>(part.data() - image_.data()); }
};

/// In an engine's place, for one appraisal: digests of what is not held are calculated while it is read. Where a second one
/// is asked for, the file is read again, and has to be what it was: both digests are of the same bytes.
template <class Engine>
class windowed_arithmetic {
    using hash_of_missing = engine::native_hash<digest_id::sha256>;
    struct pass {
        digest_id id = digest_id::none;
        byte_view part{};
        digest_value digest{};
    };
    struct progress {
        pass first{};
        std::optional<digest_value> missing{};  // of what is not held, when it was read for the last time
        std::optional<failure> fault{};
        bool needs_whole = false, has_read_blocks = false;
    };
    static constexpr std::size_t max_block_size = std::size_t{64} << 10, max_parts = 72;  // of fs-verity's trees

    const windowed_file& file_;
    Engine engine_{};
    mutable progress progress_{};

public:
    /// An engine for appraisals of `file`, which outlives it.
    explicit windowed_arithmetic(const windowed_file& file) : file_(file) {}

    /// The digest of parts, of which one may be not held: that is read. Errors: those of the engine; `too_large` where
    /// needs_whole(); fault().
    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        const auto is_missing = [&](byte_view part) { return file_.is_missing(part); };
        const auto missing = std::ranges::find_if(parts, is_missing);
        if (missing == parts.end()) return engine_.digest(id, parts);
        if constexpr (digests_pieces<Engine>) {
            if (parts.size() == 1 && file_.spans_missing(*missing) && !progress_.has_read_blocks) return digest_windows(id, *missing);
        }
        const bool is_block = missing->size() <= max_block_size && parts.size() <= max_parts && std::ranges::count_if(parts, is_missing) == 1;
        if (is_block && progress_.first.id == digest_id::none) return digest_block(id, parts, static_cast<std::size_t>(missing - parts.begin()));
        return ask_for_whole();
    }
    /// A scheme that signs the message itself has it in memory.
    [[nodiscard]] result<void> check(const typename Engine::prepared_key& key, const to_check& input) const {
        if (file_.is_missing(input.message)) return ask_for_whole();
        return engine_.check(key, input);
    }

    /// Why the file could not be read; then no appraisal with this counts.
    [[nodiscard]] const std::optional<failure>& fault() const { return progress_.fault; }
    /// Whether something was asked that only a whole file answers.
    [[nodiscard]] bool needs_whole() const { return progress_.needs_whole; }

private:
    [[nodiscard]] result<digest_value> digest_windows(digest_id id, byte_view part) const {
        pass& first = progress_.first;
        if (first.id == digest_id::none) {
            const auto ignore = [](byte_view) {};
            const auto digest = read(id, part, ignore);
            if (digest) first = {id, part, *digest};
            return digest;
        }
        const auto digest = read_and_compare(id, part);
        if (!digest || first.part.empty()) return digest;
        const auto again = read_and_compare(first.id, first.part);
        if (!again) return again.error();
        if (!(again->bytes == first.digest.bytes)) return failed(os::os_failure(ESTALE));
        first.part = {};  // the digest of what is missing stands for it from now on
        return digest;
    }
    [[nodiscard]] result<digest_value> read_and_compare(digest_id id, byte_view part) const {
        hash_of_missing hash;
        const auto update = [&](byte_view piece) { hash.update(piece); };
        const auto digest = read(id, part, update);
        if (!digest) return digest;
        const digest_value now = hash.finish();
        if (progress_.missing && !(progress_.missing->bytes == now.bytes)) return failed(os::os_failure(ESTALE));
        progress_.missing = now;
        return digest;
    }
    template <class Seen>
    [[nodiscard]] result<digest_value> read(digest_id id, byte_view part, Seen& seen) const {
        windowed_file::pieces<Seen> pieces(file_, part, seen);
        const auto digest = engine_.digest_pieces(id, pieces);
        if (pieces.fault()) return failed(*pieces.fault());
        if (const auto ends = file_.file().ends_at(file_.image().size()); !ends) return failed(ends.error());
        return digest;
    }
    /// Of a tree's block: each is read once.
    [[nodiscard]] result<digest_value> digest_block(digest_id id, std::span<const byte_view> parts, std::size_t missing) const {
        std::array<std::uint8_t, max_block_size> room;  // NOLINT: filled by read
        std::array<byte_view, max_parts> held{};
        std::ranges::copy(parts, held.begin());
        const auto block = std::span(room).first(parts[missing].size());
        if (const auto read = file_.read(parts[missing], block); !read) return failed(read.error());
        held[missing] = block;
        progress_.has_read_blocks = true;
        return engine_.digest(id, std::span<const byte_view>(held).first(parts.size()));
    }
    [[nodiscard]] errc ask_for_whole() const {
        progress_.needs_whole = true;
        return errc::too_large;
    }
    [[nodiscard]] failure failed(const failure& fault) const {
        progress_.fault = fault;
        return fault;
    }
};

/// What the verifier says of the file; its image takes the subject's place. Whatever cannot be read is an io_error, and
/// what has to be in memory as a whole and is larger than `limit` too_large.
template <class Verifier>
[[nodiscard]] appraisal appraise(const Verifier& verifier, windowed_file& file, subject subject, const context& context, std::uint64_t limit = default_limit) {
    const auto unread = [](const failure& failure) {
        appraisal report;
        report.why = failure;
        return report;
    };
    subject.image = file.image();
    if (!file.is_whole() && Verifier::found_from_end) {
        const windowed_arithmetic<typename Verifier::engine> arithmetic(file);
        const appraisal report = verifier.appraise(subject, context, arithmetic);
        if (arithmetic.fault()) return unread(*arithmetic.fault());
        if (!arithmetic.needs_whole() && file.holds_signature(report)) return report;
    }
    if (const auto whole = file.hold_whole(limit); !whole) return unread(whole.error());
    return verifier.appraise(subject, context);
}

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_WINDOWED_FILE_HPP
