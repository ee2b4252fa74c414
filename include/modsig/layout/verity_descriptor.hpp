// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's descriptor, as file systems keep it and `fsverity sign --out-descriptor` writes it: the options of a file's tree,
// its root, and perhaps a signature.  Format: digest/fsverity.hpp; include/uapi/linux/fsverity.h, struct fsverity_descriptor;
// fs/verity/open.c, validate_fsverity_descriptor().
#ifndef MODSIG_LAYOUT_VERITY_DESCRIPTOR_HPP
#define MODSIG_LAYOUT_VERITY_DESCRIPTOR_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/layout.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace modsig::layout {

/// Views alias the bytes that it was parsed from.
struct verity_descriptor {
    static constexpr std::size_t max_size = 16384;  ///< FS_VERITY_MAX_DESCRIPTOR_SIZE, with the signature

    verity_options how{};         ///< the options of the tree
    std::uint64_t data_size = 0;  ///< bytes
    digest_value root{};          ///< of the tree
    byte_view signature{};        ///< a CMS message, see layout/fsverity.hpp; empty without one

    /// `parse` parses a descriptor. `file_size`: of the file, in bytes. Errors, in the order of the fields:
    ///   truncated, too_large, unsupported_version, unsupported_hash, unsupported_block_size,
    ///   length_overflow   salt or signature
    ///   length_mismatch   the file has another size
    ///   reserved_nonzero  reserved bytes; the padding of root and salt
    ///   trailing_garbage  bytes behind the signature
    [[nodiscard]] static constexpr result<verity_descriptor> parse(byte_view bytes, std::uint64_t file_size) {
        const result<verity_descriptor> read = read_fields(bytes, file_size);
        if (!read) return read.error();
        const byte_view root = bytes.subspan(16, max_digest_size), salt = bytes.subspan(80, digest::fsverity_max_salt_size);
        const std::size_t root_size = size_of(read->root.id), salt_size = read->how.salt.size();
        if (!is_zero(root.subspan(root_size))) return wrong(errc::reserved_nonzero, 16 + root_size);
        if (!is_zero(salt.subspan(salt_size))) return wrong(errc::reserved_nonzero, 80 + salt_size);
        if (!is_zero(bytes.subspan(112, 144))) return wrong(errc::reserved_nonzero, 112);
        const std::size_t end = digest::fsverity_descriptor_size + read->signature.size();
        if (bytes.size() != end) return wrong(errc::trailing_garbage, end);
        return read;
    }

    /// `read_fields` parses the fields up to length_mismatch, which the strict reading and Linux read alike.
    [[nodiscard]] static constexpr result<verity_descriptor> read_fields(byte_view bytes, std::uint64_t file_size) {
        if (bytes.size() < digest::fsverity_descriptor_size) return wrong(errc::truncated, bytes.size());
        if (bytes.size() > max_size) return failure{errc::too_large, max_size};
        if (bytes[0] != 1) return wrong(errc::unsupported_version, 0);
        verity_descriptor read;
        read.how.hash = digest_of_fsverity_number(bytes[1]);
        if (read.how.hash == digest_id::none) return wrong(errc::unsupported_hash, 1);
        read.how.block_size = bytes[2] < 32 ? std::uint32_t{1} << bytes[2] : 0;
        if (!digest::is_block_size(read.how.block_size)) return wrong(errc::unsupported_block_size, 2);
        const std::size_t salt_size = bytes[3];
        if (salt_size > digest::fsverity_max_salt_size) return wrong(errc::length_overflow, 3);
        const auto signature_size = load_le<std::uint32_t>(bytes.subspan(4, 4));
        const byte_view behind = bytes.subspan(digest::fsverity_descriptor_size);
        if (signature_size > behind.size()) return wrong(errc::length_overflow, 4);
        read.data_size = load_le<std::uint64_t>(bytes.subspan(8, 8));
        if (read.data_size != file_size) return wrong(errc::length_mismatch, 8);
        read.root.id = read.how.hash;
        std::copy_n(bytes.subspan(16, max_digest_size).begin(), size_of(read.root.id), read.root.bytes.begin());
        read.how.salt = bytes.subspan(80, salt_size);
        read.signature = behind.first(signature_size);
        return read;
    }

    /// `check` checks that the descriptor is that of `content`. Errors: `length_mismatch` (another size), `digest_mismatch`
    /// (another root), those of fsverity_root() and the engine.
    template <digests_parts E>
    [[nodiscard]] constexpr result<void> check(const E& engine, byte_view content) const {
        if (content.size() != data_size) return failure{errc::length_mismatch, 8, linux_error::einval};
        const result<digest_value> made = digest::fsverity_root(engine, how, content);
        if (!made) return made.error();
        if (!equal(made->view(), root.view())) return failure{errc::digest_mismatch, 16, linux_error::eio};
        return result<void>::success();
    }

    // For the strict reading and Linux's.
    /// A failure with the errno that fs/verity/open.c returns.
    static constexpr failure wrong(errc code, std::uint64_t offset) { return {code, offset, linux_error::einval}; }
    /// Whether all bytes are 0.
    static constexpr bool is_zero(byte_view bytes) {
        return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_VERITY_DESCRIPTOR_HPP
