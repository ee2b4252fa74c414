// SPDX-License-Identifier: BSL-1.0
//
// A module verified by OpenSSL: as users write it, with CMS_verify, and with everything kept that can be kept.
#ifndef MODSIG_BENCH_TREE_OPENSSL_HPP
#define MODSIG_BENCH_TREE_OPENSSL_HPP

#include "rounds.hpp"

#include <modsig/bytes.hpp>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace bench {

using certificates = std::vector<std::vector<std::uint8_t>>;  // DER

class openssl_keys {
    template <class T, auto Free>
    struct free_it {
        void operator()(T* object) const { Free(object); }
    };
    template <class T, auto Free>
    using owned = std::unique_ptr<T, free_it<T, Free>>;
    using message = owned<CMS_ContentInfo, CMS_ContentInfo_free>;

    struct signed_bytes {
        modsig::byte_view content{}, cms{};
    };
    struct key {
        owned<X509, X509_free> certificate;
        owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context;
    };

    std::vector<key> keys_{};
    STACK_OF(X509)* stack_ = sk_X509_new_null();
    owned<EVP_MD, EVP_MD_free> sha256_{EVP_MD_fetch(nullptr, "SHA2-256", nullptr)};
    owned<EVP_MD_CTX, EVP_MD_CTX_free> digest_{EVP_MD_CTX_new()};

    /// kernel/module_signature.c: content, CMS, 12 bytes that end with its size, marker.
    static signed_bytes split(modsig::byte_view image) {
        constexpr std::string_view marker = "~Module signature appended~\n";
        if (image.size() < marker.size() + 12 || !modsig::ends_with(image, marker)) return {};
        image = image.first(image.size() - marker.size());
        const auto size = modsig::load_be<std::uint32_t>(image.last(4));
        image = image.first(image.size() - 12);
        if (size > image.size()) return {};
        return {image.first(image.size() - size), image.last(size)};
    }
    static message decode(modsig::byte_view cms) {
        const std::uint8_t* at = cms.data();
        return message(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms.size())));
    }

public:
    explicit openssl_keys(const certificates& trusted) {
        for (const auto& each : trusted) {
            const std::uint8_t* at = each.data();
            key decoded{owned<X509, X509_free>(d2i_X509(nullptr, &at, static_cast<long>(each.size()))), nullptr};
            must(decoded.certificate != nullptr);
            sk_X509_push(stack_, decoded.certificate.get());
            decoded.context.reset(EVP_PKEY_CTX_new(X509_get0_pubkey(decoded.certificate.get()), nullptr));
            must(EVP_PKEY_verify_init(decoded.context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(decoded.context.get(), sha256_.get()) == 1);
            keys_.push_back(std::move(decoded));
        }
    }
    openssl_keys(const openssl_keys&) = delete;
    openssl_keys& operator=(const openssl_keys&) = delete;
    ~openssl_keys() { sk_X509_free(stack_); }

    [[nodiscard]] bool cms_verify(modsig::byte_view image) const {
        const signed_bytes parts = split(image);
        const message read = decode(parts.cms);
        const owned<BIO, BIO_free_all> content(BIO_new_mem_buf(parts.content.data(), static_cast<int>(parts.content.size())));
        return read && CMS_verify(read.get(), stack_, nullptr, content.get(), nullptr, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    }

    /// For one signer with SHA-256 and no attributes, as modules have it.
    [[nodiscard]] bool verify_with_contexts(modsig::byte_view image) const {
        const signed_bytes parts = split(image);
        const message read = decode(parts.cms);
        const STACK_OF(CMS_SignerInfo)* signers = read ? CMS_get0_SignerInfos(read.get()) : nullptr;
        if (sk_CMS_SignerInfo_num(signers) != 1) return false;
        CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(signers, 0);
        X509_ALGOR* algorithm = nullptr;
        CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &algorithm, nullptr);
        if (OBJ_obj2nid(algorithm->algorithm) != NID_sha256 || CMS_signed_get_attr_count(signer) > 0) return false;
        std::uint8_t digest[EVP_MAX_MD_SIZE];
        const bool digested = EVP_DigestInit_ex2(digest_.get(), sha256_.get(), nullptr) == 1 &&
                              EVP_DigestUpdate(digest_.get(), parts.content.data(), parts.content.size()) == 1 &&
                              EVP_DigestFinal_ex(digest_.get(), digest, nullptr) == 1;
        const ASN1_OCTET_STRING* value = CMS_SignerInfo_get0_signature(signer);
        for (const key& each : keys_)
            if (CMS_SignerInfo_cert_cmp(signer, each.certificate.get()) == 0)
                return digested && EVP_PKEY_verify(each.context.get(), ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)), digest, 32) == 1;
        return false;
    }
};

}  // namespace bench

#endif  // MODSIG_BENCH_TREE_OPENSSL_HPP
