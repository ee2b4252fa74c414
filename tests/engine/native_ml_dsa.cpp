// SPDX-License-Identifier: BSL-1.0
// Signatures of ML-DSA by this library's own arithmetic: the published vectors, with every way to calculate, and what makes a
// signature malformed. (Through the engines: wycheproof.cpp and best.cpp.)
#include <modsig/engine/native/ml_dsa_kernels.hpp>

#include <modsig/key/spki.hpp>

#include "../support/hex.hpp"
#include "../support/wycheproof.hpp"

#include <botan/hash.h>
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::engine;

namespace {

using octets = std::vector<std::uint8_t>;

struct test_case {
    key_algorithm algorithm = key_algorithm::none;
    octets key, message, signature;
    bool is_valid = false;
    std::string reason;
};

/// All of tests/data/acvp, or the program ends.
std::vector<test_case> acvp_cases() {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    std::ifstream file(std::string(folder != nullptr ? folder : "tests/data") + "/acvp/ml_dsa_sig_ver.txt");
    std::vector<test_case> cases;
    std::size_t promised = 0;
    test_case next;
    for (std::string line, first, second, third; std::getline(file, line);) {
        std::istringstream words(line);
        words >> first >> second;
        if (first == "cases") {
            promised = std::stoul(second);
        } else if (first == "key") {
            words >> third;
            for (const ml_dsa_parameters& row : ml_dsa_table)
                if (name(row.id) == second) next.algorithm = row.id;
            next.key = hex(third);
        } else {
            words >> third;
            std::getline(words >> std::ws, next.reason);
            next.is_valid = first == "valid";
            next.message = hex(second);
            next.signature = hex(third);
            cases.push_back(next);
        }
    }
    if (cases.empty() || cases.size() != promised) {
        std::fprintf(stderr, "cannot read acvp/ml_dsa_sig_ver.txt; MODSIG_TEST_VECTORS names the folder of test vectors\n");
        std::exit(2);
    }
    return cases;
}

/// Calls check.operator()<Code>(name) with every way to calculate that this CPU has.
template <class Check>
void each_code(const Check& check) {
    check.template operator()<portable_ml_dsa<false>>("portable");
    check.template operator()<portable_ml_dsa<true>>("compact");
#ifdef MODSIG_NATIVE_X86
    const auto has = [](cpu_features needs) { return (needs & cpu()) == needs; };
    if (has(ml_dsa_avx2::needs)) check.template operator()<ml_dsa_avx2>("AVX2");
    else MESSAGE("not tested here: AVX2");
    if (has(ml_dsa_avx512::needs)) check.template operator()<ml_dsa_avx512>("AVX-512");
    else MESSAGE("not tested here: AVX-512");
#endif
}

/// M' is all of the message.
template <class Code>
errc verify(key_algorithm algorithm, byte_view key, std::span<const byte_view> message, byte_view signature) {
    const auto mu = ml_dsa_message_digest<Code>(ml_dsa_key_digest<Code>(key), message);
    return check_ml_dsa<Code>(*ml_dsa_of(algorithm), key, mu, signature);
}
template <class Code>
errc verify(const test_case& c, byte_view signature) {
    const byte_view message = c.message;
    return verify<Code>(c.algorithm, c.key, {&message, 1}, signature);
}

/// The first valid case of a parameter set.
test_case valid_case(key_algorithm algorithm) {
    for (const test_case& c : acvp_cases())
        if (c.algorithm == algorithm && c.is_valid) return c;
    std::exit(2);
}

}  // namespace

TEST_CASE("native: ML-DSA of ACVP") {
    each_code([]<class Code>(const std::string& code) {
        std::size_t valid = 0, invalid = 0;
        for (const test_case& c : acvp_cases()) {
            CAPTURE(code);
            CAPTURE(c.reason);
            const errc answer = verify<Code>(c, c.signature);
            CHECK((answer == errc::none) == c.is_valid);
            if (c.reason == "too many hints") CHECK(answer == errc::malformed_signature);
            ++(c.is_valid ? valid : invalid);
        }
        CHECK(valid == 9);
        CHECK(invalid == 36);
    });
}

