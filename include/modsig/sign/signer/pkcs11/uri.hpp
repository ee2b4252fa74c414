// SPDX-License-Identifier: BSL-1.0
//
// Names of keys and certificates in tokens.  Format: RFC 7512, read by p11-kit.
//   pkcs11:token=..;object=..;id=%01..;serial=..;manufacturer=..;slot-id=..?pin-source=file:..&pin-value=..&module-path=..&module-name=..
// libp11, and so sign-file with OpenSSL's engine, minds neither which of ; ? & stands where nor blanks: here, too.
#ifndef MODSIG_SIGN_SIGNER_PKCS11_URI_HPP
#define MODSIG_SIGN_SIGNER_PKCS11_URI_HPP

#include <modsig/keyring/files.hpp>
#include <modsig/sign/key/passphrase.hpp>
#include <modsig/sign/signer.hpp>

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include <algorithm>
#include <cstdlib>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace modsig::sign {

namespace detail {
[[nodiscard]] constexpr int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}
/// Undoes the percent-encoding of a text where it lies; its size then, or nothing where a % has no two digits behind it.
[[nodiscard]] inline std::optional<std::size_t> percent_decode(std::span<char> text) {
    const auto is_escape = [&](std::size_t i) { return i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0; };
    for (std::size_t i = 0; i != text.size(); ++i)
        if (text[i] == '%' && !is_escape(i)) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i, ++size) {
        text[size] = text[i];
        if (text[i] != '%') continue;
        text[size] = static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
        i += 2;
    }
    return size;
}
}  // namespace detail

/// Cuts the PIN (pin-value) out of a URI where it lies, which may be a command line that others can read. What is left of the URI is at
/// the front, zeros behind it; its size is returned. `pin` gets the PIN, if there is one that is well encoded.
[[nodiscard]] inline std::size_t cut_pin(std::span<char> uri, std::optional<passphrase>& pin) {
    constexpr std::string_view name = "pin-value=";
    std::size_t size = uri.size();
    for (std::size_t begin = 0;;) {
        const std::string_view text(uri.data(), size);
        begin = text.find(name, begin);
        if (begin == std::string_view::npos) return size;
        const std::size_t end = std::min(text.find_first_of(";?&", begin), size), value = begin + name.size();
        const bool is_attribute = begin != 0 && std::string_view(":;?&").find(uri[begin - 1]) != std::string_view::npos;
        const auto decoded = is_attribute ? detail::percent_decode(uri.subspan(value, end - value)) : std::nullopt;
        if (!decoded) {
            begin = end;
            continue;
        }
        pin.emplace(passphrase(uri.subspan(value, *decoded)));
        // With the separator in front of it, or for the first attribute behind it.
        const bool is_first = uri[begin - 1] == ':';
        const std::size_t from = is_first ? begin : begin - 1, to = is_first ? std::min(end + 1, size) : end;
        std::copy(uri.begin() + static_cast<std::ptrdiff_t>(to), uri.begin() + static_cast<std::ptrdiff_t>(size), uri.begin() + static_cast<std::ptrdiff_t>(from));
        const std::size_t left = size - (to - from);
        Botan::secure_scrub_memory(uri.data() + left, size - left);
        size = left;
        begin = from;
    }
}

/// A parsed URI.
class pkcs11_uri {
    struct freed {
        void operator()(P11KitUri* uri) const { ::p11_kit_uri_free(uri); }
        void operator()(char* text) const { std::free(text); }
    };
    std::unique_ptr<P11KitUri, freed> uri_;
    std::optional<passphrase> pin_;
    std::string pin_source_;
    std::string shown_;

    pkcs11_uri() : uri_(::p11_kit_uri_new()) {}

public:
    static constexpr std::string_view scheme = "pkcs11:";  ///< what it begins with

