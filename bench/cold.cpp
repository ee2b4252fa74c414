// SPDX-License-Identifier: BSL-1.0
//
// From start to exit: processes that verify one module and end. Their CPU time (user and system, as the kernel counts it when
// they are waited for), and the time that passes.
//   cold FOLDER-OF-PROGRAMS SMALL-MODULE LARGE-MODULE DAMAGED-MODULE [--benchmark_...]
#include "environment.hpp"
#include "rounds.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace {

struct ended {
    int status;
    double cpu, wall;  // seconds
};

ended run(const std::string& program, const std::string& module) {
    std::string first = program, second = module;
    char* arguments[] = {first.data(), second.data(), nullptr};
    char* environment[] = {nullptr};
    const double start = bench::seconds(bench::clock_of::wall);
    ::pid_t child = 0;
    bench::must(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environment) == 0);
    int status = 0;
    ::rusage used{};
    bench::must(::wait4(child, &status, 0, &used) == child && WIFEXITED(status));
    const auto spent = [](const ::timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return {WEXITSTATUS(status), spent(used.ru_utime) + spent(used.ru_stime), bench::seconds(bench::clock_of::wall) - start};
}

double one_start(const std::string& program, const std::string& module, double ended::*cost) {
    const ended start = run(program, module);
    bench::must(start.status == 0);
    return start.*cost;
}

struct candidate {
    const char* name;
    const char* program;
    bool verifies = true;
};
constexpr candidate candidates[] = {
    {"openssl", "cold_openssl"},
    {"openssl, static", "cold_openssl_static"},
    {"botan", "cold_botan"},
    {"modsig, native, static", "cold_native_static"},
    {"modsig, native", "cold_native"},
    {"only reads, static", "cold_reads_static", false},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return std::fprintf(stderr, "usage: %s FOLDER-OF-PROGRAMS SMALL-MODULE LARGE-MODULE DAMAGED-MODULE\n", argv[0]), 2;
    bench::describe();
    const std::filesystem::path folder = argv[1];
    for (const auto& [form, module] : {std::pair{"small", argv[2]}, {"large", argv[3]}}) {
        const std::uintmax_t size = std::filesystem::file_size(module);
        std::printf("%s module: %ju bytes\n", form, size);
        benchmark::AddCustomContext(std::string(form) + " module", std::to_string(size) + " bytes");
        for (const auto& [kind, cost] : {std::pair{"cpu", &ended::cpu}, {"wall", &ended::wall}}) {
            const bench::work work(std::string("cold/") + form + " module, " + kind, 1, "starts");
            for (const candidate& each : candidates) {
                const std::string program = folder / each.program;
                if (!std::filesystem::exists(program)) {
                    std::printf("%s is not built: no candidate `%s`\n", each.program, each.name);
                    continue;
                }
                bench::must(run(program, module).status == 0 && run(program, argv[4]).status == (each.verifies ? 1 : 0));
                work.add_timed(each.name, [program, module = std::string(module), cost = cost] { return one_start(program, module, cost); });
            }
        }
    }
    argv[4] = argv[0];
    return bench::run_all(argc - 4, argv + 4);
}
