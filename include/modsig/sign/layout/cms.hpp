// SPDX-License-Identifier: BSL-1.0
//
// Writes CMS messages (RFC 5652) of one signer or several, without content and certificates, as scripts/sign-file.c has OpenSSL write
// them.  Format: layout/cms.hpp. A signer signs the content (its digest, or with Ed25519 and ML-DSA the content itself) or, with ML-DSA,
// attributes that hold the content's digest (RFC 9882): the one form that OpenSSL before 4.0 makes and reads.
#ifndef MODSIG_SIGN_LAYOUT_CMS_HPP
#define MODSIG_SIGN_LAYOUT_CMS_HPP

#include <modsig/der.hpp>
#include <modsig/der/set_order.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/layout/cms/signed_data.hpp>
#include <modsig/sign/layout/raw_signature.hpp>
#include <modsig/sign/signer.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace modsig::sign {

/// How a message names its signer: RFC 5652, section 5.3, SignerIdentifier.
enum class signer_form : std::uint8_t {
    issuer_and_serial,  ///< sign-file's default
    key_id,             ///< its -k: the certificate's subjectKeyIdentifier
};

/// How digest algorithms say that they have no parameters.
enum class digest_parameters : std::uint8_t {
    customary,  ///< as OpenSSL's CMS, and so sign-file: left out for SHA (RFC 5754, section 2), NULL for older ones (RFC 3370)
    null,       ///< as OpenSSL's PKCS#7, and so fsverity sign
};

/// What a message says of a signer, but for the signature.
struct cms_signer {
    key_info by{};                                      ///< the certificate
    signer_form form = signer_form::issuer_and_serial;  ///< how the signer is named
    digest_id digest = digest_id::none;                 ///< of the content
    bool signs_attributes = false;                      ///< ML-DSA only
};

/// A signer with what it has signed: the attributes where it signs these, and the signature.
struct cms_signature {
    cms_signer signer{};  ///< whose signature it is
    bytes attributes{};   ///< the SET of signed attributes; empty: the content is signed
    bytes raw{};          ///< the signature
};

