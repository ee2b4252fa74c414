// SPDX-License-Identifier: BSL-1.0
//
// The digest of a public key in the encoding of its algorithm, which MCUboot uses as the key's name (KEYHASH).
//   RSA   RSAPublicKey: SEQUENCE { n INTEGER, e INTEGER }   (RFC 8017, appendix A.1.1)
//   else  SubjectPublicKeyInfo                              (key/spki.hpp)
// Source: MCUboot, scripts/imgtool/keys/, get_public_bytes(). The encoding is hashed in parts and never held as a whole.
#ifndef MODSIG_KEY_FINGERPRINT_HPP
#define MODSIG_KEY_FINGERPRINT_HPP

#include <modsig/der/element.hpp>
#include <modsig/digest.hpp>
#include <modsig/key.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::key {

namespace detail {
/// Tag and length of a DER element, and the zero byte that begins the content of a BIT STRING or a positive INTEGER (X.690,
/// sections 8.3 and 8.6).
class element_head {
    std::array<std::uint8_t, 3 + sizeof(std::uint32_t)> bytes_{};
    std::uint8_t size_ = 0;
    std::uint32_t whole_ = 0;

public:
    constexpr element_head() = default;  // of no element
    constexpr element_head(std::uint8_t tag, std::size_t content, bool zero = false) {
        const auto put = [&](std::size_t byte) { bytes_[size_++] = static_cast<std::uint8_t>(byte); };
        const std::size_t length = content + (zero ? 1 : 0);
        put(tag);
        if (length >= 0x80) {
            const auto octets = store_be<sizeof(std::uint32_t)>(static_cast<std::uint32_t>(length));
            const byte_view shortest = without_leading_zeros(octets);
            put(0x80 | shortest.size());
            for (const std::uint8_t octet : shortest) put(octet);
        } else {
            put(length);
        }
        if (zero) put(0);
        whole_ = static_cast<std::uint32_t>(size_ + content);
    }

    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(size_); }
    /// The size in bytes of the element with its content.
    [[nodiscard]] constexpr std::size_t whole() const { return whole_; }
};

[[nodiscard]] constexpr element_head integer_head(byte_view magnitude) {
    return {der::tag_integer, magnitude.size(), magnitude.empty() || magnitude.front() >= 0x80};
}
}  // namespace detail

/// `fingerprint` returns the digest of a key's encoding. Whether the key is sound is not checked.
template <hash Hash>
[[nodiscard]] constexpr digest_value fingerprint(const public_key& key) {
    using detail::element_head;
    if (key.algorithm == key_algorithm::rsa) {
        const element_head n = detail::integer_head(key.material), e = detail::integer_head(key.exponent);
        const element_head whole(der::tag_sequence, n.whole() + e.whole());
        return digest_of<Hash>(whole.view(), n.view(), key.material, e.view(), key.exponent);
    }
    const key_algorithm_entry& entry = entry_of(key.algorithm);
    const byte_view oid = entry.oid.view(), curve = entry.curve.view();
    const element_head id(der::tag_oid, oid.size());
    const element_head parameter = curve.empty() ? element_head() : element_head(der::tag_oid, curve.size());
    const element_head algorithm(der::tag_sequence, id.whole() + parameter.whole());
    const element_head bits(der::tag_bit_string, key.material.size(), true);
    const element_head whole(der::tag_sequence, algorithm.whole() + bits.whole());
    return digest_of<Hash>(whole.view(), algorithm.view(), id.view(), oid, parameter.view(), curve, bits.view(), key.material);
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_FINGERPRINT_HPP
