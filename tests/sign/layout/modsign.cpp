// SPDX-License-Identifier: BSL-1.0
#include <modsig/sign/layout/modsign.hpp>
#include <modsig/sign/layout/modsign_x509.hpp>

#include <modsig/key/x509.hpp>

#include "../../support/example.hpp"
#include "../../support/hex.hpp"
#include "../../support/replay.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace modsig;
using example::p256_certificate;
using example::rsa_certificate;
using sign::modsign;
using sign::modsign_x509;
using sign::signer_form;

namespace {

// Written by sign-file 6.1 for example::payload.
constexpr std::string_view rsa_signature =
    "073b147d8da9eea73912d5b685431eff10c1c78ddc46367b1249a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed79d0de90b34be6be14a017"
    "820812a5e75acd7b0333f7e629462503108b5bc7e7daf3a090f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e9327fbbe58d1a9a3ae99917c4407"
    "e383764d";
constexpr std::string_view p256_signature =
    "3045022100ee9aa436dc2c0f821afe0ec6c865b8554db980300458b1a8e3e458d69587eb1802206e3a4411b993a92674b7a22bb8d6b7d11dca1de0b7582d"
    "a13c56da816cf41840";
constexpr std::string_view appended_by_issuer =
    "3082010006092a864886f70d010702a081f23081ef020101310d300b0609608648016503040201300b06092a864886f70d0107013181cd3081ca02010130"
    "26301a3118301606035504030c0f6d6f647369672074657374206b657902081122334455667788300b0609608648016503040201300d06092a864886f70d"
    "0101010500048180073b147d8da9eea73912d5b685431eff10c1c78ddc46367b1249a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed79d0de"
    "90b34be6be14a017820812a5e75acd7b0333f7e629462503108b5bc7e7daf3a090f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e9327fbbe58d1"
    "a9a3ae99917c4407e383764d0000020000000000000001047e4d6f64756c65207369676e617475726520617070656e6465647e0a";
constexpr std::string_view message_by_key_id =
    "3081ee06092a864886f70d010702a081e03081dd020103310d300b0609608648016503040201300b06092a864886f70d0107013181bb3081b80201038014"
    "7204c2bec56c7bb69088b3bc3326878eea8bf9e0300b0609608648016503040201300d06092a864886f70d0101010500048180073b147d8da9eea73912d5"
    "b685431eff10c1c78ddc46367b1249a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed79d0de90b34be6be14a017820812a5e75acd7b0333f7"
    "e629462503108b5bc7e7daf3a090f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e9327fbbe58d1a9a3ae99917c4407e383764d";
constexpr std::string_view message_p256_sha384 =
    "3081bd06092a864886f70d010702a081af3081ac020101310d300b0609608648016503040202300b06092a864886f70d01070131818a3081870201013020"
    "301a3118301606035504030c0f6d6f647369672074657374206b657902020102300b0609608648016503040202300a06082a8648ce3d0403030447304502"
    "2100ee9aa436dc2c0f821afe0ec6c865b8554db980300458b1a8e3e458d69587eb1802206e3a4411b993a92674b7a22bb8d6b7d11dca1de0b7582da13c56"
    "da816cf41840";
constexpr std::string_view appended_3_7 =
    "6d6f647369672074657374206b65797204c2bec56c7bb69088b3bc3326878eea8bf9e00080073b147d8da9eea73912d5b685431eff10c1c78ddc46367b12"
    "49a319fb1f2c2c451fe6625d8ca5b23ddbda350af384c3e4fbed79d0de90b34be6be14a017820812a5e75acd7b0333f7e629462503108b5bc7e7daf3a090"
    "f9eb6c1ce9ad3db3885a9bd39a4ad8db38826f02029b0e9327fbbe58d1a9a3ae99917c4407e383764d0104010f14000000000000827e4d6f64756c652073"
    "69676e617475726520617070656e6465647e0a";

sign::bytes taken(const result<sign::bytes>& written) { return written ? *written : sign::bytes{}; }
errc fault_of(const result<sign::bytes>& written) { return written ? errc::none : written.error().code; }

digest_value some(digest_id id) {
    digest_value value;
    value.id = id;
    return value;
}

}  // namespace

TEST_CASE("a message is that of sign-file") {
    const certificate rsa(rsa_certificate), p256(p256_certificate);
    const auto by_issuer = modsign::write(rsa.info, signer_form::issuer_and_serial, digest_id::sha256, hex(rsa_signature));
    REQUIRE(by_issuer);
    sign::bytes appended(*by_issuer);
    for (const std::uint8_t byte : modsign::trailer(*by_issuer)) appended.push_back(byte);
    CHECK(appended == hex(appended_by_issuer));
    CHECK(modsign::detached(*by_issuer) == *by_issuer);
    CHECK(taken(modsign::write(rsa.info, signer_form::key_id, digest_id::sha256, hex(rsa_signature))) == hex(message_by_key_id));
    CHECK(taken(modsign::write(p256.info, signer_form::issuer_and_serial, digest_id::sha384, hex(p256_signature))) == hex(message_p256_sha384));
}

TEST_CASE("the signer is asked for the scheme of its key") {
    const certificate rsa(rsa_certificate), p256(p256_certificate);
    const replay with_rsa{rsa.info, hex(rsa_signature)}, with_p256{p256.info, hex(p256_signature)};
    CHECK(taken(modsign::write(with_rsa, rsa.info, signer_form::key_id, some(digest_id::sha256))) == hex(message_by_key_id));
    CHECK(with_rsa.asked.scheme == scheme_id::rsa_pkcs1_v15);
    CHECK(with_rsa.asked.digest.id == digest_id::sha256);
    CHECK(taken(modsign::write(with_p256, p256.info, signer_form::issuer_and_serial, some(digest_id::sha384))) == hex(message_p256_sha384));
    CHECK(with_p256.asked.scheme == scheme_id::ecdsa);
}

