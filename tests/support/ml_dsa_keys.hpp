// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_ML_DSA_KEYS_HPP
#define MODSIG_TESTS_SUPPORT_ML_DSA_KEYS_HPP

#include <modsig/sign/key/key_file.hpp>

#include "hardened.hpp"
#include "hex.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Whether this Botan signs with ML-DSA.
#if defined(BOTAN_HAS_ML_DSA)
inline constexpr bool botan_has_ml_dsa = true;
#else
inline constexpr bool botan_has_ml_dsa = false;
#endif

/// What a list of tests/data/ml_dsa has under this name.
inline std::vector<std::uint8_t> ml_dsa_file(const std::string& list, const std::string& name) {
    static std::map<std::string, std::map<std::string, std::vector<std::uint8_t>>> lists;
    auto& files = lists[list];
    if (files.empty()) {
        const char* const folder = std::getenv("MODSIG_TEST_VECTORS");
        std::ifstream lines(std::string(folder != nullptr ? folder : "tests/data") + "/ml_dsa/" + list);
        for (std::string key, bytes; lines >> key >> bytes;) files[key] = hex(bytes);
    }
    const auto found = files.find(name);
    if (found != files.end()) return found->second;
    std::fprintf(stderr, "no %s in ml_dsa/%s; MODSIG_TEST_VECTORS names the folder of test vectors\n", name.c_str(), list.c_str());
    std::exit(2);
}

/// "ml44.seed-only"
inline std::vector<std::uint8_t> ml_dsa_key_file(const std::string& name) { return ml_dsa_file("private_keys.txt", name); }

inline modsig::result<modsig::sign::private_key> load_ml_dsa(modsig::byte_view pkcs8, std::string_view* why = nullptr) {
    return modsig::sign::load_private_key(hardened(), pkcs8, [] { return std::optional<modsig::sign::passphrase>(); }, why);
}

#endif  // MODSIG_TESTS_SUPPORT_ML_DSA_KEYS_HPP
