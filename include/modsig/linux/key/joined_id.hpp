// SPDX-License-Identifier: BSL-1.0
//
// The identifiers by which Linux compares keys and certificates: crypto/asymmetric_keys/asymmetric_type.c,
// asymmetric_key_generate_id().
#ifndef MODSIG_LINUX_KEY_JOINED_ID_HPP
#define MODSIG_LINUX_KEY_JOINED_ID_HPP

#include <modsig/key/certificate.hpp>
#include <modsig/key_identifier.hpp>

#include <cstddef>
#include <optional>

namespace modsig::kernel {

/// Two byte strings that Linux compares as one.
struct joined_id {
    byte_view first{};   ///< such as the serial number
    byte_view second{};  ///< such as the issuer's Name; may be empty

    /// Bytes of both.
    [[nodiscard]] constexpr std::size_t size() const { return first.size() + second.size(); }
    /// Byte i of both, one after the other.
    [[nodiscard]] constexpr std::uint8_t operator[](std::size_t i) const { return i < first.size() ? first[i] : second[i - first.size()]; }

    /// Whether both together end with `tail`: asymmetric_match_key_ids_partial().
    [[nodiscard]] constexpr bool ends_with(byte_view tail) const {
        if (size() < tail.size()) return false;
        for (std::size_t i = 0; i != tail.size(); ++i)
            if ((*this)[size() - tail.size() + i] != tail[i]) return false;
        return true;
    }
    /// Whether the bytes are the same, wherever the parts meet.
    friend constexpr bool operator==(const joined_id& a, const joined_id& b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i != a.size(); ++i)
            if (a[i] != b[i]) return false;
        return true;
    }
};

/// The identifier that a signer names.
[[nodiscard]] constexpr joined_id id_of(const key_identifier& id) { return {id.bytes, id.issuer}; }
/// Serial number and issuer of a certificate.
[[nodiscard]] constexpr joined_id id_of(const key_info& info) { return {info.serial, info.issuer}; }
/// The subjectKeyIdentifier; nothing without one.
[[nodiscard]] constexpr std::optional<joined_id> skid_of(const key_info& info) {
    return info.skid.empty() ? std::nullopt : std::optional(joined_id{info.skid, {}});
}

/// The identifiers in a certificate's authorityKeyIdentifier.
[[nodiscard]] constexpr std::optional<joined_id> authority_name(const key::certificate& subject) {
    const auto& name = subject.issued_by.name;
    return name ? std::optional(joined_id{name->serial, name->issuer}) : std::nullopt;
}
/// As authority_name(), by key identifier.
[[nodiscard]] constexpr std::optional<joined_id> authority_key_id(const key::certificate& subject) {
    const auto& id = subject.issued_by.key_id;
    return id ? std::optional(joined_id{*id, {}}) : std::nullopt;
}

/// x509_check_for_self_signed(), but without checking the signature.
[[nodiscard]] constexpr key::self_issue self_issued(const key::certificate& certificate) {
    const key_info& info = certificate.info;
    if (!equal(info.subject, info.issuer)) return key::self_issue::no;
    const auto name = authority_name(certificate), key_id = authority_key_id(certificate);
    if (!name && !key_id) return key::self_issue::yes;
    const bool same_name = name && *name == id_of(info), same_key = key_id && key_id == skid_of(info);
    if (!same_name && !same_key) return key::self_issue::no;
    return name && key_id && same_name != same_key ? key::self_issue::contradictory : key::self_issue::yes;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_JOINED_ID_HPP
