// SPDX-License-Identifier: BSL-1.0
//
// The signature of a kernel module as Linux finds and reads it: kernel/module_signature.c, mod_check_sig(); kernel/module/
// signing.c, module_sig_check(); crypto/asymmetric_keys/pkcs7_verify.c, VERIFYING_MODULE_SIGNATURE.
#ifndef MODSIG_LINUX_LAYOUT_MODSIGN_HPP
#define MODSIG_LINUX_LAYOUT_MODSIGN_HPP

#include <modsig/layout/modsign.hpp>
#include <modsig/linux/layout.hpp>
#include <modsig/linux/layout/pkcs7.hpp>

namespace modsig::kernel {

/// module_sig_check(): a file that is nothing but the marker counts as unsigned.
[[nodiscard]] constexpr result<layout::module_trailer> find_trailer(byte_view image) {
    if (image.size() == layout::module_trailer::marker.size()) return failure{errc::no_signature, image.size()};
    return layout::module_trailer::find(image);
}

/// public_key.c, software_key_determine_akcipher(): ML-DSA accepts attributes whose digest is SHA-512, and no other hashed
/// input. Checked after the digest in the attributes was compared.
[[nodiscard]] constexpr result<signed_message> checked_message(const claim& claim, const result<signed_message>& message) {
    const bool is_other_hash = claim.form == signature_form::attributes && claim.signed_digest != digest_id::sha512;
    if (message && is_other_hash) return failure{errc::unsupported_hash, claim.offset, linux_error::einval};
    return message;
}

/// A detached message: `no_signature` for other sources and for bytes that begin like the value of an extended attribute.
[[nodiscard]] constexpr result<located> find_detached_pkcs7(const subject& s) {
    const byte_view bytes = s.signature.bytes;
    if (s.signature.source != signature_source::detached) return failure{errc::no_signature, s.image.size()};
    if (bytes.empty()) return failure{errc::truncated, 0};
    if (bytes[0] >= 1 && bytes[0] <= 6) return failure{errc::no_signature, s.image.size()};
    return located{.content = {0, s.image.size()}, .blob = {0, bytes.size()}};
}

/// The signature of a kernel module, as Linux reads it.
template <>
struct layout_of<layout::modsign> : layout::modsign {
    /// Appended signatures, and detached messages that belong to no other layout. Errors: `no_signature`, `truncated`, those of
    /// find_appended().
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.signature.source != signature_source::image)
            return s.beside.verity || s.beside.is_bpf ? failure{errc::no_signature, s.image.size()} : find_detached_pkcs7(s);
        const auto trailer = find_trailer(s.image);
        if (!trailer) return trailer.error();
        return find_appended(*trailer);
    }

    /// Parses the whole message. `check(certificate)` is called for each certificate in its place.
    template <class Check = any_certificate>
    [[nodiscard]] static constexpr result<pkcs7_cursor> open(const subject& s, const located& location, const linux_kernel& kernel = {}, const Check& check = {}) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob) return failure{errc::truncated, location.blob.offset};
        const auto read = parse_pkcs7(*blob, location.blob.offset, layout::cms::attribute_use::forbidden, kernel, check);
        if (!read) return read.error();
        return pkcs7_cursor(name, *read, location, kernel);
    }

    /// The layout's message. Error: `unsupported_hash` (ML-DSA over attributes whose digest is not SHA-512).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E& engine) {
        return checked_message(claim, layout::modsign::message(claim, content, digest, engine));
    }
};
static_assert(explain_blob_layout<layout_of<layout::modsign>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_MODSIGN_HPP
