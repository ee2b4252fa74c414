// SPDX-License-Identifier: BSL-1.0
//
// Signals as a descriptor that can be waited for beside others (signalfd(2)). Linux only.
#ifndef MODSIG_OS_SIGNALS_HPP
#define MODSIG_OS_SIGNALS_HPP

#include <modsig/os/descriptor.hpp>

#include <csignal>
#include <initializer_list>

#include <sys/signalfd.h>

namespace modsig::os {

/// `take_signals` returns a descriptor that is readable when one of these signals has come; they have no other effect any more.
/// Call it before there are threads, which inherit the mask. Not open on failure, with errno.
[[nodiscard]] inline descriptor take_signals(std::initializer_list<int> numbers) {
    ::sigset_t taken;
    ::sigemptyset(&taken);
    for (const int number : numbers) ::sigaddset(&taken, number);
    if (::pthread_sigmask(SIG_BLOCK, &taken, nullptr) != 0) return {};
    return descriptor(::signalfd(-1, &taken, SFD_CLOEXEC));
}

}  // namespace modsig::os

#endif  // MODSIG_OS_SIGNALS_HPP
