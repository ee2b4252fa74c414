// SPDX-License-Identifier: BSL-1.0
//
// Files to be judged: reading them, and finding them in folders.
#ifndef MODSIG_TOOL_IMAGE_HPP
#define MODSIG_TOOL_IMAGE_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tool {

/// The content of a file, as it was at one moment: what is verified is this copy. Reading the next one reuses the room.
class image {
    std::unique_ptr<std::uint8_t[]> room_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
    std::vector<std::uint8_t> ima_;

public:
    static constexpr std::size_t max_unsized = std::size_t{1} << 30;  // of pipes: their end is not known beforehand

    /// `-` is standard input. `io_error`, with errno; `too_large`.
    [[nodiscard]] modsig::result<void> read(const std::string& path);
    /// As the kernel would be given it: a compressed module is decompressed (not yet: `compressed`).
    [[nodiscard]] modsig::result<void> read_module(const std::string& path);

    [[nodiscard]] modsig::byte_view bytes() const { return {room_.get(), size_}; }
    /// Value of security.ima where it holds a signature; else empty.
    [[nodiscard]] modsig::byte_view ima_signature() const { return ima_; }

private:
    [[nodiscard]] bool grow(std::size_t capacity);
    [[nodiscard]] modsig::result<void> read_all(int fd);
    void read_attribute(int fd);
};

/// One file to be judged, or a folder that could not be looked into.
struct found_file {
    std::string path;
    modsig::failure unreadable{modsig::errc::none};
};

/// Named files as they are; for a folder the modules and plugins in it and below, sorted, or with `all` every regular
/// file. Links within a folder are not followed.
[[nodiscard]] std::vector<found_file> find_files(const std::vector<std::string>& paths, bool all);

/// `.ko.xz`, `.ko.zst`, `.ko.gz`: by name, as kmod does.
[[nodiscard]] bool is_compressed_module(std::string_view path);

}  // namespace tool

#endif  // MODSIG_TOOL_IMAGE_HPP
