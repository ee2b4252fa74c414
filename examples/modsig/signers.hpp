// SPDX-License-Identifier: BSL-1.0
//
// Who signs: keys and certificates by name.
#ifndef MODSIG_TOOL_SIGNERS_HPP
#define MODSIG_TOOL_SIGNERS_HPP

#include "policy_verifier.hpp"

#include <modsig/sign/signer/any_signer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace tool {

struct signer_options {
    const modsig::public_key* key = nullptr;  // the certificate's: a command has no other, a token may lack its own
    std::string layout{};                     // what a command is told
    std::chrono::seconds timeout{60};         // of a command, for one signature
    bool may_ask = true;                      // for passphrase or PIN on the terminal, where KBUILD_SIGN_PIN does not say it
    std::size_t threads = 1;                  // that will ask for signatures at once
};

/// A key is a file, `pkcs11:` and the rest of a URI, or `command:` and a command for /bin/sh (sign/signer/external.hpp). What is in a
/// file or opened by a PIN is in a process of its own and never in this one (sign/signer/agent.hpp), which has no threads yet. Whatever
/// it signs is verified before anybody gets it (sign/signer/proven.hpp). Nothing where the key cannot be used, with a complaint; the
/// signer complains about what an errc does not say.
[[nodiscard]] std::optional<modsig::sign::any_signer> load_signer(const std::string& key, const signer_options& options = {});
/// How a key is spoken of: a command may hold anything.
[[nodiscard]] std::string signer_name(const std::string& key);
/// `path`: a file, a folder, or the URI of a certificate in a token. Complains.
[[nodiscard]] bool load_certificate(key_store& into, const std::string& path);
/// Of what is in a file the first certificate, or without one the first key.
[[nodiscard]] const modsig::key_info& signer_in(const key_store& certificates);

}  // namespace tool

#endif  // MODSIG_TOOL_SIGNERS_HPP
