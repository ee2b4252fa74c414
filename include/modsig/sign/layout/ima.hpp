// SPDX-License-Identifier: BSL-1.0
//
// Writes signatures of IMA and EVM, versions 2 and 3.  Format: layout/ima_header.hpp.
#ifndef MODSIG_SIGN_LAYOUT_IMA_HPP
#define MODSIG_SIGN_LAYOUT_IMA_HPP

#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/sign/layout/raw_signature.hpp>
#include <modsig/sign/signer.hpp>

#include <cstdint>
#include <utility>

namespace modsig::sign {

/// Writes signatures of layout::ima and layout::evm.
struct ima {
    static constexpr std::string_view name = layout::ima::name;  ///< of the layout

    /// The version that serves most kernels: 3 for fs-verity's digest and for ML-DSA, which sign no other, else 2.
    [[nodiscard]] static constexpr std::uint8_t version_of(key_algorithm key, layout::ima_type type) {
        return is_ml_dsa(key) ? layout::ima::file_id_version : layout::ima::version_of(type);
    }

    /// What stands in front of the signature. The key identifier is that of `key`: of a certificate its subjectKeyIdentifier's,
    /// of a bare key its own. `unsupported_algorithm`: IMA takes no such keys, or not in this version; `unsupported_hash`: it has no
    /// number, or such keys sign none in Linux, or for verity_signature fs-verity has none; `unsupported_version`: neither 2 nor 3, or
    /// not of this type; `missing_element`: the subjectKeyIdentifier is shorter than an identifier.
    [[nodiscard]] static constexpr result<layout::ima_header> header(const key_info& key, digest_id content,
                                                                     layout::ima_type type = layout::ima_type::signature) {
        return header(key, content, type, version_of(key.key.algorithm, type));
    }
    /// As above, in the version that is given. Error: `unsupported_version`, too.
    [[nodiscard]] static constexpr result<layout::ima_header> header(const key_info& key, digest_id content, layout::ima_type type,
                                                                     std::uint8_t version) {
        const digest_algorithm& digest = entry_of(content);
        const scheme_id scheme = layout::ima::scheme_of(key.key.algorithm);
        const bool has_file_id = version == layout::ima::file_id_version;
        if (!has_file_id && version != layout::ima::version_of(type)) return errc::unsupported_version;
        if (scheme == scheme_id::none || (signs_message(scheme) && !has_file_id)) return errc::unsupported_algorithm;
        const bool signs = signs_message(scheme) || (scheme == scheme_id::ecdsa ? key::ecdsa_takes(content) : digest.linux_has_digest_info);
        if (!signs || digest.linux_number == no_number) return errc::unsupported_hash;
        if (type == layout::ima_type::verity_signature && digest.fsverity_number == no_number) return errc::unsupported_hash;
        if (!key.has_ima_id) return errc::missing_element;
        return layout::ima_header{type, version, content, key.ima_id};
    }

    /// What the key signs, for signers that sign elsewhere: version 2 the content's digest (of EVM: that of layout/
    /// evm_data.hpp's bytes), version 3 one over struct ima_file_id. `content` is for verity_signature fs-verity's digest.
    /// `inconsistent_algorithms`: it is another than the header says.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> digest(const layout::ima_header& header, const digest_value& content, const E& engine) {
        if (content.id != header.content_digest) return errc::inconsistent_algorithms;
        if (header.version != layout::ima::file_id_version) return content;
        return layout::ima::file_id_digest(header.type, content, engine);
    }

    /// What ML-DSA signs in its place: struct ima_file_id itself.
    [[nodiscard]] static result<bytes> message(const layout::ima_header& header, const digest_value& content) {
        if (content.id != header.content_digest) return errc::inconsistent_algorithms;
        bytes out{static_cast<std::uint8_t>(header.type), entry_of(content.id).linux_number};
        out.insert(out.end(), content.view().begin(), content.view().end());
        return out;
    }

    /// The value of the attribute: header and signature. Errors: those of message(), digest(), the signer and write().
    template <signer S, digests_parts E>
    [[nodiscard]] static result<bytes> write(const S& signer, const layout::ima_header& header, const digest_value& content, const E& engine) {
        const public_key& key = signer.info().key;
        to_sign input{layout::ima::scheme_of(key.algorithm), {}, {}};
        bytes id;
        if (signs_message(input.scheme)) {
            auto made = message(header, content);
            if (!made) return made.error();
            id = *std::move(made);
            input.message = id;
        } else {
            const result<digest_value> made = digest(header, content, engine);
            if (!made) return made.error();
            input.digest = *made;
        }
        const result<bytes> raw = signer.sign(input);
        if (!raw) return raw.error();
        return write(header, key, *raw);
    }

    /// Header and raw signature. `signature_length`: too long for it; the failures of check_shape().
    [[nodiscard]] static result<bytes> write(const layout::ima_header& header, const public_key& key, byte_view raw) {
        if (raw.size() > layout::ima_header::max_signature_size) return errc::signature_length;
        if (const result<void> shaped = check_shape(key, raw); !shaped) return shaped.error();
        const auto head = header.bytes(static_cast<std::uint16_t>(raw.size()));
        bytes value(head.begin(), head.end());
        value.insert(value.end(), raw.begin(), raw.end());
        return value;
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_IMA_HPP
