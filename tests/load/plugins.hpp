// SPDX-License-Identifier: BSL-1.0
//
// What the load tests share: a verifier, and the plugins that meson.build makes. `good` and `other` are signed by the
// trusted key and return 42 and 43; `unsigned` is `good` before it was signed; `evil` is unsigned and `unknown_signer` is evil
// signed by a key that is not trusted: both return 666.
#ifndef MODSIG_TESTS_LOAD_PLUGINS_HPP
#define MODSIG_TESTS_LOAD_PLUGINS_HPP

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/files.hpp"
#include "../support/scratch_folder.hpp"
#include "vendor_key.hpp"  // made of tests/data/corpus/keys/rsa2048.digsig-v1.bin

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace load_tests {

template <class Policy>
using digsig_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, Policy>;
inline constexpr auto vendor = modsig::keyring::builtin<vendor_key>();

using bytes = std::vector<std::uint8_t>;

inline std::string plugin_path(const std::string& name) {
    const char* folder = std::getenv("MODSIG_TEST_PLUGINS");
    return (folder != nullptr ? std::string(folder) : std::string(".")) + "/" + name + ".so";
}
inline void write(const std::string& path, const bytes& data) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
}

/// Evil with the good plugin's signature behind it.
inline bytes evil_with_stolen_signature() {
    const bytes good = read_file(plugin_path("good"));
    bytes evil = read_file(plugin_path("evil"));
    const std::size_t unsigned_size = read_file(plugin_path("unsigned")).size();
    evil.insert(evil.end(), good.begin() + static_cast<std::ptrdiff_t>(unsigned_size), good.end());
    return evil;
}
inline bytes good_with_flipped_bit() {
    bytes good = read_file(plugin_path("good"));
    good[good.size() / 2] ^= 1;
    return good;
}

}  // namespace load_tests

#endif  // MODSIG_TESTS_LOAD_PLUGINS_HPP
