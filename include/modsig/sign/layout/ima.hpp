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

namespace modsig::sign {

struct ima {
    static constexpr std::string_view name = layout::ima::name;

    /// What stands in front of the signature. The key identifier is that of `by`: of a certificate its subjectKeyIdentifier's,
    /// of a bare key its own. `unsupported_algorithm`: IMA takes no such keys; `unsupported_hash`: it has no number, or such
    /// keys sign none in Linux, or for verity_signature fs-verity has none; `missing_element`: the subjectKeyIdentifier is
    /// shorter than an identifier.
    [[nodiscard]] static constexpr result<layout::ima_header> header(const key_info& by, digest_id content,
                                                                     layout::ima_type type = layout::ima_type::signature) {
        const digest_algorithm& digest = entry_of(content);
        const scheme_id scheme = layout::ima::scheme_of(by.key.algorithm);
        if (scheme == scheme_id::none || signs_message(scheme)) return errc::unsupported_algorithm;
        const bool signs = scheme == scheme_id::ecdsa ? key::ecdsa_takes(content) : digest.linux_has_digest_info;
        if (!signs || digest.linux_number == no_number) return errc::unsupported_hash;
        if (type == layout::ima_type::verity_signature && digest.fsverity_number == no_number) return errc::unsupported_hash;
        if (!by.has_ima_id) return errc::missing_element;
        return layout::ima_header{type, layout::ima::version_of(type), content, by.ima_id};
    }

    /// What the key signs, for signers that sign elsewhere: version 2 the content's digest (of EVM: that of layout/
    /// evm_data.hpp's bytes), version 3 one over fs-verity's. `inconsistent_algorithms`: it is another than the header says.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> digest(const layout::ima_header& header, const digest_value& content, const E& engine) {
        if (content.id != header.content_digest) return errc::inconsistent_algorithms;
        if (header.type != layout::ima_type::verity_signature) return content;
        return layout::ima::file_id_digest(header.type, content, engine);
    }

    template <signer S, digests_parts E>
    [[nodiscard]] static result<bytes> write(const S& by, const layout::ima_header& header, const digest_value& content, const E& engine) {
        const result<digest_value> what = digest(header, content, engine);
        if (!what) return what.error();
        const public_key& key = by.info().key;
        const result<bytes> raw = by.sign({layout::ima::scheme_of(key.algorithm), *what, {}});
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
