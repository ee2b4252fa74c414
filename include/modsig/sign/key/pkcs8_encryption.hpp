// SPDX-License-Identifier: BSL-1.0
//
// Private keys that PKCS#8 encrypts, decrypted; reading only.  Format: RFC 5958, section 3; PBES1 and PBES2: RFC 8018; the
// schemes of PKCS#12, which `openssl pkcs8 -v1` writes: RFC 7292, appendices B and C.
//   EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }
// By hand and not by Botan's PKCS8::load_key, which knows neither PBES1 nor CFB and leaves copies of the passphrase behind.
#ifndef MODSIG_SIGN_KEY_PKCS8_ENCRYPTION_HPP
#define MODSIG_SIGN_KEY_PKCS8_ENCRYPTION_HPP

#include <modsig/algorithm.hpp>
#include <modsig/der/reader.hpp>
#include <modsig/sign/key/private_key.hpp>
#include <modsig/sign/key/utf8.hpp>

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/pwdhash.h>
#include <botan/stream_cipher.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace modsig::sign {

namespace detail {

// A passphrase is guessed by nobody who reads the file only once: these bound the time and the memory that a file can cost.
inline constexpr std::uint64_t max_iterations = 10'000'000, max_scrypt_memory = std::uint64_t{256} << 20;

struct cipher_entry {
    object_identifier oid;
    const char* botan_name;
    std::size_t key_size, iv_size;  // bytes
};
template <class... Byte>
constexpr object_identifier nist_aes(Byte... byte) { return object_identifier::of(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, byte...); }

// clang-format off
inline constexpr cipher_entry pbes2_ciphers[] = {
    {nist_aes(2),  "AES-128/CBC/PKCS7", 16, 16}, {nist_aes(4),  "AES-128/CFB", 16, 16},
    {nist_aes(22), "AES-192/CBC/PKCS7", 24, 16}, {nist_aes(24), "AES-192/CFB", 24, 16},
    {nist_aes(42), "AES-256/CBC/PKCS7", 32, 16}, {nist_aes(44), "AES-256/CFB", 32, 16},
    {object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7), "TripleDES/CBC/PKCS7", 24, 8},
    {object_identifier::of(0x2b, 0x0e, 3, 2, 7),                      "DES/CBC/PKCS7",        8, 8},
};

enum class key_derivation : std::uint8_t { pbkdf1, pkcs12 };
struct pbes1_scheme {
    std::uint8_t arc;   // the last one of its OID
    key_derivation by;
    const char* hash;
    const char* cipher;
    std::size_t key_size, iv_size;
};
// Those with MD2 and RC2 are not here: Botan has neither.
inline constexpr pbes1_scheme pbes1_schemes[] = {
    {3,  key_derivation::pbkdf1, "MD5",   "DES/CBC/PKCS7",        8, 8},
    {10, key_derivation::pbkdf1, "SHA-1", "DES/CBC/PKCS7",        8, 8},
    {1,  key_derivation::pkcs12, "SHA-1", "RC4",                 16, 0},
    {2,  key_derivation::pkcs12, "SHA-1", "RC4",                  5, 0},
    {3,  key_derivation::pkcs12, "SHA-1", "TripleDES/CBC/PKCS7", 24, 8},
    {4,  key_derivation::pkcs12, "SHA-1", "TripleDES/CBC/PKCS7", 16, 8},
};

inline constexpr object_identifier
    pkcs5_arc  = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5),
    pkcs12_arc = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1),
    scrypt_oid = object_identifier::of(0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11);
inline constexpr std::uint8_t pbkdf2_arc = 12, pbes2_arc = 13;

struct hmac_entry { std::uint8_t arc; const char* botan_name; };
inline constexpr object_identifier hmac_arc = object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2);
inline constexpr hmac_entry hmacs[] = {
    {7, "PBKDF2(SHA-1)"}, {8, "PBKDF2(SHA-224)"}, {9, "PBKDF2(SHA-256)"}, {10, "PBKDF2(SHA-384)"}, {11, "PBKDF2(SHA-512)"},
};
// clang-format on

