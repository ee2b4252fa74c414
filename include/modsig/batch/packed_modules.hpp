// SPDX-License-Identifier: BSL-1.0
//
// Modules of a tree as distributions ship it, compressed or not, many at once: a thread unpacks one after the other, with decoders and
// memory that serve for all of them, while digests and signatures of those before wait for each other in lanes and passes. Which files
// are compressed, and how, their names say, as for kmod. Linux only; needs liblzma, libzstd, zlib, liblz4.
#ifndef MODSIG_BATCH_PACKED_MODULES_HPP
#define MODSIG_BATCH_PACKED_MODULES_HPP

#include <modsig/batch.hpp>
#include <modsig/decompress.hpp>
#include <modsig/decompress/size_hint.hpp>
#include <modsig/linux/decompress.hpp>
#include <modsig/os/file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace modsig::batch {

/// What of a compressed file is the module.
enum class packed_module : std::uint8_t {
    whole_file,    ///< all of it has to be: nothing may follow what is unpacked
    first_stream,  ///< as Linux unpacks it, which drops the rest
};

/// Reads and unpacks files, for one thread at a time; what it needs for one it keeps for the next.
class module_unpacker {
    // Of compressed files. A larger one than any module is left to others.
    static constexpr std::size_t largest_file = std::size_t{64} << 20, kept_room = std::size_t{4} << 20;

    decompressor decoders_{};
    std::unique_ptr<std::uint8_t[]> room_{};
    std::size_t capacity_ = 0;
    byte_view stored_{};
    std::string postponed_{};  // the path of stored_, which is not unpacked yet

    [[nodiscard]] bool read(const char* path) {
        if (postponed_ == path) return true;
        const auto file = os::regular_file::open(path);
        if (!file || file->size() > largest_file) return false;
        const auto size = static_cast<std::size_t>(file->size());
        if (size > capacity_ || capacity_ > kept_room) {
            room_.reset();
            capacity_ = std::max(size, std::size_t{256} << 10);
            room_.reset(new (std::nothrow) std::uint8_t[capacity_]);
            if (!room_) capacity_ = 0;
        }
        if (size > capacity_ || !file->read_all({room_.get(), size})) return false;
        stored_ = byte_view(room_.get(), size);
        return true;
    }

public:
    /// The module, which is kept in `images`. `impossible`: the file can't be read, or unpacked, or is very large; the reason is
    /// not kept.
    [[nodiscard]] opening unpack(const char* path, packed_module reading, unpacked_images& images, std::optional<decompression_output>& image) {
        if (!read(path)) return opening::impossible;
        const compression algorithm = compression_of_name(path);
        const std::uint64_t size = unpacked_size_hint(algorithm, stored_);
        postponed_ = images.has_room_for(size) ? "" : path;
        if (!postponed_.empty()) return opening::later;
        decompression_output& out = image.emplace(images.next(size, default_decompressed_limit));
        const bool as_linux = reading == packed_module::first_stream;
        const auto end = as_linux ? kernel::decode_module(decoders_, algorithm, stored_, out) : decoders_.decode(algorithm, stored_, out, false);
        if (end && (as_linux || *end == stored_.size())) {
            images.keep(out);
            return opening::done;
        }
        image.reset();
        return opening::impossible;
    }
};

namespace detail {

/// Appraisals as they are, of modules compressed or not.
template <class Verifier, file_list Files>
class packed_rules {
    plain_rules<Verifier, Files> plain_;
    const Verifier& verifier_;
    const Files& files_;
    const options& options_;
    packed_module reading_;

public:
    using answer = appraisal;
    using unpacker = module_unpacker;

    packed_rules(const Verifier& verifier, const Files& files, packed_module reading, const options& options)
        : plain_(verifier, files, options), verifier_(verifier), files_(files), options_(options), reading_(reading) {}

    [[nodiscard]] static bool is_plain(std::size_t) { return true; }
    [[nodiscard]] bool is_packed(std::size_t i) const { return compression_of_name(files_[i].c_str()) != compression::none; }
    [[nodiscard]] opening unpack(std::size_t i, module_unpacker& own, unpacked_images& images, std::optional<decompression_output>& image) const {
        return own.unpack(files_[i].c_str(), reading_, images, image);
    }
    [[nodiscard]] static answer settled(std::size_t, const subject&, const appraisal& report) { return report; }
    [[nodiscard]] answer alone(std::size_t i) const {
        if (!is_packed(i)) return plain_.alone(i);
        context context = options_.at;
        context.name = files_[i].c_str();
        const auto module = unpack_alone(context.name);
        if (module) return verifier_.appraise(subject{*module}, context);
        answer unread;
        unread.why = module.error();
        return unread;
    }

private:
    [[nodiscard]] result<decompressed> unpack_alone(std::string_view path) const {
        const auto stored = os::read_file(path.data(), options_.limit);
        if (!stored) return stored.error();
        const compression algorithm = compression_of_name(path);
        auto first = reading_ == packed_module::first_stream ? kernel::decompress_module(algorithm, *stored) : decompress_first(algorithm, *stored);
        if (!first) return first.error();
        if (reading_ == packed_module::whole_file && first->end != stored->size()) return modsig::detail::undecodable(first->end);
        return std::move(first->bytes);
    }
};

}  // namespace detail

/// As appraise(), for a tree in which modules may be compressed: then the module is what is appraised. Besides its errors:
/// decompression_failed, at the offset in the file; too_large, of more than default_decompressed_limit bytes.
template <class Verifier, file_list Files, class Take>
void appraise_modules(const Verifier& verifier, const Files& files, packed_module reading, const Take& take, const options& options = {}) {
    appraise(verifier, files, detail::packed_rules<Verifier, Files>(verifier, files, reading, options), take, options);
}

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_PACKED_MODULES_HPP
