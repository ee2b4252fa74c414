// SPDX-License-Identifier: BSL-1.0
//
// plugin-host: runs plugins, but only those that were built with it. Its build made a key, signed the plugins, forgot the
// private half and put the public half in here: nobody can sign another plugin for this host.
//
//     plugin-host PLUGIN.so...
//
// prints a line for each, `doubler: 42` or why it was refused, and exits with 1 when one was.
#include "plugins/plugin.hpp"

#include <modsig/load/plugin.hpp>
#include <modsig/modsig.hpp>

#include "plugin_key.hpp"  // a certificate, written by sign.sh

#include <ctime>
#include <iostream>
#include <optional>
#include <vector>

namespace {

using plugin_verifier = modsig::verifier<modsig::layouts<modsig::layout::modsign>, modsig::engine::botan, modsig::policy::strict>;
constexpr auto trust = modsig::keyring::builtin<plugin_key>();

void refuse(const char* path, const modsig::failure& why) {
    std::cerr << path << ": refused: " << why.message() << " (" << name(why.code) << ", at byte " << why.offset << ")\n";
}

std::optional<modsig::load::plugin> load(const char* path) {
    auto file = modsig::load::sealed_file::open(path);  // a private copy: changing the file meanwhile is no use
    if (!file) return refuse(path, file.error()), std::nullopt;
    auto proof = plugin_verifier{trust}.verify(*std::move(file), {std::time(nullptr), path});
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
        const bool ran = plugin && run(*plugin);
        if (plugin) plugins.push_back(*std::move(plugin));
        all_well = all_well && ran;
    }
    return all_well ? 0 : 1;
}
