// SPDX-License-Identifier: BSL-1.0
// doctest's main for mutated programs. MUTANT=N makes mutation N. MUTANTS_REACHED=FILE writes a line for every test case: its name,
// the seconds of CPU time that it took, and the mutations that it came to, in child processes, too.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <sys/resource.h>

namespace mutants {
namespace {
unsigned char before_main[most];
}
int active = -1;
unsigned char* reached = before_main;
}  // namespace mutants

namespace {

double seconds(int who) {
    ::rusage usage{};
    ::getrusage(who, &usage);
    const auto of = [](const ::timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double seconds() { return seconds(RUSAGE_SELF) + seconds(RUSAGE_CHILDREN); }

struct reach final : doctest::IReporter {
    std::FILE* file = nullptr;
    const char* name = "";
    double begin = 0;

    explicit reach(const doctest::ContextOptions&) {
        if (const char* path = std::getenv("MUTANTS_REACHED")) file = std::fopen(path, "w");
    }
    ~reach() override {
        if (file != nullptr) std::fclose(file);
    }
    void test_case_start(const doctest::TestCaseData& test) override {
        name = test.m_name;
        begin = seconds();
        if (file != nullptr) std::memset(mutants::reached, 0, mutants::most);
    }
    void test_case_end(const doctest::CurrentTestCaseStats& end) override {
        if (file == nullptr) return;
        std::fprintf(file, "%s\t%s\t%.3f\t", name, end.failure_flags == 0 ? "passed" : "failed", seconds() - begin);
        for (int i = 0; i != mutants::most; ++i)
            if (mutants::reached[i] != 0) std::fprintf(file, " %d", i);
        std::fputc('\n', file);
        std::fflush(file);
    }
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_LISTENER("reach", 1, reach);

}  // namespace

int main(int count, char** arguments) {
    void* const shared = ::mmap(nullptr, mutants::most, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 127;
    mutants::reached = static_cast<unsigned char*>(shared);
    if (const char* number = std::getenv("MUTANT")) mutants::active = std::atoi(number);
    return doctest::Context(count, arguments).run();
}