/// The last arc of an OID below another one, of less than 128.
[[nodiscard]] constexpr std::optional<std::uint8_t> arc_below(const object_identifier& parent, byte_view oid) {
    const byte_view above = parent.view();
    if (oid.size() != above.size() + 1 || !starts_with(oid, above) || oid.back() >= 0x80) return std::nullopt;
    return oid.back();
}

/// A number of at most 32 bits; beyond, the largest.
[[nodiscard]] inline std::uint64_t small_number(const der::element& integer) {
    byte_view digits = integer.content;
    while (!digits.empty() && digits.front() == 0) digits = digits.subspan(1);
    if (digits.size() > 4) return ~std::uint64_t{0};
    std::uint64_t value = 0;
    for (const std::uint8_t digit : digits) value = value << 8 | digit;
    return value;
}

/// How a file says it was encrypted, checked as far as that goes without the passphrase.
struct pkcs8_cipher {
    const pbes1_scheme* old = nullptr;       // PBES1, or
    const cipher_entry* cipher = nullptr;    // PBES2, with the derivation
    const char* derivation = nullptr;
    std::array<std::uint64_t, 3> costs{};    // iterations; N, r, p
    byte_view salt{}, iv{};
    byte_view encrypted{};

    /// `unsupported_key`; the faults of DER.
    [[nodiscard]] static result<pkcs8_cipher> parse(byte_view file) {
        failure fault{errc::none};
        der::reader whole(file, fault);
        auto in = whole.enter(der::tag_sequence);
        auto algorithm = in.enter(der::tag_sequence);
        pkcs8_cipher out;
        const der::element scheme = algorithm.oid();
        auto parameters = algorithm.enter(der::tag_sequence);
        if (arc_below(pkcs5_arc, scheme.content) == pbes2_arc) out.parse_pbes2(parameters);
        else out.parse_pbes1(scheme, parameters);
        out.encrypted = in.octet_string().content;
        in.finish();
        return in.outcome(out);
    }

private:
    void parse_pbes1(const der::element& scheme, der::reader& in) {
        const auto five = arc_below(pkcs5_arc, scheme.content), twelve = arc_below(pkcs12_arc, scheme.content);
        for (const pbes1_scheme& each : pbes1_schemes)
            if ((each.by == key_derivation::pbkdf1 ? five : twelve) == each.arc) old = &each;
        if (old == nullptr) in.fail(errc::unsupported_key, scheme.offset);
        salt = in.octet_string().content;
        costs[0] = bounded(in, in.unsigned_integer(), max_iterations);
        in.finish();
    }
    void parse_pbes2(der::reader& in) {
        parse_derivation(in);
        auto algorithm = in.enter(der::tag_sequence);
        const der::element oid = algorithm.oid();
        for (const cipher_entry& each : pbes2_ciphers)
            if (equal(each.oid.view(), oid.content)) cipher = &each;
        if (cipher == nullptr) return in.fail(errc::unsupported_key, oid.offset);
        const der::element initial = algorithm.octet_string();
        iv = initial.content;
        if (iv.size() != cipher->iv_size) in.fail(errc::bad_structure, initial.offset);
        algorithm.finish();
        in.finish();
    }
    void parse_derivation(der::reader& in) {
        auto algorithm = in.enter(der::tag_sequence);
        const der::element oid = algorithm.oid();
        auto parameters = algorithm.enter(der::tag_sequence);
        salt = parameters.octet_string().content;
        if (equal(scrypt_oid.view(), oid.content)) {
            derivation = "Scrypt";
            for (std::uint64_t& cost : costs) cost = bounded(parameters, parameters.unsigned_integer(), max_scrypt_memory);
            // RFC 7914, section 2: 128 r N bytes, and 128 r p.
            if (costs[1] > max_scrypt_memory / 128 / costs[0] || costs[2] > max_scrypt_memory / 128 / costs[1])
                in.fail(errc::unsupported_key, oid.offset);
        } else if (arc_below(pkcs5_arc, oid.content) == pbkdf2_arc) {
            derivation = hmacs[0].botan_name;
            costs[0] = bounded(parameters, parameters.unsigned_integer(), max_iterations);
        } else return in.fail(errc::unsupported_key, oid.offset);
        if (parameters.next_is(der::tag_integer)) parameters.integer();  // the key's length: the cipher says it too
        if (parameters.next_is(der::tag_sequence)) parse_hmac(parameters);
        parameters.finish();
        algorithm.finish();
    }
    void parse_hmac(der::reader& in) {
        auto algorithm = in.enter(der::tag_sequence);
        const der::element oid = algorithm.oid();
        const auto arc = arc_below(hmac_arc, oid.content);
        derivation = nullptr;
        for (const hmac_entry& each : hmacs)
            if (arc == each.arc) derivation = each.botan_name;
        if (derivation == nullptr) in.fail(errc::unsupported_key, oid.offset);
    }
    [[nodiscard]] static std::uint64_t bounded(der::reader& in, const der::element& number, std::uint64_t limit) {
        const std::uint64_t value = small_number(number);
        if (value == 0 || value > limit) in.fail(errc::unsupported_key, number.offset);
        return value == 0 ? 1 : value;
    }
};

