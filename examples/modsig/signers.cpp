// SPDX-License-Identifier: BSL-1.0
#include "signers.hpp"

#include "key_faults.hpp"
#include "report.hpp"
#include "secrets.hpp"
#include "text.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/sign/key/public_half.hpp>
#include <modsig/sign/signer/agent.hpp>
#include <modsig/sign/signer/external.hpp>
#if MODSIG_TOOL_PKCS11
#include <modsig/sign/signer/pkcs11.hpp>
#endif
#include <modsig/sign/signer/proven.hpp>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

namespace tool {
namespace {

namespace sign = modsig::sign;

constexpr std::string_view command_scheme = "command:", token_scheme = "pkcs11:";

/// The failure of a process that has complained itself.
constexpr modsig::errc complained = modsig::errc::not_checked;

void report(std::string_view message) { complain(printable(message)); }

/// Says so when what was signed does not verify.
struct outspoken_signer {
    sign::proven<sign::any_signer, engine> held;
    std::string name;

    [[nodiscard]] const modsig::key_info& info() const { return held.info(); }
    [[nodiscard]] modsig::result<sign::bytes> sign(const sign::to_sign& input) const {
        auto raw = held.sign(input);
        if (!raw && modsig::entry_of(raw.error().code).at == modsig::stage::arithmetic)
            complain("nothing is written: what " + name + " has signed does not verify with the public key");
        return raw;
    }
};

std::optional<outspoken_signer> proven_signer(sign::any_signer signer, const std::string& key) {
    auto proven = sign::proven<sign::any_signer, engine>::of(std::move(signer));
    if (proven) return outspoken_signer{*std::move(proven), signer_name(key)};
    complain(signer_name(key), proven.error());
    return std::nullopt;
}

std::optional<sign::any_signer> command_signer(const std::string& key, const signer_options& options) {
    auto half = options.key != nullptr ? sign::public_half::copy(*options.key) : modsig::errc::key_not_found;
    if (!half) {
        complain(signer_name(key), half.error());
        return std::nullopt;
    }
    return sign::any_signer(
        sign::external_signer(*std::move(half), {key.substr(command_scheme.size()), options.layout, options.timeout, report}));
}

#if MODSIG_TOOL_PKCS11
std::optional<sign::any_signer> token_signer(const std::string& key, const signer_options& options) {
    sign::pkcs11_options token_options;
    token_options.key = options.key;
    token_options.pin = pin_of(key);
    token_options.report = report;
    token_options.ask = [&](std::string_view token) {
        auto pin = passphrase_of(sign::kbuild_passphrase_variable);
        if (pin && pin->text().empty()) pin.reset();  // not worth one of the few attempts
        if (!pin && options.may_ask) pin = sign::passphrase_from_terminal("PIN of the token \"" + printable(token) + "\": ");
        if (!pin) complain("the PIN can be given in " + std::string(sign::kbuild_passphrase_variable));
        return pin;
    };
    auto opened = sign::token_key::open(key, token_options);
    if (!opened) return std::nullopt;
    return sign::any_signer(*std::move(opened));
}

bool load_token_certificate(key_store& into, const std::string& uri) {
    std::string why;
    const auto certificate = sign::token_certificate(uri, why);
    if (!certificate) return report(why), false;
    const auto added = into.add(*certificate);
    if (!added) complain("the token's certificate", added.error());
    return added.has_value();
}
#else
bool without_tokens() {
    complain("this modsig was built without PKCS#11 (p11-kit)");
    return false;
}
std::optional<sign::any_signer> token_signer(const std::string&, const signer_options&) { return (void)without_tokens(), std::nullopt; }
bool load_token_certificate(key_store&, const std::string&) { return without_tokens(); }
#endif

/// The variable that has a key file's passphrase: for the attributes that evmctl writes, its own where it is set.
std::string_view passphrase_variable_of(const signer_options& options) {
    const bool is_attribute = options.layout == "ima" || options.layout == "evm";
    return is_attribute && has_passphrase(sign::evmctl_passphrase_variable) ? sign::evmctl_passphrase_variable : sign::kbuild_passphrase_variable;
}

std::optional<sign::any_signer> file_signer(const modsig::os::hardened_process& here, const std::string& path, const signer_options& options) {
    errno = 0;
    const auto file = modsig::keyring::read_key_file(path);
    if (!file) {
        complain(path, file.error());
        return std::nullopt;
    }
    bool in_environment = false, typed = false;
    const std::string variable(passphrase_variable_of(options));
    std::string_view why;
    const auto ask = [&] {
        auto secret = passphrase_of(variable);
        in_environment = secret.has_value();
        if (!secret && options.may_ask) secret = sign::passphrase_from_terminal("Passphrase of " + printable(path) + ": ");
        typed = secret && !in_environment;
        return secret;
    };
    auto key = sign::load_private_key(here, *file, ask, &why);
    if (key) return sign::any_signer(*std::move(key));
    const auto stored = sign::find_private_key(*file);
    const bool closed = stored && stored->is_encrypted() && key.error().code == modsig::errc::bad_key;
    const std::string name = printable(path) + ": ";
    if (!why.empty())
        complain(name + std::string(why) + " (" + std::string(modsig::name(key.error().code)) + ")" +
                 (key.error().code == modsig::errc::bad_key ? "" : ": openssl 3.5 signs with it, as KEY: " + printable(shell_word("command:openssl pkeyutl -sign -rawin -in /dev/stdin -inkey " + shell_word(path)))));
    else if (stored && stored->form == sign::key_form::pkcs12)
        complain(name + "this is PKCS#12: convert it with openssl pkcs12 -in " + printable(shell_word(path)) + " -out key.pem");
    else if (stored && stored->is_encrypted() && key.error().code == modsig::errc::unsupported_key)
        complain(name + "the private key is encrypted in a way that is not known here: convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc -in " +
                 printable(shell_word(path)) + (stored->block ? "" : " -inform DER") + " -out key.pem");
    else if (key.error().code == modsig::errc::missing_element) complain(name + "there is no private key in it");
    else if (closed && in_environment) complain(name + "the private key does not open with the passphrase in " + variable);
    else if (closed && typed) complain(name + "the private key does not open with this passphrase");
    else if (closed) complain(name + "the private key is encrypted: put its passphrase into " + variable);
    else complain(path, key.error());
    return std::nullopt;
}

/// The agent's key, with what is to be known of it elsewhere.
modsig::result<sign::agent_key<outspoken_signer>> open_in_agent(const modsig::os::hardened_process& here, const std::string& key, const signer_options& options) {
    auto unproven = key.starts_with(token_scheme) ? token_signer(key, options) : file_signer(here, key, options);
    if (!unproven) return complained;
    auto proven = proven_signer(*std::move(unproven), key);
    if (!proven) return complained;
    forget_secrets();
    auto half = sign::spki_of(proven->info().key);
    if (!half) return half.error();
    return sign::agent_key<outspoken_signer>{*std::move(proven), *std::move(half)};
}

}  // namespace

std::optional<sign::any_signer> load_signer(const std::string& key, const signer_options& options) {
    if (key.starts_with(command_scheme)) {
        auto unproven = command_signer(key, options);
        auto proven = unproven ? proven_signer(*std::move(unproven), key) : std::nullopt;
        return proven ? std::optional(sign::any_signer(*std::move(proven))) : std::nullopt;
    }
    errno = 0;
    auto agent = sign::agent::start(options.threads, [&](const modsig::os::hardened_process& here) { return open_in_agent(here, key, options); });
    if (agent) return sign::any_signer(*std::move(agent));
    if (agent.error().code != complained) complain("the signing process", agent.error());
    return std::nullopt;
}

std::string signer_name(const std::string& key) {
    if (key.starts_with(command_scheme)) return "the command's key";
    return key.starts_with(token_scheme) ? "the token's key" : printable(key);
}

bool load_certificate(key_store& into, const std::string& path) {
    if (path.starts_with(token_scheme)) return load_token_certificate(into, path);
    const auto report = [](const std::filesystem::path& file, std::size_t index, const modsig::failure& why) {
        if (why.code == modsig::errc::io_error) complain(file.native(), why);
        else complain(printable(file.native()) + ": " + describe_key_fault(file.native(), index, why));
    };
    errno = 0;
    const auto count = modsig::keyring::add_path(into, path, report);
    if (!count) complain(path, count.error());
    return count && *count != 0;
}

const modsig::key_info& signer_in(const key_store& certificates) {
    for (const auto& one : certificates.keys())
        if (!one.info.certificate.empty()) return one.info;
    return certificates.keys().front().info;
}

}  // namespace tool
