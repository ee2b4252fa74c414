// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/held_signals.hpp>

#include <doctest/doctest.h>

#include <optional>

using namespace modsig;

namespace {

bool is_blocked(int signal) {
    ::sigset_t now;
    REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &now) == 0);
    return ::sigismember(&now, signal) == 1;
}

}  // namespace

TEST_CASE("held signals: all but those of faults, until the last holder is gone") {
    std::optional<os::held_signals> first(std::in_place), second(std::in_place);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD, SIGALRM}) CHECK(is_blocked(signal));
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) CHECK_FALSE(is_blocked(fault));
    first.reset();
    CHECK(is_blocked(SIGINT));
    std::optional<os::held_signals> moved(std::move(*second));
    second.reset();
    CHECK(is_blocked(SIGINT));
    moved.reset();
    CHECK_FALSE(is_blocked(SIGINT));
}

TEST_CASE("held signals: what was blocked before stays blocked") {
    ::sigset_t own, before;
    ::sigemptyset(&own);
    ::sigaddset(&own, SIGUSR2);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &own, &before) == 0);
    { const os::held_signals held; }
    CHECK(is_blocked(SIGUSR2));
    CHECK_FALSE(is_blocked(SIGUSR1));
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}
