// SPDX-License-Identifier: BSL-1.0
//
// What signatures of IMA and EVM begin with.  Format: security/integrity/integrity.h (enum evm_ima_xattr_type, struct
// signature_v2_hdr).
//   offset  size  field           encoding
//        0     1  attribute type  3, 5, 6: see ima_type
//        1     1  version         2, 3
//        2     1  hash            enum hash_algo
//        3     4  keyid           bytes: the tail of the subjectKeyIdentifier
//        7     2  size            big-endian; of all that follows
//        9     n  signature       RSA: PKCS#1 v1.5, as long as the modulus; ECDSA: DER; ML-DSA. Which one, only the key says.
#ifndef MODSIG_LAYOUT_IMA_HEADER_HPP
#define MODSIG_LAYOUT_IMA_HEADER_HPP

#include <modsig/layout.hpp>

#include <array>

namespace modsig::layout {

/// What the value of an extended attribute is, by its first byte.
enum class ima_type : std::uint8_t {
    digest = 1,            // MD5 or SHA-1
    hmac = 2,              // security.evm
    signature = 3,         // of IMA or EVM; version 1 is digsig
    named_digest = 4,      // with the number of its algorithm
    portable = 5,          // security.evm: a signature that does not depend on the file system
    verity_signature = 6,  // over a digest of fs-verity
};

struct ima_header {
    static constexpr std::size_t size = 9;
    static constexpr std::size_t max_signature_size = 0xffff;

    ima_type type = ima_type::signature;
    std::uint8_t version = 2;
    digest_id content_digest = digest_id::sha256;
    std::array<std::uint8_t, 4> key_id{};

    /// In front of so many bytes of signature.
    [[nodiscard]] constexpr std::array<std::uint8_t, size> bytes(std::uint16_t signature_size) const {
        return {static_cast<std::uint8_t>(type), version, entry_of(content_digest).linux_number, key_id[0], key_id[1], key_id[2], key_id[3],
                static_cast<std::uint8_t>(signature_size >> 8), static_cast<std::uint8_t>(signature_size)};
    }
};

/// HASH_ALGO__LAST, include/uapi/linux/hash_info.h since 6.7.
[[nodiscard]] constexpr bool is_beyond_hash_table(std::uint8_t linux_number) { return linux_number >= 23; }

/// Reads what is behind type and version into a claim. `truncated`; `length_overflow` and `trailing_garbage`, where the size is
/// not that of what follows; `unsupported_hash`: ENOPKG beyond Linux's table, without errno where it is in Linux's and not in
/// ours.
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
