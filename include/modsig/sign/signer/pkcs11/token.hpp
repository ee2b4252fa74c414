// SPDX-License-Identifier: BSL-1.0
//
// PKCS#11 as far as signing needs it: modules, tokens, sessions, objects.  OASIS PKCS #11 v2.40; modules by p11-kit.
#ifndef MODSIG_SIGN_SIGNER_PKCS11_TOKEN_HPP
#define MODSIG_SIGN_SIGNER_PKCS11_TOKEN_HPP

#include <modsig/sign/signer/pkcs11/uri.hpp>

#include <p11-kit/p11-kit.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modsig::sign::pkcs11 {

/// Modules, initialised.
class modules {
    CK_FUNCTION_LIST** configured_ = nullptr;
    CK_FUNCTION_LIST* named_ = nullptr;
    std::vector<CK_FUNCTION_LIST*> all_{};

public:
    modules() = default;
    /// Takes the modules over.
    modules(modules&& other) noexcept
        : configured_(std::exchange(other.configured_, nullptr)), named_(std::exchange(other.named_, nullptr)), all_(std::move(other.all_)) {}
    modules& operator=(modules&&) = delete;
    ~modules() {
        if (configured_ != nullptr) ::p11_kit_modules_finalize_and_release(configured_);
        if (named_ == nullptr) return;
        ::p11_kit_module_finalize(named_);
        ::p11_kit_module_release(named_);
    }

    /// Loaded and initialised.
    [[nodiscard]] const std::vector<CK_FUNCTION_LIST*>& all() const { return all_; }

    /// The module that the URI names, or all that p11-kit is configured for. `key_not_found`, and why.
    [[nodiscard]] static result<modules> load(const pkcs11_uri& uri, std::string& reason) {
        modules out;
        const std::string path = uri.module_path(), name = uri.module_name();
        if (!path.empty()) {
            CK_FUNCTION_LIST* const one = ::p11_kit_module_load(path.c_str(), 0);
            const CK_RV fault = one != nullptr ? ::p11_kit_module_initialize(one) : CKR_OK;
            if (one == nullptr || fault != CKR_OK) {
                reason = "the PKCS#11 module " + path + " cannot be loaded" + (one == nullptr ? last_words() : "");
                if (one != nullptr) ::p11_kit_module_release(one);
                return errc::key_not_found;
            }
            out.named_ = one;
            out.all_.push_back(one);
            return out;
        }
        out.configured_ = ::p11_kit_modules_load_and_initialize(0);
        if (out.configured_ == nullptr) {
            reason = "p11-kit has no PKCS#11 modules" + last_words();
            return errc::key_not_found;
        }
        for (CK_FUNCTION_LIST** one = out.configured_; *one != nullptr; ++one)
            if (name.empty() || *one == ::p11_kit_module_for_name(out.configured_, name.c_str())) out.all_.push_back(*one);
        if (!out.all_.empty()) return out;
        reason = name.empty() ? "p11-kit is configured for no PKCS#11 module" : "p11-kit is configured for no PKCS#11 module called " + name;
        return errc::key_not_found;
    }

private:
    static std::string last_words() {
        const char* message = ::p11_kit_message();
        return message != nullptr ? ": " + std::string(message) : std::string();
    }
};

/// A text of fixed size, padded with blanks.
template <std::size_t Size>
[[nodiscard]] std::string unpadded(const unsigned char (&text)[Size]) {
    std::string out(text, text + Size);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

/// One token.
struct token {
    CK_FUNCTION_LIST* module;  ///< of the module
    CK_SLOT_ID slot;           ///< of the token, in the module
    CK_FLAGS flags;            ///< CK_TOKEN_INFO::flags
    std::string label;         ///< CK_TOKEN_INFO::label, without its padding

    /// Whether private objects need a PIN.
    [[nodiscard]] bool wants_login() const { return (flags & CKF_LOGIN_REQUIRED) != 0; }
};

/// A module's return value, in hexadecimal: PKCS #11 has no texts for them.
[[nodiscard]] inline std::string hexadecimal(CK_RV answer) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), answer, 16).ptr;
    return "0x" + std::string(digits.data(), end);
}

