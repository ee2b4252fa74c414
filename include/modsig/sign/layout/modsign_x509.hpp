// SPDX-License-Identifier: BSL-1.0
//
// Writes signatures of kernel modules as scripts/sign-file of Linux 3.7 to 4.2 did: an RSA value, found by the signer's name
// and key identifier.  Format: layout/modsign_x509.hpp.
#ifndef MODSIG_SIGN_LAYOUT_MODSIGN_X509_HPP
#define MODSIG_SIGN_LAYOUT_MODSIGN_X509_HPP

#include <modsig/key/name.hpp>
#include <modsig/layout/modsign_x509.hpp>
#include <modsig/sign/signer.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace modsig::sign {

/// Writes signatures of layout::modsign_x509.
struct modsign_x509 {
    static constexpr std::string_view name = layout::modsign_x509::name;  ///< of the layout
    static constexpr scheme_id scheme = scheme_id::rsa_pkcs1_v15;         ///< with DigestInfo

    /// All that stands behind the content. `certificate` is the signer's certificate, whose key must be that of `key`.
    /// `key_type_mismatch`: it is no RSA key; `unsupported_hash`: these kernels knew SHA-1 and SHA-2; `missing_element`: the
    /// certificate has no name or no subjectKeyIdentifier; `too_large`: one that its length byte cannot count; and the
    /// failures of sign().
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& key, const key_info& certificate, const digest_value& content) {
        const result<bytes> raw = key.sign({scheme, content, {}});
        if (!raw) return raw.error();
        return write(certificate, content.id, *raw);
    }

    /// The same with a signature made elsewhere, as long as the modulus (`signature_length`).
    [[nodiscard]] static result<bytes> write(const key_info& certificate, digest_id content, byte_view raw) {
        if (certificate.key.algorithm != key_algorithm::rsa) return errc::key_type_mismatch;
        if (!knows(content)) return errc::unsupported_hash;
        if (raw.size() != certificate.key.material.size() || raw.size() > 0xffff) return errc::signature_length;
        std::array<char, max_length + 1> room{};
        const std::string_view signer = key::display_name(certificate.subject, room);
        if (signer.empty() || certificate.skid.empty()) return errc::missing_element;
        if (signer.size() > max_length || certificate.skid.size() > max_length) return errc::too_large;

        bytes out;
        const auto put = [&](const auto& part) {
            for (const auto c : part) out.push_back(static_cast<std::uint8_t>(c));
        };
        put(signer);
        put(certificate.skid);
        put(store_be<2>(static_cast<std::uint16_t>(raw.size())));
        put(raw);
        const auto name_size = static_cast<std::uint8_t>(signer.size()), id_size = static_cast<std::uint8_t>(certificate.skid.size());
        put(std::array<std::uint8_t, 8>{layout::modsign_x509::rsa, entry_of(content).linux_number, layout::module_trailer::x509, name_size,
                                        id_size, 0, 0, 0});
        put(store_be<4>(static_cast<std::uint32_t>(raw.size() + 2)));
        put(layout::module_trailer::marker);
        return out;
    }

private:
    static constexpr std::size_t max_length = 0xff;

    /// include/crypto/hash_info.h of 3.7 numbers more; of the others RSA had no DigestInfo there, or they were not built in.
    [[nodiscard]] static constexpr bool knows(digest_id id) {
        return id == digest_id::sha1 || id == digest_id::sha224 || id == digest_id::sha256 || id == digest_id::sha384 ||
               id == digest_id::sha512;
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_MODSIGN_X509_HPP
