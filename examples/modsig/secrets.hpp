// SPDX-License-Identifier: BSL-1.0
//
// PINs and passphrases from where others can see them: the command line (/proc/PID/cmdline) and the environment, which children
// inherit. They are taken out of both before anything else happens, and kept in memory that agents get with their fork.
#ifndef MODSIG_TOOL_SECRETS_HPP
#define MODSIG_TOOL_SECRETS_HPP

#include <modsig/sign/key/passphrase.hpp>

#include <optional>
#include <string_view>

namespace tool {

/// To be called first in main(). An argument that held a PIN is shorter then.
void take_secrets(int argc, char** argv);

/// Whether a variable of sign::passphrase_variables was set.
[[nodiscard]] bool has_passphrase(std::string_view variable);

/// What was in it; nothing if it was not set.
[[nodiscard]] std::optional<modsig::sign::passphrase> passphrase_of(std::string_view variable);

/// The PIN that was cut out of this URI; null: there was none.
[[nodiscard]] const modsig::sign::passphrase* pin_of(std::string_view uri);

/// Wipes them: nobody else will ask.
void forget_secrets();

}  // namespace tool

#endif  // MODSIG_TOOL_SECRETS_HPP
