// SPDX-License-Identifier: BSL-1.0
//
// ML-DSA as an engine asks for it: a key's digest once a key, then signatures over what to_check says, by the code that an Isa
// chooses.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_KEY_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_KEY_HPP

#include <modsig/engine.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/ml_dsa.hpp>
#include <modsig/engine/native/ml_dsa_kernels.hpp>

namespace modsig::engine::inline MODSIG_KERNELS {

/// `key` is a key of ML-DSA of its algorithm's length.
template <class Isa>
[[nodiscard]] constexpr ml_dsa_digest native_ml_dsa_key_digest(byte_view key) {
    return with_ml_dsa_code<Isa>([&]<class Code>() { return ml_dsa_key_digest<Code>(key); });
}

/// The scheme is the key's. A digest counts as message, behind it: formats that sign a digest make that the message. Those of
/// ml_dsa_refusal_of(), and `signature_mismatch`.
template <class Isa>
[[nodiscard]] constexpr result<void> check_native_ml_dsa(const public_key& key, const ml_dsa_digest& key_digest, const to_check& input) {
    return ml_dsa_outcome(with_ml_dsa_code<Isa>([&]<class Code>() {
        const byte_view parts[] = {ml_dsa_pure_prefix, input.message_head, input.message, input.digest.view()};
        return check_ml_dsa<Code>(*ml_dsa_of(key.algorithm), key.material, ml_dsa_message_digest<Code>(key_digest, parts), input.signature);
    }));
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_KEY_HPP
