// SPDX-License-Identifier: BSL-1.0
//
// PEM's own encryption, from before PKCS#8: what `openssl rsa -traditional` writes. Reading only: one round of MD5 keeps
// nobody from guessing the passphrase.
//   Proc-Type: 4,ENCRYPTED
//   DEK-Info: AES-256-CBC,initial value in hexadecimal
//   (an empty line, base64)
// Format: RFC 1421, section 4.6.1; the key as OpenSSL makes it, EVP_BytesToKey(3) with MD5, count 1 and the first 8 bytes of
// the initial value as salt.
#ifndef MODSIG_SIGN_KEY_PEM_ENCRYPTION_HPP
#define MODSIG_SIGN_KEY_PEM_ENCRYPTION_HPP

#include <modsig/key/pem.hpp>
#include <modsig/sign/key/private_key.hpp>

#include <botan/cipher_mode.h>
#include <botan/hash.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace modsig::sign {

/// Whether header lines stand before the base64.
[[nodiscard]] inline bool has_pem_encryption(const key::pem_block& block) {
    constexpr std::string_view head = "Proc-Type:";
    return block.body.size() >= head.size() && equal(block.body.first(head.size()), head);
}

namespace detail {
struct pem_cipher {
    std::string_view name;
    const char* botan_name;
    std::size_t key_size;  // bytes
    std::size_t iv_size;
};
inline constexpr pem_cipher pem_ciphers[] = {
    {"AES-128-CBC", "AES-128/CBC/PKCS7", 16, 16},
    {"AES-192-CBC", "AES-192/CBC/PKCS7", 24, 16},
    {"AES-256-CBC", "AES-256/CBC/PKCS7", 32, 16},
    {"DES-EDE3-CBC", "TripleDES/CBC/PKCS7", 24, 8},
};

struct pem_header {
    const pem_cipher* cipher = nullptr;
    std::array<std::uint8_t, 16> iv{};
    std::size_t size = 0;  // of the header with its empty line
};

/// The next line of `text`, without its end, which is taken off too.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
}

[[nodiscard]] inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// `unsupported_key`: another cipher; `bad_text`.
[[nodiscard]] inline result<pem_header> parse_pem_header(const key::pem_block& block) {
    const failure bad{errc::bad_text, block.body_offset};
    std::string_view rest(reinterpret_cast<const char*>(block.body.data()), block.body.size());
    if (take_line(rest) != "Proc-Type: 4,ENCRYPTED") return bad;
    constexpr std::string_view key = "DEK-Info: ";
    std::string_view line = take_line(rest);
    if (!line.starts_with(key)) return bad;
    line.remove_prefix(key.size());
    const std::string_view name = line.substr(0, line.find(','));

    pem_header header;
    for (const pem_cipher& one : pem_ciphers)
        if (one.name == name) header.cipher = &one;
    if (header.cipher == nullptr) return failure{errc::unsupported_key, block.body_offset};
    const std::string_view digits = line.substr(name.size() + (name.size() != line.size() ? 1 : 0));
    if (digits.size() != 2 * header.cipher->iv_size) return bad;
    for (std::size_t i = 0; i != header.cipher->iv_size; ++i) {
        const int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0) return bad;
        header.iv[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    if (!take_line(rest).empty()) return bad;
    header.size = block.body.size() - rest.size();
    return header;
}

/// EVP_BytesToKey(3): D1 = MD5(passphrase, salt), D2 = MD5(D1, passphrase, salt), ...
[[nodiscard]] inline secret_bytes pem_key(std::string_view passphrase, byte_view salt, std::size_t size) {
    const auto md5 = Botan::HashFunction::create_or_throw("MD5");
    secret_bytes key, last;
    while (key.size() < size) {
        md5->update(last);
        md5->update(reinterpret_cast<const std::uint8_t*>(passphrase.data()), passphrase.size());
        md5->update(salt.data(), salt.size());
        last = md5->final();
        key.insert(key.end(), last.begin(), last.end());
    }
    key.resize(size);
    return key;
}
}  // namespace detail

/// What is in the block, not yet known to be right: nothing but its padding tells a wrong passphrase (`bad_key`). The block's
/// offset goes with every failure. Besides: `bad_text`, `unsupported_key` for other ciphers than AES and triple DES in CBC.
[[nodiscard]] inline result<secret_bytes> decrypt_pem(const key::pem_block& block, std::string_view passphrase) {
    const result<detail::pem_header> header = detail::parse_pem_header(block);
    if (!header) return header.error();
    key::pem_block text = block;
    text.body = block.body.subspan(header->size);
    text.body_offset += header->size;
    secret_bytes data(text.max_decoded_size());
    const result<byte_view> encrypted = key::pem_decode(text, data);
    if (!encrypted) return encrypted.error();
    data.resize(encrypted->size());
    try {
#if BOTAN_VERSION_MAJOR >= 3
        constexpr auto direction = Botan::Cipher_Dir::Decryption;
#else
        constexpr auto direction = Botan::DECRYPTION;
#endif
        const auto cipher = Botan::Cipher_Mode::create_or_throw(header->cipher->botan_name, direction);
        const byte_view iv = byte_view(header->iv).first(header->cipher->iv_size);
        cipher->set_key(detail::pem_key(passphrase, iv.first(8), header->cipher->key_size));
        cipher->start(iv.data(), iv.size());
        cipher->finish(data);
        return data;
    } catch (...) {
        return failure{errc::bad_key, block.offset};
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PEM_ENCRYPTION_HPP
