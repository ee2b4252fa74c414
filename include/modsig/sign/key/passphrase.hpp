// SPDX-License-Identifier: BSL-1.0
//
// The passphrase of a private key, or the PIN of a token: wiped when it goes. Where it comes from: KBUILD_SIGN_PIN, the
// terminal.
#ifndef MODSIG_SIGN_KEY_PASSPHRASE_HPP
#define MODSIG_SIGN_KEY_PASSPHRASE_HPP

#include <modsig/os.hpp>

#include <botan/mem_ops.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace modsig::sign {

class passphrase {
    std::string text_;

public:
    /// `text` is wiped too.
    explicit passphrase(std::string& text) : text_(text) { wipe(text); }
    passphrase(passphrase&& other) noexcept : text_(other.text_) { wipe(other.text_); }
    passphrase& operator=(passphrase&& other) noexcept {
        if (this == &other) return *this;
        wipe(text_);  // before a longer one moves it
        text_ = other.text_;
        wipe(other.text_);
        return *this;
    }
    ~passphrase() { wipe(text_); }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    static void wipe(std::string& text) {
        Botan::secure_scrub_memory(text.data(), text.size());
        text.clear();
    }
};

/// From the variable that the kernel's build and its sign-file read.
[[nodiscard]] inline std::optional<passphrase> passphrase_in_environment() {
    const char* value = std::getenv("KBUILD_SIGN_PIN");
    if (value == nullptr) return std::nullopt;
    std::string text(value);
    return passphrase(text);
}

namespace detail {
/// A terminal that does not show what is typed. What ends or stops the program waits until the terminal is as it was:
/// these signals are read as bytes, so that no handler has to be installed and none of the program's own is lost.
class silent_terminal {
    os::descriptor terminal_, signals_;
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
    enum class event { typed, resumed, ended };

    silent_terminal() : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (!terminal_.is_open()) return;
        ::sigset_t caught;
        ::sigemptyset(&caught);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM, SIGPIPE}) ::sigaddset(&caught, signal);
        blocked_ = ::pthread_sigmask(SIG_BLOCK, &caught, &before_) == 0;
        signals_ = os::descriptor(::signalfd(-1, &caught, SFD_CLOEXEC));
        if (signals_.is_open()) (void)fall_silent();
    }
    silent_terminal(const silent_terminal&) = delete;
    silent_terminal& operator=(const silent_terminal&) = delete;
    ~silent_terminal() {
        show();
        if (blocked_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    [[nodiscard]] bool is_silent() const { return silent_; }
    [[nodiscard]] int fd() const { return terminal_.get(); }

    void say(std::string_view text) const { (void)!::write(terminal_.get(), text.data(), text.size()); }

    /// Until a line is there. A signal that came takes effect; `resumed`: that was not the end, the question is to be
    /// put again.
    [[nodiscard]] event wait() {
        std::array<::pollfd, 2> watched{{{terminal_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
        if (os::uninterrupted([&] { return ::poll(watched.data(), watched.size(), -1); }) < 0) return event::ended;
        if (watched[1].revents == 0) return event::typed;
        ::signalfd_siginfo came{};
        if (os::uninterrupted([&] { return ::read(signals_.get(), &came, sizeof came); }) != sizeof came) return event::ended;
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
}  // namespace detail

/// Asks on the terminal, wherever standard input comes from; nothing is shown of the answer. Nothing where there is no
/// terminal, the answer was an end of file, or it has more than 1023 bytes. For programs that have not yet started threads:
/// one that has not blocked signals would take them.
[[nodiscard]] inline std::optional<passphrase> passphrase_from_terminal(std::string_view question) {
    detail::silent_terminal terminal;
    if (!terminal.is_silent()) return std::nullopt;
    terminal.say(question);
    using event = detail::silent_terminal::event;
    event came = terminal.wait();
    for (; came == event::resumed; came = terminal.wait()) terminal.say(question);
    if (came == event::ended) return std::nullopt;

    std::array<char, 1024> line{};
    const auto got = os::uninterrupted([&] { return ::read(terminal.fd(), line.data(), line.size()); });
    terminal.say("\n");
    const std::string_view typed(line.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    std::optional<passphrase> answer;
    if (typed.ends_with('\n')) {
        std::string text(typed.substr(0, typed.size() - 1));
        answer.emplace(passphrase(text));
    }
    Botan::secure_scrub_memory(line.data(), line.size());
    return answer;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PASSPHRASE_HPP