/// Tokens that are there and in use; `seen` gets all their labels.
[[nodiscard]] inline std::vector<token> tokens_of(const modules& loaded, const pkcs11_uri& uri, std::vector<std::string>& seen) {
    std::vector<token> found;
    for (CK_FUNCTION_LIST* const module : loaded.all()) {
        CK_INFO about{};
        CK_ULONG count = 0;
        const bool wanted = module->C_GetInfo(&about) == CKR_OK && uri.matches(about);
        if (module->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) continue;
        std::vector<CK_SLOT_ID> slots(count);
        if (count == 0 || module->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) continue;
        slots.resize(std::min<std::size_t>(slots.size(), count));
        for (const CK_SLOT_ID id : slots) {
            CK_SLOT_INFO slot{};
            CK_TOKEN_INFO info{};
            if (module->C_GetSlotInfo(id, &slot) != CKR_OK || module->C_GetTokenInfo(id, &info) != CKR_OK) continue;
            if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;  // SoftHSM always offers one to be made
            const std::string label = unpadded(info.label);
            seen.push_back(label);
            if (wanted && uri.matches(id, slot, info)) found.push_back({module, id, info.flags, label});
        }
    }
    return found;
}

/// A session with a token; closed at the end.
class session {
    CK_FUNCTION_LIST* module_ = nullptr;
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;

    session(CK_FUNCTION_LIST* module, CK_SESSION_HANDLE handle) : module_(module), handle_(handle) {}

public:
    /// Takes the session over.
    session(session&& other) noexcept : module_(std::exchange(other.module_, nullptr)), handle_(other.handle_) {}
    /// Exchanges the sessions.
    session& operator=(session&& other) noexcept {
        std::swap(module_, other.module_);
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~session() {
        if (module_ != nullptr) module_->C_CloseSession(handle_);
    }

    /// `io_error`
    [[nodiscard]] static result<session> open(const token& owner) {
        CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
        if (owner.module->C_OpenSession(owner.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle) != CKR_OK) return errc::io_error;
        return session(owner.module, handle);
    }

    /// `pin` null: the token has a keypad.
    [[nodiscard]] CK_RV login(CK_USER_TYPE user, const passphrase* pin) const {
        if (pin == nullptr) return module_->C_Login(handle_, user, nullptr, 0);
        Botan::secure_vector<char> copy(pin->text().begin(), pin->text().end());  // the interface is not const
        return module_->C_Login(handle_, user, reinterpret_cast<unsigned char*>(copy.data()), copy.size());
    }

    /// No more than 64.
    [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS kind, const CK_ATTRIBUTE* label, const CK_ATTRIBUTE* id) const {
        std::vector<CK_ATTRIBUTE> wanted{{CKA_CLASS, &kind, sizeof kind}};
        for (const CK_ATTRIBUTE* one : {label, id})
            if (one != nullptr) wanted.push_back(*one);
        std::vector<CK_OBJECT_HANDLE> found(64);
        CK_ULONG count = 0, more = 0;
        if (module_->C_FindObjectsInit(handle_, wanted.data(), wanted.size()) != CKR_OK) return {};
        while (count != found.size() &&
               module_->C_FindObjects(handle_, found.data() + count, found.size() - count, &more) == CKR_OK && more != 0)
            count += std::min<CK_ULONG>(more, found.size() - count);
        module_->C_FindObjectsFinal(handle_);
        found.resize(count);
        return found;
    }

    /// Empty where there is none, or it has more than 64 KiB.
    [[nodiscard]] bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
        CK_ATTRIBUTE wanted{type, nullptr, 0};
        if (module_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > 65536) return {};
        bytes value(wanted.ulValueLen);
        wanted.pValue = value.data();
        if (module_->C_GetAttributeValue(handle_, object, &wanted, 1) != CKR_OK || wanted.ulValueLen > value.size()) return {};
        value.resize(wanted.ulValueLen);
        return value;
    }
    /// Whether a boolean attribute is there, and true.
    [[nodiscard]] bool flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
        const bytes value = attribute(object, type);
        return value.size() == sizeof(CK_BBOOL) && value[0] != CK_FALSE;
    }

    /// `pin`: for keys that want the PIN before every use; null for others.
    [[nodiscard]] CK_RV sign(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type, bytes input, const passphrase* pin, bytes& signature) const {
        CK_MECHANISM mechanism{type, nullptr, 0};
        if (const CK_RV answer = module_->C_SignInit(handle_, &mechanism, key); answer != CKR_OK) return answer;
        if (pin != nullptr)
            if (const CK_RV answer = login(CKU_CONTEXT_SPECIFIC, pin); answer != CKR_OK) return answer;
        signature.resize(8192);  // the longest has 4627: ML-DSA-87
        CK_ULONG size = signature.size();
        const CK_RV answer = module_->C_Sign(handle_, input.data(), input.size(), signature.data(), &size);
        signature.resize(answer == CKR_OK ? std::min<std::size_t>(size, signature.size()) : 0);
        return answer;
    }
};

}  // namespace modsig::sign::pkcs11

#endif  // MODSIG_SIGN_SIGNER_PKCS11_TOKEN_HPP
