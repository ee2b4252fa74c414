// SPDX-License-Identifier: BSL-1.0
//
// A part of this program that runs in a process of its own (fork(2)), and ends with this process. Linux only.
#ifndef MODSIG_OS_FORKED_PROCESS_HPP
#define MODSIG_OS_FORKED_PROCESS_HPP

#include <modsig/os/error.hpp>

#include <concepts>
#include <csignal>
#include <utility>

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace modsig::os {

/// Movable. The destructor waits for the process to end: whatever the process waits for must be closed before.
class forked_process {
    ::pid_t process_ = -1;

    explicit forked_process(::pid_t process) : process_(process) {}

public:
    forked_process() = default;
    /// Takes the process over; the other object has none then.
    forked_process(forked_process&& other) noexcept : process_(std::exchange(other.process_, -1)) {}
    /// As above. The process that this object had is waited for.
    forked_process& operator=(forked_process&& other) noexcept {
        forked_process taken(std::move(other));
        std::swap(process_, taken.process_);
        return *this;
    }
    ~forked_process() {
        if (process_ > 0) (void)uninterrupted([&] { return ::waitpid(process_, nullptr, 0); });
    }

    /// `start` calls work() in a new process, which then ends: the parent's buffers and objects are neither flushed nor
    /// destroyed there, and an exception ends the process, too. When the starting thread ends, the process gets SIGTERM, which
    /// ends it; `work` may hold the signal while a half-done state would remain: a terminal without echo, a file under a
    /// temporary name. Call it before this process has threads, whose locks the new process would inherit. Error: `io_error`,
    /// with errno.
    template <std::invocable Work>
    [[nodiscard]] static result<forked_process> start(Work&& work) {
        const ::pid_t parent = ::getpid();
        const ::pid_t process = ::fork();
        if (process < 0) return os_failure(errno);
        if (process > 0) return forked_process(process);
        ::sigset_t ending;
        ::sigemptyset(&ending);
        ::sigaddset(&ending, SIGTERM);
        (void)std::signal(SIGTERM, SIG_DFL);  // the signal may be ignored, or have the parent's handler
        (void)::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
        (void)::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
        if (::getppid() != parent) ::_exit(1);  // the parent ended before prctl
        try {
            std::forward<Work>(work)();
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_FORKED_PROCESS_HPP
