// SPDX-License-Identifier: BSL-1.0
//
// The key that an install signs with, which is never in the process that installs (sign/signer/agent.hpp), and its public half in
// the forms that it goes out in.
#ifndef MODSIG_TOOL_INSTALL_KEY_HPP
#define MODSIG_TOOL_INSTALL_KEY_HPP

#include "../exit_status.hpp"
#include "../policy_verifier.hpp"
#include "../signing.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tool {

struct install_key_options {
    std::string type{};         // of an ephemeral one
    std::string key{};          // as load_signer takes it; empty: an ephemeral one
    std::string certificate{};  // empty: it is in the file of the key
    std::string layout{};
    std::size_t jobs = 1;
};

struct install_key {
    std::optional<modsig::sign::any_signer> signer{};  // reset: the private key is gone
    key_store trust{};                                 // the public half alone
    bytes public_half{};                               // certificate, DER; of a bare RSA key its digsig blob

    install_key() = default;
    install_key(const install_key&) = delete;
    install_key& operator=(const install_key&) = delete;

    /// Complains. To be called before there are threads.
    [[nodiscard]] exit_status open(const install_key_options& options);
    [[nodiscard]] const modsig::key_info& info() const { return trust.keys().front().info; }
    /// By the file's name: PEM; .der, .x509: DER; .digsig, .bin: a digsig blob; .h, .hh, .hpp: a C++ header, ready to be built in.
    [[nodiscard]] bytes public_half_for(const std::string& path) const;
    /// `usage` for a form that this key does not have.
    [[nodiscard]] exit_status check_forms(const std::vector<std::string>& paths) const;

private:
    [[nodiscard]] exit_status open_named(const install_key_options& options);
    [[nodiscard]] exit_status open_ephemeral(const install_key_options& options);
};

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_KEY_HPP
