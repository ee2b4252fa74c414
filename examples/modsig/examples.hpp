// SPDX-License-Identifier: BSL-1.0
//
// Examples that --help and the manual pages show, and what exit statuses mean; tests/documents runs each of the examples.
#ifndef MODSIG_TOOL_EXAMPLES_HPP
#define MODSIG_TOOL_EXAMPLES_HPP

#include <string>
#include <string_view>

namespace tool {

struct example {
    std::string_view command;  // of modsig
    std::string_view line;
};

// In this order they can be typed one after the other, in a folder with driver.ko, app and app.bin that nobody has signed.
inline constexpr example examples[] = {
    {"genkey", "modsig genkey --out key.pem"},
    {"genkey", "modsig genkey --type ecdsa-p256 --out ec.pem"},
    {"digest", "modsig digest driver.ko"},
    {"digest", "modsig digest --fsverity app"},
    {"sign", "modsig sign -d sha256 key.pem key.x509 driver.ko"},
    {"sign", "modsig sign sha256 key.pem key.x509 driver.ko"},
    {"sign", "modsig sign --layout ima --sigfile sha256 key.pem key.x509 app"},
    {"sign", "modsig sign --layout mcuboot --version 1.2.3 sha256 ec.pem ec.x509 app.bin image.bin"},
    {"verify", "modsig verify --trust key.pem driver.ko"},
    {"verify", "modsig verify --trust key.pem --json driver.ko"},
    {"verify", "modsig verify --trust key.pem --html report.html driver.ko"},
    {"verify", "modsig verify --layout ima --trust key.pem --signature app.sig app"},
    {"verify", "modsig verify --policy linux-modsign --kernel 6.12 --trust key.pem driver.ko"},
    {"inspect", "modsig inspect --trust key.pem driver.ko"},
    {"inspect", "modsig inspect --modinfo driver.ko"},
    {"keys", "modsig keys key.pem ec.x509"},
    {"extract", "modsig extract driver.ko driver.p7s"},
    {"strip", "modsig strip driver.ko unsigned.ko"},
    {"attach", "modsig attach --cert key.x509 --trust key.x509 driver.p7s unsigned.ko signed.ko"},
    {"install", "modsig install --strip --from build/lib/modules --to stage --public-key-out modules_key.pem"},
    {"load", "modsig load --dry-run --alone --trust key.pem driver.ko"},
    {"revoke-line", "modsig revoke-line key.x509 >revoked.txt"},
};

struct exit_text {
    int status;
    std::string_view text;
};

/// As in the README.
inline constexpr exit_text exit_texts[] = {
    {0, "verified or tolerated"},
    {1, "a bad signature, or several reasons"},
    {2, "the command line is wrong"},
    {3, "not signed"},
    {4, "a key is not known, be it that of a second signer"},
    {5, "weak, revoked, expired, for something else"},
    {6, "malformed, too costly, a needless certificate"},
    {7, "a file or a key cannot be read"},
};

/// "Examples:" and a line for each, or nothing.
[[nodiscard]] inline std::string examples_of(std::string_view command) {
    std::string text;
    for (const example& each : examples)
        if (each.command == command) text += (text.empty() ? "Examples:\n  " : "\n  ") + std::string(each.line);
    return text;
}

}  // namespace tool

#endif  // MODSIG_TOOL_EXAMPLES_HPP
