// SPDX-License-Identifier: BSL-1.0
//
// Writes signatures of BPF programs, as bpftool does: the message of sign/layout/modsign.hpp with the signer named by the
// subjectKeyIdentifier.  Format: layout/bpf.hpp; tools/bpf/bpftool/sign.c, bpftool_prog_sign().
#ifndef MODSIG_SIGN_LAYOUT_BPF_HPP
#define MODSIG_SIGN_LAYOUT_BPF_HPP

#include <modsig/layout/bpf.hpp>
#include <modsig/sign/layout/modsign.hpp>
#include <modsig/sign/signer.hpp>

#include <string_view>

namespace modsig::sign {

/// Writes signatures of layout::bpf.
struct bpf {
    static constexpr std::string_view name = layout::bpf::name;  ///< of the layout

    /// The message. `certificate` is the signer's, whose key must be that of `key`; `digest` is that of `content`, which ML-DSA signs
    /// itself. Errors: those of modsign::write(); `too_large` (bpf(2) takes no such message).
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& key, const key_info& certificate, const digest_value& digest, byte_view content) {
        return checked(modsign::write(key, cms_signer{certificate, signer_form::key_id, digest.id}, digest, content));
    }
    /// The same around a raw signature made elsewhere.
    [[nodiscard]] static result<bytes> write(const key_info& certificate, digest_id content, byte_view raw) {
        return checked(modsign::write(certificate, signer_form::key_id, content, raw));
    }

    /// FILE.p7s: the message as it is.
    [[nodiscard]] static bytes detached(byte_view blob) { return {blob.begin(), blob.end()}; }

private:
    static result<bytes> checked(result<bytes> message) {
        if (message && message->size() > layout::bpf::max_signature_size) return failure{errc::too_large, layout::bpf::max_signature_size};
        return message;
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_BPF_HPP
