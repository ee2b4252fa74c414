// SPDX-License-Identifier: BSL-1.0
//
// The passphrase of a private key: wiped when it goes.
#ifndef MODSIG_SIGN_PASSPHRASE_HPP
#define MODSIG_SIGN_PASSPHRASE_HPP

#include <botan/mem_ops.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace modsig::sign {

class passphrase {
    std::string text_;

public:
    /// `text` is wiped too.
    explicit passphrase(std::string& text) : text_(text) { wipe(text); }
    passphrase(passphrase&& other) noexcept : text_(other.text_) { wipe(other.text_); }
    passphrase& operator=(passphrase&&) = delete;
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

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_PASSPHRASE_HPP
