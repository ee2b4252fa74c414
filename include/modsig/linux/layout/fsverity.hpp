// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's builtin signature as Linux reads it: fs/verity/signature.c, fsverity_verify_signature(); crypto/
// asymmetric_keys/pkcs7_verify.c, VERIFYING_UNSPECIFIED_SIGNATURE.
#ifndef MODSIG_LINUX_LAYOUT_FSVERITY_HPP
#define MODSIG_LINUX_LAYOUT_FSVERITY_HPP

#include <modsig/layout/fsverity.hpp>
#include <modsig/linux/layout/modsign.hpp>

namespace modsig::kernel {

/// fs-verity's builtin signature, as Linux reads it.
template <>
struct layout_of<layout::fsverity> : layout::fsverity {
    /// Detached signatures of files with fs-verity only. Errors: `no_signature`, `truncated`, `too_large`.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (!s.beside.verity) return failure{errc::no_signature, s.image.size()};
        const result<located> location = find_detached_pkcs7(s);
        if (location && location->blob.size > max_signature_size) return failure{errc::too_large, max_signature_size};
        return location;
    }

    /// The claims of the message's signers, with the file's digest as the content's.
    class cursor {
        pkcs7_cursor signers_;
        digest_id file_digest_;

    public:
        /// The signers of a message that was parsed.
        constexpr cursor(const pkcs7_message& read, const located& location, const linux_kernel& kernel, digest_id file_digest)
            : signers_(name, read, location, kernel), file_digest_(file_digest) {}
        /// Whether no signer is left.
        [[nodiscard]] constexpr bool done() const { return signers_.done(); }
        /// The next signer's claim.
        [[nodiscard]] constexpr result<claim> next() {
            result<claim> claim = signers_.next();
            if (!claim) return claim;
            claim->signed_digest = claim->content_digest;
            claim->content_digest = file_digest_;
            return claim;
        }
        /// The certificates of the message.
        [[nodiscard]] constexpr certificate_cursor certificates() const { return signers_.certificates(); }
    };

    /// The signers of the message; attributes may be signed. Errors: those of parse_pkcs7() and of the digest's options.
    template <class Check = any_certificate>
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& location, const linux_kernel& kernel = {}, const Check& check = {}) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob) return failure{errc::truncated, location.blob.offset};
        const auto read = parse_pkcs7(*blob, location.blob.offset, layout::cms::attribute_use::allowed, kernel, check);
        if (!read) return read.error();
        if (const result<void> good = check_subject(s); !good) return good.error();
        return cursor(*read, location, kernel, s.beside.verity->hash);
    }

    /// The layout's message. Error: `unsupported_hash` (ML-DSA over attributes whose digest is not SHA-512).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E& engine) {
        return checked_message(claim, layout::fsverity::message(claim, content, digest, engine));
    }
};
static_assert(explain_blob_layout<layout_of<layout::fsverity>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_FSVERITY_HPP
