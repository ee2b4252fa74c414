// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/stall_watch.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <csignal>
#include <ctime>

using namespace modsig;

namespace {

template <class Work>
::pid_t start(Work work) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        {
            const os::stall_watch watch;
            work();
        }
        ::_exit(42);
    }
    return child;
}

int exit_status(::pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

::time_t now() { return std::time(nullptr); }

}  // namespace

TEST_CASE("a process that waits for ever ends, one that computes or is stopped for a while does not") {
    const ::time_t start_time = now();
    const ::pid_t waits = start([] {
        for (;;) ::pause();
    });
    // A caller that works on files holds all signals before it signs.
    ::sigset_t all, before;
    ::sigfillset(&all);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    const ::pid_t holds_signals = start([] {
        for (;;) ::pause();
    });
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
    const ::pid_t computes = start([start_time] {
        while (now() < start_time + 8) {}
    });
    const ::pid_t was_stopped = start([] { ::raise(SIGSTOP); });
    ::timespec rest{7, 0};
    while (::nanosleep(&rest, &rest) != 0) {}
    (void)::kill(was_stopped, SIGCONT);
    CHECK(exit_status(waits) == 1);
    CHECK(exit_status(holds_signals) == 1);
    CHECK(now() - start_time <= 10);
    CHECK(exit_status(computes) == 42);
    CHECK(exit_status(was_stopped) == 42);
}

TEST_CASE("the signal's action and mask are given back") {
    struct ::sigaction before {}, after {};
    REQUIRE(::sigaction(SIGALRM, nullptr, &before) == 0);
    ::sigset_t blocked, mask;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGALRM);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, nullptr) == 0);
    { const os::stall_watch watch; }
    REQUIRE(::pthread_sigmask(SIG_UNBLOCK, &blocked, &mask) == 0);
    CHECK(::sigismember(&mask, SIGALRM) == 1);
    REQUIRE(::sigaction(SIGALRM, nullptr, &after) == 0);
    CHECK((after.sa_handler == before.sa_handler));
    ::itimerval timer{};
    REQUIRE(::getitimer(ITIMER_REAL, &timer) == 0);
    CHECK(timer.it_interval.tv_sec == 0);
    CHECK(timer.it_value.tv_sec == 0);
}