    /// `bad_text`; `reason` then says what is wrong with it. A PIN in it is taken out.
    [[nodiscard]] static result<pkcs11_uri> parse(std::string_view text, std::string& reason) {
        pkcs11_uri out;
        std::string bare(text);
        bare.resize(cut_pin(bare, out.pin_));
        std::string ordered = in_order(bare);
        const int fault = out.uri_ ? ::p11_kit_uri_parse(ordered.c_str(), P11_KIT_URI_FOR_ANY, out.uri_.get()) : P11_KIT_URI_UNEXPECTED;
        Botan::secure_scrub_memory(ordered.data(), ordered.size());
        if (fault != P11_KIT_URI_OK) {
            const char* what = ::p11_kit_uri_message(fault);
            reason = what != nullptr ? what : "malformed";
            return errc::bad_text;
        }
        if (::p11_kit_uri_any_unrecognized(out.uri_.get()) != 0) {
            reason = "there is an attribute in it that is not known";
            return errc::bad_text;
        }
        if (const char* source = ::p11_kit_uri_get_pin_source(out.uri_.get()); source != nullptr) {
            out.pin_source_ = source;
            ::p11_kit_uri_set_pin_source(out.uri_.get(), nullptr);
        }
        char* made = nullptr;
        if (::p11_kit_uri_format(out.uri_.get(), P11_KIT_URI_FOR_ANY, &made) == P11_KIT_URI_OK) out.shown_ = made;
        const std::unique_ptr<char, freed> owned(made);
        return out;
    }

    /// For messages: the URI without a PIN.
    [[nodiscard]] const std::string& text() const { return shown_; }

    /// Whether the URI brings a PIN, or names a file with one.
    [[nodiscard]] bool has_pin() const { return pin_.has_value() || !pin_source_.empty(); }
    /// The PIN that it brings or says the file of, once. Nothing: there is none, or `reason` says why the file is no good.
    [[nodiscard]] std::optional<passphrase> take_pin(std::string& reason) {
        if (pin_) {
            std::optional<passphrase> pin(std::move(pin_));
            pin_.reset();
            return pin;
        }
        if (pin_source_.empty()) return std::nullopt;
        constexpr std::string_view file_scheme = "file:", authority = "//";
        std::string_view path = pin_source_;
        if (path.starts_with(file_scheme)) path.remove_prefix(file_scheme.size());
        if (path.starts_with(authority)) path.remove_prefix(authority.size());
        auto content = path.starts_with('|') ? result<os::secret_memory>(errc::io_error) : keyring::read_key_file(std::string(path));
        if (!content) {
            reason = "its pin-source " + pin_source_ + (path.starts_with('|') ? " is no file" : " cannot be read");
            return std::nullopt;
        }
        const std::string_view line = content->text().substr(0, content->text().find_first_of("\r\n"));
        return passphrase({reinterpret_cast<char*>(content->bytes().data()), line.size()});
    }

    /// Empty: the modules that p11-kit is configured for.
    [[nodiscard]] std::string module_path() const { return or_empty(::p11_kit_uri_get_module_path(uri_.get())); }
    /// Empty: any.
    [[nodiscard]] std::string module_name() const { return or_empty(::p11_kit_uri_get_module_name(uri_.get())); }

    /// Whether the URI means a module with these facts.
    [[nodiscard]] bool matches(const CK_INFO& module) const { return ::p11_kit_uri_match_module_info(uri_.get(), &module) != 0; }
    /// Whether the URI means a token with these facts.
    [[nodiscard]] bool matches(CK_SLOT_ID id, const CK_SLOT_INFO& slot, const CK_TOKEN_INFO& token) const {
        const CK_SLOT_ID wanted = ::p11_kit_uri_get_slot_id(uri_.get());
        return (wanted == static_cast<CK_SLOT_ID>(-1) || wanted == id) && ::p11_kit_uri_match_slot_info(uri_.get(), &slot) != 0 &&
               ::p11_kit_uri_match_token_info(uri_.get(), &token) != 0;
    }

    /// The value of CKA_LABEL or CKA_ID that is asked for; null: any.
    [[nodiscard]] const CK_ATTRIBUTE* attribute(CK_ATTRIBUTE_TYPE type) const { return ::p11_kit_uri_get_attribute(uri_.get(), type); }

private:
    static std::string or_empty(const char* text) { return text != nullptr ? text : ""; }

    /// The path's attributes in front, then the query's (RFC 7512, section 2.3). Blanks escaped, which p11-kit would drop.
    static std::string in_order(std::string_view text) {
        if (!text.starts_with(scheme)) return std::string(text);
        text.remove_prefix(scheme.size());
        std::string path, query;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find_first_of(";?&"), text.size());
            const std::string_view one = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (one.empty()) continue;
            const bool asks = one.starts_with("pin-") || one.starts_with("module-");
            std::string& into = asks ? query : path;
            if (!into.empty()) into += asks ? '&' : ';';
            for (const char c : one) into += c == ' ' ? std::string("%20") : std::string(1, c);
        }
        std::string out = std::string(scheme) + path + (query.empty() ? "" : "?") + query;
        Botan::secure_scrub_memory(query.data(), query.size());
        return out;
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_PKCS11_URI_HPP
