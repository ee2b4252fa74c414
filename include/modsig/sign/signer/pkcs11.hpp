// SPDX-License-Identifier: BSL-1.0
//
// A private key that stays in a PKCS#11 token: a smart card, an HSM, SoftHSM. Through p11-kit, since the Botan of Debian is
// built without PKCS#11; needs its headers and libp11-kit. Which token and key: pkcs11/uri.hpp.
#ifndef MODSIG_SIGN_SIGNER_PKCS11_HPP
#define MODSIG_SIGN_SIGNER_PKCS11_HPP

#include <modsig/der/reader.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/engine/ml_dsa_signature.hpp>
#include <modsig/engine/rsa_block.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/sign/signer/pkcs11/token.hpp>
#include <modsig/sign/key/public_half.hpp>

#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modsig::sign {

/// What opening and using a token needs besides its URI.
struct pkcs11_options {
    /// The PIN that was cut out of the URI before; null: it is still in there, if there is one.
    const passphrase* pin = nullptr;
    /// Asked for the PIN of the token with this label, at most once, where the URI brings none.
    std::function<std::optional<passphrase>(std::string_view token)> ask{};
    /// The public half, for tokens that do not have it; which is right, sign/signer/proven.hpp finds out.
    const public_key* key = nullptr;
    /// Called with what went wrong, without a PIN in it, where no errc has it; on any thread.
    std::function<void(std::string_view)> report{};
};

namespace pkcs11 {
// PKCS #11 v3.2, sections 6.67.2 and 6.67.4; headers before it do not have them.
inline constexpr CK_MECHANISM_TYPE mechanism_ml_dsa = 0x1d;          ///< CKM_ML_DSA
inline constexpr CK_ATTRIBUTE_TYPE attribute_parameter_set = 0x61d;  ///< CKA_PARAMETER_SET

/// Labels in quotes, with commas between them: for messages.
[[nodiscard]] inline std::string quoted(const std::vector<std::string>& labels) {
    std::string out;
    for (const std::string& one : labels) out += (out.empty() ? "\"" : ", \"") + one + "\"";
    return out;
}

/// The tokens that a URI means, with their modules loaded: at least one.
struct found_tokens {
    pkcs11_uri uri;             ///< what it means
    modules loaded;             ///< keeps the modules loaded
    std::vector<token> tokens;  ///< at least one

