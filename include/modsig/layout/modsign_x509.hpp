// SPDX-License-Identifier: BSL-1.0
//
// MODSIGN of Linux 3.7 to 4.2: a bare RSA signature whose key is named by X.509 subject and subjectKeyIdentifier.
// Format: kernel/module_signing.c of 3.7, mod_verify_sig(); the trailer is that of layout/modsign.hpp.
//   content ‖ signer's name ‖ key identifier ‖ bytes of the signature as u16 big-endian ‖ signature ‖ trailer ‖ marker
//   trailer: algorithm 1 = RSA, hash 2, 4, 5, 6 or 7, identifier type 1, the three lengths
// Signed: the content. No signature protects the trailer's other fields, so their values must be consistent.
// Kernels from 4.3 on refuse this format. To read both kinds: layouts<layout::modsign_x509, layout::modsign>.
#ifndef MODSIG_LAYOUT_MODSIGN_X509_HPP
#define MODSIG_LAYOUT_MODSIGN_X509_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/layout/single_claim.hpp>

namespace modsig::layout {

/// The layout of modules for Linux 3.7 to 4.2.
struct modsign_x509 {
    static constexpr std::string_view name = "modsign-x509";        ///< of the layout
    static constexpr layout_traits traits{.found_from_end = true};  ///< one signer, found from the end
    static constexpr std::uint8_t rsa = 1;                          ///< enum pkey_algo
    static constexpr std::size_t count_size = 2;                    ///< bytes of the signature's own size field

    /// Appended signatures only. Errors: `no_signature` (no trailer, or of another type), `length_overflow`.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        const failure other{errc::no_signature, s.image.size()};
        if (s.signature.source != signature_source::image) return other;
        const auto trailer = module_trailer::find(s.image);
        if (!trailer || trailer->type() != module_trailer::x509) return other;
        if (trailer->signature_size >= trailer->offset) return failure{errc::length_overflow, trailer->offset + 8};
        const std::uint64_t names = std::uint64_t{trailer->fields[3]} + trailer->fields[4];
        if (names >= trailer->offset - trailer->signature_size) return failure{errc::length_overflow, trailer->offset + 3};
        const std::uint64_t content = trailer->offset - trailer->signature_size - names;
        // The trailer belongs to the blob: it holds the lengths of the names.
        return located{.content = {0, content}, .blob = {content, trailer->offset + module_trailer::fields_size - content}};
    }

    /// The signature's only claim. Errors: `truncated`, `unsupported_algorithm`, `unsupported_hash`, `reserved_nonzero`,
    /// `length_mismatch`.
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& location) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob || blob->size() < module_trailer::fields_size) return failure{errc::truncated, location.blob.offset};
        const byte_view fields = blob->last(module_trailer::fields_size);
        const std::uint64_t trailer = location.blob.offset + blob->size() - fields.size();
        if (fields[0] != rsa) return failure{errc::unsupported_algorithm, trailer};
        const digest_id digest = digest_of_linux_number(fields[1]);
        if (!is_supported(digest)) return failure{errc::unsupported_hash, trailer + 1};
        for (const std::size_t i : {5u, 6u, 7u})
            if (fields[i] != 0) return failure{errc::reserved_nonzero, trailer + i};
        claim claim;
        reader in(blob->first(blob->size() - fields.size()));
        const auto signer = in.take(fields[3]), key_id = in.take(fields[4]);
        const std::uint64_t count_offset = location.blob.offset + in.offset();
        const auto count = in.be<std::uint16_t>();
        if (!signer || !key_id || !count || *count == 0 || *count != in.remaining()) return failure{errc::length_mismatch, count_offset};
        claim.layout = name;
        claim.scheme = scheme_id::rsa_pkcs1_v15;
        claim.content_digest = digest;
        claim.where = location;
        claim.key = {key_id_kind::named_skid, *key_id, *signer};
        claim.signature = in.rest();
        claim.offset = location.blob.offset;
        return single_claim(claim);
    }

    /// The digest that is signed: the content's.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim&, const digest_value& content, const E&) {
        return content;
    }

    /// mod_verify_sig() of 3.7: the digests for which it has a name and RSA a DigestInfo.
    [[nodiscard]] static constexpr bool is_supported(digest_id id) {
        return id == digest_id::sha1 || id == digest_id::sha224 || id == digest_id::sha256 || id == digest_id::sha384 || id == digest_id::sha512;
    }
};
static_assert(explain_blob_layout<modsign_x509>());
static_assert(blob_layout<modsign_x509>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MODSIGN_X509_HPP
