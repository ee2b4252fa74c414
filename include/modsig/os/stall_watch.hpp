// SPDX-License-Identifier: BSL-1.0
//
// A bound on a call that may wait for ever inside another library: a process that computes uses its CPU, one that waits for what
// cannot come does not. For a process that exists for this work alone. Linux only.
#ifndef MODSIG_OS_STALL_WATCH_HPP
#define MODSIG_OS_STALL_WATCH_HPP

#include <csignal>
#include <cstdint>
#include <ctime>

#include <sys/time.h>
#include <unistd.h>

namespace modsig::os {

/// While such an object lives, the process ends with exit status 1 once none of its threads has used the CPU for two to three
/// periods of two seconds. One object at a time; it takes SIGALRM and the real-time interval timer (setitimer(2)), and gives the
/// signal's action and mask back. Not for work that waits for a person, a token or another process.
class stall_watch {
    static constexpr ::time_t period = 2;                  // seconds
    static constexpr std::int64_t in_use = 1'000'000;      // ns of CPU time in a period; the handler itself takes a few thousand
    static constexpr unsigned most_idle_periods = 2;       // one may end while the process is stopped (SIGSTOP)
    static inline volatile std::int64_t used_before = 0;   // of the handler
    static inline volatile unsigned idle_periods = 0;

    struct ::sigaction action_before_ {};
    ::sigset_t mask_before_{};

    static std::int64_t cpu_time() {
        ::timespec time{};
        (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
    static void tick(int) {
        const std::int64_t used = cpu_time();
        idle_periods = used - used_before < in_use ? idle_periods + 1 : 0;
        used_before = used;
        if (idle_periods >= most_idle_periods) ::_exit(1);
    }
    static void set_timer(::time_t seconds) {
        const ::itimerval timer{{seconds, 0}, {seconds, 0}};
        (void)::setitimer(ITIMER_REAL, &timer, nullptr);
    }

public:
    stall_watch() {
        used_before = cpu_time();
        idle_periods = 0;
        struct ::sigaction action {};
        action.sa_handler = tick;
        action.sa_flags = SA_RESTART;
        (void)::sigaction(SIGALRM, &action, &action_before_);
        ::sigset_t alarm;
        ::sigemptyset(&alarm);
        ::sigaddset(&alarm, SIGALRM);
        (void)::pthread_sigmask(SIG_UNBLOCK, &alarm, &mask_before_);
        set_timer(period);
    }
    stall_watch(const stall_watch&) = delete;
    stall_watch& operator=(const stall_watch&) = delete;
    ~stall_watch() {
        set_timer(0);
        (void)::sigaction(SIGALRM, &action_before_, nullptr);
        (void)::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_STALL_WATCH_HPP