    /// The tokens of the URI `text`. Error: that of the step that fails, with `reason` for people.
    [[nodiscard]] static result<found_tokens> find(std::string_view text, std::string& reason) {
        auto uri = pkcs11_uri::parse(text, reason);
        if (!uri) {
            reason = "the PKCS#11 URI cannot be used: " + reason;
            return uri.error();
        }
        auto loaded = modules::load(*uri, reason);
        if (!loaded) return loaded.error();
        std::vector<std::string> seen;
        auto tokens = tokens_of(*loaded, *uri, seen);
        if (!tokens.empty()) return found_tokens{*std::move(uri), *std::move(loaded), std::move(tokens)};
        reason = "no token matches " + uri->text() + (seen.empty() ? "; none is there" : "; there are " + quoted(seen));
        return errc::key_not_found;
    }
};

/// Of a public key of ML-DSA, whose parameter sets are 1, 2 and 3; empty: it is none.
[[nodiscard]] inline bytes ml_dsa_spki_of(const session& in, CK_OBJECT_HANDLE object) {
    CK_ULONG set = 0;
    const bytes stored = in.attribute(object, attribute_parameter_set);
    if (stored.size() != sizeof set) return {};
    std::memcpy(&set, stored.data(), sizeof set);
    if (set == 0 || set > std::size(engine::ml_dsa_table)) return {};
    const engine::ml_dsa_parameters& parameters = engine::ml_dsa_table[set - 1];
    const bytes key = in.attribute(object, CKA_VALUE);
    if (key.size() != parameters.key_size()) return {};  // a private key has its own there
    return detail::spki(parameters.id, [](auto&) {}, [&](auto& write) { write.raw(key); });
}

/// SubjectPublicKeyInfo of a CKO_PUBLIC_KEY, or of an RSA private key, which has these numbers too; empty: it has not.
[[nodiscard]] inline bytes spki_of(const session& in, CK_OBJECT_HANDLE object) {
    const bytes n = in.attribute(object, CKA_MODULUS), e = in.attribute(object, CKA_PUBLIC_EXPONENT);
    if (bytes ml_dsa = ml_dsa_spki_of(in, object); !ml_dsa.empty()) return ml_dsa;
    const bytes curve = in.attribute(object, CKA_EC_PARAMS), stored = in.attribute(object, CKA_EC_POINT);
    if (!n.empty() && !e.empty()) return detail::rsa_spki(n, e);
    if (curve.empty() || stored.empty()) return {};
    // PKCS #11 v2.40, section 2.3.3: an OCTET STRING with the point in it; some tokens store the point alone.
    failure fault{errc::none};
    der::reader in_string(stored, fault);
    const byte_view inside = in_string.expect(der::tag_octet_string).content;
    in_string.finish();
    const byte_view point = in_string.failed() ? byte_view(stored) : inside;
    return detail::spki(key_algorithm::ecdsa_p256, [&](auto& write) { write.raw(curve); }, [&](auto& write) { write.raw(point); });
}

/// The key in a certificate.
[[nodiscard]] inline result<public_half> key_in(byte_view certificate) {
    const auto parsed = key::parse_certificate(certificate);
    if (!parsed) return parsed.error();
    return public_half::parse(bytes(parsed->spki.begin(), parsed->spki.end()));
}

/// From what stands beside the private key under the same CKA_ID: a public key, a certificate; else from the key itself.
[[nodiscard]] inline std::optional<public_half> public_half_of(const session& in, CK_OBJECT_HANDLE key) {
    bytes id = in.attribute(key, CKA_ID), label = in.attribute(key, CKA_LABEL);
    CK_ATTRIBUTE by_id{CKA_ID, id.data(), id.size()}, by_label{CKA_LABEL, label.data(), label.size()};
    const CK_ATTRIBUTE *wanted_id = id.empty() ? nullptr : &by_id, *wanted_label = id.empty() && !label.empty() ? &by_label : nullptr;
    const auto take = [](result<public_half> parsed) { return parsed ? std::optional(*std::move(parsed)) : std::nullopt; };
    if (wanted_id != nullptr || wanted_label != nullptr) {
        for (const CK_OBJECT_HANDLE one : in.find(CKO_PUBLIC_KEY, wanted_label, wanted_id))
            if (auto half = take(public_half::parse(spki_of(in, one)))) return half;
        for (const CK_OBJECT_HANDLE one : in.find(CKO_CERTIFICATE, wanted_label, wanted_id))
            if (auto half = take(key_in(in.attribute(one, CKA_VALUE)))) return half;
    }
    return take(public_half::parse(spki_of(in, key)));
}
}  // namespace pkcs11

/// Models `signer`. Safe to share between threads: they sign one after the other, in one session.
class token_key {
    struct state {
        pkcs11::modules loaded;  // outlives the session
        pkcs11::session opened;
        CK_OBJECT_HANDLE key;
        std::optional<public_half> half{};
        std::optional<passphrase> again{};  // for keys that want the PIN every time
        std::function<void(std::string_view)> report{};
        std::mutex one_at_a_time{};

        state(pkcs11::modules m, pkcs11::session s, CK_OBJECT_HANDLE k) : loaded(std::move(m)), opened(std::move(s)), key(k) {}
    };
    std::unique_ptr<state> state_;

    explicit token_key(std::unique_ptr<state> opened) : state_(std::move(opened)) {}

public:
    /// Logs in where the token wants it, once. `bad_text`: no URI; `key_not_found`: no module, token or key; `ambiguous_key`:
    /// several; `bad_key`: the PIN is missing, wrong or locked, or nothing says what the public half is; `io_error`.
    [[nodiscard]] static result<token_key> open(std::string_view uri, const pkcs11_options& options) {
        std::string reason;
        auto opened = find(uri, options, reason);
        if (!opened && options.report) options.report(reason);
        return opened;
    }

