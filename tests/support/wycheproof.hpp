// SPDX-License-Identifier: BSL-1.0
//
// The cases of Project Wycheproof (tests/data/wycheproof), for any engine.
#ifndef MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP
#define MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP

#include "hex.hpp"

#include <modsig/engine/botan.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/layout.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace wycheproof {

using namespace modsig;

struct test_case {
    std::string result, message, signature, flags, comment;
    std::size_t salt = 0;  // bytes, of PSS

    /// Of what is acceptable, a DigestInfo without NULL is refused, as Linux refuses it. Small keys and SHA-1 are for a policy to
    /// refuse: the signature is good.
    [[nodiscard]] bool is_good() const { return result == "valid" || (result == "acceptable" && flags != "MissingNull"); }
};

/// The cases of one key.
struct group {
    std::vector<std::uint8_t> spki;
    digest_id digest = digest_id::none;  // where the file says it
    std::vector<test_case> cases;
};

/// Hexadecimal; runs of one byte as BYTE*COUNT, parts joined with +.
inline std::vector<std::uint8_t> bytes(const std::string& field) {
    std::vector<std::uint8_t> all;
    if (field == "-") return all;
    std::istringstream parts(field);
    for (std::string part; std::getline(parts, part, '+');) {
        const auto star = part.find('*');
        const auto piece = hex(part.substr(0, star));
        const std::size_t count = star == std::string::npos ? 1 : std::stoul(part.substr(star + 1));
        for (std::size_t i = 0; i != count; ++i) all.insert(all.end(), piece.begin(), piece.end());
    }
    return all;
}

/// Read once. All of the file, or the program ends.
inline const std::vector<group>& groups_of(const std::string& name) {
    static std::map<std::string, std::vector<group>> files;
    if (const auto known = files.find(name); known != files.end()) return known->second;
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    const std::string path = (folder != nullptr ? folder : "tests/data") + ("/wycheproof/" + name + ".txt");
    std::ifstream file(path);
    std::vector<group> groups;
    std::size_t promised = 0, count = 0, salt = 0;
    for (std::string line, message; std::getline(file, line);) {
        std::istringstream words(line);
        test_case c;
        words >> c.result >> c.message;
        if (c.result == "cases") {
            promised = std::stoul(c.message);
        } else if (c.result == "key") {
            std::string digest, salt_size = "-";
            words >> digest >> salt_size;
            groups.push_back({hex(c.message), digest_of_name(digest), {}});
            salt = salt_size == "-" ? 0 : std::stoul(salt_size);
        } else {
            words >> c.signature >> c.flags;
            std::getline(words >> std::ws, c.comment);
            if (c.message != "=") message = c.message;
            c.message = message;
            c.salt = salt;
            groups.back().cases.push_back(c);
            ++count;
        }
    }
    if (count == 0 || count != promised) {
        std::fprintf(stderr, "cannot read %s; MODSIG_TEST_VECTORS names the folder of test vectors\n", path.c_str());
        std::exit(2);
    }
    return files[name] = groups;
}

/// Digests that an engine lacks are Botan's: its signatures may still be asked for.
template <class Engine>
digest_value digest_by(const Engine& engine, digest_id id, byte_view message) {
    const std::span<const byte_view> parts(&message, 1);
    return Engine::has(id) ? *engine.digest(id, parts) : *engine::botan{}.digest(id, parts);
}

/// Calls `use(case, answer)` for each of a file, and answers how many there were. `digest` unless the file says it.
template <class Engine, class Use>
std::size_t for_each_case(const std::string& name, scheme_id scheme, digest_id digest, bool lenient, Use use) {
    CAPTURE(name);
    const Engine engine;
    std::size_t count = 0;
    for (const group& g : groups_of(name)) {
        const auto key = key::spki::parse(g.spki);
        if (!key) {  // the fault of these cases
            for (const test_case& c : g.cases) use(c, result<void>(key.error())), ++count;
            continue;
        }
        const auto prepared = Engine::prepare(key->key);
        REQUIRE(prepared);
        const digest_id id = g.digest != digest_id::none ? g.digest : digest;
        for (const test_case& c : g.cases) {
            const std::vector<std::uint8_t> signature = bytes(c.signature), message = bytes(c.message);
            to_check what;
            what.scheme = scheme;
            what.signature = signature;
            what.lenient = lenient;
            if (id == digest_id::none) what.message = message;
            else what.digest = digest_by(engine, id, message);
            if constexpr (requires { Engine::required_salt; }) Engine::required_salt = c.salt;
            CAPTURE(c.comment);
            CAPTURE(c.signature);
            use(c, engine.check(*prepared, what));
            ++count;
        }
    }
    return count;
}

