// SPDX-License-Identifier: BSL-1.0
//
// Private keys in files: PEM text or DER; PKCS#8, encrypted or not; PKCS#1 and SEC 1, which Botan does not read, in a PKCS#8
// coat, encrypted by PEM itself or not. Other blocks of a text are passed over: the kernel's signing_key.pem holds key and
// certificate, in either order.
//   PRIVATE KEY, ENCRYPTED PRIVATE KEY   RFC 5958
//   RSA PRIVATE KEY                      RFC 8017, appendix A.1.2
//   EC PRIVATE KEY                       RFC 5915, section 3
// Only a hardened process loads one: signers for other processes are agents (sign/signer/agent.hpp).
#ifndef MODSIG_SIGN_KEY_KEY_FILE_HPP
#define MODSIG_SIGN_KEY_KEY_FILE_HPP

#include <modsig/der/reader.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/key/pem.hpp>
#include <modsig/os/harden.hpp>
#include <modsig/sign/key/passphrase.hpp>
#include <modsig/sign/key/pem_encryption.hpp>
#include <modsig/sign/key/pkcs8_encryption.hpp>
#include <modsig/sign/key/private_key.hpp>

#include <botan/data_src.h>

#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

namespace modsig::sign {

/// The form in which a private key is stored.
enum class key_form : std::uint8_t {
    pkcs8,            ///< PrivateKeyInfo
    encrypted_pkcs8,  ///< EncryptedPrivateKeyInfo
    pkcs1,            ///< RSAPrivateKey
    sec1,             ///< ECPrivateKey
    pkcs12,           ///< PFX, which is not read
    unknown,          ///< no private key, or in no form of these
};

/// A private key as it lies in a file. Views alias the file.
struct stored_key {
    key_form form = key_form::unknown;      ///< how it is stored
    byte_view der{};                        ///< of a file that is no text
    std::optional<key::pem_block> block{};  ///< of one that is
    std::uint64_t offset = 0;               ///< of the key in the file, in bytes
    bool by_pem = false;                    ///< encrypted by PEM itself

