// SPDX-License-Identifier: BSL-1.0
//
// What selects a key: bytes, and the scheme that they belong to. Identifiers of different schemes never match
// (Documentation/crypto/asymmetric-keys.rst).
#ifndef MODSIG_KEY_IDENTIFIER_HPP
#define MODSIG_KEY_IDENTIFIER_HPP

#include <modsig/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig {

/// The scheme that an identifier belongs to.
enum class key_id_kind : std::uint8_t {
    none,           ///< no identifier: no key matches
    digsig_v1,      ///< 8 bytes: SHA-1(public key blob)[12..20)
    ima,            ///< 4 bytes: tail of the subject key identifier
    skid,           ///< X.509 subjectKeyIdentifier
    issuer_serial,  ///< X.509 serialNumber, with the issuer's Name
    named_skid,     ///< X.509 subjectKeyIdentifier, with the name that Linux shows for the subject (MODSIGN of 3.7)
    key_digest,     ///< digest of the public key (MCUboot)
    public_key,     ///< the public key itself (MCUboot)
};

/// A key identifier in an image, which it views.
struct key_identifier {
    key_id_kind kind = key_id_kind::none;  ///< the scheme of `bytes`
    byte_view bytes{};                     ///< the identifier, in the scheme's form
    byte_view issuer{};                    ///< issuer_serial: content of the Name SEQUENCE; named_skid: the subject's name
};

/// A copy of an identifier for reports. A longer identifier keeps its first bytes and its true size (RFC 5280, section 4.1.2.2:
/// serial numbers have at most 20 bytes); a whole key keeps its last bytes, as all keys begin alike.
struct key_id_copy {
    static constexpr std::size_t capacity = 32;  ///< bytes that are kept

    key_id_kind kind = key_id_kind::none;        ///< the scheme of `bytes`
    std::uint8_t size = 0;                       ///< true size, at most 255
    std::array<std::uint8_t, capacity> bytes{};  ///< the first `capacity` bytes; of public_key the last

    constexpr key_id_copy() = default;
    /// A copy of `id`, without the issuer's name.
    constexpr explicit key_id_copy(const key_identifier& id) : kind(id.kind) {
        size = static_cast<std::uint8_t>(id.bytes.size() < 255 ? id.bytes.size() : 255);
        const std::size_t skipped = kind == key_id_kind::public_key && id.bytes.size() > capacity ? id.bytes.size() - capacity : 0;
        for (std::size_t i = 0; i < size && i < capacity; ++i) bytes[i] = id.bytes[skipped + i];
    }

    /// The bytes that are kept; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size < capacity ? size : capacity); }
};

}  // namespace modsig

#endif  // MODSIG_KEY_IDENTIFIER_HPP
