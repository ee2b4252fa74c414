// SPDX-License-Identifier: BSL-1.0
//
// The header of IMA and EVM signatures.  Format: security/integrity/integrity.h (enum evm_ima_xattr_type, struct
// signature_v2_hdr).
//   offset  size  field           encoding
//        0     1  attribute type  3, 5, 6: see ima_type
//        1     1  version         2, 3
//        2     1  hash            enum hash_algo
//        3     4  keyid           bytes: the tail of the subjectKeyIdentifier
//        7     2  size            big-endian; of the signature
//        9     n  signature       RSA: PKCS#1 v1.5, as long as the modulus; ECDSA: DER; ML-DSA. The key determines which.
#ifndef MODSIG_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout.hpp>

#include <array>

namespace modsig::layout {

/// The kind of an extended attribute's value, by its first byte.
enum class ima_type : std::uint8_t {
    digest = 1,            ///< MD5 or SHA-1
    hmac = 2,              ///< security.evm
    signature = 3,         ///< of IMA or EVM; version 1 is digsig
    named_digest = 4,      ///< with its algorithm's number
    portable = 5,          ///< security.evm: a signature that does not depend on the file system
    verity_signature = 6,  ///< over an fs-verity digest
};

/// The bytes before the signature, for writers; read_ima_header() reads them.
struct ima_header {
    static constexpr std::size_t size = 9;                     ///< bytes
    static constexpr std::size_t max_signature_size = 0xffff;  ///< bytes, by the size field

    ima_type type = ima_type::signature;           ///< offset 0
    std::uint8_t version = 2;                      ///< offset 1
    digest_id content_digest = digest_id::sha256;  ///< offset 2; of the content, and of struct ima_file_id
    std::array<std::uint8_t, 4> key_id{};          ///< offset 3: the last bytes of the subjectKeyIdentifier

    /// The header for a signature of `signature_size` bytes.
    [[nodiscard]] constexpr std::array<std::uint8_t, size> bytes(std::uint16_t signature_size) const {
        return {static_cast<std::uint8_t>(type), version, entry_of(content_digest).linux_number, key_id[0], key_id[1], key_id[2], key_id[3],
                static_cast<std::uint8_t>(signature_size >> 8), static_cast<std::uint8_t>(signature_size)};
    }
};

/// HASH_ALGO__LAST, include/uapi/linux/hash_info.h since 6.7.
[[nodiscard]] constexpr bool is_beyond_hash_table(std::uint8_t linux_number) { return linux_number >= 23; }

/// `read_ima_header` parses the header behind type and version into `claim`. Errors: `truncated`; `length_overflow`,
/// `trailing_garbage` (the signature has another size); `unsupported_hash` (ENOPKG beyond Linux's table; without an errno for
/// digests of that table that modsig lacks).
[[nodiscard]] constexpr result<void> read_ima_header(byte_view value, claim& claim) {
    if (value.size() <= ima_header::size) return failure{errc::truncated, value.size()};
    const std::size_t rest = value.size() - ima_header::size, size = load_be<std::uint16_t>(value.subspan(7, 2));
    if (size > rest) return failure{errc::length_overflow, 7};
    if (size < rest) return failure{errc::trailing_garbage, ima_header::size + size};
    claim.content_digest = digest_of_linux_number(value[2]);
    claim.key = {key_id_kind::ima, value.subspan(3, 4), {}};
    claim.signature = value.subspan(ima_header::size);
    if (value[1] == 3) {
        claim.signed_digest = claim.content_digest;
        claim.authenticated = value.first(3);
    }
    if (is_beyond_hash_table(value[2])) return failure{errc::unsupported_hash, 2, linux_error::enopkg};
    if (claim.content_digest == digest_id::none) return failure{errc::unsupported_hash, 2};
    return result<void>::success();
}

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_IMA_HEADER_HPP