/// What became of the cases.
struct tally {
    std::size_t files = 0, cases = 0, valid = 0, acceptable = 0, invalid = 0, other_salt = 0;

    void print(const char* what) const {
        std::printf("      %s, %zu files: %zu cases: %zu valid, %zu acceptable, %zu invalid", what, files, cases, valid, acceptable, invalid);
        if (other_salt != 0) std::printf(", of which %zu have a salt of another length and are good with any", other_salt);
        std::printf("\n");
    }
};

template <class Engine>
void all_as_they_say(const std::string& name, scheme_id scheme, digest_id digest, tally& seen) {
    // An engine takes a salt of any length, so cases whose fault is its length are good, unless it has a member `required_salt`.
    constexpr bool any_salt = !requires { Engine::required_salt; };
    seen.cases += for_each_case<Engine>(name, scheme, digest, false, [&](const test_case& c, const result<void>& answer) {
        ++(c.result == "valid" ? seen.valid : c.result == "acceptable" ? seen.acceptable : seen.invalid);
        const bool other_salt = any_salt && c.comment.starts_with("s_len changed");
        seen.other_salt += other_salt;
        CHECK(answer.has_value() == (c.is_good() || other_salt));
    });
    ++seen.files;
}

template <class Engine>
void all_as_they_say(const std::string& name, scheme_id scheme, digest_id digest) {
    tally seen;
    all_as_they_say<Engine>(name, scheme, digest, seen);
    CHECK(seen.valid >= 7);
    CHECK(seen.invalid >= 10);
    seen.print(name.c_str());
}

template <class Engine>
void all_ml_dsa_as_they_say() {
    all_as_they_say<Engine>("mldsa_44_verify", scheme_id::ml_dsa_44, digest_id::none);
    all_as_they_say<Engine>("mldsa_65_verify", scheme_id::ml_dsa_65, digest_id::none);
    all_as_they_say<Engine>("mldsa_87_verify", scheme_id::ml_dsa_87, digest_id::none);
}

template <class Engine>
void all_rsa_as_they_say() {
    tally seen;
    for (const char* file : {"signature_2048_sha224", "signature_2048_sha256", "signature_2048_sha384", "signature_2048_sha512", "signature_2048_sha3_256",
                             "signature_2048_sha3_384", "signature_2048_sha3_512", "signature_3072_sha256", "signature_3072_sha384", "signature_3072_sha512",
                             "signature_3072_sha3_256", "signature_3072_sha3_384", "signature_3072_sha3_512", "signature_4096_sha256", "signature_4096_sha384",
                             "signature_4096_sha512", "signature_8192_sha256", "signature_8192_sha384", "signature_8192_sha512", "pkcs1_1024_sig_gen",
                             "pkcs1_1536_sig_gen", "pkcs1_2048_sig_gen", "pkcs1_3072_sig_gen", "pkcs1_4096_sig_gen"})
        all_as_they_say<Engine>(std::string("rsa_") + file, scheme_id::rsa_pkcs1_v15, digest_id::none, seen);
    CHECK(seen.cases == 5071);
    seen.print("RSA PKCS#1 v1.5");
}

template <class Engine>
void all_pss_as_they_say() {
    tally seen;
    for (const char* file : {"2048_sha1_mgf1_20", "2048_sha256_mgf1_0", "2048_sha256_mgf1_32", "2048_sha384_mgf1_48", "3072_sha256_mgf1_32", "4096_sha256_mgf1_32",
                             "4096_sha384_mgf1_48", "4096_sha512_mgf1_32", "4096_sha512_mgf1_64", "misc"})
        all_as_they_say<Engine>(std::string("rsa_pss_") + file, scheme_id::rsa_pss, digest_id::none, seen);
    CHECK(seen.cases == 1183);
    CHECK((seen.other_salt == 55 || requires { Engine::required_salt; }));
    seen.print("RSA PSS");
}

}  // namespace wycheproof

#endif  // MODSIG_TESTS_SUPPORT_WYCHEPROOF_HPP
