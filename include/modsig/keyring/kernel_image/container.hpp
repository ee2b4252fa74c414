// SPDX-License-Identifier: BSL-1.0
//
// Unpacks the kernel proper from the image that a boot loader starts.  Formats:
//   x86 bzImage      Documentation/arch/x86/boot.rst
//     offset  size  field
//      0x1f1     1  setup_sects, 0 means 4
//      0x202     4  "HdrS"
//      0x206     2  version, 0x0208 and later have the rest
//      0x248     4  payload_offset, from the end of the setup sectors
//      0x24c     4  payload_length
//   EFI zboot        drivers/firmware/efi/libstub/zboot-header.S
//          0     2  "MZ"
//          4     4  "zimg"
//          8     4  payload_offset
//         12     4  payload_size
//   anything else    compressed from its first byte, or with a compressed stream somewhere (scripts/extract-vmlinux)
#ifndef MODSIG_KEYRING_KERNEL_IMAGE_CONTAINER_HPP
#define MODSIG_KEYRING_KERNEL_IMAGE_CONTAINER_HPP

#include <modsig/decompress.hpp>

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace modsig::keyring {

/// Views alias the image, or `storage`.
struct unpacked_kernel {
    byte_view bytes{};                       ///< the kernel proper
    compression packed = compression::none;  ///< as it was in the image
    decompressed storage{};                  ///< empty where the image was not compressed
};

/// The largest kernel of a distribution has 70 MB.
inline constexpr std::size_t max_kernel_size = std::size_t{512} << 20;

namespace detail {
template <class Integer>
[[nodiscard]] constexpr std::optional<Integer> le_at(byte_view bytes, std::uint64_t offset) {
    const auto field = slice(bytes, {offset, sizeof(Integer)});
    if (!field) return std::nullopt;
    return load_le<Integer>(*field);
}

[[nodiscard]] constexpr bool stands_at(byte_view bytes, std::uint64_t offset, std::string_view text) {
    const auto field = slice(bytes, {offset, text.size()});
    return field && equal(*field, text);
}

/// The offset of the first occurrence at `start` or later.
[[nodiscard]] inline std::optional<std::size_t> find_bytes(byte_view bytes, std::string_view wanted, std::size_t start = 0) {
    if (start >= bytes.size()) return std::nullopt;
    const void* found = ::memmem(bytes.data() + start, bytes.size() - start, wanted.data(), wanted.size());
    if (found == nullptr) return std::nullopt;
    return static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
}

[[nodiscard]] constexpr bool is_elf(byte_view bytes) { return stands_at(bytes, 0, "\x7f" "ELF"); }

/// init/version.c, linux_banner: the offset of the version number. Every kernel has a banner, and no boot stub.
[[nodiscard]] inline std::optional<std::size_t> find_version(byte_view bytes) {
    constexpr std::string_view before = "Linux version ";
    for (std::size_t start = 0;;) {
        const auto found = find_bytes(bytes, before, start);
        if (!found) return std::nullopt;
        start = *found + before.size();
        if (start != bytes.size() && bytes[start] >= '0' && bytes[start] <= '9') return start;
    }
}

/// Whether the image itself is not compressed.  Documentation/arch/arm64/booting.rst,
/// Documentation/arch/riscv/boot-image-header.rst
[[nodiscard]] constexpr bool is_plain_image(byte_view bytes) { return stands_at(bytes, 56, "ARM\x64") || stands_at(bytes, 56, "RSC\x05"); }

/// The image without the signatures of secure boot, whose certificates vouch for the image and not for modules (PE format,
/// attribute certificate table: data directory 4, a file offset).
[[nodiscard]] constexpr byte_view without_pe_signatures(byte_view image) {
    if (!stands_at(image, 0, "MZ")) return image;
    const auto pe = le_at<std::uint32_t>(image, 0x3c);
    if (!pe || !stands_at(image, *pe, std::string_view("PE\0\0", 4))) return image;
    const std::uint64_t optional_header = std::uint64_t{*pe} + 24;
    const auto magic = le_at<std::uint16_t>(image, optional_header);
    if (magic != 0x20b && magic != 0x10b) return image;
    const std::uint64_t directories = optional_header + (magic == 0x20b ? 112 : 96);
    const auto count = le_at<std::uint32_t>(image, directories - 4), table = le_at<std::uint32_t>(image, directories + 4 * 8);
    if (!count || *count <= 4 || !table || *table == 0 || *table > image.size()) return image;
    return image.first(*table);
}

/// The range of the kernel proper, by the image's header.
[[nodiscard]] constexpr std::optional<range> payload_of(byte_view image) {
    const auto offset_at = [&](std::uint64_t offset) { return le_at<std::uint32_t>(image, offset); };
    std::optional<range> payload;
    if (stands_at(image, 0x202, "HdrS") && le_at<std::uint16_t>(image, 0x206) >= 0x0208) {
        const std::uint64_t setup_sectors = image[0x1f1] != 0 ? image[0x1f1] : 4;
        const auto offset = offset_at(0x248), size = offset_at(0x24c);
        if (offset && size) payload = range{(setup_sectors + 1) * 512 + *offset, *size};
    } else if (stands_at(image, 0, "MZ") && stands_at(image, 4, "zimg")) {
        const auto offset = offset_at(8), size = offset_at(12);
        if (offset && size) payload = range{*offset, *size};
    }
    if (!payload || payload->size == 0 || !slice(image, *payload)) return std::nullopt;
    return payload;
}

/// Unpacks the compressed stream at `place`. Bytes behind the stream (the kernel's build appends its size) are ignored.
[[nodiscard]] inline result<unpacked_kernel> unpack_at(byte_view image, range place) {
    const byte_view payload = *slice(image, place);
    const compression algorithm = compression_of_magic(payload);
    auto unpacked = decompress_first(algorithm, payload, max_kernel_size);
    if (!unpacked) {
        if (unpacked.error().code == errc::too_large) return unpacked.error();
        return unpacked.error().shifted(place.offset);
    }
    unpacked_kernel kernel{{}, algorithm, std::move(unpacked->bytes)};
    kernel.bytes = kernel.storage;
    return kernel;
}

/// Whether a stream may begin here. compression_of_magic() compares two bytes for some formats, which occur in any megabyte.
[[nodiscard]] constexpr bool may_begin_stream(byte_view bytes) {
    if (bytes.size() < 18) return false;
    switch (compression_of_magic(bytes)) {
        case compression::xz:
        case compression::zstd:
        case compression::lz4:
        case compression::lz4_legacy: return true;
        case compression::gzip: return bytes[2] == 8 && (bytes[3] & 0xe0) == 0;  // RFC 1952, section 2.3.1: deflate, reserved bits
        case compression::lzma: return bytes[3] < 0x80 && load_le<std::uint64_t>(bytes.subspan(5, 8)) + 1 <= max_kernel_size;
        default: return false;
    }
}

/// As scripts/extract-vmlinux: tries everything that looks like a stream until one holds a kernel.
[[nodiscard]] inline std::optional<unpacked_kernel> scan_for_stream(byte_view image) {
    constexpr int max_attempts = 64;
    int attempts = 0;
    for (std::size_t at = 0; at < image.size() && attempts != max_attempts; ++at) {
        if (!may_begin_stream(image.subspan(at))) continue;
        ++attempts;
        auto kernel = unpack_at(image, {at, image.size() - at});
        if (kernel && (is_elf(kernel->bytes) || find_version(kernel->bytes))) return *std::move(kernel);
    }
    return std::nullopt;
}
}  // namespace detail

/// `unpack_kernel` unpacks an image of any of these formats. An image that is neither packed nor a kernel is returned
/// unchanged. Errors, all for images whose header gives the payload: `decompression_failed` (at the offset in the image),
/// `unsupported_algorithm` (bzip2, lzo), `too_large`, `io_error`.
[[nodiscard]] inline result<unpacked_kernel> unpack_kernel(byte_view image) {
    if (detail::is_elf(image)) return unpacked_kernel{image};
    image = detail::without_pe_signatures(image);
    const range whole{0, image.size()};
    for (const auto& place : {detail::payload_of(image), std::optional(whole)}) {
        if (!place) continue;
        const byte_view payload = *slice(image, *place);
        if (detail::is_elf(payload)) return unpacked_kernel{payload};
        if (compression_of_magic(payload) != compression::none) return detail::unpack_at(image, *place);
    }
    if (!detail::is_plain_image(image))
        if (auto found = detail::scan_for_stream(image)) return *std::move(found);
    return unpacked_kernel{image};
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_KERNEL_IMAGE_CONTAINER_HPP
