// SPDX-License-Identifier: BSL-1.0
//
// Beside OpenSSL: the certificates, keys, ECDSA values and messages that strict reads, OpenSSL reads, to the same fields, and writes
// back to the same bytes; ECDSA values and keys that OpenSSL reads and writes back strict reads, or refuses for a reason that is named here.
#include "der_mutator.hpp"
#include "require.hpp"

#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/layout/cms.hpp>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>

using namespace fuzz;

namespace {

template <auto Free>
struct release {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};
template <class T, auto Free>
using owner = std::unique_ptr<T, release<Free>>;
using certificate_owner = owner<X509, X509_free>;
using message_owner = owner<CMS_ContentInfo, CMS_ContentInfo_free>;
using value_owner = owner<ECDSA_SIG, ECDSA_SIG_free>;
using key_owner = owner<EVP_PKEY, EVP_PKEY_free>;

/// What OpenSSL reads from all of the bytes.
template <class Owner, class Read>
[[nodiscard]] Owner read_whole(byte_view bytes, Read read) {
    const unsigned char* at = bytes.data();
    Owner found{read(nullptr, &at, static_cast<long>(bytes.size()))};
    if (found && at != bytes.data() + bytes.size()) found.reset();
    ERR_clear_error();
    return found;
}
template <class Owner, class Write>
[[nodiscard]] octets written(const Owner& what, Write write) {
    unsigned char* out = nullptr;
    const int size = write(what.get(), &out);
    octets bytes;
    if (size > 0) bytes.assign(out, out + size);
    OPENSSL_free(out);
    ERR_clear_error();
    return bytes;
}
[[nodiscard]] octets number(const BIGNUM* of) {
    octets bytes(static_cast<std::size_t>(BN_num_bytes(of)));
    BN_bn2bin(of, bytes.data());
    return bytes;
}

/// Rule: OpenSSL reads the strings in a Name, and no others; strict, which compares Names byte for byte, any value.
[[nodiscard]] bool is_odd_name(byte_view content) {
    octets name;
    node{.tag = 0x30, .bytes = octets(content.begin(), content.end())}.write(name);
    return read_whole<owner<X509_NAME, X509_NAME_free>>(name, d2i_X509_NAME) == nullptr;
}
[[nodiscard]] bool has_odd_names(const key::certificate& certificate) { return is_odd_name(certificate.info.issuer) || is_odd_name(certificate.info.subject); }

void compare_certificate(byte_view bytes) {
    const auto ours = key::parse_certificate(bytes);
    if (!ours) return;
    const auto theirs = read_whole<certificate_owner>(bytes, d2i_X509);
    if (!theirs && has_odd_names(*ours)) return;
    require(theirs != nullptr, "OpenSSL reads a certificate that strict reads");
    require(equal(written(theirs, i2d_X509), bytes), "OpenSSL writes the same certificate");
    const ASN1_INTEGER* serial = X509_get0_serialNumber(theirs.get());
    require(equal(without_leading_zeros(ours->info.serial), without_leading_zeros({serial->data, static_cast<std::size_t>(serial->length)})) || ours->info.serial[0] >= 0x80,
            "the same serial number");
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_get0_signature(&signature, &algorithm, theirs.get());
    require(equal(ours->signature, {signature->data, static_cast<std::size_t>(signature->length)}), "the same signature");
    unsigned char* names = nullptr;
    const int size = i2d_X509_NAME(X509_get_subject_name(theirs.get()), &names);
    const byte_view name(names, static_cast<std::size_t>(size < 0 ? 0 : size));
    require(name.size() >= ours->info.subject.size() && equal(name.last(ours->info.subject.size()), ours->info.subject), "the same subject");
    OPENSSL_free(names);
    if (const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(theirs.get()))
        require(equal(ours->info.skid, {id->data, static_cast<std::size_t>(id->length)}), "the same subjectKeyIdentifier");
    if (ours->info.validity.known) {
        std::time_t before = static_cast<std::time_t>(ours->info.validity.not_before - 1), after = static_cast<std::time_t>(ours->info.validity.not_after + 1);
        require(X509_cmp_time(X509_get0_notBefore(theirs.get()), &before) > 0 && X509_cmp_time(X509_get0_notAfter(theirs.get()), &after) < 0, "the same dates");
        before += 1, after -= 1;  // a date that is now compares as past
        require(X509_cmp_time(X509_get0_notBefore(theirs.get()), &before) < 0 && X509_cmp_time(X509_get0_notAfter(theirs.get()), &after) < 0, "the same dates");
    }
    ERR_clear_error();
}

void compare_key(byte_view bytes) {
    const auto ours = key::spki::recognises(bytes) ? key::spki::parse(bytes) : result<key_info>(errc::bad_magic);
    const auto theirs = read_whole<key_owner>(bytes, d2i_PUBKEY);
    if (!ours) {
        if (!theirs || !equal(written(theirs, i2d_PUBKEY), bytes)) return;
        const int type = EVP_PKEY_get_base_id(theirs.get());
        if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC && type != EVP_PKEY_ED25519) return;  // other algorithms
        switch (ours.error().code) {
            case errc::unsupported_key:        // other curves; points that are compressed; RSA keys of other sizes
            case errc::unsupported_algorithm:  // RSA keys for PSS alone, with parameters
            case errc::weak_key:
            case errc::bad_key: return;        // RSA: even numbers, an exponent that is too small
            default: require(false, "a key that OpenSSL reads and writes back");
        }
        return;
    }
    if (is_ml_dsa(ours->key.algorithm)) return;  // OpenSSL 3.5 knows it
    // A point that is on no curve is the engine's to find.
    if (!theirs) return require(ours->key.algorithm != key_algorithm::rsa && ours->key.algorithm != key_algorithm::ed25519, "OpenSSL reads a key that strict reads");
    require(equal(written(theirs, i2d_PUBKEY), bytes), "OpenSSL writes the same key");
    if (ours->key.algorithm != key_algorithm::rsa) return;
    for (const auto& [name, value] : {std::pair("n", ours->key.material), std::pair("e", ours->key.exponent)}) {
        BIGNUM* theirs_value = nullptr;
        require(EVP_PKEY_get_bn_param(theirs.get(), name, &theirs_value) == 1, "OpenSSL knows the numbers");
        require(equal(number(theirs_value), without_leading_zeros(value)), "the same numbers");
        BN_free(theirs_value);
    }
}

