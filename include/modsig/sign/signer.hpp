// SPDX-License-Identifier: BSL-1.0
//
// What signs: the concept. A private key in a file, one that lives in memory only, a token, an external command.
#ifndef MODSIG_SIGN_SIGNER_HPP
#define MODSIG_SIGN_SIGNER_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <concepts>
#include <cstdint>
#include <vector>

namespace modsig::sign {

using bytes = std::vector<std::uint8_t>;  ///< Bytes that are no secret; for secrets: secret_bytes.

/// What a signer is asked to sign: a digest, or a message where the scheme takes one.
struct to_sign {
    scheme_id scheme = scheme_id::none;  ///< how to sign
    digest_value digest{};               ///< where the scheme signs a digest
    byte_view message{};                 ///< where the scheme signs a message
};

/// info  the public half with its identifiers; good as long as the signer lives
/// sign  the raw signature: RSA as long as the modulus, ECDSA in DER. `unsupported_algorithm`, `key_type_mismatch`
template <class S>
concept signer = requires(const S& s, const to_sign& input) {
    { s.info() } -> std::same_as<const key_info&>;
    { s.sign(input) } -> std::same_as<result<bytes>>;
};

/// States with `static_assert` what a type lacks for `signer`.
template <class S>
consteval bool explain_signer() {
    static_assert(requires(const S& s) { { s.info() } -> std::same_as<const key_info&>; },
                  "modsig: a signer needs info: const key_info& info() const;");
    static_assert(requires(const S& s, const to_sign& input) { { s.sign(input) } -> std::same_as<result<bytes>>; },
                  "modsig: a signer needs sign: result<sign::bytes> sign(const sign::to_sign&) const;");
    return true;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_HPP
