// SPDX-License-Identifier: BSL-1.0
//
// Private keys from PEM text: PKCS#8, encrypted or not; PKCS#1 and SEC 1, which Botan does not read, in a PKCS#8 coat,
// encrypted by PEM itself or not.
// Other blocks are passed over: the kernel's signing_key.pem holds key and certificate, in either order.
//   PRIVATE KEY, ENCRYPTED PRIVATE KEY   RFC 5958
//   RSA PRIVATE KEY                      RFC 8017, appendix A.1.2
//   EC PRIVATE KEY                       RFC 5915, section 3
#ifndef MODSIG_SIGN_KEY_KEY_FILE_HPP
#define MODSIG_SIGN_KEY_KEY_FILE_HPP

#include <modsig/der/reader.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/key/pem.hpp>
#include <modsig/sign/key/passphrase.hpp>
#include <modsig/sign/key/pem_encryption.hpp>
#include <modsig/sign/key/private_key.hpp>

#include <botan/data_src.h>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace modsig::sign {

/// The first private key of a text. `missing_element`: there is none; `bad_text` and the faults of DER otherwise.
[[nodiscard]] inline result<key::pem_block> find_private_key(byte_view text) {
    key::pem_reader blocks(text);
    for (;;) {
        const auto block = blocks.next();
        if (!block) return block.error();
        if (!block->has_value()) return errc::missing_element;
        if ((*block)->kind == key::pem_kind::private_key) return **block;
    }
}

namespace detail {
[[nodiscard]] inline bool has_pkcs8_encryption(const key::pem_block& block) { return equal(block.label, "ENCRYPTED PRIVATE KEY"); }
}  // namespace detail

/// Whether a passphrase is needed.
[[nodiscard]] inline bool is_encrypted(const key::pem_block& block) {
    return detail::has_pkcs8_encryption(block) || has_pem_encryption(block);
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

[[nodiscard]] inline result<secret_bytes> as_pkcs8(const key::pem_block& block, byte_view decoded) {
    constexpr std::uint8_t null[] = {der::tag_null, 0};
    if (equal(block.label, "RSA PRIVATE KEY")) return pkcs8_coat(key_algorithm::rsa, null, decoded);
    if (equal(block.label, "EC PRIVATE KEY")) {
        const auto curve = sec1_curve(decoded);
        if (!curve) return curve.error();
        return pkcs8_coat(key_algorithm::ecdsa_p256, *curve, decoded);  // one OID for all curves
    }
    if (equal(block.label, "PRIVATE KEY") || has_pkcs8_encryption(block)) return secret_bytes(decoded.begin(), decoded.end());
    return errc::unsupported_key;
}

[[nodiscard]] inline std::unique_ptr<Botan::Private_Key> load_pkcs8(byte_view der, const std::string* passphrase) {
    Botan::DataSource_Memory source(der.data(), der.size());
#if BOTAN_VERSION_MAJOR >= 3
    return passphrase != nullptr ? Botan::PKCS8::load_key(source, *passphrase) : Botan::PKCS8::load_key(source);
#else
    auto& rng = Botan::system_rng();
    return std::unique_ptr<Botan::Private_Key>(passphrase != nullptr ? Botan::PKCS8::load_key(source, rng, *passphrase)
                                                                     : Botan::PKCS8::load_key(source, rng));
#endif
}

/// What Botan reads, of a block that is not encrypted, or that PKCS#8 encrypts.
[[nodiscard]] inline result<secret_bytes> pkcs8_in(const key::pem_block& block) {
    secret_bytes decoded(block.max_decoded_size());
    const auto der = key::pem_decode(block, decoded);
    if (!der) return der.error();
    return as_pkcs8(block, *der);
}

/// The same of one that PEM encrypts. A wrong passphrase may leave anything, so that whatever is wrong with it is `bad_key`.
[[nodiscard]] inline result<secret_bytes> pkcs8_in(const key::pem_block& block, const std::string& passphrase) {
    const auto der = decrypt_pem(block, passphrase);
    if (!der) return der.error();
    auto pkcs8 = as_pkcs8(block, *der);
    if (!pkcs8 && pkcs8.error().code != errc::unsupported_key) return failure{errc::bad_key, block.offset};
    return pkcs8;
}
}  // namespace detail

/// `ask()` gives the passphrase of an encrypted key, or nothing. Besides the faults of find_private_key(): `bad_key` (also
/// with a wrong passphrase), `unsupported_key`.
template <std::invocable Ask>
    requires std::same_as<std::invoke_result_t<Ask>, std::optional<passphrase>>
[[nodiscard]] result<private_key> load_private_key(byte_view text, Ask ask) {
    const auto block = find_private_key(text);
    if (!block) return block.error();
    const failure bad{errc::bad_key, block->offset};
    const bool by_pem = has_pem_encryption(*block);
    std::optional<passphrase> secret;
    if (is_encrypted(*block)) {
        if (by_pem)
            if (const auto header = detail::parse_pem_header(*block); !header) return header.error();  // nobody needs to be asked
        auto given = ask();
        if (!given) return bad;
        secret.emplace(*std::move(given));
    }
    const auto pkcs8 = by_pem ? detail::pkcs8_in(*block, secret->text()) : detail::pkcs8_in(*block);
    if (!pkcs8) return pkcs8.error();
    try {
        return private_key::adopt(detail::load_pkcs8(*pkcs8, secret && !by_pem ? &secret->text() : nullptr));
    } catch (...) {
        return bad;
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_KEY_FILE_HPP
