// SPDX-License-Identifier: BSL-1.0
//
// One ML-DSA key, for programs of a few kilobytes: no table of algorithms, no text, nothing of the other parameter sets' room is
// linked. Verdicts and reasons are those of check_ml_dsa().
//   constexpr auto key = *prepare_firmware_ml_dsa<key_algorithm::ml_dsa_44>(...);    // in flash, its digest computed by the compiler
//   if (check_firmware_ml_dsa(key, message, signature) == errc::none) ...
// Source: FIPS 204, algorithm 3, with an empty context.
#ifndef MODSIG_ENGINE_NATIVE_ML_DSA_FIRMWARE_HPP
#define MODSIG_ENGINE_NATIVE_ML_DSA_FIRMWARE_HPP

#include <modsig/engine/native/ml_dsa.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

namespace modsig::engine {

/// A key of this algorithm. Its bytes are viewed, and have to be in flash too.
template <key_algorithm Id>
struct firmware_ml_dsa_key {
    static constexpr const ml_dsa_parameters& parameters = *ml_dsa_of(Id);  ///< the row of its parameter set
    using code = portable_ml_dsa<true>;                                     ///< The arithmetic: plain C++ in little code.

    byte_view bytes{};       ///< the encoded public key: FIPS 204, algorithm 22
    ml_dsa_digest digest{};  ///< tr: H of the encoded key, 64 bytes
};

/// `key_type_mismatch`; `bad_key`: another length than the algorithm's.
template <key_algorithm Id>
[[nodiscard]] constexpr result<firmware_ml_dsa_key<Id>> prepare_firmware_ml_dsa(const public_key& key) {
    using prepared = firmware_ml_dsa_key<Id>;
    if (key.algorithm != Id) return errc::key_type_mismatch;
    if (key.material.size() != prepared::parameters.key_size()) return errc::bad_key;
    return prepared{key.material, ml_dsa_key_digest<typename prepared::code>(key.material)};
}

/// `signature_mismatch`, and those of ml_dsa_refusal_of().
template <key_algorithm Id>
[[nodiscard]] constexpr errc check_firmware_ml_dsa(const firmware_ml_dsa_key<Id>& key, byte_view message, byte_view signature) {
    using code = typename firmware_ml_dsa_key<Id>::code;
    constexpr const ml_dsa_parameters& p = firmware_ml_dsa_key<Id>::parameters;
    const byte_view parts[] = {ml_dsa_pure_prefix, message};
    return check_ml_dsa<code, p.l>(p, key.bytes, ml_dsa_message_digest<code>(key.digest, parts), signature);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_ML_DSA_FIRMWARE_HPP
