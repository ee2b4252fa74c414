// SPDX-License-Identifier: BSL-1.0
//
// One module by OpenSSL: the certificate is part of the program, too.
#include "cold_key.hpp"
#include "cold_verify.hpp"

#include <openssl/cms.h>
#include <openssl/x509.h>

#include <cstring>

namespace {

/// kernel/module_signature.c: content, CMS, 12 bytes that end with its size, marker.
bool verifies(const std::uint8_t* bytes, std::size_t size) {
    constexpr char marker[] = "~Module signature appended~\n";
    constexpr std::size_t behind = sizeof marker - 1 + 12;
    if (size < behind || std::memcmp(bytes + size - (sizeof marker - 1), marker, sizeof marker - 1) != 0) return false;
    const std::uint8_t* at = bytes + size - sizeof marker + 1 - 4;
    const std::size_t cms_size = std::size_t{at[0]} << 24 | std::size_t{at[1]} << 16 | std::size_t{at[2]} << 8 | at[3];
    if (cms_size > size - behind) return false;

    at = cold_key;
    X509* certificate = d2i_X509(nullptr, &at, sizeof cold_key);
    STACK_OF(X509)* trusted = sk_X509_new_null();
    sk_X509_push(trusted, certificate);
    at = bytes + size - behind - cms_size;
    CMS_ContentInfo* message = d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms_size));
    BIO* content = BIO_new_mem_buf(bytes, static_cast<int>(size - behind - cms_size));
    const bool good = message != nullptr && CMS_verify(message, trusted, nullptr, content, nullptr, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    BIO_free(content);
    CMS_ContentInfo_free(message);
    sk_X509_free(trusted);
    X509_free(certificate);
    return good;
}

}  // namespace

int main(int argc, char** argv) { return bench::verify_one(argc, argv, verifies); }
