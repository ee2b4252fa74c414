// SPDX-License-Identifier: BSL-1.0
//
// What the numbers were measured on and with: printed, and written beside them.
#ifndef MODSIG_BENCH_ENVIRONMENT_HPP
#define MODSIG_BENCH_ENVIRONMENT_HPP

#include <modsig/engine/native/cpu.hpp>

#include <benchmark/benchmark.h>
#include <botan/version.h>
#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

namespace bench {

[[nodiscard]] inline std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

[[nodiscard]] inline std::string names_of(modsig::engine::cpu_features features) {
    std::string names;
    for (const auto& row : modsig::engine::feature_table) {
        if (!features.has(row.id)) continue;
        if (!names.empty()) names += ',';
        names += row.name;
    }
    return names.empty() ? "none" : names;
}

/// As the native engine sees them, so without what MODSIG_CPU leaves out.
[[nodiscard]] inline std::string features_found() { return names_of(modsig::engine::isa::best::features()); }

/// Printed, and kept in the JSON.
inline void note(const std::string& name, const std::string& value) {
    benchmark::AddCustomContext(name, value);
    std::printf("%-9s %s\n", name.c_str(), value.c_str());
}

inline void describe() {
    note("cpu", cpu_model());
    note("features", features_found());
#ifdef __clang__
    note("compiler", "clang " __clang_version__);
#else
    note("compiler", "g++ " __VERSION__);
#endif
    note("openssl", OpenSSL_version(OPENSSL_VERSION));
    note("botan", Botan::version_string());
    std::fflush(stdout);
}

/// One row of a dispatch table: what a work costs by the table, and as it was measured here.
[[nodiscard]] inline std::string kernel_text(std::size_t lanes, modsig::engine::cpu_features needs, double predicted, double measured) {
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%zu %s %.2f %.2f", lanes, names_of(needs).c_str(), predicted, measured);
    return text.data();
}

}  // namespace bench

#endif  // MODSIG_BENCH_ENVIRONMENT_HPP