TEST_CASE("digests that OpenSSL writes with parameters") {
    const certificate rsa(rsa_certificate);
    const auto size = [&](digest_id id) { return taken(modsign::write(rsa.info, signer_form::key_id, id, hex(rsa_signature))).size(); };
    CHECK(size(digest_id::sha256) == hex(message_by_key_id).size());
    CHECK(size(digest_id::sha1) == size(digest_id::sha256) - 2 * 4);           // an OID of 5 bytes instead of 9
    CHECK(size(digest_id::rmd160) == size(digest_id::sha1) + 2 * 2);           // the same, and NULL
    CHECK(size(digest_id::md5) == size(digest_id::rmd160) + 2 * 3);            // an OID of 8 bytes
}

TEST_CASE("what cannot be written") {
    const certificate rsa(rsa_certificate), p256(p256_certificate);
    const auto fault = [](const key_info& by, signer_form form, digest_id content, const sign::bytes& raw) {
        return fault_of(modsign::write(by, form, content, raw));
    };
    constexpr auto usual = signer_form::issuer_and_serial;
    key_info changed = rsa.info;
    changed.skid = {};
    CHECK(fault(changed, signer_form::key_id, digest_id::sha256, hex(rsa_signature)) == errc::missing_element);
    CHECK(fault(changed, usual, digest_id::sha256, hex(rsa_signature)) == errc::none);
    changed.serial = {};
    CHECK(fault(changed, usual, digest_id::sha256, hex(rsa_signature)) == errc::missing_element);
    changed = rsa.info;
    changed.key.algorithm = key_algorithm::ed25519;
    CHECK(fault(changed, usual, digest_id::sha256, hex(rsa_signature)) == errc::unsupported_algorithm);
    CHECK(fault(rsa.info, usual, digest_id::none, hex(rsa_signature)) == errc::unsupported_hash);
    CHECK(fault(p256.info, usual, digest_id::md5, hex(p256_signature)) == errc::inconsistent_algorithms);
    CHECK(fault(rsa.info, usual, digest_id::sha256, hex(p256_signature)) == errc::signature_length);
    CHECK(fault(p256.info, usual, digest_id::sha256, sign::bytes(64, 1)) == errc::bad_der);  // r and s as tokens give them
    CHECK(fault(p256.info, usual, digest_id::sha256, hex("3006020100020101")) == errc::signature_out_of_range);
    sign::bytes longer = hex(p256_signature);
    longer.push_back(0);
    CHECK(fault(p256.info, usual, digest_id::sha256, longer) == errc::trailing_garbage);

    const replay never{changed, {}};
    CHECK(fault_of(modsign::write(never, changed, usual, some(digest_id::sha256))) == errc::unsupported_algorithm);
    CHECK(never.asked.scheme == scheme_id::none);  // it was not asked
}

TEST_CASE("a message is told from a raw signature") {
    CHECK(modsign::is_message(hex(message_by_key_id)));
    CHECK(modsign::is_message(hex(message_p256_sha384)));
    CHECK(!modsign::is_message(hex(rsa_signature)));
    CHECK(!modsign::is_message(hex(p256_signature)));
    CHECK(!modsign::is_message(hex(rsa_certificate)));
    const sign::bytes message = hex(message_by_key_id);
    for (std::size_t size = 0; size != 14; ++size) CHECK(!modsign::is_message(byte_view(message).first(size)));
    CHECK(modsign::is_message(byte_view(message).first(14)));
}

TEST_CASE("the form of Linux 3.7") {
    const certificate rsa(rsa_certificate), p256(p256_certificate);
    CHECK(taken(modsign_x509::write(rsa.info, digest_id::sha256, hex(rsa_signature))) == hex(appended_3_7));
    const replay with{rsa.info, hex(rsa_signature)};
    CHECK(taken(modsign_x509::write(with, rsa.info, some(digest_id::sha256))) == hex(appended_3_7));
    CHECK(with.asked.scheme == scheme_id::rsa_pkcs1_v15);

    const auto fault = [&](const key_info& by, digest_id content) { return fault_of(modsign_x509::write(by, content, hex(rsa_signature))); };
    CHECK(fault(p256.info, digest_id::sha256) == errc::key_type_mismatch);
    CHECK(fault(rsa.info, digest_id::md5) == errc::unsupported_hash);
    CHECK(fault(rsa.info, digest_id::sha3_256) == errc::unsupported_hash);
    CHECK(fault_of(modsign_x509::write(rsa.info, digest_id::sha256, hex(p256_signature))) == errc::signature_length);
    key_info changed = rsa.info;
    changed.subject = {};
    CHECK(fault(changed, digest_id::sha256) == errc::missing_element);
    changed = rsa.info;
    changed.skid = {};
    CHECK(fault(changed, digest_id::sha256) == errc::missing_element);
    const sign::bytes long_id(256, 7);
    changed.skid = long_id;
    CHECK(fault(changed, digest_id::sha256) == errc::too_large);
    changed.skid = byte_view(long_id).first(255);
    CHECK(fault(changed, digest_id::sha256) == errc::none);
    for (const std::size_t length : {255u, 256u}) {
        sign::bytes name;
        der::writer write(name);
        const std::string text(length, 'n');
        write.set([&] { write.sequence([&] { write.oid(hex("550403")), write.utf8_string(text); }); });
        changed = rsa.info;
        changed.subject = name;
        CHECK(fault(changed, digest_id::sha256) == (length == 255 ? errc::none : errc::too_large));
    }
}