/// RFC 8018, section 5.1: the hash of passphrase and salt, again and again.
[[nodiscard]] inline secret_bytes pbkdf1(const char* hash_name, std::string_view passphrase, byte_view salt, std::uint64_t iterations) {
    const auto hash = Botan::HashFunction::create_or_throw(hash_name);
    hash->update(reinterpret_cast<const std::uint8_t*>(passphrase.data()), passphrase.size());
    hash->update(salt.data(), salt.size());
    secret_bytes value = hash->final();
    for (std::uint64_t i = 1; i != iterations; ++i) {
        hash->update(value);
        value = hash->final();
    }
    return value;
}

/// UTF-16, its high byte first, with a zero behind: RFC 7292, appendix B.1. What is no UTF-8 goes over byte by byte, as OpenSSL does.
[[nodiscard]] inline secret_bytes as_bmp_string(std::string_view text) {
    secret_bytes out;
    out.reserve(2 * text.size() + 2);
    const auto put = [&](std::uint32_t unit) { out.push_back(static_cast<std::uint8_t>(unit >> 8)), out.push_back(static_cast<std::uint8_t>(unit)); };
    if (utf8_size(text)) {
        while (const auto character = take_character(text)) {
            if (*character >= 0x10000) put(0xd800 + ((*character - 0x10000) >> 10)), put(0xdc00 + ((*character - 0x10000) & 0x3ff));
            else put(*character);
        }
    } else {
        for (const char c : text) put(static_cast<std::uint8_t>(c));
    }
    put(0);
    return out;
}

/// RFC 7292, appendix B.2, with a hash of 64-byte blocks. `purpose`: 1 for a key, 2 for an initial value.
[[nodiscard]] inline secret_bytes pkcs12_derive(const char* hash_name, std::uint8_t purpose, byte_view passphrase, byte_view salt, std::uint64_t iterations,
                                                std::size_t size) {
    constexpr std::size_t block = 64;
    const auto hash = Botan::HashFunction::create_or_throw(hash_name);
    const auto append_repeated = [&](secret_bytes& to, byte_view part) {  // to whole blocks
        const std::size_t wanted = (part.size() + block - 1) / block * block;
        for (std::size_t i = 0; i != wanted; ++i) to.push_back(part[i % part.size()]);
    };
    secret_bytes in, out;
    append_repeated(in, salt);
    append_repeated(in, passphrase);
    for (;;) {
        hash->update(secret_bytes(block, purpose));
        hash->update(in);
        secret_bytes digest = hash->final();
        for (std::uint64_t i = 1; i != iterations; ++i) {
            hash->update(digest);
            digest = hash->final();
        }
        out.insert(out.end(), digest.begin(), digest.end());
        if (out.size() >= size) break;
        // Each block of the input and the repeated digest and one are added, modulo 2^512.
        for (std::size_t at = 0; at != in.size(); at += block) {
            unsigned carry = 1;
            for (std::size_t i = block; i-- != 0;) {
                carry += in[at + i] + unsigned{digest[i % digest.size()]};
                in[at + i] = static_cast<std::uint8_t>(carry);
                carry >>= 8;
            }
        }
    }
    out.resize(size);
    return out;
}

