// SPDX-License-Identifier: BSL-1.0
#include "image.hpp"

#include "text.hpp"

#include <modsig/decompress.hpp>
#include <modsig/linux/decompress.hpp>
#include <modsig/load/measured.hpp>
#include <modsig/os/attributes.hpp>
#include <modsig/os/pipe.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace tool {
namespace {

std::string words_of(modsig::compression algorithm, const modsig::kernel::decoder_gap& gap) {
    const std::string_view program = algorithm == modsig::compression::xz ? "xz --check=crc32 --lzma2=dict=1MiB" : "gzip -n";
    return "Linux's own decoder does not know " + std::string(gap.lacking) + "; " + std::string(program) + " makes what every kernel reads";
}

/// A verdict's errno for a file that cannot be read is EIO, whatever the reason, which errno keeps.
modsig::failure plain(const modsig::failure& failure) {
    return failure.code == modsig::errc::io_error ? modsig::failure(modsig::errc::io_error) : failure;
}

}  // namespace

bool is_intel_hex(modsig::byte_view bytes) {
    constexpr std::size_t frame = 5;  // size, address 2, type, checksum
    if (bytes.empty() || bytes[0] != ':') return false;
    std::size_t end = 1;
    while (end != bytes.size() && bytes[end] != '\r' && bytes[end] != '\n' && end <= 2 * (frame + 255)) ++end;
    const auto record = parse_hex({reinterpret_cast<const char*>(bytes.data()) + 1, end - 1});
    if (!record || record->size() < frame || record->size() != frame + record->front()) return false;
    unsigned sum = 0;
    for (const std::uint8_t byte : *record) sum += byte;
    return sum % 256 == 0;
}

bool image::make_room(std::uint64_t size) {
    size_ = 0;
    if (size <= capacity_) return true;
    room_.reset();
    capacity_ = 0;
    room_.reset(new (std::nothrow) std::uint8_t[size]);
    if (!room_) return errno = ENOMEM, false;
    capacity_ = static_cast<std::size_t>(size);
    return true;
}

modsig::result<void> image::read(const std::string& path) { return read(path, false); }

void image::begin(const std::string& path) {
    path_ = path;
    file_.reset();
    size_ = 0;
    module_ = {};
    unpacked_ = false;
    remark_.clear();
    decoder_remark_.clear();
    ima_.clear();
    measured_ = {};
    large_.reset();
}

modsig::result<void> image::read(const std::string& path, bool in_windows) {
    namespace os = modsig::os;
    begin(path);
    if (path == "-") return read_pipe(STDIN_FILENO, std::nullopt);
    if (const auto own = os::own_descriptor(path); own && os::is_pipe(*own)) return read_pipe(*own, os::steady_clock::now() + os::pipe_patience);
    auto file = os::regular_file::open(path.c_str());
    if (!file) return plain(file.error());
    file_.emplace(*std::move(file));
    // First: what is read from then on is held to it.
    if (const auto digest = modsig::load::measure(file_->descriptor())) measured_ = *digest;
    if (auto value = os::read_attribute(file_->descriptor(), "security.ima")) ima_ = *std::move(value);
    if (in_windows && file_->size() > modsig::batch::windowed_file::whole_size) {
        auto large = modsig::batch::windowed_file::of(*std::move(file_));
        file_.reset();
        if (!large) return plain(large.error());
        // A signature over the digest that the kernel has measured needs no content: whether it can be read is seen here.
        if (measured_.id != modsig::digest_id::none)
            if (const auto readable = large->read_through(); !readable) return plain(readable.error());
        large_ = std::make_unique<modsig::batch::windowed_file>(*std::move(large));
        return modsig::result<void>::success();
    }
    if (file_->size() > limit_) return modsig::failure(modsig::errc::too_large, limit_);
    if (!make_room(file_->size())) return modsig::errc::io_error;
    const auto size = static_cast<std::size_t>(file_->size());
    if (const auto whole = file_->read_all({room_.get(), size}); !whole) return plain(whole.error());
    size_ = size;
    return modsig::result<void>::success();
}

modsig::result<void> image::read_to_verify(const std::string& path, unpacking reading) {
    const bool is_packed = reading != unpacking::never && modsig::compression_of_name(path) != modsig::compression::none;
    return is_packed ? read_module(path, reading) : read(path, true);
}

modsig::result<void> image::read_module(const std::string& path, unpacking reading) {
    const auto kind = modsig::compression_of_name(path);
    const auto whole = read(path);
    if (!whole || reading == unpacking::never || kind == modsig::compression::none) return whole;
    return unpack(kind, reading);
}

modsig::result<void> image::hold_module(const std::string& path, modsig::byte_view bytes, unpacking reading) {
    begin(path);
    if (!make_room(bytes.size())) return modsig::errc::io_error;
    std::ranges::copy(bytes, room_.get());
    size_ = bytes.size();
    const auto kind = modsig::compression_of_name(path);
    if (reading == unpacking::never || kind == modsig::compression::none) return modsig::result<void>::success();
    return unpack(kind, reading);
}

modsig::result<void> image::unpack(modsig::compression algorithm, unpacking reading) {
    constexpr std::size_t limit = modsig::default_decompressed_limit;
    const bool as_linux = reading == unpacking::first_stream;
    auto first = as_linux ? modsig::kernel::decompress_module(algorithm, stored(), limit) : modsig::decompress_first(algorithm, stored(), limit);
    const auto gap = modsig::kernel::find_decoder_gap(algorithm, first ? stored().first(first->end) : stored());
    if (!first) {
        const modsig::failure& why = first.error();
        if (why.code == modsig::errc::io_error) return errno = ENOMEM, why;
        if (as_linux && gap) return not_unpacked(gap->offset, words_of(algorithm, *gap));
        if (why.code != modsig::errc::too_large) return not_unpacked(why.offset, "damaged, cut short, or of another format than its name says");
        if (why.offset != limit) return not_unpacked(why.offset, "it asks for too large a history");
        return not_unpacked(0, "more comes out of it than any module has (256 MiB)");
    }
    if (!as_linux && first->end != size_) return not_unpacked(first->end, "something follows the compressed module, which the kernel would drop");
    if (!as_linux && gap) decoder_remark_ = words_of(algorithm, *gap);
    module_ = std::move(first->bytes);
    unpacked_ = true;
    return modsig::result<void>::success();
}

modsig::failure image::not_unpacked(std::uint64_t offset, std::string why) {
    remark_ = std::move(why);
    return {modsig::errc::decompression_failed, offset};
}

modsig::result<void> image::read_pipe(int fd, modsig::os::deadline until) {
    const auto bytes = modsig::os::read_pipe(fd, limit_, until);
    if (!bytes) return plain(bytes.error());
    if (!make_room(bytes->size())) return modsig::errc::io_error;
    std::ranges::copy(*bytes, room_.get());
    size_ = bytes->size();
    return modsig::result<void>::success();
}

modsig::byte_view image::ima_signature() const {
    constexpr std::uint8_t signature = 3, verity_signature = 6;  // enum evm_ima_xattr_type; the others hold digests
    return !ima_.empty() && (ima_[0] == signature || ima_[0] == verity_signature) ? ima_attribute() : modsig::byte_view{};
}

}  // namespace tool
