// SPDX-License-Identifier: BSL-1.0
//
// The passphrase of a private key, or the PIN of a token: wiped when it goes. Where it comes from: KBUILD_SIGN_PIN, the
// terminal.
#ifndef MODSIG_SIGN_KEY_PASSPHRASE_HPP
#define MODSIG_SIGN_KEY_PASSPHRASE_HPP

#include <modsig/os/terminal.hpp>

#include <botan/mem_ops.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace modsig::sign {

/// Of the environment: children have no business with them.
inline constexpr std::string_view passphrase_variables[] = {"KBUILD_SIGN_PIN", "EVMCTL_KEY_PASSWORD"};

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

/// Asks on the terminal, wherever standard input comes from; nothing is shown of the answer. Nothing where there is no
/// terminal, the answer was an end of file, or it has more than 1023 bytes. For programs that have not yet started threads:
/// one that has not blocked signals would take them.
[[nodiscard]] inline std::optional<passphrase> passphrase_from_terminal(std::string_view question) {
    os::silent_terminal terminal;
    if (!terminal.is_silent()) return std::nullopt;
    terminal.say(question);
    using event = os::silent_terminal::event;
    event came = terminal.wait();
    for (; came == event::resumed; came = terminal.wait()) terminal.say(question);
    if (came == event::ended) return std::nullopt;

    std::array<char, 1024> line{};
    const std::string_view typed(line.data(), terminal.read(line));
    terminal.say("\n");
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