/// Throws what Botan throws: padding that is wrong, algorithms that were left out when it was built.
[[nodiscard]] inline secret_bytes decrypt(const char* cipher_name, byte_view key, byte_view iv, byte_view encrypted) {
    secret_bytes data(encrypted.begin(), encrypted.end());
    if (std::string_view(cipher_name) == "RC4") {
        const auto cipher = Botan::StreamCipher::create_or_throw(cipher_name);
        cipher->set_key(key.data(), key.size());
        cipher->cipher1(data.data(), data.size());
        return data;
    }
#if BOTAN_VERSION_MAJOR >= 3
    constexpr auto direction = Botan::Cipher_Dir::Decryption;
#else
    constexpr auto direction = Botan::DECRYPTION;
#endif
    const auto cipher = Botan::Cipher_Mode::create_or_throw(cipher_name, direction);
    cipher->set_key(key.data(), key.size());
    cipher->start(iv.data(), iv.size());
    cipher->finish(data);
    return data;
}
}  // namespace detail

/// Whether such a file can be decrypted, if the passphrase is right: `unsupported_key`; the faults of DER.
[[nodiscard]] inline result<void> can_decrypt_pkcs8(byte_view file) {
    const auto cipher = detail::pkcs8_cipher::parse(file);
    if (!cipher) return cipher.error();
    return result<void>::success();
}

/// PrivateKeyInfo, not yet known to be any: a wrong passphrase leaves anything, or `bad_key`. Besides: those of can_decrypt_pkcs8().
[[nodiscard]] inline result<secret_bytes> decrypt_pkcs8(byte_view file, std::string_view passphrase) {
    const auto how = detail::pkcs8_cipher::parse(file);
    if (!how) return how.error();
    try {
        if (const detail::pbes1_scheme* old = how->old; old != nullptr) {
            if (old->by == detail::key_derivation::pbkdf1) {
                const secret_bytes both = detail::pbkdf1(old->hash, passphrase, how->salt, how->costs[0]);
                return detail::decrypt(old->cipher, byte_view(both).first(8), byte_view(both).subspan(8, 8), how->encrypted);
            }
            const secret_bytes text = detail::as_bmp_string(passphrase);
            const auto derive = [&](std::uint8_t purpose, std::size_t size) {
                return detail::pkcs12_derive(old->hash, purpose, text, how->salt, how->costs[0], size);
            };
            return detail::decrypt(old->cipher, derive(1, old->key_size), derive(2, old->iv_size), how->encrypted);
        }
        const auto family = Botan::PasswordHashFamily::create_or_throw(how->derivation);
        const auto derivation = family->from_params(how->costs[0], how->costs[1], how->costs[2]);
        secret_bytes key(how->cipher->key_size);
        derivation->derive_key(key.data(), key.size(), passphrase.data(), passphrase.size(), how->salt.data(), how->salt.size());
        return detail::decrypt(how->cipher->botan_name, key, how->iv, how->encrypted);
    } catch (const Botan::Lookup_Error&) {
        return errc::unsupported_key;  // left out of this Botan
    } catch (...) {
        return errc::bad_key;
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PKCS8_ENCRYPTION_HPP
