// SPDX-License-Identifier: BSL-1.0
//
// Keys made by OpenSSL when a benchmark starts, and signatures of different digests by each.
#ifndef MODSIG_BENCH_SIGNATURES_HPP
#define MODSIG_BENCH_SIGNATURES_HPP

#include "rounds.hpp"

#include <modsig/algorithm.hpp>
#include <modsig/key/any.hpp>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace bench {

using bytes = std::vector<std::uint8_t>;
using pair_of_keys = std::shared_ptr<EVP_PKEY>;

/// Of three primes: such keys are found sooner, and to those who verify they are like any other.
[[nodiscard]] inline std::vector<pair_of_keys> rsa_pairs(unsigned bits, std::size_t count) {
    const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
    must(EVP_PKEY_keygen_init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1 &&
         EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), 3) == 1);
    std::vector<pair_of_keys> pairs;
    while (pairs.size() != count) {
        EVP_PKEY* made = nullptr;
        must(EVP_PKEY_generate(context.get(), &made) == 1);
        pairs.emplace_back(made, EVP_PKEY_free);
    }
    return pairs;
}
[[nodiscard]] inline pair_of_keys curve_pair(const char* curve) { return {EVP_EC_gen(curve), EVP_PKEY_free}; }
[[nodiscard]] inline pair_of_keys ed25519_pair() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free}; }

/// Null where this OpenSSL has none.
[[nodiscard]] inline pair_of_keys ml_dsa_pair(const char* name) { return {EVP_PKEY_Q_keygen(nullptr, nullptr, name), EVP_PKEY_free}; }

/// SHA-256 digests that nothing was hashed for: to Ed25519 and ML-DSA they are messages.
struct signatures {
    pair_of_keys pair;
    bytes spki{};
    std::vector<modsig::digest_value> digests{};
    std::vector<bytes> values{};
    bytes broken{};  // the first with one bit changed

    signatures(pair_of_keys of, std::size_t count) : pair(std::move(of)) {
        must(pair != nullptr);
        spki.resize(static_cast<std::size_t>(i2d_PUBKEY(pair.get(), nullptr)));
        std::uint8_t* to = spki.data();
        must(i2d_PUBKEY(pair.get(), &to) > 0);
        for (std::size_t i = 0; i != count; ++i) {
            modsig::digest_value digest{modsig::digest_id::sha256, {}};
            for (std::size_t j = 0; j != 32; ++j) digest.bytes[j] = static_cast<std::uint8_t>(i * 41 + j * j);
            digests.push_back(digest);
            values.push_back(sign(digest));
        }
        broken = values[0];
        broken[broken.size() / 3] ^= 1;
    }

    /// Views alias this.
    [[nodiscard]] modsig::public_key key() const {
        const auto parsed = modsig::key::parse_any(spki);
        must(parsed.has_value());
        return parsed->key;
    }

private:
    [[nodiscard]] bytes sign(const modsig::digest_value& digest) const {
        bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(pair.get())));
        std::size_t size = signature.size();
        const bool signs_messages = EVP_PKEY_get_id(pair.get()) != EVP_PKEY_RSA && EVP_PKEY_get_id(pair.get()) != EVP_PKEY_EC;
        if (signs_messages) {
            const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
            must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair.get()) == 1 &&
                 EVP_DigestSign(context.get(), signature.data(), &size, digest.bytes.data(), 32) == 1);
        } else {
            const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new(pair.get(), nullptr), EVP_PKEY_CTX_free);
            must(EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
                 EVP_PKEY_sign(context.get(), signature.data(), &size, digest.bytes.data(), 32) == 1);
        }
        signature.resize(size);
        return signature;
    }
};

}  // namespace bench

#endif  // MODSIG_BENCH_SIGNATURES_HPP