    /// The public half, with its identifiers; views alias this object.
    [[nodiscard]] const key_info& info() const { return state_->half->info(); }

    /// Besides what every signer answers: `unsupported_hash`, for RSA with a digest that has no DigestInfo; `no_signer`
    /// where the token refuses; `signature_length`.
    [[nodiscard]] result<bytes> sign(const to_sign& input) const {
        const key_algorithm algorithm = info().key.algorithm;
        if (!fits(algorithm, input.scheme)) return errc::key_type_mismatch;
        switch (input.scheme) {
            case scheme_id::rsa_pkcs1_raw:
            case scheme_id::rsa_pkcs1_v15: {
                const engine::rsa_block block(input.scheme, input.digest);
                if (block.empty()) return errc::unsupported_hash;
                return made_by_token(CKM_RSA_PKCS, block.content());
            }
            case scheme_id::ecdsa: {
                const auto raw = made_by_token(CKM_ECDSA, key::leftmost(input.digest.view(), algorithm));
                if (!raw) return raw.error();
                return sequence_of(*raw, key::order_of(algorithm).size());
            }
            case scheme_id::ml_dsa_44:
            case scheme_id::ml_dsa_65:
            case scheme_id::ml_dsa_87: return made_by_token(pkcs11::mechanism_ml_dsa, input.message);  // without parameters: no context, hedged if it can
            default: return errc::unsupported_algorithm;
        }
    }

private:
    /// r || s as a SEQUENCE. PKCS #11 v2.40, section 2.3.1: both as long as the order of the group.
    [[nodiscard]] static result<bytes> sequence_of(byte_view raw, std::size_t width) {
        if (raw.size() != 2 * width) return errc::signature_length;
        bytes out;
        der::writer write(out);
        write.sequence([&] {
            write.integer(raw.first(width));
            write.integer(raw.last(width));
        });
        return out;
    }

    [[nodiscard]] result<bytes> made_by_token(CK_MECHANISM_TYPE mechanism, byte_view content) const {
        bytes signature;
        const std::lock_guard lock(state_->one_at_a_time);
        const CK_RV answer = state_->opened.sign(state_->key, mechanism, bytes(content.begin(), content.end()),
                                                 state_->again ? &*state_->again : nullptr, signature);
        if (answer == CKR_OK) return signature;
        const bool gone = answer == CKR_TOKEN_NOT_PRESENT || answer == CKR_DEVICE_REMOVED || answer == CKR_SESSION_HANDLE_INVALID;
        if (state_->report) state_->report(gone ? "the token was taken away" : "the token does not sign: it answers " + pkcs11::hexadecimal(answer));
        return errc::no_signer;
    }

    /// Whether the session may use private keys now.
    [[nodiscard]] static result<void> log_in(const pkcs11::token& token, const pkcs11::session& session, pkcs11_uri& uri, const pkcs11_options& options,
                                             std::optional<passphrase>& pin, std::string& reason) {
        const std::string of_token = "the PIN of token \"" + token.label + "\" ";
        const auto refused = [&](std::string text) {
            reason = std::move(text);
            return errc::bad_key;
        };
        if ((token.flags & CKF_USER_PIN_LOCKED) != 0) return refused(of_token + "is locked");
        const bool keypad = (token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
        // The last try is for a person: whoever spends it with a wrong PIN locks the token.
        if (!keypad && (token.flags & CKF_USER_PIN_FINAL_TRY) != 0)
            return refused(of_token + "has one try left, which is not spent here: log in with another program first, such as pkcs11-tool --login --test");
        const bool brought = options.pin != nullptr || uri.has_pin();
        if (options.pin != nullptr) pin.emplace(options.pin->copy());
        else pin = uri.take_pin(reason);
        if (!pin && !reason.empty()) return errc::bad_key;
        if (!pin && !keypad && options.ask) pin = options.ask(token.label);
        if (!pin && !keypad) return refused(of_token + "is needed: nobody has given it");
        const CK_RV answer = session.login(CKU_USER, pin ? &*pin : nullptr);
        switch (answer) {
            case CKR_OK:
            case CKR_USER_ALREADY_LOGGED_IN: return result<void>::success();
            case CKR_PIN_INCORRECT:
            case CKR_PIN_INVALID:
            case CKR_PIN_LEN_RANGE: return refused(of_token + "is not this one" + (brought ? ", which the URI says" : ""));
            case CKR_PIN_LOCKED: return refused(of_token + "is locked");
            case CKR_USER_PIN_NOT_INITIALIZED: return refused(of_token + "has never been set");
            default: return refused("token \"" + token.label + "\" does not let us log in: it answers " + pkcs11::hexadecimal(answer));
        }
    }

    [[nodiscard]] static result<token_key> find(std::string_view text, const pkcs11_options& options, std::string& reason) {
        auto found = pkcs11::found_tokens::find(text, reason);
        if (!found) return found.error();
        // One PIN is never tried on several tokens: that is how the others get locked.
        std::vector<std::string> labels;
        for (const pkcs11::token& one : found->tokens)
            if (one.wants_login()) labels.push_back(one.label);
        if (labels.size() > 1) {
            reason = "several tokens match " + found->uri.text() + ": " + pkcs11::quoted(labels) + "; say which, with token= or serial=";
            return errc::key_not_found;
        }

        std::optional<passphrase> pin;
        std::optional<pkcs11::session> holder;
        CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
        std::size_t count = 0;
        labels.clear();
        for (const pkcs11::token& one : found->tokens) {
            auto opened = pkcs11::session::open(one);
            if (!opened) {
                reason = "token \"" + one.label + "\" opens no session";
                return opened.error();
            }
            if (one.wants_login())
                if (const auto in = log_in(one, *opened, found->uri, options, pin, reason); !in) return in.error();
            const auto keys = opened->find(CKO_PRIVATE_KEY, found->uri.attribute(CKA_LABEL), found->uri.attribute(CKA_ID));
            labels.push_back(one.label);
            count += keys.size();
            if (keys.empty()) continue;
            key = keys.front();
            holder.emplace(*std::move(opened));
        }
        if (count != 1) {
            const std::string where = " matches " + found->uri.text() + " (token " + pkcs11::quoted(labels) + ")";
            reason = count == 0 ? "no private key" + where : "more than one private key" + where + ": say which, with object= or id=";
            return errc::key_not_found;
        }

        auto made = std::make_unique<state>(std::move(found->loaded), *std::move(holder), key);
        made->half = pkcs11::public_half_of(made->opened, key);
        if (!made->half && options.key != nullptr)
            if (auto copy = public_half::copy(*options.key)) made->half.emplace(*std::move(copy));
        if (!made->half) {
            reason = "beside the private key " + found->uri.text() + " there is no public key, and no certificate";
            return errc::bad_key;
        }
        if (pin && made->opened.flag(key, CKA_ALWAYS_AUTHENTICATE)) made->again.emplace(*std::move(pin));
        made->report = options.report;
        return token_key(std::move(made));
    }
};
static_assert(explain_signer<token_key>());

/// A certificate in a token, DER, without logging in. `bad_text`, `key_not_found`, `ambiguous_key`, as for keys.
[[nodiscard]] inline result<bytes> token_certificate(std::string_view uri, std::string& reason) {
    auto found = pkcs11::found_tokens::find(uri, reason);
    if (!found) return found.error();
    std::vector<bytes> certificates;
    for (const pkcs11::token& one : found->tokens) {
        const auto opened = pkcs11::session::open(one);
        if (!opened) continue;
        for (const CK_OBJECT_HANDLE object : opened->find(CKO_CERTIFICATE, found->uri.attribute(CKA_LABEL), found->uri.attribute(CKA_ID)))
            certificates.push_back(opened->attribute(object, CKA_VALUE));
    }
    if (certificates.size() == 1) return std::move(certificates.front());
    reason = (certificates.empty() ? "no certificate matches " : "more than one certificate matches ") + found->uri.text();
    return errc::key_not_found;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_PKCS11_HPP
