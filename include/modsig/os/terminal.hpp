// SPDX-License-Identifier: BSL-1.0
//
// The terminal that a program was started from, for questions whose answer is not shown. Linux only.
#ifndef MODSIG_OS_TERMINAL_HPP
#define MODSIG_OS_TERMINAL_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>
#include <modsig/os/wait.hpp>

#include <csignal>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace modsig::os {

/// A terminal that does not show what is typed. Signals that end or stop the program take effect after the terminal is
/// restored: they are read as bytes, so that no handler is installed and none of the program's own is lost.
class silent_terminal {
    descriptor terminal_, signals_;
    ::termios shown_{};
    ::sigset_t before_{};
    bool silent_ = false, blocked_ = false;

    [[nodiscard]] bool fall_silent() {
        if (::tcgetattr(terminal_.get(), &shown_) != 0) return false;
        ::termios hidden = shown_;
        hidden.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ECHONL);
        hidden.c_lflag |= ICANON | ISIG;
        return silent_ = ::tcsetattr(terminal_.get(), TCSAFLUSH, &hidden) == 0;
    }
    void show() {
        if (silent_) (void)::tcsetattr(terminal_.get(), TCSAFLUSH, &shown_);
        silent_ = false;
    }

public:
    /// What ended waiting for input.
    enum class event {
        typed,    ///< bytes can be read
        resumed,  ///< the program was stopped and goes on: the prompt is to be shown again
        ended,    ///< the terminal cannot be read any more
    };

    silent_terminal() : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (!terminal_.is_open()) return;
        ::sigset_t caught;
        ::sigemptyset(&caught);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGPIPE}) ::sigaddset(&caught, signal);
        blocked_ = ::pthread_sigmask(SIG_BLOCK, &caught, &before_) == 0;
        signals_ = descriptor(::signalfd(-1, &caught, SFD_CLOEXEC));
        if (signals_.is_open()) (void)fall_silent();
    }
    silent_terminal(const silent_terminal&) = delete;
    silent_terminal& operator=(const silent_terminal&) = delete;
    ~silent_terminal() {
        show();
        if (blocked_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    /// Whether there is a terminal that does not show what is typed.
    [[nodiscard]] bool is_silent() const { return silent_; }
    /// Writes to the terminal; an error is ignored.
    void say(std::string_view text) const { (void)!::write(terminal_.get(), text.data(), text.size()); }

    /// Reads the typed bytes. Returns their number; 0 at the end of the file or on an error.
    [[nodiscard]] std::size_t read(std::span<char> room) const {
        const ::ssize_t got = uninterrupted([&] { return ::read(terminal_.get(), room.data(), room.size()); });
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }

    /// Waits until a line was typed. A signal that comes takes effect; `resumed`: the program goes on after it, and must ask
    /// its question again.
    [[nodiscard]] event wait() {
        const auto ready = wait_readable(std::array{terminal_.get(), signals_.get()});
        if (!ready) return event::ended;
        if (!(*ready)[1]) return event::typed;
        ::signalfd_siginfo came{};
        if (uninterrupted([&] { return ::read(signals_.get(), &came, sizeof came); }) != sizeof came) return event::ended;
        say("\n");
        show();
        const int number = static_cast<int>(came.ssi_signo);
        ::sigset_t only;
        ::sigemptyset(&only);
        ::sigaddset(&only, number);
        (void)::raise(number);
        (void)::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);  // here the program ends, or stops and goes on
        (void)::pthread_sigmask(SIG_BLOCK, &only, nullptr);
        return fall_silent() ? event::resumed : event::ended;
    }
};
}  // namespace modsig::os

#endif  // MODSIG_OS_TERMINAL_HPP