TEST_CASE("native: ML-DSA of Wycheproof") {
    each_code([]<class Code>(const std::string& code) {
        std::size_t cases = 0, valid = 0, keys = 0;
        for (const char* file : {"mldsa_44_verify", "mldsa_65_verify", "mldsa_87_verify"})
            for (const wycheproof::group& group : wycheproof::groups_of(file)) {
                const auto key = key::spki::parse(group.spki);
                for (const wycheproof::test_case& c : group.cases) {
                    CAPTURE(code);
                    CAPTURE(c.comment);
                    ++cases;
                    if (c.flags == "IncorrectPublicKeyLength") {
                        REQUIRE_FALSE(key);
                        CHECK(key.error().code == errc::bad_key);
                        ++keys;
                        continue;
                    }
                    REQUIRE(key);
                    const octets message = wycheproof::bytes(c.message), signature = wycheproof::bytes(c.signature);
                    const byte_view parts[] = {ml_dsa_pure_prefix, message};
                    const errc answer = verify<Code>(key->key.algorithm, key->key.material, parts, signature);
                    CHECK((answer == errc::none) == c.is_good());
                    if (c.flags == "IncorrectSignatureLength") CHECK(answer == errc::signature_length);
                    if (c.flags == "InvalidHintsEncoding") CHECK(answer == errc::malformed_signature);
                    if (c.flags.starts_with("InfinityNormViolation")) CHECK(answer == errc::signature_out_of_range);
                    valid += answer == errc::none;
                }
            }
        CHECK(cases >= 388);
        CHECK(valid >= 114);
        CHECK(keys == 12);
    });
}

TEST_CASE("native: every way to malform the hint of an ML-DSA signature is told apart") {
    for (const ml_dsa_parameters& p : ml_dsa_table) {
        const test_case c = valid_case(p.id);
        const std::size_t hint = p.hint_offset(), ends = hint + p.omega;
        const std::size_t count = c.signature[ends + p.k - 1u];
        REQUIRE(count < p.omega);
        std::size_t row = 0;  // with two ones at least
        while (c.signature[ends + row] - (row == 0 ? 0 : c.signature[ends + row - 1]) < 2) ++row;
        const std::size_t first = row == 0 ? 0 : c.signature[ends + row - 1];
        const auto answer_with = [&](auto change) {
            octets signature = c.signature;
            change(signature);
            return verify<portable_ml_dsa<false>>(c, signature);
        };
        CHECK(answer_with([](octets&) {}) == errc::none);
        CHECK(answer_with([&](octets& s) { std::swap(s[hint + first], s[hint + first + 1]); }) == errc::malformed_signature);      // falls
        CHECK(answer_with([&](octets& s) { s[hint + first + 1] = s[hint + first]; }) == errc::malformed_signature);                // stands twice
        CHECK(answer_with([&](octets& s) { s[ends + p.k - 1u] = static_cast<std::uint8_t>(p.omega + 1); }) == errc::malformed_signature);  // too many
        CHECK(answer_with([&](octets& s) { s[ends + p.k - 1u] = 0xff; }) == errc::malformed_signature);
        CHECK(answer_with([&](octets& s) { s[ends] = static_cast<std::uint8_t>(s[ends + 1] + 1); }) == errc::malformed_signature);   // ends fall
        CHECK(answer_with([&](octets& s) { s[hint + count] = 1; }) == errc::malformed_signature);                                    // behind the last
        CHECK(answer_with([&](octets& s) { s[ends - 1u] = 1; }) == errc::malformed_signature);
        CHECK(answer_with([&](octets& s) { s.pop_back(); }) == errc::signature_length);
        CHECK(answer_with([&](octets& s) { s.push_back(0); }) == errc::signature_length);
        CHECK(answer_with([&](octets& s) { s.clear(); }) == errc::signature_length);
    }
}

