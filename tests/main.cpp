// SPDX-License-Identifier: BSL-1.0
// doctest's main, once, and a line for every test case that ran, or could not here.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdio>

namespace {

struct lines final : doctest::IReporter {
    const char* name = "";

    explicit lines(const doctest::ContextOptions&) {}
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_start(const doctest::TestCaseData& data) override { name = data.m_name; }
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
        std::printf("%s  %s (%d assertions, %.2f s)\n", stats.failure_flags == 0 ? "ok  " : "FAIL", name,
                    stats.numAssertsCurrentTest, stats.seconds);
    }
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    /// One that a filter leaves out comes here too; the same program runs it without one.
    void test_case_skipped(const doctest::TestCaseData& data) override {
        if (data.m_skip) std::printf("skip  %s: %s\n", data.m_name, data.m_description);
    }
};

}  // namespace

REGISTER_LISTENER("lines", 1, lines);