    /// Whether a passphrase is needed.
    [[nodiscard]] bool is_encrypted() const { return by_pem || form == key_form::encrypted_pkcs8; }
};

namespace detail {
[[nodiscard]] inline key_form form_of_label(byte_view label) {
    if (equal(label, "PRIVATE KEY")) return key_form::pkcs8;
    if (equal(label, "ENCRYPTED PRIVATE KEY")) return key_form::encrypted_pkcs8;
    if (equal(label, "RSA PRIVATE KEY")) return key_form::pkcs1;
    return equal(label, "EC PRIVATE KEY") ? key_form::sec1 : key_form::unknown;
}

/// By what stands first in the outermost SEQUENCE.
///   EncryptedPrivateKeyInfo  SEQUENCE, OCTET STRING      PrivateKeyInfo  0 or 1, SEQUENCE
///   PFX                      3, SEQUENCE                 RSAPrivateKey   0 or 1, INTEGER
///   ECPrivateKey             1, OCTET STRING
[[nodiscard]] inline key_form form_of_der(byte_view file) {
    failure fault{errc::none};
    der::reader whole(file, fault);
    auto in = whole.enter(der::tag_sequence);
    if (in.next_is(der::tag_sequence)) {
        auto algorithm = in.enter(der::tag_sequence);
        algorithm.oid();
        in.octet_string();
        return in.failed() || !in.at_end() ? key_form::unknown : key_form::encrypted_pkcs8;
    }
    const byte_view version = in.integer().content;
    if (in.failed() || version.size() != 1) return key_form::unknown;
    if (version[0] == 3 && in.next_is(der::tag_sequence)) return key_form::pkcs12;
    if (version[0] > 1) return key_form::unknown;
    if (in.next_is(der::tag_integer)) return key_form::pkcs1;
    if (in.next_is(der::tag_sequence)) return key_form::pkcs8;
    return in.next_is(der::tag_octet_string) ? key_form::sec1 : key_form::unknown;
}
}  // namespace detail

/// The first private key in a file, or the PKCS#12 that it is. `missing_element`: there is none; `bad_text` and the faults of DER
/// otherwise.
[[nodiscard]] inline result<stored_key> find_private_key(byte_view file) {
    if (!key::pem_reader::recognises(file)) {
        const key_form form = detail::form_of_der(file);
        if (form == key_form::unknown) return errc::missing_element;
        return stored_key{form, file, std::nullopt, 0, false};
    }
    key::pem_reader blocks(file);
    for (;;) {
        const auto block = blocks.next();
        if (!block) return block.error();
        if (!block->has_value()) return errc::missing_element;
        if ((*block)->kind != key::pem_kind::private_key) continue;
        return stored_key{detail::form_of_label((*block)->label), {}, **block, (*block)->offset, has_pem_encryption(**block)};
    }
}

namespace detail {
/// PrivateKeyInfo ::= SEQUENCE { 0, AlgorithmIdentifier { oid, parameters }, OCTET STRING }
[[nodiscard]] inline secret_bytes pkcs8_coat(key_algorithm algorithm, byte_view parameters, byte_view inside) {
    secret_bytes out;
    out.reserve(inside.size() + 64);
    der::writer write(out);
    write.sequence([&] {
        write.integer(std::uint64_t{0});
        write.sequence([&] {
            write.oid(entry_of(algorithm).oid.view());
            write.raw(parameters);
        });
        write.octet_string(inside);
    });
    return out;
}

/// ECPrivateKey ::= SEQUENCE { 1, OCTET STRING, [0] curve OPTIONAL, [1] public key OPTIONAL }. The curve is needed.
[[nodiscard]] inline result<byte_view> sec1_curve(byte_view bytes) {
    failure fault{errc::none};
    der::reader in(bytes, fault);
    auto fields = in.enter(der::tag_sequence);
    fields.integer();
    fields.octet_string();
    const auto curve = fields.optional(der::context_constructed(0));
    if (fields.failed()) return fault;
    if (!curve) return errc::missing_element;
    return curve->content;
}

/// In the form that Botan reads.
[[nodiscard]] inline result<secret_bytes> as_pkcs8(key_form form, byte_view der) {
    constexpr std::uint8_t null[] = {der::tag_null, 0};
    if (form == key_form::pkcs1) return pkcs8_coat(key_algorithm::rsa, null, der);
    if (form == key_form::sec1) {
        const auto curve = sec1_curve(der);
        if (!curve) return curve.error();
        return pkcs8_coat(key_algorithm::ecdsa_p256, *curve, der);  // one OID for all curves
    }
    if (form == key_form::pkcs8) return secret_bytes(der.begin(), der.end());
    return errc::unsupported_key;
}

[[nodiscard]] inline std::unique_ptr<Botan::Private_Key> load_pkcs8(byte_view der) {
    Botan::DataSource_Memory source(der.data(), der.size());
#if BOTAN_VERSION_MAJOR >= 3
    return Botan::PKCS8::load_key(source);
#else
    return std::unique_ptr<Botan::Private_Key>(Botan::PKCS8::load_key(source, Botan::system_rng()));
#endif
}

/// What is in the block or the file, decoded.
[[nodiscard]] inline result<secret_bytes> decoded(const stored_key& stored) {
    if (!stored.block) return secret_bytes(stored.der.begin(), stored.der.end());
    secret_bytes out(stored.block->max_decoded_size());
    const auto der = key::pem_decode(*stored.block, out);
    if (!der) return der.error();
    out.resize(der->size());
    return out;
}

/// Whether a passphrase can help, before the user is asked for it.
[[nodiscard]] inline result<void> can_decrypt(const stored_key& stored) {
    if (stored.by_pem) {
        const auto header = parse_pem_header(*stored.block);
        return header ? result<void>::success() : result<void>(header.error());
    }
    const auto file = decoded(stored);
    return file ? can_decrypt_pkcs8(*file) : result<void>(file.error());
}

/// The same without its encryption. A wrong passphrase may leave anything, so that whatever is wrong with it is `bad_key`.
[[nodiscard]] inline result<secret_bytes> decrypted(const stored_key& stored, std::string_view passphrase) {
    const failure bad{errc::bad_key, stored.offset};
    if (stored.by_pem) {
        const auto der = decrypt_pem(*stored.block, passphrase);
        if (!der) return der.error();
        auto pkcs8 = as_pkcs8(stored.form, *der);
        return pkcs8 || pkcs8.error().code == errc::unsupported_key ? std::move(pkcs8) : result<secret_bytes>(bad);
    }
    const auto file = decoded(stored);
    if (!file) return file.error();
    auto pkcs8 = decrypt_pkcs8(*file, passphrase);
    return pkcs8 || pkcs8.error().code == errc::unsupported_key ? std::move(pkcs8) : result<secret_bytes>(bad);
}
}  // namespace detail

/// Loads the private key of a file into this process. `ask()` gives the passphrase of an encrypted one, or nothing. Besides the faults
/// of find_private_key(): `bad_key` (also with a wrong passphrase), `unsupported_key`, `unsupported_algorithm`; `why` is then what the
/// code does not say, where there is more to say.
template <std::invocable Ask>
    requires std::same_as<std::invoke_result_t<Ask>, std::optional<passphrase>>
[[nodiscard]] result<private_key> load_private_key(const os::hardened_process& here, byte_view file, Ask ask, std::string_view* why = nullptr) {
    const auto stored = find_private_key(file);
    if (!stored) return stored.error();
    const failure bad{errc::bad_key, stored->offset};
    std::optional<passphrase> secret;
    if (stored->is_encrypted()) {
        if (const auto possible = detail::can_decrypt(*stored); !possible) return possible.error();
        auto given = ask();
        if (!given) return bad;
        secret.emplace(*std::move(given));
    }
    const auto pkcs8 = [&]() -> result<secret_bytes> {
        if (secret) return detail::decrypted(*stored, secret->text());
        const auto der = detail::decoded(*stored);
        if (!der) return der.error();
        return detail::as_pkcs8(stored->form, *der);
    }();
    if (!pkcs8) return pkcs8.error();
    const auto ml_dsa = parse_ml_dsa_private(*pkcs8);
    if (!ml_dsa) return bad;
    if (*ml_dsa) {
        auto key = private_key::adopt(here, **ml_dsa);
        if (!key && why != nullptr) *why = ml_dsa_key_fault(key.error().code);
        return key;
    }
    try {
        return private_key::adopt(here, detail::load_pkcs8(*pkcs8));
    } catch (...) {
        return bad;
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_KEY_FILE_HPP