/// Writes messages of layout::modsign and layout::fsverity.
struct cms {
    /// `none` for keys that have no signatures in a message.
    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) {
        if (key == key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        if (key == key_algorithm::ed25519) return scheme_id::ed25519;
        return is_ecdsa(key) ? scheme_id::ecdsa : ml_dsa_scheme_of(key);
    }

    /// `missing_element`: the certificate has not what the signer is to be named by (a bare public key has no issuer);
    /// `unsupported_algorithm`: such keys sign no messages; `unsupported_hash`: the digest has no OID; `inconsistent_algorithms`: the
    /// scheme has none for this digest; `attributes_present`: keys of this kind sign none.
    [[nodiscard]] static constexpr result<void> check(const cms_signer& signer) {
        const key_info& certificate = signer.by;
        if (scheme_of(certificate.key.algorithm) == scheme_id::none) return errc::unsupported_algorithm;
        if (entry_of(signer.digest).oid.empty()) return errc::unsupported_hash;
        if (signature_oid_of(certificate.key.algorithm, signer.digest) == nullptr) return errc::inconsistent_algorithms;
        if (signer.form == signer_form::key_id ? certificate.skid.empty() : certificate.serial.empty()) return errc::missing_element;
        if (signer.signs_attributes && !is_ml_dsa(certificate.key.algorithm)) return errc::attributes_present;
        return result<void>::success();
    }

    /// The SET OF attributes, DER, as it is signed (RFC 5652, section 5.4): the type of the content and its digest, and nothing else:
    /// Linux does not read what openssl cms -sign adds.
    [[nodiscard]] static bytes attributes(const digest_value& content) {
        bytes out;
        der::writer write(out);
        const auto attribute = [&](const object_identifier& type, auto value) {
            write.sequence([&] {
                write.oid(type.view());
                write.set(value);
            });
        };
        write.set([&] {
            attribute(id_content_type, [&] { write.oid(layout::cms::id_data.view()); });
            attribute(id_message_digest, [&] { write.octet_string(content.view()); });
        });
        return out;
    }

    /// What the signer signs, which views `content` and `attributes`, those of attributes().
    [[nodiscard]] static to_sign message_of(const cms_signer& signer, const digest_value& digest, byte_view content, byte_view attributes) {
        const scheme_id scheme = scheme_of(signer.by.key.algorithm);
        if (!signs_message(scheme)) return {scheme, digest, {}};
        return {scheme, {}, signer.signs_attributes ? attributes : content};
    }

    /// One signer's part. `digest`: of the content. The failures of check() and sign().
    template <signer S>
    [[nodiscard]] static result<cms_signature> sign(const S& key, const cms_signer& signer, const digest_value& digest, byte_view content) {
        if (const result<void> possible = check(signer); !possible) return possible.error();
        if (digest.id != signer.digest) return errc::inconsistent_algorithms;
        cms_signature part{signer, signer.signs_attributes ? attributes(digest) : bytes(), {}};
        auto raw = key.sign(message_of(signer, digest, content, part.attributes));
        if (!raw) return raw.error();
        part.raw = *std::move(raw);
        return part;
    }

    /// The message. `no_signer`: no signature is given; `version_mismatch`: signers that are named in different ways, which Linux
    /// does not read;
    /// the failures of check() and check_shape().
    [[nodiscard]] static result<bytes> write(std::span<const cms_signature> signatures, digest_parameters parameters = digest_parameters::customary) {
        if (signatures.empty()) return errc::no_signer;
        const signer_form form = signatures.front().signer.form;
        std::vector<bytes> digests, signers;
        for (const cms_signature& each : signatures) {
            if (const result<void> possible = check(each.signer); !possible) return possible.error();
            if (const result<void> shaped = check_shape(each.signer.by.key, each.raw); !shaped) return shaped.error();
            if (each.signer.form != form) return errc::version_mismatch;
            bytes digest, info;
            der::writer of_digest(digest), of_info(info);
            put_digest_algorithm(of_digest, each.signer.digest, parameters);
            put_signer_info(of_info, each, digest);
            add_to_set(digests, std::move(digest));
            add_to_set(signers, std::move(info));
        }
        bytes out;
        der::writer write(out);
        const auto set_of = [&](const std::vector<bytes>& elements) {
            write.set([&] {
                for (const bytes& each : elements) write.raw(each);
            });
        };
        write.sequence([&] {
            write.oid(layout::cms::id_signed_data.view());
            write.explicitly_tagged(0, [&] {
                write.sequence([&] {
                    write.integer(version_of(form));
                    set_of(digests);
                    write.sequence([&] { write.oid(layout::cms::id_data.view()); });
                    set_of(signers);
                });
            });
        });
        return out;
    }

private:
    static constexpr auto id_content_type = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3),
                          id_message_digest = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4);
    static_assert(layout::cms::attribute_of_oid(id_content_type.view()) == layout::cms::attribute_id::content_type &&
                  layout::cms::attribute_of_oid(id_message_digest.view()) == layout::cms::attribute_id::message_digest);

    /// Of the message and of its signers.
    [[nodiscard]] static std::uint64_t version_of(signer_form form) { return form == signer_form::key_id ? 3 : 1; }

    /// rsaEncryption whatever the digest is, and the one OID of schemes that sign a message; ECDSA has an OID for each.
    [[nodiscard]] static constexpr const signature_oid* signature_oid_of(key_algorithm key, digest_id content) {
        const scheme_id scheme = scheme_of(key);
        const digest_id named = scheme == scheme_id::ecdsa ? content : digest_id::none;
        for (const signature_oid& row : signature_oid_table)
            if (row.scheme == scheme && row.digest == named) return &row;
        return nullptr;
    }

    /// RFC 3370, section 2.2.
    [[nodiscard]] static constexpr bool digest_has_null(digest_id id) { return id == digest_id::md5 || id == digest_id::rmd160; }

    /// In the order of a SET OF, and once.
    static void add_to_set(std::vector<bytes>& set, bytes element) {
        const auto place = std::ranges::find_if(set, [&](const bytes& there) { return der::ascend(element, there); });
        if (place == set.end() || *place != element) set.insert(place, std::move(element));
    }

    static void put_digest_algorithm(der::writer<bytes>& write, digest_id digest, digest_parameters parameters) {
        write.sequence([&] {
            write.oid(entry_of(digest).oid.view());
            if (parameters == digest_parameters::null || digest_has_null(digest)) write.null();
        });
    }
    static void put_signer(der::writer<bytes>& write, const cms_signer& signer) {
        if (signer.form == signer_form::key_id) return write.element(der::context(0), signer.by.skid);
        write.sequence([&] {
            write.element(der::tag_sequence, signer.by.issuer);
            write.element(der::tag_integer, signer.by.serial);
        });
    }
    static void put_signer_info(der::writer<bytes>& write, const cms_signature& signature, byte_view digest_algorithm) {
        const cms_signer& signer = signature.signer;
        write.sequence([&] {
            write.integer(version_of(signer.form));
            put_signer(write, signer);
            write.raw(digest_algorithm);
            if (!signature.attributes.empty()) {  // [0] in the place of the SET's tag
                constexpr std::array<std::uint8_t, 1> tag{der::context_constructed(0)};
                write.raw(tag);
                write.raw(byte_view(signature.attributes).subspan(1));
            }
            write.sequence([&] {
                const key_algorithm key = signer.by.key.algorithm;
                write.oid(signature_oid_of(key, signer.digest)->oid.view());
                if (key == key_algorithm::rsa) write.null();  // RFC 3370, section 3.2; the others have none: RFC 5754, 8419, 9882
            });
            write.octet_string(signature.raw);
        });
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_CMS_HPP
