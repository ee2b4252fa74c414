// SPDX-License-Identifier: BSL-1.0
// The cases of Project Wycheproof (tests/data/wycheproof): what is not valid there must not verify here, and the reverse.
#include <modsig/engine/botan.hpp>

#include <modsig/key/spki.hpp>

#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

using namespace modsig;

namespace {

struct test_case {
    std::string result, message, signature, flags, comment;
};

std::ifstream open_vectors(const std::string& name) {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    const std::string path = (folder != nullptr ? folder : "tests/data") + ("/wycheproof/" + name + ".txt");
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "cannot read %s; MODSIG_TEST_VECTORS names the folder of test vectors\n", path.c_str());
        std::exit(2);
    }
    return file;
}

std::vector<std::uint8_t> bytes(const std::string& field) { return field == "-" ? std::vector<std::uint8_t>{} : hex(field); }

/// Calls `use(case, answer)` for each of a file; all of them, or the test fails.
template <class Use>
void for_each_case(const std::string& name, scheme_id scheme, digest_id digest, bool lenient, Use use) {
    CAPTURE(name);
    std::ifstream file = open_vectors(name);
    const engine::botan engine;
    std::size_t promised = 0, count = 0;
    std::vector<std::uint8_t> spki, message;
    auto prepared = engine::botan::prepare(public_key{});
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        test_case c;
        words >> c.result >> c.message;
        if (c.result == "cases") {
            promised = std::stoul(c.message);
        } else if (c.result == "key") {
            spki = hex(c.message);
            const auto key = key::parse_spki<strict_reading>(spki);
            REQUIRE(key);
            prepared = engine::botan::prepare(key->key);
            REQUIRE(prepared);
        } else {
            words >> c.signature >> c.flags;
            std::getline(words >> std::ws, c.comment);
            if (c.message != "=") message = bytes(c.message);
            const std::vector<std::uint8_t> signature = bytes(c.signature);
            to_check what;
            what.scheme = scheme;
            what.signature = signature;
            what.lenient = lenient;
            const byte_view part = message;
            if (digest == digest_id::none) REQUIRE(what.message.add(part));
            else what.digest = *engine.digest(digest, std::span<const byte_view>(&part, 1));
            CAPTURE(line);
            use(c, engine.check(*prepared, what));
            ++count;
        }
    }
    CHECK(count == promised);
    CHECK(count != 0);
    std::printf("      %s%s: %zu cases\n", name.c_str(), lenient ? ", as Linux" : "", count);
}

void all_as_they_say(const std::string& name, scheme_id scheme, digest_id digest) {
    std::map<bool, std::size_t> seen;
    for_each_case(name, scheme, digest, false, [&](const test_case& c, const result<void>& answer) {
        CHECK(answer.has_value() == (c.result == "valid"));
        ++seen[answer.has_value()];
    });
    CHECK(seen[true] >= 7);
    CHECK(seen[false] >= 10);
}

const std::map<std::string, digest_id> ecdsa_files{{"ecdsa_secp256r1_sha256", digest_id::sha256},
                                                   {"ecdsa_secp384r1_sha384", digest_id::sha384},
                                                   {"ecdsa_secp521r1_sha512", digest_id::sha512}};

}  // namespace

TEST_CASE("Wycheproof: ECDSA") {
    for (const auto& [name, digest] : ecdsa_files) all_as_they_say(name, scheme_id::ecdsa, digest);
}

TEST_CASE("Wycheproof: what Linux takes of ECDSA besides is BER, trailing bytes and a missing zero byte") {
    std::set<std::string> taken;
    for (const auto& [name, digest] : ecdsa_files)
        for_each_case(name, scheme_id::ecdsa, digest, true, [&](const test_case& c, const result<void>& answer) {
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
    };
    for (const std::string& comment : taken) {
        CAPTURE(comment);
        CHECK(expected.contains(comment));
    }
    CHECK(taken.size() == expected.size());
}

TEST_CASE("Wycheproof: Ed25519") { all_as_they_say("ed25519", scheme_id::ed25519, digest_id::none); }

TEST_CASE("Wycheproof: RSA") {
    const std::map<std::string, digest_id> digests{
        {"224", digest_id::sha224}, {"256", digest_id::sha256}, {"384", digest_id::sha384}, {"512", digest_id::sha512}};
    for (const char* file : {"2048_sha224", "2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "3072_sha384", "3072_sha512",
                             "4096_sha256", "4096_sha384", "4096_sha512"}) {
        const std::string name = std::string("rsa_signature_") + file;
        const digest_id digest = digests.at(name.substr(name.size() - 3));
        all_as_they_say(name, scheme_id::rsa_pkcs1_v15, digest);
    }
}

TEST_CASE("Wycheproof: Linux takes the same of RSA") {
    std::size_t taken = 0;
    for_each_case("rsa_signature_2048_sha256", scheme_id::rsa_pkcs1_v15, digest_id::sha256, true,
                  [&](const test_case& c, const result<void>& answer) {
                      CHECK(answer.has_value() == (c.result == "valid"));
                      taken += answer.has_value();
                  });
    CHECK(taken >= 7);
}
