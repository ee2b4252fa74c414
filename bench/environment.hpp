// SPDX-License-Identifier: BSL-1.0
//
// What the numbers were measured on and with: printed, and written beside them.
#ifndef MODSIG_BENCH_ENVIRONMENT_HPP
#define MODSIG_BENCH_ENVIRONMENT_HPP

#include <modsig/engine/native/cpu.hpp>

#include <benchmark/benchmark.h>
#include <botan/version.h>
#include <openssl/crypto.h>

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

/// As the native engine sees them, so without what MODSIG_CPU leaves out.
[[nodiscard]] inline std::string features_found() {
    std::string found;
#ifdef MODSIG_NATIVE_X86
    for (const auto& row : modsig::engine::feature_table) {
        if (!modsig::engine::cpu().has(row.id)) continue;
        if (!found.empty()) found += ',';
        found += row.name;
    }
#endif
    return found.empty() ? "none" : found;
}

inline void describe() {
    const auto note = [](const std::string& what, const std::string& value) {
        benchmark::AddCustomContext(what, value);
        std::printf("%-9s %s\n", what.c_str(), value.c_str());
    };
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

}  // namespace bench

#endif  // MODSIG_BENCH_ENVIRONMENT_HPP
