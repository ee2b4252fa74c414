// SPDX-License-Identifier: BSL-1.0
//
// The signature of a BPF program: a CMS message that is given to bpf(2) beside the program.
// Format: Documentation/bpf/signing.rst; kernel/bpf/verifier.c, bpf_prog_verify_signature(); tools/bpf/bpftool/sign.c.
//   signed until Linux 7.2: the program's instructions
//          from Linux 7.3:  the instructions ‖ the value of each frozen map that the program uses, in the order of fd_array
// The image is all that is signed; subject::beside.is_bpf says that it is that. bpftool's light skeletons hold both parts and the
// message: layout/light_skeleton.hpp.
#ifndef MODSIG_LAYOUT_BPF_HPP
#define MODSIG_LAYOUT_BPF_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/modsign.hpp>

#include <cstddef>
#include <string_view>

namespace modsig::layout {

/// The layout of BPF signatures.
struct bpf {
    static constexpr std::string_view name = "bpf";  ///< of the layout
    /// several signers; signs messages; a key is used only where it was added for this layout
    static constexpr layout_traits traits{
        .max_signers = modsign::traits.max_signers, .needs_named_trust = true, .brings_certificates = true, .signs_messages = true};
    static constexpr std::size_t instruction_size = 8;               ///< struct bpf_insn
    static constexpr std::size_t max_signature_size = 8192;          ///< KMALLOC_MAX_CACHE_SIZE with pages of 4 KiB
    static constexpr std::size_t max_image_size = (1u << 24) - 1;    ///< bpf_dynptr_check_size()

    /// Only in a file of its own, and where the subject is a program. truncated: less than an instruction, or no signature; too_large.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (!s.beside.is_bpf || s.signature.source != signature_source::detached || is_others(signature_kind_of(s), signature_kind::bpf))
            return failure{errc::no_signature, s.image.size()};
        return find_beside(s);
    }

    /// The signers of the message.
    class cursor {
        modsign::cursor signers_;

    public:
        /// The signers of a message that was parsed.
        constexpr cursor(const cms::message& read, const located& where) : signers_(read, where) {}
        /// Whether no signer is left.
        [[nodiscard]] constexpr bool done() const { return signers_.done(); }
        /// The next signer's claim.
        [[nodiscard]] constexpr result<claim> next() {
            result<claim> claim = signers_.next();
            if (claim) claim->layout = name;
            return claim;
        }
        /// The certificates of the message; nothing about them is proven.
        [[nodiscard]] constexpr cms::certificate_cursor certificates() const { return signers_.certificates(); }
    };

    /// As modsign's, but attributes may be signed (pkcs7_verify(), VERIFYING_BPF_SIGNATURE).
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& where) {
        const auto read = modsign::read_message(s, where, cms::attribute_use::allowed);
        if (!read) return read.error();
        const signature_form form = read->first_signer.signed_attributes ? signature_form::attributes : signature_form::content;
        if (is_ambiguous(s.image, form)) return failure{errc::ambiguous_content, read->first_signer.offset};
        return cursor(*read, where);
    }

    /// The digest that is signed: the content's, or that of the signed attributes.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        return modsign::finish(claim, content, engine);
    }
    /// What ML-DSA and Ed25519 sign: the content, or the signed attributes.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<signed_message> message(const claim& claim, byte_view content, const digest_value& digest, const E& engine) {
        return modsign::message(claim, content, digest, engine);
    }

protected:
    /// The sizes that bpf(2) takes.
    static constexpr result<located> find_beside(const subject& s) {
        const byte_view message = s.signature.bytes;
        if (message.empty()) return failure{errc::truncated, 0, linux_error::einval};
        if (message.size() > max_signature_size) return failure{errc::too_large, max_signature_size, linux_error::einval};
        if (s.image.size() < instruction_size) return failure{errc::truncated, 0, linux_error::e2big};
        if (s.image.size() > max_image_size) return failure{errc::too_large, 0, linux_error::e2big};
        return located{.content = {0, s.image.size()}, .blob = {0, message.size()}};
    }
};
static_assert(explain_blob_layout<bpf>());
static_assert(blob_layout<bpf>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_BPF_HPP
