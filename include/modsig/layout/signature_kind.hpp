// SPDX-License-Identifier: BSL-1.0
//
// The kind of a signature that is not in the image: a detached signature, or an extended attribute. Every layout uses this one
// function, so that the order of layouts decides nothing.  Format: layout/ima_header.hpp; RFC 5652.
#ifndef MODSIG_LAYOUT_SIGNATURE_KIND_HPP
#define MODSIG_LAYOUT_SIGNATURE_KIND_HPP

#include <modsig/der/element.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/ima_header.hpp>

namespace modsig::layout {

/// What the bytes of a signature look like, and which layout is to read them.
enum class signature_kind : std::uint8_t {
    unknown,      ///< unknown or cut off: each layout reports its own fault
    cms,          ///< of modsign: over the image
    fsverity,     ///< CMS, where the subject has fs-verity options
    bpf,          ///< CMS, where the subject is a BPF program
    digsig_v1,    ///< of digsig: type byte 3, version 1
    ima,          ///< type bytes 3 and 6
    evm,          ///< where the subject has metadata
    bare_digest,  ///< an extended attribute that is no signature
};

/// The kind of a subject's signature; `unknown` where it is in the image.
[[nodiscard]] constexpr signature_kind signature_kind_of(const subject& s) {
    const byte_view bytes = s.signature.bytes;
    if (s.signature.source == signature_source::image) return signature_kind::unknown;
    if (!s.beside.metadata.empty()) return signature_kind::evm;
    const bool is_file = s.signature.source == signature_source::detached;
    if (is_file && s.beside.is_bpf) return signature_kind::bpf;
    if (is_file && der::begins_sequence(bytes)) return s.beside.verity ? signature_kind::fsverity : signature_kind::cms;
    if (bytes.empty()) return signature_kind::unknown;
    switch (static_cast<ima_type>(bytes[0])) {
        case ima_type::digest:
        case ima_type::named_digest: return is_file ? signature_kind::unknown : signature_kind::bare_digest;
        case ima_type::signature:
            if (bytes.size() < 2) return signature_kind::unknown;
            return bytes[1] == 1 ? signature_kind::digsig_v1 : signature_kind::ima;
        case ima_type::verity_signature: return signature_kind::ima;
        default: return signature_kind::unknown;
    }
}

/// Whether a layout that reads signatures of kind `mine` leaves this signature to another layout. A signature of unknown kind
/// is left to none.
[[nodiscard]] constexpr bool is_others(signature_kind found, signature_kind mine) { return found != mine && found != signature_kind::unknown; }

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_SIGNATURE_KIND_HPP
