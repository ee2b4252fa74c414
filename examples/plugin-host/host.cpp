// SPDX-License-Identifier: BSL-1.0
//
// plugin-host: runs plugins, but only those that the vendor signed. The vendor's public key is part of the program.
//
//     plugin-host PLUGIN.so...
//
// prints a line for each, `doubler: 42` or why it was refused, and exits with 1 when one was.
// What is verified is a private, sealed copy, and what is loaded is that copy: changing the file meanwhile is no use.
#include "plugin.hpp"

#include <modsig/load/plugin.hpp>
#include <modsig/modsig.hpp>

#include "vendor_key.hpp"  // made from the vendor's public key by embed.py

#include <iostream>
#include <optional>
#include <vector>

namespace {

// `legacy`: the 2012 layout always has a SHA-1 digest in it (its outer one), which `strict` does not take.
using plugin_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::legacy>;
constexpr auto trust = modsig::keyring::builtin<vendor_key>();

void refuse(const char* path, const modsig::failure& why) {
    std::cerr << path << ": refused: " << why.message() << " (" << name(why.code) << ", " << name(why.linux_errno()) << ", at byte "
              << why.offset << ")\n";
}

std::optional<modsig::load::plugin> load(const char* path) {
    auto file = modsig::load::sealed_file::open(path);
    if (!file) return refuse(path, file.error()), std::nullopt;
    auto proof = plugin_verifier{trust}.verify(*std::move(file));
    if (!proof) return refuse(path, proof.error()), std::nullopt;
    auto plugin = modsig::load::dlopen(*std::move(proof));
    if (!plugin) return std::cerr << path << ": verified, but: " << dlerror() << '\n', std::nullopt;
    return *std::move(plugin);
}

bool run(const modsig::load::plugin& plugin) {
    auto* const name = plugin.symbol<decltype(plugin_name)>("plugin_name");
    auto* const run = plugin.symbol<decltype(plugin_run)>("plugin_run");
    if (name == nullptr || run == nullptr) return std::cerr << "verified, but no plugin of this host\n", false;
    std::cout << name() << ": " << run(21) << '\n';
    return true;
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<modsig::load::plugin> plugins;  // loaded until the end
    bool all_well = count > 1;
    for (int i = 1; i < count; ++i) {
        auto plugin = load(arguments[i]);
        if (plugin) plugins.push_back(*std::move(plugin));
        all_well = all_well && plugin && run(plugins.back());
    }
    return all_well ? 0 : 1;
}
