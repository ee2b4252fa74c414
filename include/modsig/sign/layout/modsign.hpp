// SPDX-License-Identifier: BSL-1.0
//
// Writes signatures of kernel modules since Linux 4.3, byte for byte as scripts/sign-file.c does: the CMS of sign/layout/cms.hpp.
// Format: layout/modsign.hpp.
#ifndef MODSIG_SIGN_LAYOUT_MODSIGN_HPP
#define MODSIG_SIGN_LAYOUT_MODSIGN_HPP

#include <modsig/der.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/sign/layout/cms.hpp>
#include <modsig/sign/signer.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace modsig::sign {

/// Writes signatures of layout::modsign.
struct modsign {
    static constexpr std::string_view name = layout::modsign::name;  ///< of the layout

    /// `none` for keys that no Linux takes module signatures of.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        return key == key_algorithm::ed25519 ? scheme_id::none : cms::scheme_of(key);
    }

    /// The message of one signer. `signer.by` is its certificate, whose key must be that of `key`; `digest` that of the content.
    /// The
    /// failures of cms::check(), cms::sign() and cms::write().
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& key, const cms_signer& signer, const digest_value& digest, byte_view content) {
        if (scheme_of(signer.by.key.algorithm) == scheme_id::none) return errc::unsupported_algorithm;
        const result<cms_signature> part = cms::sign(key, signer, digest, content);
        if (!part) return part.error();
        return cms::write({&*part, 1});
    }

    /// The same for keys that sign digests, from the content's digest alone; `unsupported_algorithm` for others.
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& key, const key_info& certificate, signer_form form, const digest_value& content) {
        if (signs_message(scheme_of(certificate.key.algorithm))) return errc::unsupported_algorithm;
        return write(key, cms_signer{certificate, form, content.id}, content, {});
    }

    /// Around a raw signature of the content that was made elsewhere. Also the failures of check_shape().
    [[nodiscard]] static result<bytes> write(const key_info& certificate, signer_form form, digest_id content, byte_view raw,
                                             digest_parameters parameters = digest_parameters::customary) {
        if (scheme_of(certificate.key.algorithm) == scheme_id::none) return errc::unsupported_algorithm;
        const cms_signature part{{certificate, form, content}, {}, bytes(raw.begin(), raw.end())};
        return cms::write({&part, 1}, parameters);
    }

    /// Behind a message, or whatever the signature data are, behind the content.
    [[nodiscard]] static bytes trailer(byte_view blob) {
        const auto size = store_be<4>(static_cast<std::uint32_t>(blob.size()));
        bytes out{0, 0, layout::module_trailer::pkcs7, 0, 0, 0, 0, 0, size[0], size[1], size[2], size[3]};
        for (const char c : layout::module_trailer::marker) out.push_back(static_cast<std::uint8_t>(c));
        return out;
    }

    /// The message as a file of its own, MODULE.p7s: as it is.
    [[nodiscard]] static bytes detached(byte_view blob) { return {blob.begin(), blob.end()}; }

    /// Whether a file begins as such a message does, rather than as a raw signature.
    [[nodiscard]] static constexpr bool is_message(byte_view file) {
        constexpr auto& type = layout::cms::id_signed_data;
        constexpr std::array<std::uint8_t, 2> head{der::tag_oid, type.size};
        const byte_view inside = der::behind_header(file);
        return der::begins_sequence(file) && starts_with(inside, head) && starts_with(inside.subspan(head.size()), type.view());
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_MODSIGN_HPP
