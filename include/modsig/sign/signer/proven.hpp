// SPDX-License-Identifier: BSL-1.0
//
// A signer whose every signature is verified before it is returned. A fault in the arithmetic, by chance or by force, can
// give away the private key (Boneh, DeMillo, Lipton 1997: one faulty RSA-CRT signature is enough), a token can hold another
// key than the certificate says, a command can answer anything.
#ifndef MODSIG_SIGN_SIGNER_PROVEN_HPP
#define MODSIG_SIGN_SIGNER_PROVEN_HPP

#include <modsig/engine.hpp>
#include <modsig/sign/signer.hpp>

#include <utility>

namespace modsig::sign {

/// Models `signer` by another one. As safe to share between threads as that one is.
template <signer Signer, crypto_engine Engine>
class proven {
    Signer signer_;
    typename Engine::prepared_key key_;

    proven(Signer signer, typename Engine::prepared_key key) : signer_(std::move(signer)), key_(std::move(key)) {}

public:
    /// Takes a signer over. The failures of Engine::prepare().
    [[nodiscard]] static result<proven> of(Signer signer) {
        auto key = Engine::prepare(signer.info().key);
        if (!key) return key.error();
        return proven(std::move(signer), *std::move(key));
    }

    /// The signer's.
    [[nodiscard]] const key_info& info() const { return signer_.info(); }

    /// The failures of the signer; where the public half does not verify what was signed, those of stage::arithmetic:
    /// `signature_mismatch` for what is no signature at all.
    [[nodiscard]] result<bytes> sign(const to_sign& input) const {
        result<bytes> raw = signer_.sign(input);
        if (!raw) return raw;
        const result<void> checked = Engine{}.check(key_, {input.scheme, input.digest, input.message, *raw});
        if (checked) return raw;
        return entry_of(checked.error().code).at == stage::arithmetic ? checked.error().code : errc::signature_mismatch;
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_PROVEN_HPP
