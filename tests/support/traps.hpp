// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_TRAPS_HPP
#define MODSIG_TESTS_SUPPORT_TRAPS_HPP

#include <csignal>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

/// Whether the call ends a child process by a trap (SIGILL or SIGTRAP; sanitizers report it as their own exit).
template <class Call>
bool traps(Call call) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        for (const int signal : {SIGILL, SIGTRAP, SIGABRT}) std::signal(signal, SIG_DFL);
        (void)!freopen("/dev/null", "w", stderr);
        volatile int sink = call();
        (void)sink;
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif  // MODSIG_TESTS_SUPPORT_TRAPS_HPP
