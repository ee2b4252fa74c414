// SPDX-License-Identifier: BSL-1.0
#include "image.hpp"

#include "attributes.hpp"

#include <modsig/decompress.hpp>
#include <modsig/load/measured.hpp>
#include <modsig/os.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

namespace tool {
namespace {

modsig::digest_value measured_by_kernel(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return {};
    const auto digest = modsig::load::measure(fd);
    return digest ? *digest : modsig::digest_value{};
}

void find_in_folder(const std::string& folder, bool all, std::vector<found_file>& files) {
    namespace fs = std::filesystem;
    const std::size_t first = files.size();
    std::error_code fault;
    std::vector<fs::path> folders{folder};
    while (!folders.empty()) {
        const fs::path here = folders.back();
        folders.pop_back();
        fs::directory_iterator entry(here, fault);
        for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
            std::error_code unknown;
            const fs::file_status status = entry->symlink_status(unknown);
            if (fs::is_directory(status)) folders.push_back(entry->path());
            else if (fs::is_regular_file(status) && (all || is_module_or_plugin(entry->path().native())))
                files.push_back({entry->path().native()});
        }
        if (fault) files.push_back({here.native(), modsig::errc::io_error, fault.value()});
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end(),
              [](const found_file& a, const found_file& b) { return a.path < b.path; });
}

}  // namespace

bool is_compressed_module(std::string_view path) {
    return modsig::compression_of_name(path) != modsig::compression::none;
}

bool is_module_or_plugin(std::string_view path) { return is_compressed_module(path) || path.ends_with(".ko") || path.ends_with(".so"); }

bool image::grow(std::size_t capacity) {
    if (capacity <= capacity_) return true;
    std::unique_ptr<std::uint8_t[]> room(new (std::nothrow) std::uint8_t[capacity]);
    if (!room) return errno = ENOMEM, false;
    if (size_ != 0) std::memcpy(room.get(), room_.get(), size_);
    room_ = std::move(room);
    capacity_ = capacity;
    return true;
}

modsig::result<void> image::read(const std::string& path) {
    path_ = path;
    size_ = 0;
    module_ = {};
    unpacked_ = false;
    remark_ = {};
    ima_.clear();
    measured_ = {};
    if (path == "-") return read_all(STDIN_FILENO);
    const modsig::os::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return modsig::errc::io_error;
    measured_ = measured_by_kernel(file.get());  // first: what is read from then on is held to it
    const auto whole = read_all(file.get());
    if (!whole) return whole;
    if (auto value = read_attribute(file.get(), "security.ima")) ima_ = *std::move(value);
    return whole;
}

modsig::result<void> image::read_module(const std::string& path, unpacking how) {
    const auto kind = modsig::compression_of_name(path);
    const auto whole = read(path);
    if (!whole || how == unpacking::never || kind == modsig::compression::none) return whole;
    return unpack(kind, how == unpacking::whole);
}

modsig::result<void> image::unpack(modsig::compression how, bool whole) {
    constexpr std::size_t limit = modsig::default_decompressed_limit;
    auto first = modsig::decompress_first(how, stored(), limit);
    if (!first) {
        const modsig::failure& why = first.error();
        if (why.code == modsig::errc::io_error) return errno = ENOMEM, why;
        if (why.code != modsig::errc::too_large) return not_unpacked(why.offset, "damaged, cut short, or of another format than its name says");
        if (why.offset != limit) return not_unpacked(why.offset, "it asks for too large a history");
        return not_unpacked(0, "more comes out of it than any module has (256 MiB)");
    }
    if (whole && first->end != size_) return not_unpacked(first->end, "something follows the compressed module, which the kernel would drop");
    module_ = std::move(first->bytes);
    unpacked_ = true;
    return modsig::result<void>::success();
}

modsig::failure image::not_unpacked(std::uint64_t offset, std::string_view why) {
    remark_ = why;
    return {modsig::errc::decompression_failed, offset};
}

modsig::result<void> image::read_all(int fd) {
    struct ::stat status {};
    if (::fstat(fd, &status) != 0) return modsig::errc::io_error;
    const bool sized = S_ISREG(status.st_mode);
    const std::size_t limit = sized ? std::numeric_limits<std::size_t>::max() / 4 : max_unsized;
    // One byte more than the file has, so that its end is seen without growing.
    const std::size_t expected = sized ? static_cast<std::size_t>(status.st_size) + 1 : 65536;
    if (!grow(expected)) return modsig::errc::io_error;
    for (;;) {
        if (size_ > limit) return modsig::failure{modsig::errc::too_large, size_};
        if (size_ == capacity_ && !grow(2 * capacity_)) return modsig::errc::io_error;
        const ::ssize_t got = ::read(fd, room_.get() + size_, capacity_ - size_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return modsig::errc::io_error;
        if (got == 0) return modsig::result<void>::success();
        size_ += static_cast<std::size_t>(got);
    }
}

modsig::byte_view image::ima_signature() const {
    constexpr std::uint8_t signature = 3, verity_signature = 6;  // enum evm_ima_xattr_type; the others hold digests
    return !ima_.empty() && (ima_[0] == signature || ima_[0] == verity_signature) ? ima_attribute() : modsig::byte_view{};
}

std::vector<found_file> find_files(const std::vector<std::string>& paths, bool all) {
    std::vector<found_file> files;
    for (const std::string& path : paths) {
        std::error_code fault;
        if (path != "-" && std::filesystem::is_directory(path, fault)) find_in_folder(path, all, files);
        else files.push_back({path});
    }
    return files;
}

}  // namespace tool
