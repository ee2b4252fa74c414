// SPDX-License-Identifier: BSL-1.0
//
// Where one thread of a batch has the images that came out of compressed files: side by side in pages that are used again and again, so
// that no file costs page faults. An image that finds no room there has pages of its own.
#ifndef MODSIG_BATCH_UNPACKED_IMAGES_HPP
#define MODSIG_BATCH_UNPACKED_IMAGES_HPP

#include <modsig/decompress/output.hpp>
#include <modsig/os/mapping.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace modsig::batch {

/// An image that is to be kept here is unpacked into what next() gives, then kept; until then there is no other.
class unpacked_images {
    struct place {
        std::size_t begin = 0, end = 0;  // offsets in room_
    };
    os::mapping room_{};
    std::vector<place> taken_{};  // in order
    place gap_{};                 // of the next image
    std::size_t held_ = 0;        // bytes of all images

    /// The first of at least this size; else an empty one.
    [[nodiscard]] place find_gap(std::size_t size) const {
        std::size_t end = 0;
        for (const place& each : taken_) {
            if (each.begin - end >= size) return {end, each.begin};
            end = each.end;
        }
        return room_.size() - end >= size ? place{end, room_.size()} : place{};
    }

public:
    static constexpr std::size_t room_size = std::size_t{16} << 20;  ///< Bytes of memory for images, for one thread.
    /// Beyond, no other image is begun.
    static constexpr std::size_t enough = std::size_t{8} << 20;

    /// Whether another image may begin beside those that are held.
    [[nodiscard]] bool has_room() const { return held_ < enough; }
    /// Whether an image of about this size may come now. So a thread has room_size, or the largest image, and not both.
    [[nodiscard]] bool has_room_for(std::uint64_t size) const { return held_ == 0 || size <= room_size - std::min(held_, room_size); }

    /// For an image of about this size.
    [[nodiscard]] decompression_output next(std::uint64_t size, std::size_t limit) {
        gap_ = {};
        if (size >= room_size && taken_.empty()) room_ = {};
        if (size < room_size && (room_.size() != 0 || room_.resize(room_size))) gap_ = find_gap(static_cast<std::size_t>(size) + 1);
        return decompression_output(limit, {room_.data() + gap_.begin, gap_.end - gap_.begin});
    }
    /// Throws std::bad_alloc.
    void keep(const decompression_output& image) {
        constexpr std::size_t line = 64;
        if (image.is_lent() && image.size() != 0) {
            const std::size_t end = std::min(gap_.begin + (image.size() + line - 1) / line * line, gap_.end);
            taken_.insert(std::ranges::find_if(taken_, [&](const place& each) { return each.begin >= end; }), {gap_.begin, end});
        }
        held_ += image.size();
    }
    /// The image is not wanted any more.
    void release(const decompression_output& image) {
        held_ -= image.size();
        if (!image.is_lent() || image.size() == 0) return;
        const auto begin = static_cast<std::size_t>(image.view().data() - room_.data());
        taken_.erase(std::ranges::find(taken_, begin, &place::begin));
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_UNPACKED_IMAGES_HPP
