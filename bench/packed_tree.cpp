// SPDX-License-Identifier: BSL-1.0
//
// A tree of modules as Debian 13 ships it, compressed with xz and signed by P-384, beside `xz -dc` of the same files to /dev/null: what
// verifying costs over decompressing. Both are processes, from start to exit; liblzma is the same.
//   packed_tree FOLDER CERTIFICATE [--benchmark_...]     bench/packed_modules.py makes both
//   packed_tree --verify THREADS CERTIFICATE FILE...     the process that verifies: exits with 0 if all are verified
#include "environment.hpp"
#include "rounds.hpp"
#include "tree_files.hpp"

#include <modsig/batch/packed_modules.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace modsig;

extern char** environ;

namespace {

/// Signatures have no date: the day is one when the key is good.
int verify(std::size_t threads, const char* certificate, const std::vector<std::string>& files) {
    keyring::store<engine::best> ring;
    if (!ring.add(bench::content_of(certificate))) return 2;
    const validity_period& validity = ring.keys()[0].info.validity;
    batch::options options;
    options.threads = threads;
    options.at.now = validity.not_before + (validity.not_after - validity.not_before) / 2;
    const verifier<layouts<layout::modsign>, engine::best, policy::strict> verifier{ring};
    std::size_t verified = 0;
    batch::appraise_modules(verifier, files, batch::packed_module::whole_file,
                            [&](std::size_t, const appraisal& found) { verified += found.outcome == verdict::verified; }, options);
    return verified == files.size() ? 0 : 1;
}

struct ended {
    int status = 0;
    double cpu = 0, wall = 0;  // seconds
    double memory = 0;         // peak, in MiB
};

/// Its output goes to /dev/null.
ended run(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& each : command) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    ::posix_spawn_file_actions_t actions;
    bench::must(::posix_spawn_file_actions_init(&actions) == 0 && ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0);
    const double start = bench::seconds(bench::clock_of::wall);
    ::pid_t child = 0;
    bench::must(::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    ::rusage used{};
    bench::must(::wait4(child, &status, 0, &used) == child && WIFEXITED(status));
    const auto spent = [](const ::timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return {WEXITSTATUS(status), spent(used.ru_utime) + spent(used.ru_stime), bench::seconds(bench::clock_of::wall) - start,
            static_cast<double>(used.ru_maxrss) / 1024};
}

std::vector<std::string> with_files(std::vector<std::string> command, const std::vector<std::string>& files) {
    command.insert(command.end(), files.begin(), files.end());
    return command;
}

std::function<double()> timed(std::vector<std::string> command, double ended::*time) {
    return [command = std::move(command), time] {
        const ended done = run(command);
        bench::must(done.status == 0);
        return done.*time;
    };
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 4 && std::string_view(argv[1]) == "--verify") return verify(std::strtoul(argv[2], nullptr, 10), argv[3], {argv + 4, argv + argc});
    if (argc < 3) return std::fprintf(stderr, "usage: %s FOLDER CERTIFICATE [--benchmark_...]\n", argv[0]), 2;
    bench::describe();
    const bench::tree tree(argv[1], ".xz");
    const std::vector<std::string>& files = tree.paths();
    if (files.empty()) return std::fprintf(stderr, "%s: no *.ko.xz\n", argv[1]), 2;

    const auto verifying = [&](const char* threads, const std::vector<std::string>& of) {
        return with_files({"/proc/self/exe", "--verify", threads, argv[2]}, of);
    };
    bench::must(run(with_files({"xz", "-dc"}, files)).status == 0);
    {
        bench::damaged_copies copies(tree, 1, ".ko.xz");
        bench::must(run(verifying("1", copies.files(".xz").paths())).status == 1);
    }
    const double start = run(verifying("1", {files.front()})).memory;
    std::string memory;
    for (const char* threads : {"1", "2"})
        memory += (memory.empty() ? "" : ", ") + std::to_string(static_cast<int>(run(verifying(threads, files)).memory - start)) + " MiB with " + threads;
    std::printf("%zu modules, %.1f MB compressed; memory above that for one file: %s threads\n", files.size(), static_cast<double>(tree.total_size()) / 1e6, memory.c_str());
    benchmark::AddCustomContext("packed tree", std::to_string(files.size()) + " modules, " + std::to_string(tree.total_size() / 1000000) + " MB compressed; memory above that for one file: " +
                                                   memory + " threads");

    const bench::work one("packed tree/one thread, cpu", static_cast<double>(files.size()), "files");
    one.add_timed("xz -dc", timed(with_files({"xz", "-dc"}, files), &ended::cpu));
    one.add_timed("modsig", timed(verifying("1", files), &ended::cpu));
    // Needs two cores: not to be pinned to one.
    const bench::work two("packed tree/two threads, wall", static_cast<double>(files.size()), "files");
    two.add_timed("modsig", timed(verifying("1", files), &ended::wall));
    two.add_timed("modsig, 2 threads", timed(verifying("2", files), &ended::wall));
    argv[2] = argv[0];
    return bench::run_all(argc - 2, argv + 2);
}
