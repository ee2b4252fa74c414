// SPDX-License-Identifier: BSL-1.0
//
// One RSA signature: s^e mod n by the best arithmetic there is (rsa_kernels.hpp), and what came out against what must. Source: RFC 8017, sections 5.2.2, 8.1.2 and 8.2.2.
#ifndef MODSIG_ENGINE_NATIVE_RSA_HPP
#define MODSIG_ENGINE_NATIVE_RSA_HPP

#include <modsig/engine/native/rsa_encoding.hpp>
#include <modsig/engine/native/rsa_kernels.hpp>
#include <modsig/engine/native/rsa_key.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

namespace native_detail {

/// RFC 8017, section 8.2.2, step 1, and section 5.2.2, step 1. `mpi`: digsig v1 writes the integer without leading zeros
/// (include/linux/mpi.h), so that it may be shorter than the modulus.
template <class Key>
[[nodiscard]] constexpr errc load_signature(rsa_work<Key>& work, byte_view signature, bool mpi) {
    const Key& key = *work.key;
    if (signature.size() > key.size() || (!mpi && signature.size() != key.size())) return errc::signature_length;
    if constexpr (Key::isa::small_code) limbs::load_compact(work.s, key.modulus.size, signature);
    else limbs::load(work.s, key.modulus.size, signature);
    return limbs::at_least(work.s, key.modulus.n, key.modulus.size) ? errc::signature_out_of_range : errc::none;
}

/// Whether the integer that the public operation gave is the encoding of the digest. `bits` of the modulus. PSS hashes with
/// one of `Digests`.
template <class Key, class Digests = native_digest_list>
[[nodiscard]] constexpr result<void> check_em(const typename Key::limb* em, std::size_t bits, scheme_id scheme, const digest_value& digest, pss_salt salt) {
    if (scheme == scheme_id::rsa_pss) {
        errc answer = errc::unsupported_hash;
        with_digest(Digests{}, digest.id, [&]<digest_id Id>() {
            answer = check_pss_block<native_hash<Id, typename Key::isa>>(em, bits, digest, salt);
        });
        return answer == errc::none ? result<void>::success() : result<void>(answer);
    }
    const encoded_message<typename Key::limb> message{em, (bits + 7) / 8};
    return check_pkcs1_block<Key::isa::small_code, (Key::max_bits + 7) / 8>(message, scheme, digest);
}

[[nodiscard]] constexpr bool is_rsa(scheme_id scheme) {
    return scheme == scheme_id::rsa_pkcs1_raw || scheme == scheme_id::rsa_pkcs1_v15 || scheme == scheme_id::rsa_pss;
}

}  // namespace native_detail

/// Success: the key's owner signed this digest. signature_length, signature_out_of_range (not below n), bad_padding (a block
/// was signed that is not the required one), signature_mismatch. unsupported_hash: this digest has no DigestInfo, or no hash
/// here (PSS). unsupported_key: PSS, and the digest does not fit into this modulus. key_type_mismatch: not an RSA scheme.
template <class Key>
[[nodiscard]] constexpr result<void> check_rsa(const Key& key, scheme_id scheme, const digest_value& digest, byte_view signature, pss_salt salt = {}) {
    if (!native_detail::is_rsa(scheme)) return errc::key_type_mismatch;
    rsa_work<Key> work(key);
    if (const errc no = native_detail::load_signature(work, signature, scheme == scheme_id::rsa_pkcs1_raw); no != errc::none) return failure{no, 0, linux_error::einval};
    raise(work);
    return native_detail::check_em<Key>(work.em, key.bits, scheme, digest, salt);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_HPP
