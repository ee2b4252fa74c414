// SPDX-License-Identifier: BSL-1.0
//
// Candidates for the same work, in turn within each round, in one process: a ratio is that of one round, and what is told of
// it is its median over the rounds. Above 1 is faster than the peer.
//
// To Google Benchmark a work is one benchmark, a round one of its repetitions, and each candidate two counters of it: `name`
// (microseconds for the whole work) and `name ratio`. Its own interleaving shuffles repetitions of different works, so that
// minutes may lie between a candidate and its peer.
#ifndef MODSIG_BENCH_ROUNDS_HPP
#define MODSIG_BENCH_ROUNDS_HPP

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <time.h>

namespace bench {

/// A wrong answer makes every time meaningless.
inline void must(bool right) {
    if (right) return;
    std::fputs("a benchmark got a wrong answer\n", stderr);
    std::abort();
}

/// Time that this thread, or all of them, have had of a CPU, or that has passed.
enum class clock_of : clockid_t { thread = CLOCK_THREAD_CPUTIME_ID, process = CLOCK_PROCESS_CPUTIME_ID, wall = CLOCK_MONOTONIC };

[[nodiscard]] inline double seconds(clock_of clock) {
    timespec now{};
    must(clock_gettime(static_cast<clockid_t>(clock), &now) == 0);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A turn of a candidate lasts at least this long, in seconds.
inline double shortest_turn = 0.004;

/// Does a work as often as it takes to fill a turn; answers the seconds that it takes once.
class repeated {
    std::function<void()> once_;
    clock_of clock_;
    std::size_t times_ = 0;

    [[nodiscard]] double measure() const {
        const double start = seconds(clock_);
        for (std::size_t i = 0; i != times_; ++i) once_();
        return seconds(clock_) - start;
    }

public:
    repeated(std::function<void()> once, clock_of clock) : once_(std::move(once)), clock_(clock) {}

    double operator()() {
        if (times_ == 0) {
            times_ = 1;
            double took = measure();  // warms up
            for (; took < shortest_turn / 4; took = measure()) times_ *= 2;
            while (took < shortest_turn) times_ *= 2, took *= 2;
        }
        return measure() / static_cast<double>(times_);
    }
};

/// One work and who can do it. The first candidate is the peer of the others.
class work {
    struct candidate {
        std::string name;
        std::function<double()> turn;
    };
    struct state {
        std::string name, unit;
        double units;
        std::vector<candidate> candidates{};
        std::size_t rounds = 0;

        void round(benchmark::State& benchmark_state) {
            std::vector<double> took(candidates.size());
            double all = 0;
            for (std::size_t i = 0; i != took.size(); ++i) {
                const std::size_t turn = (i + rounds) % took.size();  // nobody is always behind the same neighbour
                all += took[turn] = candidates[turn].turn();
            }
            ++rounds;
            benchmark_state.SetIterationTime(all);
            benchmark_state.SetLabel(name);
            benchmark_state.counters[unit] = units;
            for (std::size_t i = 0; i != took.size(); ++i) {
                benchmark_state.counters[candidates[i].name] = 1e6 * took[i];
                if (i != 0) benchmark_state.counters[candidates[i].name + " ratio"] = took[0] / took[i];
            }
        }
    };
    std::shared_ptr<state> state_;
    clock_of clock_;

public:
    /// `units` of what `unit` names (bytes, signatures) are in the work.
    work(std::string name, double units, std::string unit, clock_of clock = clock_of::thread)
        : state_(std::make_shared<state>(state{std::move(name), std::move(unit), units})), clock_(clock) {
        auto* added = benchmark::RegisterBenchmark(state_->name.c_str(), [shared = state_](benchmark::State& s) {
            for (auto _ : s) shared->round(s);
        });
        added->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
    }

    /// `once` does all of the work once and checks its result.
    void add(std::string name, std::function<void()> once) const { add_timed(std::move(name), repeated(std::move(once), clock_)); }
    /// For what takes its time itself: `turn` answers the seconds that the work takes once.
    void add_timed(std::string name, std::function<double()> turn) const { state_->candidates.push_back({std::move(name), std::move(turn)}); }
};

/// A table of each work as soon as it is done.
class table : public benchmark::BenchmarkReporter {
    /// Google Benchmark has another name for it since version 1.8.
    template <class AnyRun>
    static bool has_failed(const AnyRun& run) {
        if constexpr (requires { run.error_occurred; }) return run.error_occurred;
        else return run.skipped != decltype(run.skipped){};
    }

    static double quantile(std::vector<double> values, double part) {
        std::sort(values.begin(), values.end());
        return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
    }

public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        std::vector<const Run*> rounds;
        for (const Run& run : runs)
            if (run.run_type == Run::RT_Iteration && !has_failed(run)) rounds.push_back(&run);
        if (rounds.empty()) return;
        const auto values = [&](const std::string& counter) {
            std::vector<double> all;
            for (const Run* round : rounds) all.push_back(round->counters.at(counter));
            return all;
        };
        std::printf("\n%s, %zu rounds\n%-38s %12s %8s   %s\n", rounds[0]->report_label.c_str(), rounds.size(), "", "median us", "ratio", "its quartiles");
        for (const auto& [name, value] : rounds[0]->counters) {
            if (name == "bytes" || name == "signatures" || name == "files" || name == "starts" || name.ends_with(" ratio")) continue;
            std::printf("  %-36s %12.3f", name.c_str(), quantile(values(name), 0.5));
            if (!rounds[0]->counters.contains(name + " ratio")) std::printf(" %8s\n", "peer");
            else {
                const auto ratios = values(name + " ratio");
                std::printf(" %8.2f   %.2f .. %.2f\n", quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75));
            }
        }
        std::fflush(stdout);
    }
};

/// Runs all works that have been made. --benchmark_repetitions=ROUNDS, --benchmark_filter=WORK, --benchmark_out=FILE.json and
/// the rest of Google Benchmark; --turn=MILLISECONDS.
inline int run_all(int argc, char** argv) {
    std::vector<std::string> arguments{argv[0], "--benchmark_repetitions=11"};
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument.starts_with("--turn=")) shortest_turn = std::strtod(argument.c_str() + 7, nullptr) / 1000;
        else arguments.push_back(argument);
    }
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 1;
    table display;
    const std::size_t done = benchmark::RunSpecifiedBenchmarks(&display);
    benchmark::ClearRegisteredBenchmarks();  // what the works hold must not outlive the libraries it came from
    benchmark::Shutdown();
    return done == 0;
}

}  // namespace bench

#endif  // MODSIG_BENCH_ROUNDS_HPP
