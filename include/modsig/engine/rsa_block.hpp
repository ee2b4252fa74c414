// SPDX-License-Identifier: BSL-1.0
//
// The block that an RSA signature must come out as, and why another one is none. Every byte of it is fixed; none is skipped.
// Format: RFC 8017, section 9.2 (EMSA-PKCS1-v1_5): 00 01 FF..FF 00 T
#ifndef MODSIG_ENGINE_RSA_BLOCK_HPP
#define MODSIG_ENGINE_RSA_BLOCK_HPP

#include <modsig/layout.hpp>
#include <modsig/linux/key/rsa_modulus.hpp>

#include <array>

namespace modsig::engine {

/// A digsig v1 signature is an integer (MPI), which may be shorter than the modulus and for lib/mpi (`lenient`) may be
/// anything; the others have the length of the modulus in every reading.
[[nodiscard]] constexpr bool rsa_modulo(const to_check& input) { return input.lenient && input.scheme == scheme_id::rsa_pkcs1_raw; }

using modsig::kernel::linux_takes_rsa_modulus;

/// a + 1 == b
[[nodiscard]] constexpr bool is_one_below(byte_view a, byte_view b) {
    if (a.size() != b.size()) return false;
    unsigned carry = 1;
    for (std::size_t i = a.size(); i != 0; --i) {
        carry += a[i - 1];
        if ((carry & 0xff) != b[i - 1]) return false;
        carry >>= 8;
    }
    return carry == 0;
}

/// RFC 8017, section 8.2.2, steps 1 and 2: length and range, before any arithmetic. `modulus` has no leading zeros.
/// Linux: crypto/rsa.c, rsa_check_payload(), refuses the values that are their own powers, too.
[[nodiscard]] constexpr result<void> rsa_signature_fits(const to_check& input, byte_view modulus) {
    if (rsa_modulo(input)) return result<void>::success();
    if (input.lenient && !linux_takes_rsa_modulus(modulus)) return failure{errc::unsupported_key, 0, linux_error::einval};
    const std::size_t size = input.signature.size();
    const bool integer = input.scheme == scheme_id::rsa_pkcs1_raw;
    if (integer ? size > modulus.size() : size != modulus.size()) return failure{errc::signature_length, 0, linux_error::einval};
    const bool fixed = input.lenient && (bit_length(input.signature) < 2 || is_one_below(input.signature, modulus));
    if (fixed || compare_integers(input.signature, modulus) >= 0) return failure{errc::signature_out_of_range, 0, linux_error::einval};
    return result<void>::success();
}

/// What a PKCS#1 v1.5 or raw signature must come out as: T, the end of the block.
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

    /// Whether no block verifies: Linux has no DigestInfo for the digest.
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    /// T; the view aliases this object.
    [[nodiscard]] constexpr byte_view content() const { return byte_view(content_).first(size_); }

    /// `block` has the length of the modulus. Order and errnos: crypto/rsa-pkcs1pad.c, pkcs1pad_verify_complete(). The
    /// least length of the padding: RFC 8017, section 9.2, step 3; lib/digsig.c asks for none.
    [[nodiscard]] constexpr result<void> compare(byte_view block) const {
        const failure misshapen{errc::bad_padding, 0, linux_error::ebadmsg};
        if (empty() || block.size() < 3 || block[0] != 0) return failure{errc::signature_mismatch, 0, linux_error::einval};
        if (block[1] > 2) return failure{errc::signature_mismatch, 0, linux_error::ebadmsg};  // no block at all
        std::size_t at = 2;
        while (at != block.size() && block[at] == 0xff) ++at;
        const std::size_t least = prefix_ != 0 ? 8 : 0;
        if (block[1] != 1 || at < 2 + least || at == block.size() || block[at] != 0) return misshapen;
        const byte_view tail = block.subspan(at + 1);
        if (!starts_with(tail, content().first(prefix_))) return misshapen;
        if (tail.size() != size_) return failure{errc::bad_padding, 0, linux_error::ekeyrejected};
        if (!equal(tail, content())) return failure{errc::signature_mismatch, 0, linux_error::ekeyrejected};
        return result<void>::success();
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_RSA_BLOCK_HPP
