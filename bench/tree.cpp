// SPDX-License-Identifier: BSL-1.0
//
// A distribution's kernel package from end to end: every module read into memory (its pages are cached by then), its
// signature found, and verified with the certificates in the package's own vmlinuz.
//   tree FOLDER [--benchmark_...]      FOLDER has boot/vmlinuz-* and lib/modules
#include "environment.hpp"
#include "rounds.hpp"
#include "tree_files.hpp"
#include "tree_openssl.hpp"

#include <modsig/batch.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/kernel_image.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <functional>
#include <memory>

using namespace modsig;

namespace {

/// Judges all files, in threads of its own if there is more than one; answers how many are verified.
struct contender {
    std::string name;
    unsigned threads;
    std::function<std::size_t(const bench::tree&)> verified_files;
};

/// Keys of the kernel as an engine wants them. Signatures have no date: the day is one when the first key is good.
template <class Engine>
struct trust {
    keyring::store<Engine> ring{keyring::builtin_trusted_keys};
    context at{};

    explicit trust(const bench::certificates& trusted) {
        for (const bench::bytes& each : trusted) bench::must(ring.add(each).has_value());
        const validity_period& validity = ring.keys()[0].info.validity;
        at.now = validity.not_before + (validity.not_after - validity.not_before) / 2;
    }
};

template <class Engine>
using judge_of = verifier<layouts<layout::modsign>, Engine, policy::strict>;

template <class Engine>
contender one_at_a_time(const std::string& name, const bench::certificates& trusted) {
    const auto keys = std::make_shared<trust<Engine>>(trusted);
    return {name, 1, [=](const bench::tree& files) {
        const judge_of<Engine> verifier{keys->ring};
        return files.count_if([&](byte_view image) { return verifier.appraise(subject{image}, keys->at).outcome == verdict::verified; });
    }};
}

contender in_batch(const std::string& name, unsigned threads, const bench::certificates& trusted) {
    const auto keys = std::make_shared<trust<engine::best>>(trusted);
    return {name, threads, [=](const bench::tree& files) {
        const judge_of<engine::best> verifier{keys->ring};
        std::size_t count = 0;
        batch::options options;
        options.threads = threads;
        options.at = keys->at;
        batch::appraise(verifier, files.paths(), [&](std::size_t, const appraisal& found) { count += found.outcome == verdict::verified; }, options);
        return count;
    }};
}

/// The first is the peer of the others.
std::vector<contender> contenders(const bench::certificates& trusted) {
    const auto peer = std::make_shared<bench::openssl_keys>(trusted);
    return {
        {"openssl CMS_verify", 1, [=](const bench::tree& files) { return files.count_if([&](byte_view image) { return peer->cms_verify(image); }); }},
        {"openssl, contexts reused", 1, [=](const bench::tree& files) { return files.count_if([&](byte_view image) { return peer->verify_with_contexts(image); }); }},
        one_at_a_time<engine::botan>("modsig one at a time, botan", trusted),
        one_at_a_time<engine::native>("modsig one at a time, native", trusted),
        one_at_a_time<engine::best>("modsig one at a time, best", trusted),
        in_batch("modsig batch", 1, trusted),
        in_batch("modsig batch, 2 threads", 2, trusted),
    };
}

bench::certificates certificates_of(const std::filesystem::path& folder) {
    bench::certificates found;
    const auto keep = [&](byte_view blob) {
        const auto info = key::parse_any(blob);
        if (info) found.emplace_back(blob.begin(), blob.end());
        return info;
    };
    for (const auto& entry : std::filesystem::directory_iterator(folder / "boot"))
        if (entry.path().filename().string().starts_with("vmlinuz-"))
            bench::must(keyring::for_each_kernel_certificate(bench::content_of(entry.path()), keep, [](std::size_t, const failure&) {}).has_value());
    return found;
}

void add_work(const std::string& name, const std::vector<contender>& all, const bench::tree& files, bench::clock_of clock, bool (*wanted)(const contender&)) {
    const bench::work work(name, static_cast<double>(files.size()), "files", clock);
    for (const contender& each : all)
        if (wanted(each)) work.add(each.name, [&files, each] { bench::must(each.verified_files(files) == files.size()); });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: %s FOLDER [--benchmark_...]\n", argv[0]), 2;
    bench::describe();
    const std::filesystem::path folder = argv[1];
    const bench::certificates trusted = certificates_of(folder);
    const bench::tree files(folder / "lib/modules");
    if (trusted.empty() || files.size() == 0) return std::fprintf(stderr, "%s: no kernel with certificates, or no modules\n", argv[1]), 2;
    std::printf("%zu modules, %.1f MB, %zu certificates in the kernel\n", files.size(), static_cast<double>(files.total_size()) / 1e6, trusted.size());
    benchmark::AddCustomContext("tree", std::to_string(files.size()) + " modules, " + std::to_string(files.total_size() / 1000000) + " MB");

    const std::vector<contender> all = contenders(trusted);
    {
        const bench::damaged_copies copies(files, 16);
        const bench::tree damaged = copies.files();
        bench::must(damaged.size() != 0);
        for (const contender& each : all) bench::must(each.verified_files(damaged) == 0);
    }
    add_work("tree/one thread", all, files, bench::clock_of::process, [](const contender& each) { return each.threads == 1; });
    // Needs two cores: not to be pinned to one.
    add_work("tree/two threads", all, files, bench::clock_of::wall, [](const contender& each) { return each.name.starts_with("modsig batch"); });
    argv[1] = argv[0];
    return bench::run_all(argc - 1, argv + 1);
}
