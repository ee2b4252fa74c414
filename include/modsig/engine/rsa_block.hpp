// SPDX-License-Identifier: BSL-1.0
//
// The block that an RSA signature must come out as, and why another one is none. Building it and comparing leaves no
// padding to parse.  Format: RFC 8017, section 9.2 (EMSA-PKCS1-v1_5): 00 01 FF..FF 00 T
#ifndef MODSIG_ENGINE_RSA_BLOCK_HPP
#define MODSIG_ENGINE_RSA_BLOCK_HPP

#include <modsig/layout.hpp>

#include <array>

namespace modsig::engine {

/// RFC 8017, section 8.2.2, steps 1 and 2: length and range, before any arithmetic. A digsig v1 signature is an
/// integer (MPI): it may be shorter than the modulus, and for lib/mpi (`lenient`) it may be anything.
[[nodiscard]] constexpr result<void> rsa_signature_fits(const to_check& what, byte_view modulus) {
    if (what.lenient) return result<void>::success();
    const std::size_t size = what.signature.size();
    const bool integer = what.scheme == scheme_id::rsa_pkcs1_raw;
    if (integer ? size > modulus.size() : size != modulus.size()) return failure{errc::signature_length, 0, linux_error::einval};
    if (compare_integers(what.signature, modulus) >= 0) return failure{errc::signature_out_of_range, 0, linux_error::einval};
    return result<void>::success();
}

class rsa_block {
    std::array<std::uint8_t, 20 + max_digest_size> content_{};  // T: DigestInfo and digest, or the digest alone
    std::size_t size_ = 0;
    std::size_t prefix_ = 0;  // of them DigestInfo

    constexpr void put(byte_view bytes) {
        for (const std::uint8_t byte : bytes) content_[size_++] = byte;
    }

public:
    /// Empty for digests that have no DigestInfo (sm3, streebog): nothing verifies against it.
    constexpr rsa_block(scheme_id scheme, const digest_value& digest) {
        if (scheme == scheme_id::rsa_pkcs1_v15) {
            if (!entry_of(digest.id).linux_has_digest_info) return;
            put(digest_info_prefix(digest.id).view());
            prefix_ = size_;
        }
        put(digest.view());
    }

    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    [[nodiscard]] constexpr byte_view content() const { return byte_view(content_).first(size_); }

    /// `block` has the length of the modulus. Errnos: crypto/rsa-pkcs1pad.c, pkcs1pad_verify_complete.
    [[nodiscard]] constexpr result<void> compare(byte_view block) const {
        const failure unrelated{errc::signature_mismatch, 0, linux_error::einval};
        const failure misshapen{errc::bad_padding, 0, linux_error::ebadmsg};
        if (empty() || block.size() < size_ + 3 || block[0] != 0) return unrelated;
        if (block[1] > 2) return failure{errc::signature_mismatch, 0, linux_error::ebadmsg};  // no block at all
        const std::size_t separator = block.size() - size_ - 1;
        bool padded = block[1] == 1 && block[separator] == 0;
        for (std::size_t i = 2; i != separator; ++i) padded = padded && block[i] == 0xff;
        if (!padded) return misshapen;
        const byte_view tail = block.subspan(separator + 1);
        if (!equal(tail.first(prefix_), content().first(prefix_))) return misshapen;
        if (!equal(tail, content())) return failure{errc::signature_mismatch, 0, linux_error::ekeyrejected};
        return result<void>::success();
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_RSA_BLOCK_HPP
