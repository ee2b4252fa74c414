// SPDX-License-Identifier: BSL-1.0
//
// The signature of a BPF program, as Linux reads it: kernel/bpf/verifier.c, bpf_prog_verify_signature(); crypto/asymmetric_keys/
// pkcs7_verify.c, VERIFYING_BPF_SIGNATURE. Which bytes the image has to be depends on the kernel: linux_release::signed_bpf.
#ifndef MODSIG_LINUX_LAYOUT_BPF_HPP
#define MODSIG_LINUX_LAYOUT_BPF_HPP

#include <modsig/layout/bpf.hpp>
#include <modsig/linux/layout/modsign.hpp>

namespace modsig::kernel {

/// The signature of a BPF program, as Linux reads it.
template <>
struct layout_of<layout::bpf> : layout::bpf {
    /// Detached signatures of programs only. Errors: `no_signature`, `truncated`, `too_large`.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (!s.beside.is_bpf || s.signature.source != signature_source::detached) return failure{errc::no_signature, s.image.size()};
        return find_beside(s);
    }

    /// The signers of the message; attributes may be signed. Errors: those of parse_pkcs7().
    template <class Check = any_certificate>
    [[nodiscard]] static constexpr result<pkcs7_cursor> open(const subject& s, const located& where, const linux_kernel& kernel = {}, const Check& check = {}) {
        const auto blob = slice(s.signature_bytes(), where.blob);
        if (!blob) return failure{errc::truncated, where.blob.offset};
        const auto read = parse_pkcs7(*blob, where.blob.offset, layout::cms::attribute_use::allowed, kernel, check);
        if (!read) return read.error();
        return pkcs7_cursor(name, *read, where, kernel);
    }

    /// The layout's message. Error: `unsupported_hash` (ML-DSA over attributes whose digest is not SHA-512).
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E& engine) {
        return checked_message(claim, layout::bpf::message(claim, content, digest, engine));
    }
};
static_assert(explain_blob_layout<layout_of<layout::bpf>>());

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_BPF_HPP
