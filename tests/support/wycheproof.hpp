// SPDX-License-Identifier: BSL-1.0
//
// The cases of Project Wycheproof (tests/data/wycheproof), for any engine.
#ifndef MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP
#define MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP

#include "hex.hpp"

#include <modsig/key/spki.hpp>
#include <modsig/layout.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace wycheproof {

using namespace modsig;

struct test_case {
    std::string result, message, signature, flags, comment;
};

inline std::ifstream open_vectors(const std::string& name) {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    const std::string path = (folder != nullptr ? folder : "tests/data") + ("/wycheproof/" + name + ".txt");
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "cannot read %s; MODSIG_TEST_VECTORS names the folder of test vectors\n", path.c_str());
        std::exit(2);
    }
    return file;
}

inline std::vector<std::uint8_t> bytes(const std::string& field) { return field == "-" ? std::vector<std::uint8_t>{} : hex(field); }

/// Calls `use(case, answer)` for each of a file; all of them, or the test fails.
template <class Engine, class Use>
void for_each_case(const std::string& name, scheme_id scheme, digest_id digest, bool lenient, Use use) {
    CAPTURE(name);
    std::ifstream file = open_vectors(name);
    const Engine engine;
    std::size_t promised = 0, count = 0;
    std::vector<std::uint8_t> spki, message;
    auto prepared = Engine::prepare(public_key{});
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
            prepared = Engine::prepare(key->key);
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

template <class Engine>
void all_as_they_say(const std::string& name, scheme_id scheme, digest_id digest) {
    std::map<bool, std::size_t> seen;
    for_each_case<Engine>(name, scheme, digest, false, [&](const test_case& c, const result<void>& answer) {
        CHECK(answer.has_value() == (c.result == "valid"));
        ++seen[answer.has_value()];
    });
    CHECK(seen[true] >= 7);
    CHECK(seen[false] >= 10);
}

template <class Engine>
void all_rsa_as_they_say() {
    const std::map<std::string, digest_id> digests{
        {"224", digest_id::sha224}, {"256", digest_id::sha256}, {"384", digest_id::sha384}, {"512", digest_id::sha512}};
    for (const char* file : {"2048_sha224", "2048_sha256", "2048_sha384", "2048_sha512", "3072_sha256", "3072_sha384", "3072_sha512",
                             "4096_sha256", "4096_sha384", "4096_sha512"}) {
        const std::string name = std::string("rsa_signature_") + file;
        const digest_id digest = digests.at(name.substr(name.size() - 3));
        all_as_they_say<Engine>(name, scheme_id::rsa_pkcs1_v15, digest);
    }
}

/// An engine takes a salt of any length, so cases whose fault is its length say nothing about it, unless it has a member
/// `required_salt`.
template <class Engine>
void all_pss_as_they_say() {
    const std::map<std::string, digest_id> files{
        {"2048_sha1_mgf1_20", digest_id::sha1}, {"2048_sha256_mgf1_0", digest_id::sha256}, {"2048_sha256_mgf1_32", digest_id::sha256},
        {"2048_sha384_mgf1_48", digest_id::sha384}, {"3072_sha256_mgf1_32", digest_id::sha256}, {"4096_sha256_mgf1_32", digest_id::sha256},
        {"4096_sha384_mgf1_48", digest_id::sha384}, {"4096_sha512_mgf1_32", digest_id::sha512}, {"4096_sha512_mgf1_64", digest_id::sha512}};
    for (const auto& [file, digest] : files) {
        constexpr bool any_salt = !requires { Engine::required_salt; };
        if constexpr (!any_salt) Engine::required_salt = std::stoul(file.substr(file.rfind('_') + 1));
        std::size_t valid = 0, refused = 0;
        for_each_case<Engine>("rsa_pss_" + file, scheme_id::rsa_pss, digest, false, [&](const test_case& c, const result<void>& answer) {
            if (any_salt && c.comment.starts_with("s_len changed")) return;
            CHECK(answer.has_value() == (c.result == "valid"));
            ++(answer ? valid : refused);
        });
        CHECK(valid >= 3);
        CHECK(refused >= 1);
    }
}

}  // namespace wycheproof

#endif  // MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP
