// SPDX-License-Identifier: BSL-1.0
// Botan's pitfalls, each with the case that would bite without the engine's care.
#include <modsig/engine/botan.hpp>

#include <modsig/key/digsig.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace modsig;

namespace {

/// A well-formed v1 signature with the parts an engine sees.
struct sample {
    std::vector<std::uint8_t> key_blob = corpus::file("keys/rsa2048.digsig-v1.bin");
    std::vector<std::uint8_t> image = corpus::file("digsig-v1/b4096.bin.rsa2048.sha256.modsig");
    public_key key = key::digsig::parse(key_blob)->key;
    engine::botan::prepared_key prepared = *engine::botan::prepare(key);
    to_check what{};

    sample() {
        const subject s{image};
        const auto where = layout::digsig::find(s);
        auto cursor = *layout::digsig::open(s, *where);
        const auto said = cursor.next();
        const byte_view content = *slice(s.image, said->where.content);
        const engine::botan engine;
        what = {said->scheme, *layout::digsig::finish(*said, *engine.digest(said->content_digest, {&content, 1}), engine), {}, said->signature, false};
    }
};

errc check(const engine::botan::prepared_key& key, const to_check& what) {
    const auto proof = engine::botan{}.check(key, what);
    return proof ? errc::none : proof.error().code;
}

}  // namespace

TEST_CASE("a key is built once, however many files it verifies") {
    const sample s;
    CHECK(check(s.prepared, s.what) == errc::none);
    const Botan::Public_Key* made = &s.prepared.get();
    for (int i = 0; i != 5; ++i) CHECK(check(s.prepared, s.what) == errc::none);
    CHECK(&s.prepared.get() == made);
}

TEST_CASE("threads that race for a key end with one, and all verify") {
    const sample s;
    std::atomic<int> proven{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n != 25; ++n) proven += check(s.prepared, s.what) == errc::none;
        });
    for (auto& thread : threads) thread.join();
    CHECK(proven == 100);
}

TEST_CASE("a signature with a zero byte in front is refused by its length, though Botan 2 takes it") {
    const sample s;
    std::vector<std::uint8_t> longer{0};
    longer.insert(longer.end(), s.what.signature.begin(), s.what.signature.end());
    to_check what = s.what;
    what.signature = longer;
    CHECK(check(s.prepared, what) == errc::signature_length);
    what.scheme = scheme_id::rsa_pkcs1_v15;
    CHECK(check(s.prepared, what) == errc::signature_length);
}

TEST_CASE("a signature without its leading zero byte is an MPI to digsig v1 and a wrong length to everybody else") {
    const sample s;
    to_check what = s.what;
    what.signature = what.signature.subspan(1);
    what.scheme = scheme_id::rsa_pkcs1_v15;
    CHECK(check(s.prepared, what) == errc::signature_length);
    what.scheme = scheme_id::rsa_pkcs1_raw;
    CHECK(check(s.prepared, what) == errc::signature_mismatch);
}

TEST_CASE("signature plus modulus is out of range") {
    const sample s;
    std::vector<std::uint8_t> ones(s.key.material.size(), 0xff);
    to_check what = s.what;
    what.signature = ones;
    CHECK(check(s.prepared, what) == errc::signature_out_of_range);
    what.signature = s.key.material;
    CHECK(check(s.prepared, what) == errc::signature_out_of_range);
}

TEST_CASE("a malformed signature leaves nothing behind for the next one") {
    const sample s;
    const std::vector<std::uint8_t> junk(s.what.signature.size(), 1);
    for (int i = 0; i != 3; ++i) {
        to_check bad = s.what;
        bad.signature = byte_view(junk).first(i == 0 ? 0 : junk.size());
        CHECK(check(s.prepared, bad) != errc::none);
        CHECK(check(s.prepared, s.what) == errc::none);
        to_check other = s.what;
        other.digest.bytes[0] ^= 1;
        CHECK(check(s.prepared, other) == errc::signature_mismatch);
    }
}

TEST_CASE("a key that Botan throws at becomes an errc") {
    const sample s;
    const std::uint8_t four[] = {4}, zero[] = {0};
    for (const byte_view exponent : {byte_view(four), byte_view(zero)}) {
        public_key even = s.key;
        even.exponent = exponent;
        const auto prepared = engine::botan::prepare(even);
        REQUIRE(prepared);
        CHECK(check(*prepared, s.what) != errc::none);
    }
    to_check what = s.what;
    what.scheme = scheme_id::sm2;
    CHECK(check(s.prepared, what) == errc::unsupported_algorithm);
}

TEST_CASE("digests without a DigestInfo never verify as PKCS#1 v1.5") {
    const sample s;
    to_check what = s.what;
    what.scheme = scheme_id::rsa_pkcs1_v15;
    what.digest.id = digest_id::sm3;
    CHECK(check(s.prepared, what) == errc::unsupported_hash);
}