TEST_CASE("native: the range of z in an ML-DSA signature ends at gamma1 - beta, both ways, for every coefficient") {
    for (const ml_dsa_parameters& p : ml_dsa_table) {
        const test_case c = valid_case(p.id);
        const std::size_t bits = p.gamma1_bits + 1u;
        const auto answer_with = [&](std::size_t polynomial, std::size_t i, std::int32_t z) {
            octets signature = c.signature;
            const auto packed = static_cast<std::uint32_t>(p.gamma1() - z);
            for (std::size_t bit = 0; bit != bits; ++bit) {
                const std::size_t at = 8 * (p.challenge_size + polynomial * p.z_size()) + i * bits + bit;
                const auto mask = static_cast<std::uint8_t>(1u << at % 8);
                signature[at / 8] = static_cast<std::uint8_t>((packed >> bit & 1) != 0 ? signature[at / 8] | mask : signature[at / 8] & ~mask);
            }
            return ml_dsa_refusal_of(p, signature);
        };
        const std::int32_t bound = p.gamma1() - p.beta;
        for (std::size_t polynomial = 0; polynomial != p.l; ++polynomial)
            for (std::size_t i = 0; i < ml_dsa_coefficients; i += 51) {
                CHECK(answer_with(polynomial, i, bound - 1) == errc::none);
                CHECK(answer_with(polynomial, i, 1 - bound) == errc::none);
                CHECK(answer_with(polynomial, i, bound) == errc::signature_out_of_range);
                CHECK(answer_with(polynomial, i, -bound) == errc::signature_out_of_range);
                CHECK(answer_with(polynomial, i, p.gamma1()) == errc::signature_out_of_range);
                CHECK(answer_with(polynomial, i, 1 - p.gamma1()) == errc::signature_out_of_range);
            }
    }
}

TEST_CASE("native: no changed bit of key, message or signature leaves an ML-DSA signature good") {
    for (const ml_dsa_parameters& p : ml_dsa_table) {
        const test_case c = valid_case(p.id);
        using code = portable_ml_dsa<false>;
        for (std::size_t at = 0; at < c.signature.size(); at += 37) {
            octets signature = c.signature;
            signature[at] ^= static_cast<std::uint8_t>(1u << at % 8);
            CHECK(verify<code>(c, signature) != errc::none);
        }
        for (std::size_t at = 0; at < c.key.size(); at += 61) {
            test_case other = c;
            other.key[at] ^= static_cast<std::uint8_t>(1u << at % 8);
            CHECK(verify<code>(other, c.signature) == errc::signature_mismatch);
        }
        for (std::size_t at = 0; at < c.message.size(); at += 17) {
            test_case other = c;
            other.message[at] ^= static_cast<std::uint8_t>(1u << at % 8);
            CHECK(verify<code>(other, c.signature) == errc::signature_mismatch);
        }
    }
}

TEST_CASE("native: SHAKE is Botan's, however the message and the output are cut") {
    octets message(700);
    for (std::size_t i = 0; i != message.size(); ++i) message[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    const auto compare = [&]<std::size_t Rate, class Permutation>(const char* name) {
        const auto botan = Botan::HashFunction::create_or_throw(name);
        for (std::size_t size = 0; size <= message.size(); size += size < 350 ? 1 : 50) {
            botan->update(message.data(), size);
            const auto wanted = botan->final();
            digest::shake<Rate, Permutation> shake;
            const byte_view whole(message.data(), size);
            shake.absorb(whole.first(size / 3));
            shake.absorb(whole.subspan(size / 3));
            octets out(wanted.size());
            shake.squeeze(std::span(out).first(size % 200));
            shake.squeeze(std::span(out).subspan(size % 200));
            CHECK(equal(out, byte_view(wanted.data(), wanted.size())));
        }
    };
    compare.operator()<168, digest::portable_keccak<false>>("SHAKE-128(4000)");
    compare.operator()<136, digest::portable_keccak<false>>("SHAKE-256(4000)");
    compare.operator()<168, digest::portable_keccak<true>>("SHAKE-128(4000)");
    compare.operator()<136, digest::portable_keccak<true>>("SHAKE-256(4000)");
}
