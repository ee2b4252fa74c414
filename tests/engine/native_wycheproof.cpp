// SPDX-License-Identifier: BSL-1.0
//
// Wycheproof's RSA PKCS#1 v1.5 vectors, in MODSIG_TEST_DATA/wycheproof: everything but "valid" is refused, "acceptable" (a
// DigestInfo without NULL) too.
#include <modsig/engine/native/rsa_many.hpp>

#include "native_openssl.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace modsig;
using namespace modsig::engine;
using native_test::bytes;

namespace {

bytes from_hex(const std::string& text) {
    bytes b;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) b.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return b;
}

template <class Key>
void check_group(const nlohmann::json& group, std::size_t& valid, std::size_t& refused) {
    const bytes n = from_hex(group["publicKey"]["modulus"]), e = from_hex(group["publicKey"]["publicExponent"]);
    const digest_id id = digest_of_name([sha = group["sha"].get<std::string>()] {
        std::string name;
        for (const char c : sha)
            if (c != '-') name += static_cast<char>(std::tolower(c));
        return name;
    }());
    REQUIRE(id != digest_id::none);
    const auto prepared = prepare_rsa<Key>({key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(n)), n, e});
    REQUIRE(prepared);
    const auto key = std::make_unique<Key>(*prepared);

    std::vector<bytes> signatures;
    std::vector<rsa_claim<Key>> claims;
    signatures.reserve(group["tests"].size());
    for (const auto& test : group["tests"]) {
        signatures.push_back(from_hex(test["sig"]));
        const bytes message = from_hex(test["msg"]);
        const byte_view parts[] = {message};
        claims.push_back({key.get(), scheme_id::rsa_pkcs1_v15, *native_digest<typename Key::isa>(id, parts), signatures.back(), {}});
    }
    std::vector<errc> answers(claims.size());
    check_rsa_many<Key>(claims, answers);
    for (std::size_t i = 0; i != claims.size(); ++i) {
        const auto& test = group["tests"][i];
        const std::string comment = test["comment"];
        CAPTURE(comment);
        const auto alone = check_rsa(*key, claims[i].scheme, claims[i].digest, claims[i].signature);
        CHECK(alone.has_value() == (test["result"] == "valid"));
        CHECK(answers[i] == (alone ? errc::none : alone.error().code));
        if (alone) {
            ++valid;
            continue;
        }
        ++refused;
        const bool has_the_length = claims[i].signature.size() == key->size();
        CHECK((answers[i] == errc::signature_length) == !has_the_length);
        for (const auto& flag : test["flags"])
            if (flag == "InvalidAsnInPadding" || flag == "BerEncodedPadding" || flag == "MissingNull")
                CHECK((answers[i] == errc::bad_padding || !has_the_length));
    }
}

}  // namespace

TEST_CASE("Wycheproof: RSA PKCS#1 v1.5 signatures are judged as they must") {
    const char* data = std::getenv("MODSIG_TEST_DATA");
    const std::filesystem::path folder = std::filesystem::path(data == nullptr ? "." : data) / "wycheproof";
    std::size_t valid = 0, refused = 0, files = 0;
    if (std::filesystem::is_directory(folder)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (!entry.path().filename().string().starts_with("rsa_signature_")) continue;
            ++files;
            std::ifstream stream(entry.path());
            const auto content = nlohmann::json::parse(stream);
            const auto check_all = [&]<class Key>() {
                for (const auto& group : content["testGroups"]) check_group<Key>(group, valid, refused);
            };
            check_all.template operator()<rsa_prepared>();
            check_all.template operator()<rsa_key<max_rsa_bits, isa::portable>>();
            check_all.template operator()<rsa_key<max_rsa_bits, isa::compact, std::uint32_t>>();
#ifdef MODSIG_NATIVE_X86
            if (cpu().has(feature::bmi2)) check_all.template operator()<rsa_key<max_rsa_bits, isa::assume<feature::bmi2>>>();
            if (cpu().has(feature::avx2)) check_all.template operator()<rsa_key<max_rsa_bits, isa::assume<feature::avx2>>>();
#endif
        }
    }
    if (files == 0) {
        MESSAGE("MODSIG_TEST_DATA names no folder with wycheproof/rsa_signature_*.json: nothing was tested");
        return;
    }
    CHECK(files == 10);
    CHECK(valid > 70);
    CHECK(refused > 2000);
    MESSAGE(valid << " valid, " << refused << " refused");
}
