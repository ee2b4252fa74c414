// SPDX-License-Identifier: BSL-1.0
//
// System calls that fail as on another file system or in an older kernel (seccomp(2)).
#ifndef MODSIG_TESTS_SUPPORT_DENIED_CALLS_HPP
#define MODSIG_TESTS_SUPPORT_DENIED_CALLS_HPP

#include <cstddef>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct denied_call {
    unsigned number;                 // SYS_...
    unsigned error;                  // errno
    unsigned argument = 0, bits = 0;  // only where this argument has these bits, if any are named
};

/// Whether `call` answers true in a child process in which these calls fail.
template <class Call>
bool holds_without(const std::vector<denied_call>& denied, Call call) {
    std::vector<sock_filter> program;
    const auto load = [&](std::size_t offset) { program.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)}); };
    for (const denied_call& each : denied) {
        load(offsetof(seccomp_data, nr));
        program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<unsigned char>(each.bits != 0 ? 4 : 1), each.number});
        if (each.bits != 0) {  // the low half of the argument
            load(offsetof(seccomp_data, args) + 8 * each.argument);
            program.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, each.bits});
            program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, each.bits});
        }
        program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | each.error});
    }
    program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    const ::pid_t child = ::fork();
    if (child == 0) {
        const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
        const bool set = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
        ::_exit(set && call() ? 0 : 1);
    }
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

#endif  // MODSIG_TESTS_SUPPORT_DENIED_CALLS_HPP
