// SPDX-License-Identifier: BSL-1.0
//
// RSA PKCS#1 v1.5 verification of a given digest: OpenSSL (key decoded, context reused), Botan (live verifier) and the
// native engine, eight different signatures of one key. Rows ending in a name of instructions force them.
#include <modsig/engine/native/rsa_many.hpp>

#include "micro_ratio.hpp"

#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

using namespace modsig;
using namespace modsig::engine;

namespace {

using bytes = std::vector<std::uint8_t>;
constexpr std::size_t signature_count = 8;

/// A key with signatures of different digests, and one more that is broken: it must be refused by everybody.
struct sample {
    std::shared_ptr<EVP_PKEY> pair;
    bytes n, e;
    std::vector<digest_value> digests;
    std::vector<bytes> signatures;
    bytes broken;

    explicit sample(unsigned bits) : pair(EVP_RSA_gen(bits), EVP_PKEY_free) {
        n = part(OSSL_PKEY_PARAM_RSA_N), e = part(OSSL_PKEY_PARAM_RSA_E);
        const std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(pair.get(), nullptr), EVP_PKEY_CTX_free);
        micro::must(EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1);
        for (std::size_t i = 0; i != signature_count; ++i) {
            digest_value digest{digest_id::sha256, {}};
            for (std::size_t j = 0; j != 32; ++j) digest.bytes[j] = static_cast<std::uint8_t>(i * 41 + j * j);
            bytes signature(n.size());
            std::size_t size = signature.size();
            micro::must(EVP_PKEY_sign(context.get(), signature.data(), &size, digest.bytes.data(), 32) == 1);
            digests.push_back(digest);
            signatures.push_back(signature);
        }
        broken = signatures[0];
        broken[100] ^= 1;
    }
    [[nodiscard]] bytes part(const char* what) const {
        BIGNUM* value = nullptr;
        micro::must(EVP_PKEY_get_bn_param(pair.get(), what, &value) == 1);
        bytes big_endian(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, big_endian.data());
        BN_free(value);
        return big_endian;
    }
    [[nodiscard]] public_key key() const { return {key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(n)), n, e}; }
};

template <class Isa>
void one_row(const std::string& work, const std::string& candidate, const std::shared_ptr<sample>& s) {
    using key_type = rsa_key<max_rsa_bits, Isa>;
    const auto key = std::make_shared<key_type>(*prepare_rsa<key_type>(s->key()));
    const auto good = [=](std::size_t i, const bytes& signature) { return check_rsa(*key, scheme_id::rsa_pkcs1_v15, s->digests[i], signature).has_value(); };
    micro::must(!good(0, s->broken));
    micro::row(work, candidate, signature_count, "signatures", [=] {
        for (std::size_t i = 0; i != signature_count; ++i) micro::must(good(i, s->signatures[i]));
    });
}

template <class Isa>
void many_row(const std::string& work, const std::string& candidate, const std::shared_ptr<sample>& s, bool several_keys = false) {
    using key_type = rsa_key<max_rsa_bits, Isa>;
    const auto keys = std::make_shared<std::vector<key_type>>(several_keys ? signature_count : 1, *prepare_rsa<key_type>(s->key()));
    const auto check = [=](std::size_t broken_at) {
        std::vector<rsa_claim<key_type>> claims(signature_count);
        std::vector<errc> answers(signature_count);
        for (std::size_t i = 0; i != signature_count; ++i)
            claims[i] = {&(*keys)[several_keys ? i : 0], scheme_id::rsa_pkcs1_v15, s->digests[i], i == broken_at ? s->broken : s->signatures[i], {}};
        check_rsa_many<key_type>(claims, answers);
        for (std::size_t i = 0; i != signature_count; ++i) micro::must((answers[i] == errc::none) == (i != broken_at));
    };
    for (std::size_t i = 0; i != signature_count; ++i) check(i);
    micro::row(work, candidate, signature_count, "signatures", [=] { check(signature_count); });
}

void rows(unsigned bits) {
    const auto s = std::make_shared<sample>(bits);
    const std::string work = "rsa-" + std::to_string(bits) + "/8-signatures";

    const std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(s->pair.get(), nullptr), EVP_PKEY_CTX_free);
    micro::must(EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1);
    const auto openssl = [=](std::size_t i, const bytes& signature) {
        return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), s->digests[i].bytes.data(), 32) == 1;
    };
    micro::must(!openssl(0, s->broken));
    micro::row(work, "openssl", signature_count, "signatures", [=] {
        for (std::size_t i = 0; i != signature_count; ++i) micro::must(openssl(i, s->signatures[i]));
    });

    const Botan::BigInt n(s->n.data(), s->n.size()), e(s->e.data(), s->e.size());
    const auto botan_key = std::make_shared<Botan::RSA_PublicKey>(n, e);
    const auto verifier = std::make_shared<Botan::PK_Verifier>(*botan_key, "EMSA3(Raw,SHA-256)");
    micro::row(work, "botan", signature_count, "signatures", [=, keep = botan_key] {
        for (std::size_t i = 0; i != signature_count; ++i)
            micro::must(verifier->verify_message(s->digests[i].bytes.data(), 32, s->signatures[i].data(), s->signatures[i].size()));
    });

    one_row<isa::best>(work, "modsig-one-by-one", s);
    one_row<isa::portable>(work, "modsig-one-by-one-portable", s);
    many_row<isa::best>(work, "modsig-many", s);
    many_row<isa::best>(work, "modsig-many-8-keys", s, true);
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::bmi2)) one_row<isa::assume<feature::bmi2>>(work, "modsig-one-by-one-mulx", s);
    if (cpu().has(feature::avx2)) many_row<isa::assume<feature::avx2>>(work, "modsig-many-avx2", s);
#endif
    micro::row(work, "modsig-prepare-key-8-times", signature_count, "signatures", [=] {
        for (std::size_t i = 0; i != signature_count; ++i) micro::must(prepare_rsa(s->key()).has_value());
    });
}

}  // namespace

int main(int argc, char** argv) {
    for (const unsigned bits : {2048u, 3072u, 4096u}) rows(bits);
    return micro::run_all(argc, argv);
}
