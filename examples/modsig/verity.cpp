// SPDX-License-Identifier: BSL-1.0
#include "verity.hpp"

#include "report.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <modsig/engine/native/merkle_many.hpp>
#include <modsig/os/file.hpp>

#include <charconv>

namespace tool {
namespace {

/// Fills the lanes and stays in a cache.
constexpr std::size_t window_size = std::size_t{1} << 16;

template <modsig::digest_id Id>
modsig::result<modsig::digest_value> digest_of_file(int fd, const modsig::verity_options& options) {
    using hash = modsig::engine::native_hash<Id>;
    using blocks = modsig::engine::merkle_blocks_in_lanes<Id>;
    modsig::digest::fsverity_stream<hash, blocks, modsig::digest::verity_trees::of_utilities> stream(options);
    std::vector<std::uint8_t> window(window_size);
    for (;;) {
        const auto size = modsig::os::read_stream(fd, window);
        if (!size) return size.error();
        stream.update(modsig::byte_view(window).first(*size));
        if (*size != window.size()) return stream.finish();
    }
}

}  // namespace

std::optional<verity_settings> verity_or_complaint(const verity_choice& choice, modsig::digest::verity_trees trees) {
    const auto refused = [](const std::string& message) {
        complain(message);
        return std::nullopt;
    };
    verity_settings settings;
    settings.names_tree = !choice.block_size.empty() || !choice.salt.empty();
    if (!choice.hash.empty()) {
        const auto hash = find_hash(choice.hash);
        if (!hash) return std::nullopt;
        settings.hash = *hash;
    }
    if (!choice.block_size.empty()) {
        const char* const end = choice.block_size.data() + choice.block_size.size();
        const auto [stop, error] = std::from_chars(choice.block_size.data(), end, settings.block_size);
        if (error != std::errc() || stop != end) settings.block_size = 0;
    }
    if (!choice.salt.empty()) {
        auto salt = parse_hex(choice.salt);
        if (!salt) return refused(printable(choice.salt) + " is no salt: hexadecimal digits");
        settings.salt = *std::move(salt);
    }
    using modsig::digest::check_options, modsig::digest::verity_trees;
    const bool of_kernel = trees == verity_trees::of_kernel;
    const auto good = of_kernel ? check_options(settings.view()) : check_options<verity_trees::of_utilities>(settings.view());
    if (good) return settings;
    const std::string sizes = of_kernel ? "from 1024 to 65536" : "from two digests to 1 GiB";
    switch (good.error().code) {
        case modsig::errc::unsupported_hash: return refused("fs-verity has sha256 and sha512, not " + std::string(modsig::name(settings.hash)));
        case modsig::errc::unsupported_block_size: return refused(printable(choice.block_size) + " is no block size of fs-verity: a power of two " + sizes);
        default: return refused("the salt is longer than fs-verity's 32 bytes");
    }
}

modsig::result<modsig::digest_value> verity_digest(const std::string& path, const modsig::verity_options& options) {
    int fd = STDIN_FILENO;
    auto file = path == "-" ? modsig::result<modsig::os::regular_file>(modsig::errc::not_checked) : modsig::os::regular_file::open(path.c_str());
    if (path != "-" && !file) return file.error();
    if (file) fd = file->descriptor();
    return options.hash == modsig::digest_id::sha512 ? digest_of_file<modsig::digest_id::sha512>(fd, options)
                                                     : digest_of_file<modsig::digest_id::sha256>(fd, options);
}

}  // namespace tool
