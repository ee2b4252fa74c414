// SPDX-License-Identifier: BSL-1.0
//
// Writes the signatures that fs-verity has built in, byte for byte as `fsverity sign` does: the message of sign/layout/modsign.hpp over
// another digest, and by OpenSSL's PKCS#7 instead of its CMS.  Format: layout/fsverity.hpp; fsverity-utils, lib/sign_digest.c.
#ifndef MODSIG_SIGN_LAYOUT_FSVERITY_HPP
#define MODSIG_SIGN_LAYOUT_FSVERITY_HPP

#include <modsig/layout/fsverity.hpp>
#include <modsig/sign/layout/modsign.hpp>
#include <modsig/sign/signer.hpp>

#include <array>
#include <string_view>

namespace modsig::sign {

/// Writes signatures of layout::fsverity.
struct fsverity {
    static constexpr std::string_view name = layout::fsverity::name;  ///< of the layout

    /// What the key signs for a file with this digest (digest/fsverity.hpp): a digest by the same hash. unsupported_hash: one that
    /// fs-verity does not have.
    template <digests_parts E>
    [[nodiscard]] static result<digest_value> digest(const digest_value& file, const E& engine) {
        if (entry_of(file.id).fsverity_number == no_number) return errc::unsupported_hash;
        const layout::formatted_digest formatted(file);
        const std::array<byte_view, 1> parts{formatted.view()};
        return engine.digest(file.id, parts);
    }

    /// The message. `certificate` is the signer's certificate, whose key must be that of `key`. With ML-DSA, which fsverity sign
    /// knows nothing of,
    /// the formatted digest itself is signed, in the form that openssl cms has. The failures of digest(), cms::sign() and cms::write().
    template <signer S, digests_parts E>
    [[nodiscard]] static result<bytes> write(const S& key, const key_info& certificate, signer_form form, const digest_value& file, const E& engine) {
        const result<digest_value> message = digest(file, engine);
        if (!message) return message.error();
        const layout::formatted_digest formatted(file);
        if (is_ml_dsa(certificate.key.algorithm)) return modsign::write(key, {certificate, form, file.id}, *message, formatted.view());
        const result<bytes> raw = key.sign({modsign::scheme_of(certificate.key.algorithm), *message, {}});
        if (!raw) return raw.error();
        return write(certificate, form, file.id, *raw);
    }

    /// The same around a raw signature made elsewhere of what digest() gives. `hash`: of the file's digest.
    [[nodiscard]] static result<bytes> write(const key_info& certificate, signer_form form, digest_id hash, byte_view raw) {
        if (entry_of(hash).fsverity_number == no_number) return errc::unsupported_hash;
        return modsign::write(certificate, form, hash, raw, digest_parameters::null);
    }

    /// FILE.sig: the message as it is.
    [[nodiscard]] static bytes detached(byte_view blob) { return {blob.begin(), blob.end()}; }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_FSVERITY_HPP
