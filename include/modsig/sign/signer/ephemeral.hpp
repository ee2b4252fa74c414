// SPDX-License-Identifier: BSL-1.0
//
// A private key that is made, used and forgotten: it is in one process only, which does nothing but sign (sign/signer/agent.hpp),
// and never in a file. What is left of it is its certificate.
#ifndef MODSIG_SIGN_SIGNER_EPHEMERAL_HPP
#define MODSIG_SIGN_SIGNER_EPHEMERAL_HPP

#include <modsig/sign/signer/agent.hpp>
#include <modsig/sign/key/certificate.hpp>
#include <modsig/sign/key/generate.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace modsig::sign {

/// A new key and the certificate that it signs itself, with the scheme and digest of its type. The signer's public_half() is
/// that certificate. `make_signer(private_key) -> result<S>` says what signs with it. The failures of generate(),
/// self_signed_certificate(), `make_signer` and agent::start().
template <std::invocable<private_key> By>
[[nodiscard]] result<agent> ephemeral_key(const key_type& type, certificate_request request, std::size_t threads, By make_signer) {
    using signer_type = typename std::invoke_result_t<By, private_key>::value_type;
    request.scheme = type.scheme;
    request.digest = type.digest;
    return agent::start(threads, [&](const os::hardened_process& here) -> result<agent_key<signer_type>> {
        result<private_key> key = generate(here, type);
        if (!key) return key.error();
        result<bytes> certificate = self_signed_certificate(*key, request);
        if (!certificate) return certificate.error();
        auto signing = make_signer(*std::move(key));
        if (!signing) return signing.error();
        return agent_key<signer_type>{*std::move(signing), *std::move(certificate)};
    });
}

/// The same, signing with the key itself.
[[nodiscard]] inline result<agent> ephemeral_key(const key_type& type, const certificate_request& request, std::size_t threads) {
    return ephemeral_key(type, request, threads, [](private_key key) -> result<private_key> { return key; });
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_EPHEMERAL_HPP
