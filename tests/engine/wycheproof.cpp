// SPDX-License-Identifier: BSL-1.0
// The cases of Project Wycheproof (tests/data/wycheproof): what is not valid there must not verify here, and the reverse.
#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>

#include "../support/wycheproof.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

using namespace modsig;
using engine::botan;
using wycheproof::all_as_they_say;
using wycheproof::for_each_case;
using wycheproof::test_case;

namespace {

const std::map<std::string, digest_id> ecdsa_files{{"ecdsa_secp256r1_sha256", digest_id::sha256},
                                                   {"ecdsa_secp384r1_sha384", digest_id::sha384},
                                                   {"ecdsa_secp521r1_sha512", digest_id::sha512}};

}  // namespace

TEST_CASE("Wycheproof: ECDSA") {
    for (const auto& [name, digest] : ecdsa_files) all_as_they_say<botan>(name, scheme_id::ecdsa, digest);
}

TEST_CASE("Wycheproof: what Linux takes of ECDSA besides is BER, trailing bytes and a missing zero byte") {
    std::set<std::string> taken;
    for (const auto& [name, digest] : ecdsa_files)
        for_each_case<botan>(name, scheme_id::ecdsa, digest, true, [&](const test_case& c, const result<void>& answer) {
            if (c.result == "valid") CHECK(answer);
            else if (answer) taken.insert(c.comment);
            else {
                const linux_error why = answer.error().linux_errno();
                CHECK((why == linux_error::ebadmsg || why == linux_error::einval || why == linux_error::ekeyrejected));
            }
        });
    const std::set<std::string> expected{
        "Legacy: ASN encoding of s misses leading 0",
        "appending unused 0's to sequence [r, s]",
        "indefinite length",
        "indefinite length with garbage",  // behind the end-of-contents
        "length of r contains a leading 0",
        "length of r uses long form encoding",
        "length of s contains a leading 0",
        "length of s uses long form encoding",
        "length of sequence [r, s] contains a leading 0",
        "length of sequence [r, s] uses long form encoding",
        "prepending 0's to r",  // P-521: its numbers have 66 bytes, and Linux has room for nine words
        "prepending 0's to s",
    };
    for (const std::string& comment : taken) {
        CAPTURE(comment);
        CHECK(expected.contains(comment));
    }
    CHECK(taken.size() == expected.size());
}

TEST_CASE("Wycheproof: Ed25519") { all_as_they_say<botan>("ed25519", scheme_id::ed25519, digest_id::none); }

TEST_CASE("Wycheproof: ML-DSA") {
    wycheproof::all_ml_dsa_as_they_say<engine::native>();
#if defined(BOTAN_HAS_ML_DSA)
    wycheproof::all_ml_dsa_as_they_say<botan>();
#endif
}

TEST_CASE("Wycheproof: RSA") { wycheproof::all_rsa_as_they_say<botan>(); }

TEST_CASE("Wycheproof: Linux takes the same of RSA") {
    std::size_t taken = 0;
    for (const char* name : {"rsa_signature_2048_sha256", "rsa_signature_3072_sha512", "rsa_signature_4096_sha384"})
        for_each_case<botan>(name, scheme_id::rsa_pkcs1_v15, digest_id::none, true, [&](const test_case& c, const result<void>& answer) {
            CHECK(answer.has_value() == c.is_good());
            taken += answer.has_value();
        });
    CHECK(taken >= 21);
}
