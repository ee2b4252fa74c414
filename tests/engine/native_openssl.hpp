// SPDX-License-Identifier: BSL-1.0
//
// OpenSSL, as the other implementation that the native engine is compared with, and bytes that look random.
#ifndef MODSIG_TESTS_ENGINE_NATIVE_OPENSSL_HPP
#define MODSIG_TESTS_ENGINE_NATIVE_OPENSSL_HPP

#include <modsig/algorithm.hpp>
#include <modsig/key.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace native_test {

using octets = std::vector<std::uint8_t>;
template <class T, void (*Free)(T*)>
struct freed {
    void operator()(T* p) const { Free(p); }
};
using bignum = std::unique_ptr<BIGNUM, freed<BIGNUM, BN_free>>;
using pkey = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY, EVP_PKEY_free>>;
using pkey_context = std::unique_ptr<EVP_PKEY_CTX, freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using bn_context = std::unique_ptr<BN_CTX, freed<BN_CTX, BN_CTX_free>>;

inline void must(bool done) {
    if (!done) throw std::runtime_error("OpenSSL refuses");
}

/// Repeats from run to run; MODSIG_TEST_ROUNDS multiplies what the tests do with it.
inline std::mt19937_64& random() {
    static std::mt19937_64 generator(20120815);
    return generator;
}
inline unsigned rounds(unsigned usual) {
    const char* more = std::getenv("MODSIG_TEST_ROUNDS");
    return usual * (more == nullptr ? 1u : static_cast<unsigned>(std::stoul(more)));
}
inline octets random_bytes(std::size_t size) {
    octets b(size);
    for (auto& byte : b) byte = static_cast<std::uint8_t>(random()());
    return b;
}

inline bignum number(const octets& b) { return bignum(BN_bin2bn(b.data(), static_cast<int>(b.size()), nullptr)); }
inline octets to_bytes(const BIGNUM* n, std::size_t size) {
    octets b(size);
    must(BN_bn2binpad(n, b.data(), static_cast<int>(size)) == static_cast<int>(size));
    return b;
}
inline octets power_modulo(const octets& base, const octets& exponent, const octets& modulus) {
    const bn_context context(BN_CTX_new());
    const bignum result(BN_new());
    must(BN_mod_exp(result.get(), number(base).get(), number(exponent).get(), number(modulus).get(), context.get()) == 1);
    return to_bytes(result.get(), modulus.size());
}

inline const EVP_MD* algorithm(modsig::digest_id id) { return EVP_get_digestbyname(std::string(modsig::entry_of(id).openssl_name).c_str()); }

inline modsig::digest_value digest(modsig::digest_id id, modsig::byte_view message) {
    modsig::digest_value value{id, {}};
    must(EVP_Digest(message.data(), message.size(), value.bytes.data(), nullptr, algorithm(id), nullptr) == 1);
    return value;
}

/// A key pair; signs as the kernel's tools do, and whatever block a forger might want.
struct rsa_pair {
    pkey pair;
    octets n, e, d;

    explicit rsa_pair(unsigned bits, unsigned long exponent = 65537) {
        const pkey_context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
        const bignum wanted(BN_new());
        EVP_PKEY* made = nullptr;
        must(BN_set_word(wanted.get(), exponent) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
             EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1 &&
             EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), wanted.get()) == 1 && EVP_PKEY_generate(context.get(), &made) == 1);
        pair.reset(made);
        n = part(OSSL_PKEY_PARAM_RSA_N), e = part(OSSL_PKEY_PARAM_RSA_E), d = part(OSSL_PKEY_PARAM_RSA_D);
    }

    [[nodiscard]] octets part(const char* name) const {
        BIGNUM* value = nullptr;
        must(EVP_PKEY_get_bn_param(pair.get(), name, &value) == 1);
        const bignum owner(value);
        return to_bytes(value, static_cast<std::size_t>(BN_num_bytes(value)));
    }

    [[nodiscard]] modsig::public_key key() const {
        return {modsig::key_algorithm::rsa, static_cast<std::uint32_t>(modsig::bit_length(n)), n, e};
    }

    /// `salt` below zero: not PSS. `bare`: without DigestInfo.
    [[nodiscard]] octets sign(const modsig::digest_value& digest, bool bare = false, int salt = -1) const {
        const pkey_context context(EVP_PKEY_CTX_new(pair.get(), nullptr));
        must(EVP_PKEY_sign_init(context.get()) == 1);
        must(EVP_PKEY_CTX_set_rsa_padding(context.get(), salt < 0 ? RSA_PKCS1_PADDING : RSA_PKCS1_PSS_PADDING) == 1);
        if (!bare) must(EVP_PKEY_CTX_set_signature_md(context.get(), algorithm(digest.id)) == 1);
        if (salt >= 0) must(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), salt) == 1);
        octets signature(n.size());
        std::size_t size = signature.size();
        must(EVP_PKEY_sign(context.get(), signature.data(), &size, digest.bytes.data(), digest.view().size()) == 1);
        signature.resize(size);
        return signature;
    }

    [[nodiscard]] octets sign_block(const octets& block) const { return power_modulo(block, d, n); }
};

}  // namespace native_test

#endif  // MODSIG_TESTS_ENGINE_NATIVE_OPENSSL_HPP
