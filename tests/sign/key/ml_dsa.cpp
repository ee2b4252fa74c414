// SPDX-License-Identifier: BSL-1.0
// Private keys of ML-DSA: the forms that openssl 3.5 writes (tests/data/ml_dsa/private_keys.txt), and what belongs to no seed.
#include <modsig/sign/key/ml_dsa_private.hpp>

#include <modsig/engine/native.hpp>
#include <modsig/sign/key/generate.hpp>
#include <modsig/sign/key/key_file.hpp>

#include "../../support/ml_dsa_keys.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;

struct level {
    std::string name;
    key_algorithm algorithm;
    scheme_id scheme;
};
const level levels[] = {
    {"ml44", key_algorithm::ml_dsa_44, scheme_id::ml_dsa_44},
    {"ml65", key_algorithm::ml_dsa_65, scheme_id::ml_dsa_65},
    {"ml87", key_algorithm::ml_dsa_87, scheme_id::ml_dsa_87},
};

/// What loading answers where this Botan has ML-DSA, and where it has not.
errc with_botan(errc answer) { return botan_has_ml_dsa ? answer : errc::unsupported_algorithm; }

errc code_of(const octets& file, std::string_view* why = nullptr) {
    const auto key = load_ml_dsa(file, why);
    return key ? errc::none : key.error().code;
}

octets seed() {
    octets out(32);
    for (std::size_t i = 0; i != out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
    return out;
}

/// PrivateKeyInfo around a privateKey; `rest` stands behind it.
octets pkcs8(key_algorithm algorithm, byte_view inside, byte_view rest = {}, std::uint64_t version = 0) {
    octets out;
    der::writer write(out);
    write.sequence([&] {
        write.integer(version);
        write.sequence([&] { write.oid(entry_of(algorithm).oid.view()); });
        write.octet_string(inside);
        write.raw(rest);
    });
    return out;
}

}  // namespace

TEST_CASE("ML-DSA: a seed has the pair that openssl derives") {
    for (const level& each : levels) {
        CAPTURE(each.name);
        const auto pair = sign::ml_dsa_pair_of(*engine::ml_dsa_of(each.algorithm), seed());
        const octets whole = ml_dsa_key_file(each.name + ".seed-priv"), half = ml_dsa_key_file(each.name + ".public");
        CHECK(equal(byte_view(whole).last(pair.expanded.size()), byte_view(pair.expanded)));
        CHECK(equal(byte_view(half).last(pair.public_key.size()), pair.public_key));
    }
}

TEST_CASE("ML-DSA: forms with a seed are one key, those without are refused by name") {
    for (const level& each : levels) {
        for (const std::string form : {"seed-priv", "seed-only", "bare-seed"}) {
            CAPTURE(each.name + "." + form);
            std::string_view why;
            const octets file = ml_dsa_key_file(each.name + "." + form);
            const auto parsed = sign::parse_ml_dsa_private(file);
            REQUIRE((parsed && *parsed));
            CHECK(equal((*parsed)->seed, seed()));
            const auto key = load_ml_dsa(file, &why);
            CHECK((key ? errc::none : key.error().code) == with_botan(errc::none));
            CHECK(why == (botan_has_ml_dsa ? "" : "this Botan has no ML-DSA"));
            if (!key) continue;
            CHECK(key->info().key.algorithm == each.algorithm);
            CHECK(equal(key->spki(), ml_dsa_key_file(each.name + ".public")));
        }
    }
    for (const std::string form : {"priv-only", "bare-priv", "oqskeypair"}) {
        CAPTURE(form);
        std::string_view why;
        CHECK(code_of(ml_dsa_key_file("ml44." + form), &why) == errc::unsupported_key);
        CHECK(why.find("only the expanded form") != why.npos);
    }
}

