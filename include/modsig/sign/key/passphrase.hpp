// SPDX-License-Identifier: BSL-1.0
//
// The passphrase of a private key, or the PIN of a token: in memory that is locked, in no core dump, and wiped when it goes. Where
// it comes from: the environment, the terminal.
#ifndef MODSIG_SIGN_KEY_PASSPHRASE_HPP
#define MODSIG_SIGN_KEY_PASSPHRASE_HPP

#include <modsig/os/terminal.hpp>

#include <botan/mem_ops.h>
#include <botan/secmem.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace modsig::sign {

/// The variable of the environment that holds the passphrase or PIN of scripts/sign-file.
inline constexpr std::string_view kbuild_passphrase_variable = "KBUILD_SIGN_PIN";
/// The variable of the environment that holds the passphrase of evmctl.
inline constexpr std::string_view evmctl_passphrase_variable = "EVMCTL_KEY_PASSWORD";
/// All of them; child processes do not inherit them.
inline constexpr std::string_view passphrase_variables[] = {kbuild_passphrase_variable, evmctl_passphrase_variable};

/// Text that is secret, in memory that Botan wipes.
class passphrase {
    Botan::secure_vector<char> text_;

public:
    /// Copies the text, and wipes it.
    explicit passphrase(std::span<char> text) : text_(text.begin(), text.end()) { Botan::secure_scrub_memory(text.data(), text.size()); }
    /// Takes the text over.
    passphrase(passphrase&&) noexcept = default;
    passphrase& operator=(passphrase&&) noexcept = default;  ///< As above.

    /// A second copy, in memory of its own.
    [[nodiscard]] passphrase copy() const { return passphrase(text_); }
    /// The characters; valid while this object lives.
    [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }

private:
    explicit passphrase(const Botan::secure_vector<char>& text) : text_(text) {}
};

/// Takes the value of a variable out of the environment, where every child process and whoever reads /proc/PID/environ would find
/// it. Before this process has threads.
[[nodiscard]] inline std::optional<passphrase> take_from_environment(const char* variable) {
    char* const value = std::getenv(variable);
    if (value == nullptr) return std::nullopt;
    std::optional<passphrase> taken{passphrase({value, std::string_view(value).size()})};
    (void)::unsetenv(variable);
    return taken;
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
    if (typed.ends_with('\n')) answer.emplace(passphrase({line.data(), typed.size() - 1}));
    Botan::secure_scrub_memory(line.data(), line.size());
    return answer;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PASSPHRASE_HPP
