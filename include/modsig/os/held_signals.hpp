// SPDX-License-Identifier: BSL-1.0
//
// Holds signals back while work must not be left half done.
#ifndef MODSIG_OS_HELD_SIGNALS_HPP
#define MODSIG_OS_HELD_SIGNALS_HPP

#include <csignal>
#include <utility>

namespace modsig::os {

/// From hold() to release() no signal is delivered to the thread except SIGKILL, SIGSTOP and those of faults; then the pending
/// ones are delivered. The constructor holds and the destructor releases. Movable within its thread. In a program with threads the
/// others still receive signals of the process.
class held_signals {
    struct thread_state {
        unsigned holders = 0;
        ::sigset_t before{};
    };
    static thread_state& state() {
        static thread_local thread_state of_thread;
        return of_thread;
    }
    bool holds_ = false;

public:
    /// Argument of the constructor that holds nothing.
    struct not_yet {};

    held_signals() { hold(); }
    /// Holds nothing until hold().
    explicit held_signals(not_yet) {}
    /// Takes the hold over.
    held_signals(held_signals&& other) noexcept : holds_(std::exchange(other.holds_, false)) {}
    held_signals& operator=(held_signals&&) = delete;
    ~held_signals() { release(); }

    /// Does nothing where the signals are held already, or cannot be.
    void hold() {
        if (holds_) return;
        ::sigset_t all, before;
        ::sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) ::sigdelset(&all, fault);
        if (::pthread_sigmask(SIG_BLOCK, &all, &before) != 0) return;
        holds_ = true;
        if (state().holders++ == 0) state().before = before;
    }
    /// Delivers what is pending.
    void release() {
        if (std::exchange(holds_, false) && --state().holders == 0) (void)::pthread_sigmask(SIG_SETMASK, &state().before, nullptr);
    }
};

}  // namespace modsig::os

#endif  // MODSIG_OS_HELD_SIGNALS_HPP
