// SPDX-License-Identifier: BSL-1.0
#include <modsig/sign/modsign.hpp>
#include <modsig/sign/modsign_x509.hpp>

#include <modsig/key/x509.hpp>

#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace modsig;
using sign::modsign;
using sign::modsign_x509;
using sign::signer_form;

namespace {

// Written by sign-file 6.1 for the 23 bytes "modsig example payload\n".
constexpr std::string_view rsa_certificate =
    "308201ef30820158a00302010202081122334455667788300d06092a864886f70d01010b0500301a3118301606035504030c0f6d6f647369672074657374"
    "206b65793020170d3236313132333232303830375a180f32313236313033303232303830375a301a3118301606035504030c0f6d6f647369672074657374"
    "206b657930819f300d06092a864886f70d010101050003818d0030818902818100ac6d879d809f4e17bb82423795348a798272da2ca478e7cce651a7254c"
    "f943bd869e63be960b01c0602a00468a88c89691746170623814f6b2e699507a04876b14d79ae4679ed80d2f035571f79ceb2ae2e0b5f5d85ee06eb63a9e"
    "9637a49a7c92249f5806896c21dc405fbed946641d95188775759d64a6afdd6c6ca1489b570203010001a33c303a300c0603551d130101ff04023000300b"
    "0603551d0f040403020780301d0603551d0e041604147204c2bec56c7bb69088b3bc3326878eea8bf9e0300d06092a864886f70d01010b05000381810081"
    "47d49cef214676c3edc381e431203692ccf97c3fdac55f0dd648243ec84021860ce5495b8a819465af754763c5701adaec1d26b538d87ed0daa97377a918"
    "ad6b4ee94d8e026e05b5a955c7f18486a5a990c22e9e9582f66b56c92927088a974ae5695ae90074f3a76ad44da4162faba9ab6785df40be40c20dc15859"
    "ad3578";
constexpr std::string_view p256_certificate =
    "3082016130820108a00302010202020102300a06082a8648ce3d040302301a3118301606035504030c0f6d6f647369672074657374206b65793020170d32"
    "36313132333232303830375a180f32313236313033303232303830375a301a3118301606035504030c0f6d6f647369672074657374206b65793059301306"
    "072a8648ce3d020106082a8648ce3d03010703420004160dd89ea7ec558a4ef2e177e6691926858bfb9dce72a22fd2189779dfe843c1776148d1887bfab5"
    "4876485e0f15fff1978c50ad74ea64cf5429010248e8552aa33c303a300c0603551d130101ff04023000300b0603551d0f040403020780301d0603551d0e"
    "04160414621045af6a6ed36c26e78033d30fa66ae127607d300a06082a8648ce3d0403020347003044022022512f5ddf4ce5433fe6bb7196bdac8190f8e0"
    "659128af960f24dfc51eadea2a02203d3e94500dc86eb176b4275d05b9dbd3959cdccb1d7381cefc359eacc6d475df";
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

struct certificate {
    sign::bytes bytes;
    key_info info;

    explicit certificate(std::string_view text) : bytes(hex(text)), info(*key::x509::parse<strict_reading>(bytes)) {}
};

/// Signs with what was signed before.
struct replay {
    key_info who;
    sign::bytes signature;
    mutable sign::to_sign asked{};

    [[nodiscard]] const key_info& info() const { return who; }
    [[nodiscard]] result<sign::bytes> sign(const sign::to_sign& what) const {
        asked = what;
        return signature;
    }
};
static_assert(sign::explain_signer<replay>());

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
