// SPDX-License-Identifier: BSL-1.0
//
// OpenSSL's curves: keys with a chosen private number, sums of points, signatures whose numbers are chosen.
#ifndef MODSIG_TESTS_ENGINE_NATIVE_CURVES_HPP
#define MODSIG_TESTS_ENGINE_NATIVE_CURVES_HPP

#include "native_openssl.hpp"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <memory>
#include <utility>

namespace native_test {

using ec_point = std::unique_ptr<EC_POINT, freed<EC_POINT, EC_POINT_free>>;

struct openssl_curve {
    modsig::key_algorithm algorithm;
    modsig::digest_id digest;  // as long as the order, or as long as there are digests
    const EC_GROUP* group;
    std::size_t width;

    explicit openssl_curve(modsig::key_algorithm of)
        : algorithm(of),
          digest(of == modsig::key_algorithm::ecdsa_p256   ? modsig::digest_id::sha256
                 : of == modsig::key_algorithm::ecdsa_p384 ? modsig::digest_id::sha384
                                                           : modsig::digest_id::sha512),
          group(EC_GROUP_new_by_curve_name(nid())),
          width(modsig::key::order_of(of).size()) {}

    [[nodiscard]] int nid() const {
        return algorithm == modsig::key_algorithm::ecdsa_p256   ? NID_X9_62_prime256v1
               : algorithm == modsig::key_algorithm::ecdsa_p384 ? NID_secp384r1
                                                                : NID_secp521r1;
    }
    [[nodiscard]] const BIGNUM* order() const { return EC_GROUP_get0_order(group); }

    /// g G + p P; P may be missing.
    [[nodiscard]] ec_point combine(const BIGNUM* g, const EC_POINT* p = nullptr, const BIGNUM* factor = nullptr) const {
        ec_point sum(EC_POINT_new(group));
        const bn_context context(BN_CTX_new());
        must(EC_POINT_mul(group, sum.get(), g, p, factor, context.get()) == 1);
        return sum;
    }
    /// 04 X Y; one zero byte for infinity.
    [[nodiscard]] octets encode(const EC_POINT* point) const {
        octets bytes(1 + 2 * width);
        bytes.resize(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes.data(), bytes.size(), nullptr));
        return bytes;
    }
    [[nodiscard]] modsig::public_key key(const octets& point) const {
        return {algorithm, modsig::entry_of(algorithm).bits, point, {}};
    }

    /// Null where OpenSSL does not take the point.
    [[nodiscard]] pkey load(const octets& point) const {
        const pkey_context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
        octets bytes = point;
        std::string name = OBJ_nid2sn(nid());
        OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
                                   OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()), OSSL_PARAM_construct_end()};
        EVP_PKEY* made = nullptr;
        must(EVP_PKEY_fromdata_init(context.get()) == 1);
        if (EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
        return pkey(made);
    }
};

inline bignum modular(int (*operation)(BIGNUM*, const BIGNUM*, const BIGNUM*, const BIGNUM*, BN_CTX*), const BIGNUM* a, const BIGNUM* b, const BIGNUM* n) {
    const bn_context context(BN_CTX_new());
    bignum r(BN_new());
    must(operation(r.get(), a, b, n, context.get()) == 1);
    return r;
}
inline bignum inverse_modulo(const BIGNUM* a, const BIGNUM* n) {
    const bn_context context(BN_CTX_new());
    return bignum(BN_mod_inverse(nullptr, a, n, context.get()));
}

/// SEQUENCE { r, s } of any two numbers.
inline octets der_signature(const BIGNUM* r, const BIGNUM* s) {
    octets content;
    for (const BIGNUM* each : {r, s}) {
        const auto size = static_cast<std::size_t>(BN_num_bits(each) / 8 + 1);
        content.push_back(2), content.push_back(static_cast<std::uint8_t>(size));
        const octets bytes = to_bytes(each, size);
        content.insert(content.end(), bytes.begin(), bytes.end());
    }
    octets der{0x30};
    if (content.size() > 127) der.push_back(0x81);
    der.push_back(static_cast<std::uint8_t>(content.size()));
    der.insert(der.end(), content.begin(), content.end());
    return der;
}

/// Whether OpenSSL takes a signature over a digest, or over a message.
inline bool openssl_verifies(EVP_PKEY* key, modsig::byte_view signature, modsig::byte_view digest) {
    const pkey_context context(EVP_PKEY_CTX_new(key, nullptr));
    return EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}
inline bool openssl_verifies_message(EVP_PKEY* key, modsig::byte_view signature, modsig::byte_view message) {
    const std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace native_test

#endif  // MODSIG_TESTS_ENGINE_NATIVE_CURVES_HPP
