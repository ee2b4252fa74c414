// SPDX-License-Identifier: BSL-1.0
// host: runs plugins that the vendor signed, unless their key is revoked.
//     host [--revoked FILE]... PLUGIN.so...
// Exit status: 0 all ran, 1 one did not, 2 usage.
#include "keys.hpp"
#include "plugin.hpp"

#include <modsig/core.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/load/plugin.hpp>

#include <ctime>
#include <iostream>
#include <string_view>

namespace {

using modsig::engine::native;
using plugin_verifier = modsig::verifier<modsig::layouts<modsig::layout::modsign>, native, modsig::policy::strict>;

bool refuse(const char* path, std::string_view why) { return std::cerr << path << ": refused: " << why << '\n', false; }

bool run(const plugin_verifier& verifier, const char* path) {
    auto file = modsig::load::sealed_file::open(path);  // a copy: nobody changes it from here on
    if (!file) return refuse(path, file.error().message());
    auto proof = verifier.verify(*std::move(file), {.now = std::time(nullptr), .name = path});
    if (!proof) return refuse(path, proof.error().message());
    const auto plugin = modsig::load::dlopen(*std::move(proof));  // takes what is verified, and nothing else
    if (!plugin) return refuse(path, dlerror());
    const auto greet = plugin->symbol<decltype(greeting)>("greeting");
    if (greet == nullptr) return refuse(path, "it is no plugin of this host");
    std::cout << path << ": " << greet() << '\n';
    return true;
}

}  // namespace

int main(int count, char** words) {
    modsig::keyring::revocations<native> revoked;
    int i = 1;
    for (; i + 1 < count && std::string_view(words[i]) == "--revoked"; i += 2) {
        bool readable = true;
        const auto report = [&](const auto&, std::size_t, const modsig::failure&) { readable = false; };
        const auto number = modsig::keyring::revoke_path(revoked, words[i + 1], report);
        // A host that does not know what is revoked runs nothing.
        if (!number || !readable) return std::cerr << words[i + 1] << ": cannot be read as revocations\n", 2;
    }
    if (i == count) return std::cerr << "usage: host [--revoked FILE]... PLUGIN.so...\n", 2;
    const plugin_verifier verifier{vendor_keys(), revoked.view()};
    bool all_ran = true;
    for (; i < count; ++i) all_ran = run(verifier, words[i]) && all_ran;
    return all_ran ? 0 : 1;
}
