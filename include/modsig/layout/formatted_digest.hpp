// SPDX-License-Identifier: BSL-1.0
//
// The message that fs-verity's builtin signature is over.  Format: include/uapi/linux/fsverity.h, struct
// fsverity_formatted_digest.
//   offset  size  field, little-endian
//        0     8  "FSVerity"
//        8     2  hash algorithm of fs-verity: 1 = SHA-256, 2 = SHA-512
//       10     2  size of the digest: 32 or 64
//       12        the file's digest
#ifndef MODSIG_LAYOUT_FORMATTED_DIGEST_HPP
#define MODSIG_LAYOUT_FORMATTED_DIGEST_HPP

#include <modsig/algorithm.hpp>
#include <modsig/result.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig::layout {

/// A file's digest in the form that is signed.
class formatted_digest {
    static constexpr std::size_t header_size = 12;

    std::array<std::uint8_t, header_size + max_digest_size> bytes_{};
    std::size_t size_ = 0;

public:
    static constexpr std::string_view magic = "FSVerity";  ///< the first 8 bytes

    /// `digest`: SHA-256 or SHA-512.
    constexpr explicit formatted_digest(const digest_value& digest) : size_(header_size + digest.view().size()) {
        for (std::size_t i = 0; i != magic.size(); ++i) bytes_[i] = static_cast<std::uint8_t>(magic[i]);
        bytes_[8] = entry_of(digest.id).fsverity_number;
        bytes_[10] = static_cast<std::uint8_t>(digest.view().size());
        std::copy(digest.view().begin(), digest.view().end(), bytes_.begin() + header_size);
    }
    /// The message; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(size_); }

    /// The digest in these bytes. Errors: `truncated`, `bad_magic`, `unsupported_hash`, `length_mismatch` (the size field or
    /// the digest's size is not the algorithm's).
    [[nodiscard]] static constexpr result<digest_value> parse(byte_view bytes) {
        if (bytes.size() < header_size) return failure{errc::truncated, bytes.size()};
        if (!equal(bytes.first(magic.size()), magic)) return failure{errc::bad_magic, 0};
        const auto algorithm = load_le<std::uint16_t>(bytes.subspan(8, 2)), size = load_le<std::uint16_t>(bytes.subspan(10, 2));
        const byte_view value = bytes.subspan(header_size);
        digest_value digest;
        if (algorithm < no_number) digest.id = digest_of_fsverity_number(static_cast<std::uint8_t>(algorithm));
        if (digest.id == digest_id::none) return failure{errc::unsupported_hash, 8};
        if (size != size_of(digest.id) || value.size() != size) return failure{errc::length_mismatch, 10};
        std::copy(value.begin(), value.end(), digest.bytes.begin());
        return digest;
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_FORMATTED_DIGEST_HPP
