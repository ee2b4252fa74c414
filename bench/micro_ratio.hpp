// SPDX-License-Identifier: BSL-1.0
//
// Rows named work/candidate, run interleaved, and beside Google Benchmark's own output the ratio of each candidate's speed
// to that of its peer on the same work: above 1 is faster than OpenSSL.
#ifndef MODSIG_BENCH_MICRO_RATIO_HPP
#define MODSIG_BENCH_MICRO_RATIO_HPP

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace micro {

/// A wrong answer makes every time meaningless.
inline void must(bool right) {
    if (right) return;
    std::fputs("a benchmark got a wrong answer\n", stderr);
    std::abort();
}

/// Adds the row `work`/`candidate`; `run` does all of the work once and checks its result.
template <class Run>
void row(const std::string& work, const std::string& candidate, double units, const char* unit, Run run) {
    run();
    auto* added = benchmark::RegisterBenchmark((work + '/' + candidate).c_str(), [=](benchmark::State& state) {
        for (auto _ : state) run();
        state.counters[unit] = benchmark::Counter(units, benchmark::Counter::kIsIterationInvariantRate);
    });
    added->Unit(benchmark::kMicrosecond);
}

class ratio_reporter : public benchmark::ConsoleReporter {
    std::map<std::string, std::vector<double>> times_;  // of each row, one a repetition
    std::vector<std::string> order_;
    std::string peer_;

    static double median(std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    }

public:
    explicit ratio_reporter(std::string peer) : peer_(std::move(peer)) {}

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
            const std::string name = run.run_name.function_name;
            if (!times_.contains(name)) order_.push_back(name);
            times_[name].push_back(run.GetAdjustedCPUTime());
        }
    }

    void Finalize() override {
        std::sort(order_.begin(), order_.end());  // they ran in random order
        std::printf("%-52s %12s %8s   %s\n", "work/candidate", "median us", "ratio", "spread of the times, per cent of the median");
        for (const std::string& name : order_) {
            const std::size_t end = name.rfind('/');
            const std::vector<double>& times = times_[name];
            const double own = median(times);
            const auto [least, most] = std::minmax_element(times.begin(), times.end());
            const auto peer = times_.find(name.substr(0, end + 1) + peer_);
            std::printf("%-52s %12.3f ", name.c_str(), own);
            if (peer != times_.end()) std::printf("%8.2f", median(peer->second) / own);
            else std::printf("%8s", "-");
            std::printf("   -%.0f +%.0f\n", 100 * (own - *least) / own, 100 * (*most - own) / own);
        }
    }
};

/// Runs all rows; the command line may overrule what is set here. --benchmark_out=file.json writes every repetition.
inline int run_all(int argc, char** argv) {
    std::vector<std::string> arguments{argv[0], "--benchmark_enable_random_interleaving=true", "--benchmark_repetitions=11",
                                       "--benchmark_min_time=0.01"};
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 1;
    ratio_reporter reporter("openssl");
    benchmark::RunSpecifiedBenchmarks(&reporter);
    benchmark::ClearRegisteredBenchmarks();  // what the rows hold must not outlive the libraries it came from
    benchmark::Shutdown();
    return 0;
}

}  // namespace micro

#endif  // MODSIG_BENCH_MICRO_RATIO_HPP
