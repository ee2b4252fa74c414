// SPDX-License-Identifier: BSL-1.0
//
// An engine for firmware whose only signatures are RSA in PSS, of one key size: MCUboot's images.
//   using engine = modsig::engine::firmware_pss<modsig::digest_list<modsig::sha256>, 2048>;
// Source: RFC 8017, section 8.1.2; the salt is as long as the digest (MCUboot, boot/bootutil/src/image_rsa.c, PSS_SLEN).
#ifndef MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_PSS_HPP
#define MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_PSS_HPP

#include <modsig/engine/native/rsa_encoding.hpp>
#include <modsig/engine/native/rsa_firmware.hpp>

namespace modsig::engine::inline MODSIG_KERNELS {

namespace native_detail {
/// RFC 8017, section 9.1.1, step 3, for a salt of the digest's length.
template <std::size_t Bits, digest_name... Digest>
consteval bool all_fit_pss_blocks(digest_list<Digest...>) {
    return (((Bits - 1 + 7) / 8 >= 2 * size_of(Digest::id) + 2) && ...);
}
}  // namespace native_detail

/// It accepts what `basic_native` accepts of PSS, but for salts of another length: bad_padding. Other schemes, and `lenient`
/// signatures: unsupported_algorithm. Stateless.
template <class Digests, std::size_t Bits = 2048>
class firmware_pss : firmware<Digests, Bits> {
    static_assert(native_detail::all_fit_pss_blocks<Bits>(Digests{}), "modsig: a digest of the firmware engine's list does not fit into its modulus");
    using base = firmware<Digests, Bits>;

public:
    /// As in firmware.
    using typename base::prepared_key;
    using base::has, base::prepare, base::digest;

    /// unsupported_algorithm, unsupported_hash (not one of the list), signature_length, signature_out_of_range, bad_padding,
    /// signature_mismatch; unsupported_key: the digest does not fit into the modulus.
    [[nodiscard]] constexpr result<void> check(const prepared_key& key, const to_check& input) const {
        if (input.lenient || input.scheme != scheme_id::rsa_pss) return errc::unsupported_algorithm;
        if (input.signature.size() != prepared_key::size) return errc::signature_length;
        errc answer = errc::unsupported_hash;
        (void)with_digest(Digests{}, input.digest.id, [&]<digest_id Id>() { answer = check_with<Id>(key, input); });
        return answer == errc::none ? result<void>::success() : result<void>(answer);
    }

private:
    template <digest_id Id>
    [[nodiscard]] static constexpr errc check_with(const prepared_key& key, const to_check& input) {
        std::uint32_t em[Bits / 32];
        if (const errc no = raise(key, input.signature, em); no != errc::none) return no;
        return check_pss_block<native_hash<Id, isa::compact>>(em, Bits, input.digest, pss_salt::of(size_of(Id)));
    }

    // A call of its own: what it needs of the stack is free for the hashes.
    [[nodiscard, gnu::noinline]] static constexpr errc raise(const prepared_key& key, byte_view signature, std::uint32_t* em) {
        return native_detail::raise_firmware_signature(key, signature, em);
    }
};
static_assert(explain_crypto_engine<firmware_pss<digest_list<sha256>>>());

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_PSS_HPP
