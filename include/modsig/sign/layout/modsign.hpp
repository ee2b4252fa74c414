// SPDX-License-Identifier: BSL-1.0
//
// Writes signatures of kernel modules since Linux 4.3, byte for byte as scripts/sign-file.c does: CMS (RFC 5652) of one
// signer, without content, certificates and attributes.  Format: layout/modsign.hpp.
#ifndef MODSIG_SIGN_LAYOUT_MODSIGN_HPP
#define MODSIG_SIGN_LAYOUT_MODSIGN_HPP

#include <modsig/der.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/sign/layout/raw_signature.hpp>
#include <modsig/sign/signer.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace modsig::sign {

/// How a message names its signer: RFC 5652, section 5.3, SignerIdentifier.
enum class signer_form : std::uint8_t {
    issuer_and_serial,  // sign-file's default
    key_id,             // its -k: the certificate's subjectKeyIdentifier
};

/// How digest algorithms say that they have no parameters.
enum class digest_parameters : std::uint8_t {
    customary,  // as OpenSSL's CMS, and so sign-file: left out for SHA (RFC 5754, section 2), NULL for older ones (RFC 3370)
    null,       // as OpenSSL's PKCS#7, and so fsverity sign
};

struct modsign {
    static constexpr std::string_view name = layout::modsign::name;

    /// `none` for keys that Linux takes no module signatures of.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        if (key == key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        return is_ecdsa(key) ? scheme_id::ecdsa : scheme_id::none;
    }

    /// The message. `by` is the signer's certificate, whose key must be that of `with`. `missing_element`: it has not what
    /// it is to be named by (a bare public key has no issuer); `unsupported_algorithm`: such keys sign no modules;
    /// `inconsistent_algorithms`: the scheme has no OID for this digest; and the failures of sign().
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& with, const key_info& by, signer_form form, const digest_value& content) {
        const result<void> possible = check(by, form, content.id);
        if (!possible) return possible.error();
        const result<bytes> raw = with.sign({scheme_of(by.key.algorithm), content, {}});
        if (!raw) return raw.error();
        return write(by, form, content.id, *raw);
    }

    /// The same around a raw signature made elsewhere. Also the failures of check_shape().
    [[nodiscard]] static result<bytes> write(const key_info& by, signer_form form, digest_id content, byte_view raw,
                                             digest_parameters parameters = digest_parameters::customary) {
        const result<void> possible = check(by, form, content);
        if (!possible) return possible.error();
        const result<void> shaped = check_shape(by.key, raw);
        if (!shaped) return shaped.error();

        const std::uint64_t version = form == signer_form::key_id ? 3 : 1;
        bytes out;
        der::writer write(out);
        const auto digest_algorithm = [&] {
            write.sequence([&] {
                write.oid(entry_of(content).oid.view());
                if (parameters == digest_parameters::null || digest_has_null(content)) write.null();
            });
        };
        const auto signer_info = [&] {
            write.integer(version);
            put_signer(write, by, form);
            digest_algorithm();
            put_signature_algorithm(write, by.key.algorithm, content);
            write.octet_string(raw);
        };
        write.sequence([&] {
            write.oid(layout::cms::id_signed_data.view());
            write.explicitly_tagged(0, [&] {
                write.sequence([&] {
                    write.integer(version);
                    write.set(digest_algorithm);
                    write.sequence([&] { write.oid(layout::cms::id_data.view()); });
                    write.set([&] { write.sequence(signer_info); });
                });
            });
        });
        return out;
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

private:
    /// rsaEncryption whatever the digest is; ECDSA has an OID for each.
    [[nodiscard]] static constexpr const signature_oid* signature_oid_of(key_algorithm key, digest_id content) {
        const scheme_id scheme = scheme_of(key);
        const digest_id named = scheme == scheme_id::rsa_pkcs1_v15 ? digest_id::none : content;
        for (const signature_oid& row : signature_oid_table)
            if (row.scheme == scheme && row.digest == named) return &row;
        return nullptr;
    }

    /// RFC 3370, section 2.2.
    [[nodiscard]] static constexpr bool digest_has_null(digest_id id) { return id == digest_id::md5 || id == digest_id::rmd160; }

    [[nodiscard]] static constexpr result<void> check(const key_info& by, signer_form form, digest_id content) {
        if (scheme_of(by.key.algorithm) == scheme_id::none) return errc::unsupported_algorithm;
        if (entry_of(content).oid.empty()) return errc::unsupported_hash;
        if (signature_oid_of(by.key.algorithm, content) == nullptr) return errc::inconsistent_algorithms;
        if (form == signer_form::key_id ? by.skid.empty() : by.serial.empty()) return errc::missing_element;
        return result<void>::success();
    }

    static void put_signer(der::writer<bytes>& write, const key_info& by, signer_form form) {
        if (form == signer_form::key_id) return write.element(der::context(0), by.skid);
        write.sequence([&] {
            write.element(der::tag_sequence, by.issuer);
            write.element(der::tag_integer, by.serial);
        });
    }
    static void put_signature_algorithm(der::writer<bytes>& write, key_algorithm key, digest_id content) {
        write.sequence([&] {
            write.oid(signature_oid_of(key, content)->oid.view());
            if (key == key_algorithm::rsa) write.null();  // RFC 3370, section 3.2; ECDSA has none: RFC 5754, section 3.3
        });
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_MODSIGN_HPP