void compare_value(byte_view bytes) {
    const auto theirs = read_whole<value_owner>(bytes, d2i_ECDSA_SIG);
    const bool is_der = theirs && equal(written(theirs, i2d_ECDSA_SIG), bytes);
    for (const auto curve : {key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521}) {
        const auto ours = key::parse_ecdsa_signature(curve, bytes);
        if (!ours) {
            require(!is_der || ours.error().code == errc::signature_out_of_range, "an ECDSA value that OpenSSL reads and writes back");
            continue;
        }
        require(is_der, "OpenSSL reads an ECDSA value that strict reads");
        const octets r = number(ECDSA_SIG_get0_r(theirs.get())), s = number(ECDSA_SIG_get0_s(theirs.get()));
        const byte_view both = ours->view();
        require(equal(without_leading_zeros(both.first(both.size() / 2)), r) && equal(without_leading_zeros(both.last(both.size() / 2)), s), "the same numbers");
    }
}

void compare_message(byte_view bytes) {
    const auto ours = layout::cms::parse(bytes, 0, layout::cms::attribute_use::allowed);
    if (!ours) return;
    // Of certificates that no signer needs only the outline is read, and the message refused.
    // A signer's issuer is compared and not read.
    bool has_odd = ours->signer_count != 1 || is_odd_name(ours->first_signer.key.issuer);
    for (layout::cms::certificate_cursor all(ours->certificates); !all.done();) {
        const auto each = all.next();
        if (!each) return;
        has_odd = has_odd || has_odd_names(*each);
    }
    const auto theirs = read_whole<message_owner>(bytes, d2i_CMS_ContentInfo);
    if (!theirs && has_odd) return;
    require(theirs != nullptr, "OpenSSL reads a message that strict reads");
    require(equal(written(theirs, i2d_CMS_ContentInfo), bytes), "OpenSSL writes the same message");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const octets bytes(data, data + size);
    compare_certificate(bytes);
    compare_key(bytes);
    compare_value(bytes);
    compare_message(bytes);
    return 0;
}
