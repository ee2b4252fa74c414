// SPDX-License-Identifier: BSL-1.0
#include "secrets.hpp"

#if MODSIG_TOOL_PKCS11
#include <modsig/sign/signer/pkcs11/uri.hpp>
#endif

#include <string>
#include <utility>
#include <vector>

namespace tool {
namespace {

using modsig::sign::passphrase;

/// Each with what it belongs to: a variable, a URI.
using secret_list = std::vector<std::pair<std::string, passphrase>>;

secret_list& taken() {
    static secret_list secrets;
    return secrets;
}

const passphrase* find(std::string_view owner) {
    for (const auto& [name, secret] : taken())
        if (name == owner) return &secret;
    return nullptr;
}

#if MODSIG_TOOL_PKCS11
void take_pin(char* argument) {
    const std::span<char> text(argument, std::string_view(argument).size());
    const std::size_t begin = std::string_view(argument).find(modsig::sign::pkcs11_uri::scheme);  // also in --key=pkcs11:...
    if (begin == std::string_view::npos) return;
    std::optional<passphrase> pin;
    const std::size_t size = modsig::sign::cut_pin(text.subspan(begin), pin);
    if (pin) taken().emplace_back(std::string(argument + begin, size), *std::move(pin));
}
#else
void take_pin(char*) {}
#endif

}  // namespace

void take_secrets(int argc, char** argv) {
    for (const std::string_view variable : modsig::sign::passphrase_variables)
        if (auto secret = modsig::sign::take_from_environment(std::string(variable).c_str())) taken().emplace_back(variable, *std::move(secret));
    for (int i = 1; i < argc; ++i) take_pin(argv[i]);
}

bool has_passphrase(std::string_view variable) { return find(variable) != nullptr; }

std::optional<passphrase> passphrase_of(std::string_view variable) {
    const passphrase* const secret = find(variable);
    return secret != nullptr ? std::optional(secret->copy()) : std::nullopt;
}

void forget_secrets() { taken().clear(); }

const passphrase* pin_of(std::string_view uri) { return find(uri); }

}  // namespace tool