TEST_CASE("ML-DSA: what is not of the seed is refused, bit by bit") {
    const octets whole = ml_dsa_key_file("ml44.seed-priv");
    const std::size_t expanded = whole.size() - 2560, first = expanded - 4 - 32;
    for (std::size_t at = first; at < whole.size(); at += at < expanded + 128 ? 31 : 131) {
        if (at >= first + 32 && at < expanded) continue;  // the header between them
        CAPTURE(at);
        octets damaged = whole;
        damaged[at] ^= 1;
        std::string_view why;
        CHECK(code_of(damaged, &why) == errc::bad_key);
        CHECK(why.find("do not belong together") != why.npos);
    }
    octets last = whole;
    last.back() ^= 0x80;
    CHECK(code_of(last) == errc::bad_key);

    const octets half = ml_dsa_key_file("ml44.public");
    octets bits(1, 0), attached;
    bits.insert(bits.end(), half.end() - 1312, half.end());
    der::writer(attached).element(der::context(1), bits);
    CHECK(code_of(pkcs8(key_algorithm::ml_dsa_44, seed(), attached, 1)) == with_botan(errc::none));
    attached.back() ^= 1;
    CHECK(code_of(pkcs8(key_algorithm::ml_dsa_44, seed(), attached, 1)) == errc::bad_key);
}

TEST_CASE("ML-DSA: what is no form of a key is refused") {
    for (const level& each : levels) {
        CAPTURE(each.name);
        for (const std::size_t size : {0u, 1u, 31u, 33u, 34u, 64u, 2559u, 2561u, 2564u, 2602u, 3876u, 4032u, 4896u}) {
            CAPTURE(size);
            if (each.algorithm == key_algorithm::ml_dsa_65 && size == 4032) continue;
            if (each.algorithm == key_algorithm::ml_dsa_87 && size == 4896) continue;
            CHECK(code_of(pkcs8(each.algorithm, octets(size))) == errc::bad_key);
        }
        for (const std::string form : {"seed-priv", "seed-only", "bare-seed"}) {
            octets file = ml_dsa_key_file(each.name + "." + form);
            file.push_back(0);
            CHECK(code_of(file) == errc::bad_key);
            file.resize(file.size() - 2);
            CHECK(code_of(file) != errc::none);
        }
    }
    octets other = ml_dsa_key_file("ml44.seed-priv");  // the form of another level
    other[19] = 0x12;
    REQUIRE(ml_dsa_key_file("ml65.seed-priv")[19] == 0x12);
    CHECK(code_of(other) == errc::bad_key);
}

TEST_CASE("ML-DSA: what Botan signs, the native engine verifies; threads share a key" * doctest::skip(!botan_has_ml_dsa)) {
    for (const level& each : levels) {
        CAPTURE(each.name);
        const auto key = load_ml_dsa(ml_dsa_key_file(each.name + ".seed-only"));
        REQUIRE(key);
        const auto half = engine::native::prepare(key->info().key);
        REQUIRE(half);
        std::array<octets, 4> first, second;
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i != first.size(); ++i)
                threads.emplace_back([&, i] {
                    const octets message(1000 * i, static_cast<std::uint8_t>(i));
                    for (octets* const into : {&first[i], &second[i]}) {
                        auto raw = key->sign({each.scheme, {}, message});
                        if (raw && engine::native{}.check(*half, {each.scheme, {}, message, *raw})) *into = *raw;
                    }
                });
        }
        for (std::size_t i = 0; i != first.size(); ++i) {
            CHECK(first[i].size() == engine::ml_dsa_of(each.algorithm)->signature_size());
            CHECK(first[i] != second[i]);  // random numbers are in it
        }
        for (const level& other : levels)
            if (other.scheme != each.scheme) CHECK(key->sign({other.scheme, {}, seed()}).error().code == errc::key_type_mismatch);
    }
}

TEST_CASE("ML-DSA: a new key is written as its seed, and read again") {
    for (const level& each : levels) {
        const auto* const type = sign::find_key_type(name(each.algorithm));
        REQUIRE(type != nullptr);
        const auto made = sign::generate(hardened(), *type);
        CHECK((made ? errc::none : made.error().code) == with_botan(errc::none));
        if (!made) continue;
        const sign::secret_bytes written = made->pkcs8();
        CHECK(written.size() == 54);
        const auto again = load_ml_dsa(written);
        REQUIRE(again);
        CHECK(again->info().key == made->info().key);
        CHECK_FALSE(sign::generate(hardened(), *type)->info().key == made->info().key);
    }
    octets known;
    for (const std::uint8_t byte : sign::ml_dsa_pkcs8(key_algorithm::ml_dsa_87, seed())) known.push_back(byte);
    CHECK(known == ml_dsa_key_file("ml87.seed-only"));
}
