// SPDX-License-Identifier: BSL-1.0
#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_firmware.hpp>
#include <modsig/engine/native/rsa_many.hpp>
#include <modsig/limits.hpp>

#include "native_keys.hpp"
#include "native_openssl.hpp"

#include <botan/auto_rng.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

using namespace modsig;
using namespace modsig::engine;
using native_test::bytes_of;
using native_test::each_key_type;
using native_test::key_of;
using native_test::moduli;
using native_test::octets;
using native_test::portable_key;
using native_test::prepared;
using native_test::raise;

namespace {

/// Signatures likewise, below n.
[[nodiscard]] std::vector<octets> numbers_below(const octets& n) {
    octets less = n;
    less.back() -= 1;
    octets ones(n.size(), 0xff);
    ones.front() = static_cast<std::uint8_t>(n.front() >> 1);
    octets one(n.size(), 0), zero(n.size(), 0);
    one.back() = 1;
    std::vector<octets> all{less, ones, one, zero};
    for (int i = 0; i != 6; ++i) {
        octets s = native_test::random_bytes(n.size());
        s.front() = static_cast<std::uint8_t>(s.front() % (n.front() + 1u));
        if (compare_integers(s, n) >= 0) s.front() = 0;
        all.push_back(s);
    }
    return all;
}

// 830, 1662, 3326 and 4158 (52 bits a limb), 446, 1790, 2238 and 5182 (28 or 27) leave the limbs just two bits more, so that
// results above n are frequent.
constexpr std::size_t sizes_in_bits[] = {256,  257,  446,  511,  830,  1000, 1024, 1025, 1032, 1247, 1536, 1662, 1790, 2040, 2041, 2047, 2048,
                                         2049, 2078, 2238, 3072, 3326, 3392, 3393, 4031, 4095, 4096, 4097, 4158, 5182, 6144, 8191, 8192};
const octets exponents[] = {{3}, {17}, {1, 0, 1}, {0x80, 0x00, 0x00, 0x00, 0x01}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

const native_test::rsa_pair& pair_of(unsigned bits) {
    static std::vector<std::pair<unsigned, native_test::rsa_pair>> pairs;
    for (const auto& [size, pair] : pairs)
        if (size == bits) return pair;
    pairs.reserve(32);
    return pairs.emplace_back(bits, native_test::rsa_pair(bits, bits % 3 == 0 ? 3 : 65537)).second;
}

}  // namespace

TEST_CASE("the public operation gives what OpenSSL gives, for every size, exponent and arithmetic") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const std::size_t bits : sizes_in_bits)
            for (const octets& n : moduli(bits)) {
                const auto numbers = numbers_below(n);
                for (std::size_t which = 0; which != std::size(exponents); ++which) {
                    if (bits > 3000 && which > 2) continue;
                    const octets& e = exponents[which];
                    std::vector<octets> expected;
                    for (const octets& s : numbers) expected.push_back(native_test::power_modulo(s, e, n));
                    each_key_type([&]<class Key>(const std::string& arithmetic) {
                        CAPTURE(arithmetic);
                        CAPTURE(bits);
                        const auto key = prepared<Key>(key_of(n, e));
                        for (std::size_t i = 0; i != numbers.size(); ++i) CHECK(raise(*key, numbers[i]) == expected[i]);
                    });
                }
            }
}

namespace {

/// Every kernel with every number of works, of keys that take turns.
template <class Key>
std::size_t check_kernels(const std::vector<const Key*>& keys, const std::vector<octets>& moduli_of_keys, const octets& e) {
    constexpr std::size_t most = 8;
    std::vector<octets> s, expected;
    for (std::size_t i = 0; i != most; ++i) {
        const std::size_t which = i % keys.size();
        s.push_back(numbers_below(moduli_of_keys[which])[i]);
        expected.push_back(native_test::power_modulo(s[i], e, moduli_of_keys[which]));
    }
    const auto works = std::make_unique<rsa_work<Key>[]>(most);
    return native_test::each_kernel<Key>(keys[0]->words(), keys.size() == 1, [&](const rsa_kernel<Key>& kernel) {
        for (std::size_t count = 1; count <= kernel.lanes; ++count) {
            for (std::size_t i = 0; i != count; ++i) native_test::load(works[i], *keys[i % keys.size()], s[i]);
            kernel.run({works.get(), count});
            for (std::size_t lane = 0; lane != count; ++lane) {
                CAPTURE(kernel.lanes);
                CAPTURE(lane);
                CAPTURE(count);
                CHECK(bytes_of(works[lane].em, expected[lane].size()) == expected[lane]);
            }
        }
    });
}

}  // namespace

TEST_CASE("every lane of every kernel raises its own signature") {
    std::size_t kernels = 0;
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const std::size_t bits : sizes_in_bits) {
            CAPTURE(bits);
            const octets& e = bits % 2 == 0 ? exponents[2] : exponents[1];
            const auto all_moduli = moduli(bits);
            std::vector<std::unique_ptr<rsa_prepared>> keys;
            std::vector<const rsa_prepared*> different;
            for (const octets& n : all_moduli) {
                keys.push_back(prepared<rsa_prepared>(key_of(n, e)));
                different.push_back(keys.back().get());
                kernels += check_kernels<rsa_prepared>({different.back()}, {n}, e);
            }
            kernels += check_kernels(different, all_moduli, e);
        }
#ifdef MODSIG_NATIVE_X86
    for (const auto& [needed, name] : {std::pair(feature::bmi2, "BMI2"), std::pair(feature::avx2, "AVX2"), std::pair(feature::ifma, "AVX-512 IFMA")})
        if (!cpu().has(needed)) MESSAGE("not tested here: " << std::string(name));
#endif
    std::printf("      %zu kernels and sizes of keys\n", kernels);
}

#ifdef MODSIG_NATIVE_X86
namespace {

/// What one signature comes out as before n is subtracted, by the vectors that a signature alone would take.
template <std::size_t Vectors, class Key>
[[nodiscard]] octets raise_unreduced(const Key& key, const octets& s) {
    using field = ifma_single<Vectors>;
    rsa_work<Key> work;
    native_test::load(work, key, s);
    const typename field::number s52(work.signature());
    typename field::number x;
    raise_to_public_exponent(field(key.wide.ifma), x, s52, key.exponent());
    x.to_words(work.result());
    return bytes_of(work.em, key.size() + 8);
}

/// Raises each by every kernel, in every lane; how many come out above n.
template <std::size_t Vectors>
[[nodiscard]] unsigned count_above(const octets& n, const octets& e, const std::vector<octets>& signatures) {
    const auto key = prepared<rsa_prepared>(key_of(n, e));
    unsigned above = 0;
    const auto works = std::make_unique<rsa_work<rsa_prepared>[]>(8);
    for (const octets& s : signatures) {
        if (compare_integers(raise_unreduced<Vectors>(*key, s), n) >= 0) ++above;
        const octets expected = native_test::power_modulo(s, e, n);
        native_test::each_kernel<rsa_prepared>(key->words(), true, [&](const rsa_kernel<rsa_prepared>& kernel) {
            for (std::size_t i = 0; i != kernel.lanes; ++i) native_test::load(works[i], *key, s);
            kernel.run({works.get(), kernel.lanes});
            for (std::size_t i = 0; i != kernel.lanes; ++i) CHECK(bytes_of(works[i].em, n.size()) == expected);
        });
    }
    return above;
}

}  // namespace

TEST_CASE("results of the wide arithmetic do come out above n, and are brought below it") {
    if (!cpu().has(feature::ifma)) {
        MESSAGE("not tested here: AVX-512 IFMA");
        return;
    }
    std::vector<octets> random;
    const octets n = moduli(1662)[0];  // two bits more than the modulus has, so often
    for (unsigned round = 0; round != native_test::rounds(50); ++round)
        for (const octets& s : numbers_below(n)) random.push_back(s);
    const unsigned of_random = count_above<4>(n, {3}, random);
    CHECK(of_random > 0);
    // With 4096 bits R has 64 bits more; s^e mod n below n / 2^63 comes out above n unless t / R is smaller still, which takes
    // two numbers that are small by chance: with 16 zeros, one time in 2^60.
    const auto& pair = pair_of(4096);
    std::vector<octets> signatures;
    for (unsigned round = 0; round != native_test::rounds(4); ++round)
        for (const std::size_t zeros : {16u, 20u, 32u, 64u, 300u, 480u}) {
            octets small = native_test::random_bytes(pair.n.size());
            std::fill_n(small.begin(), zeros, std::uint8_t{0});
            signatures.push_back(pair.sign_block(small));
        }
    const unsigned of_small = count_above<10>(pair.n, pair.e, signatures);
    CHECK(of_small == signatures.size());
    std::printf("      %u of %zu above n with 1662 bits, %u of %zu with 4096\n", of_random, random.size(), of_small, signatures.size());
}
#endif

namespace {

/// The answers of all arithmetics to one signature agree; this is the answer. Also in every lane of a pass of eight.
[[nodiscard]] errc answer(const public_key& key, scheme_id scheme, const digest_value& digest, const octets& signature, pss_salt salt = {}) {
    errc agreed = errc::not_checked;
    each_key_type([&]<class Key>(const std::string& arithmetic) {
        CAPTURE(arithmetic);
        const auto ready = prepared<Key>(key);
        const auto checked = check_rsa(*ready, scheme, digest, signature, salt);
        const errc code = checked ? errc::none : checked.error().code;
        if (agreed == errc::not_checked) agreed = code;
        CHECK(code == agreed);
        std::vector<rsa_claim<Key>> claims(8, {ready.get(), scheme, digest, signature, salt});
        std::vector<errc> answers(8);
        check_rsa_many<Key>(claims, answers);
        for (const errc one : answers) CHECK(one == agreed);
    });
    return agreed;
}

[[nodiscard]] digest_value some_digest(digest_id id) { return native_test::digest(id, native_test::random_bytes(32)); }

}  // namespace

TEST_CASE("signatures that OpenSSL makes are good, and none is good for another digest, key or scheme") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const unsigned bits : {1024u, 1032u, 1100u, 2041u, 2048u, 3072u, 4096u}) {
            CAPTURE(bits);
            const auto& pair = pair_of(bits);
            for (const digest_id id : {digest_id::md5, digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512, digest_id::sha3_256}) {
                const digest_value digest = some_digest(id), other = some_digest(id);
                const octets info = pair.sign(digest), bare = pair.sign(digest, true);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, info) == errc::none);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, digest, bare) == errc::none);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, other, info) == errc::signature_mismatch);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, other, bare) == errc::signature_mismatch);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, bare) == errc::bad_padding);
                CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, digest, info) == errc::bad_padding);
                CHECK(answer(pair.key(), scheme_id::ecdsa, digest, info) == errc::key_type_mismatch);
                CHECK(answer(pair.key(), scheme_id::none, digest, info) == errc::key_type_mismatch);
                octets broken = info;
                broken[native_test::random()() % (broken.size() - 1) + 1] ^= 4;
                // in a modulus with few bits in its first byte, noise looks like the beginning of a block now and then
                const errc noise = answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, broken);
                CHECK((noise == errc::signature_mismatch || (bits % 8 != 0 && noise == errc::bad_padding)));
                if (id == digest_id::sha224) CHECK(answer(pair.key(), scheme_id::rsa_pss, digest, info) == errc::signature_mismatch);
            }
        }
}

TEST_CASE("a signature has the length of the modulus and a value below it") {
    const auto& pair = pair_of(2048);
    const digest_value digest = some_digest(digest_id::sha256);
    const octets good = pair.sign(digest);
    const auto ask = [&](const octets& signature) { return answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, signature); };
    octets longer = good, shorter = good, in_front = good;
    longer.push_back(0), shorter.pop_back(), in_front.insert(in_front.begin(), 0);
    CHECK(ask(longer) == errc::signature_length);
    CHECK(ask(in_front) == errc::signature_length);
    CHECK(ask(shorter) == errc::signature_length);
    CHECK(ask({}) == errc::signature_length);
    CHECK(ask(pair.n) == errc::signature_out_of_range);
    CHECK(ask(octets(pair.n.size(), 0xff)) == errc::signature_out_of_range);
    octets last = pair.n;
    last.back() -= 1;
    CHECK(ask(last) == errc::signature_mismatch);
    CHECK(ask(octets(pair.n.size(), 0)) == errc::bad_padding);
    // s + n is the same residue
    const native_test::bignum sum(BN_new());
    native_test::must(BN_add(sum.get(), native_test::number(good).get(), native_test::number(pair.n).get()) == 1);
    if (BN_num_bytes(sum.get()) <= 256) CHECK(ask(native_test::to_bytes(sum.get(), 256)) == errc::signature_out_of_range);
}

TEST_CASE("a bare signature is an integer, which may be written short") {
    const auto& pair = pair_of(1024);
    for (unsigned round = 0; round != native_test::rounds(3000); ++round) {
        const digest_value digest = some_digest(digest_id::sha1);
        octets signature = pair.sign(digest, true);
        if (signature.front() != 0) continue;
        signature.erase(signature.begin());
        CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, digest, signature) == errc::none);
        break;
    }
    const digest_value digest = some_digest(digest_id::sha1);
    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, digest, {}) == errc::bad_padding);
    octets longer = pair.sign(digest, true);
    longer.insert(longer.begin(), 0);
    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_raw, digest, longer) == errc::signature_length);
}

TEST_CASE("a block that was built, but not as required, has bad padding") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const unsigned bits : {1032u, 2041u, 2048u}) {
            CAPTURE(bits);
            const auto& pair = pair_of(bits);
            const digest_value digest = some_digest(digest_id::sha256);
            const std::size_t size = pair.n.size(), info_begin = size - 32 - 19;
            octets block(size, 0xff);
            block[0] = 0, block[1] = 1, block[info_begin - 1] = 0;
            const digest_info_prefix prefix(digest_id::sha256);
            std::ranges::copy(prefix.view(), block.begin() + static_cast<std::ptrdiff_t>(info_begin));
            std::ranges::copy(digest.view(), block.end() - 32);
            const auto ask = [&](const octets& wrong) { return answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, pair.sign_block(wrong)); };
            CHECK(ask(block) == errc::none);
            // every byte of what frames the digest, then every byte of the digest
            for (std::size_t i = 1; i != size; i += i < 4 || i > info_begin - 3 ? 1 : 9) {
                if (bits != 1032 && i > 40 && i % 4 != 0) continue;
                CAPTURE(i);
                octets wrong = block;
                wrong[i] ^= i == 1 ? 3 : 0x40;  // block type 2
                if (compare_integers(wrong, pair.n) >= 0) continue;
                CHECK(ask(wrong) == (i < size - 32 ? errc::bad_padding : errc::signature_mismatch));
            }
            octets short_padding(size, 0x55);  // Bleichenbacher 2006: the digest not at the end
            std::ranges::copy(octets(block.begin() + static_cast<std::ptrdiff_t>(info_begin) - 9, block.end()), short_padding.begin() + 2);
            short_padding[0] = 0, short_padding[1] = 1;
            CHECK(ask(short_padding) == errc::bad_padding);
            octets no_null(size, 0xff);  // DigestInfo without parameters
            no_null[0] = 0, no_null[1] = 1;
            const octets without{0x00, 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20};
            std::ranges::copy(without, no_null.end() - 32 - static_cast<std::ptrdiff_t>(without.size()));
            std::ranges::copy(digest.view(), no_null.end() - 32);
            CHECK(ask(no_null) == errc::bad_padding);
        }
}

TEST_CASE("PSS is good with any salt, or only with the length that is asked for") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const unsigned bits : {1024u, 1025u, 1032u, 2041u, 2048u, 3072u}) {
            CAPTURE(bits);
            const auto& pair = pair_of(bits);
            for (const digest_id id : {digest_id::sha1, digest_id::sha256, digest_id::sha384}) {
                const digest_value digest = some_digest(id), other = some_digest(id);
                const auto most = static_cast<int>((bits - 1 + 7) / 8 - size_of(id) - 2);
                for (const int salt : {0, 1, 20, 32, most}) {
                    if (salt > most) continue;
                    CAPTURE(salt);
                    const octets signature = pair.sign(digest, false, salt);
                    const auto ask = [&](const digest_value& said, pss_salt length) { return answer(pair.key(), scheme_id::rsa_pss, said, signature, length); };
                    const auto exactly = pss_salt::of(static_cast<std::size_t>(salt));
                    CHECK(ask(digest, pss_salt::any()) == errc::none);
                    CHECK(ask(digest, exactly) == errc::none);
                    CHECK(ask(other, pss_salt::any()) == errc::signature_mismatch);
                    CHECK(ask(other, exactly) == errc::signature_mismatch);
                    CHECK(ask(digest, pss_salt::of(7)) == errc::signature_mismatch);
                    CHECK(ask(digest, pss_salt::of(1000)) == errc::unsupported_key);
                    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, signature) != errc::none);
                }
            }
            const digest_value sha3 = some_digest(digest_id::sha3_256);
            CHECK(answer(pair.key(), scheme_id::rsa_pss, sha3, pair.sign(sha3, false, 32)) == errc::unsupported_hash);
        }
}

TEST_CASE("a PSS block for this very digest with a wrong frame has bad padding") {
    const auto& pair = pair_of(2048);
    const digest_value digest = some_digest(digest_id::sha256);
    const octets block = native_test::power_modulo(pair.sign(digest, false, 32), pair.e, pair.n);
    const auto ask = [&](const octets& wrong, pss_salt salt) { return answer(pair.key(), scheme_id::rsa_pss, digest, pair.sign_block(wrong), salt); };
    CHECK(ask(block, pss_salt::of(32)) == errc::none);
    octets trailer = block;
    trailer.back() = 0xcc;
    CHECK(ask(trailer, pss_salt::of(32)) == errc::bad_padding);
    CHECK(ask(trailer, pss_salt::any()) == errc::bad_padding);
    octets zeros = block;
    zeros[10] ^= 1;  // among the zeros of DB
    CHECK(ask(zeros, pss_salt::of(32)) == errc::bad_padding);
    CHECK(ask(zeros, pss_salt::any()) == errc::signature_mismatch);
    octets salt = block;
    salt[256 - 1 - 32 - 5] ^= 1;
    CHECK(ask(salt, pss_salt::of(32)) == errc::signature_mismatch);
    octets top = block;
    top[0] |= 0x80;
    if (compare_integers(top, pair.n) < 0) CHECK(ask(top, pss_salt::of(32)) == errc::bad_padding);
}

TEST_CASE("in a mixed batch every claim gets its own answer, wherever it stands") {
    struct case_of {
        unsigned bits;
        scheme_id scheme;
        digest_value digest;
        octets signature;
        errc expected;
    };
    std::vector<case_of> cases;
    for (unsigned round = 0; round != native_test::rounds(60); ++round)
        for (const unsigned bits : {1024u, 2048u, 2041u}) {
            const auto& pair = pair_of(bits);
            const digest_value digest = some_digest(round % 2 == 0 ? digest_id::sha256 : digest_id::sha512);
            const bool pss = round % 5 == 0 && bits != 1024;
            case_of made{bits, pss ? scheme_id::rsa_pss : scheme_id::rsa_pkcs1_v15, digest, pair.sign(digest, false, pss ? 32 : -1), errc::none};
            switch (native_test::random()() % 6) {
                case 0: made.digest.bytes[3] ^= 1, made.expected = errc::signature_mismatch; break;
                case 1: made.signature.pop_back(), made.expected = errc::signature_length; break;
                case 2: made.signature = pair.n, made.expected = errc::signature_out_of_range; break;
                case 3: made.scheme = scheme_id::ed25519, made.expected = errc::key_type_mismatch; break;
                default: break;
            }
            cases.push_back(made);
        }
    each_key_type([&]<class Key>(const std::string& arithmetic) {
        CAPTURE(arithmetic);
        std::vector<std::pair<unsigned, std::unique_ptr<Key>>> keys;
        for (const unsigned bits : {1024u, 2048u, 2041u}) keys.emplace_back(bits, prepared<Key>(pair_of(bits).key()));
        for (const std::size_t run : {1u, 2u, 3u, 7u, 8u, 9u, 16u}) {  // how many of a key in a row
            std::stable_sort(cases.begin(), cases.end(), [&](const auto& a, const auto& b) { return (a.bits * run) % 7 < (b.bits * run) % 7; });
            std::shuffle(cases.begin(), cases.begin() + static_cast<std::ptrdiff_t>(cases.size() / run), native_test::random());
            std::vector<rsa_claim<Key>> claims;
            for (const auto& one : cases) {
                const auto& key = *std::ranges::find(keys, one.bits, [](const auto& k) { return k.first; });
                claims.push_back({key.second.get(), one.scheme, one.digest, one.signature, {}});
            }
            for (std::size_t cut = 0; cut < 20; ++cut) {
                std::vector<errc> answers(claims.size() - cut);
                check_rsa_many<Key>(std::span<const rsa_claim<Key>>(claims).subspan(cut), answers);
                for (std::size_t i = 0; i != answers.size(); ++i) CHECK(answers[i] == cases[i + cut].expected);
            }
        }
    });
}

TEST_CASE("Botan agrees about good and about altered signatures") {
    const auto& pair = pair_of(2048);
    const Botan::RSA_PublicKey botan_key(Botan::BigInt(pair.n.data(), pair.n.size()), Botan::BigInt(pair.e.data(), pair.e.size()));
    const auto ready = prepared<rsa_prepared>(pair.key());
    const auto plain = prepared<portable_key>(pair.key());
    for (unsigned round = 0; round != native_test::rounds(60); ++round) {
        const digest_value digest = some_digest(digest_id::sha256);
        const bool pss = round % 2 == 1;
        octets signature = pair.sign(digest, false, pss ? 32 : -1);
        if (round % 3 == 0) signature[native_test::random()() % signature.size()] ^= static_cast<std::uint8_t>(1u << native_test::random()() % 8);
        Botan::PK_Verifier verifier(botan_key, pss ? "PSSR_Raw(SHA-256,MGF1,32)" : "EMSA3(Raw,SHA-256)");
        const bool good = verifier.verify_message(digest.bytes.data(), 32, signature.data(), signature.size());
        const auto scheme = pss ? scheme_id::rsa_pss : scheme_id::rsa_pkcs1_v15;
        CHECK(check_rsa(*ready, scheme, digest, signature, pss_salt::of(32)).has_value() == good);
        CHECK(check_rsa(*plain, scheme, digest, signature, pss_salt::of(32)).has_value() == good);
        if (round % 3 != 0) CHECK(good);
    }
}

TEST_CASE("a key that is none, or that there is no room for, is refused") {
    const auto& pair = pair_of(2048);
    const auto why = [](const public_key& key) { return prepare_rsa(key).error().code; };
    public_key key = pair.key();
    key.algorithm = key_algorithm::ecdsa_p256;
    CHECK(why(key) == errc::key_type_mismatch);
    octets even = pair.n;
    even.back() &= 0xfe;
    CHECK(why(key_of(even, pair.e)) == errc::bad_key);
    CHECK(why(key_of({}, pair.e)) == errc::bad_key);
    CHECK(why(key_of(pair.n, {})) == errc::bad_key);
    CHECK(why(key_of(pair.n, {0})) == errc::bad_key);
    CHECK(why(key_of(pair.n, {1})) == errc::bad_key);
    CHECK(why(key_of(pair.n, {2})) == errc::bad_key);
    CHECK(why(key_of(octets(31, 0xff), pair.e)) == errc::unsupported_key);
    CHECK(why(key_of(octets(1025, 0xff), pair.e)) == errc::unsupported_key);
    CHECK(prepare_rsa<rsa_key<2048>>(pair.key()));
    CHECK(prepare_rsa<rsa_key<1024>>(pair.key()).error().code == errc::unsupported_key);
    // leading zeros are not part of either number
    octets n = pair.n, e = pair.e;
    n.insert(n.begin(), 0), e.insert(e.begin(), 0);
    CHECK(prepare_rsa(key_of(n, e))->bits == 2048);
}

TEST_CASE("the limits of RSA keys are lengths in bits, of modulus and exponent") {
    const octets n(1024, 0xff), longer(1025, 0xff);
    const octets four_gib_and_one{1, 0, 0, 0, 1}, two_to_33{2, 0, 0, 0, 1}, eight(8, 0xff), nine{1, 0, 0, 0, 0, 0, 0, 0, 1};
    const auto allow = [](const limits& limits, const octets& modulus, const octets& exponent) { return limits.allow_rsa(bit_length(modulus), bit_length(exponent)); };
    for (const octets& e : {octets{3}, octets{1, 0, 1}, four_gib_and_one, octets{0, 0, 0, 0, 0, 0, 0, 0, 0, 3}}) CHECK(allow(strict_limits, n, e));
    for (const octets& e : {two_to_33, eight, nine, n}) CHECK_FALSE(allow(strict_limits, n, e));
    CHECK_FALSE(allow(strict_limits, longer, {3}));
    for (const octets& e : {octets{3}, two_to_33, eight}) CHECK(allow(linux_limits, longer, e));
    for (const octets& e : {nine, n}) CHECK_FALSE(allow(linux_limits, n, e));
}

TEST_CASE("a modulus too short for the digest verifies nothing") {
    const native_test::rsa_pair pair(512);
    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, some_digest(digest_id::sha512), octets(64, 1)) == errc::signature_mismatch);
    const digest_value sha1 = some_digest(digest_id::sha1);
    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, sha1, pair.sign(sha1)) == errc::none);
    CHECK(answer(pair.key(), scheme_id::rsa_pss, some_digest(digest_id::sha512), octets(64, 1)) == errc::unsupported_key);
    CHECK(answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest_value{}, octets(64, 1)) == errc::unsupported_hash);
}

TEST_CASE("keys with room for their size alone decide as those with room for all, and firmware's check agrees") {
    const auto& pair = pair_of(2048);
    const digest_value digest = some_digest(digest_id::sha256);
    const auto ask = [&]<class Key>(const octets& signature) {
        const auto checked = check_rsa(*prepared<Key>(pair.key()), scheme_id::rsa_pkcs1_v15, digest, signature);
        CHECK((checked ? errc::none : checked.error().code) == answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, signature));
    };
    const auto ask_firmware = [&]<class Limb>(const octets& signature) {
        const auto key = prepare_firmware_rsa<2048, Limb>(pair.key());
        REQUIRE(key);
        errc expected = answer(pair.key(), scheme_id::rsa_pkcs1_v15, digest, signature);
        if (expected == errc::bad_padding) expected = errc::signature_mismatch;
        CHECK(check_firmware_rsa<digest_id::sha256>(*key, digest, signature) == expected);
    };
    const octets good = pair.sign(digest);
    std::vector<octets> signatures{good, pair.sign(some_digest(digest_id::sha256)), pair.sign(digest, true), pair.n, octets{}, octets(256, 0), octets(257, 0)};
    for (int i = 0; i != 20; ++i) {
        octets broken = good;
        broken[native_test::random()() % broken.size()] ^= static_cast<std::uint8_t>(1u << i % 8);
        signatures.push_back(broken);
    }
    const octets block = native_test::power_modulo(good, pair.e, pair.n);
    for (std::size_t i = 0; i != block.size(); i += i < 200 ? 10 : 1) {
        octets wrong = block;
        wrong[i] ^= 1;
        if (compare_integers(wrong, pair.n) < 0) signatures.push_back(pair.sign_block(wrong));
    }
    for (const octets& signature : signatures) {
        ask.operator()<rsa_key<2048>>(signature);
        ask.operator()<rsa_key<4096>>(signature);
        ask.operator()<rsa_key<2048, isa::portable>>(signature);
        ask.operator()<rsa_key<2048, isa::compact, std::uint32_t, 32>>(signature);
        ask_firmware.operator()<std::uint32_t>(signature);
        ask_firmware.operator()<std::uint64_t>(signature);
    }
    CHECK(prepare_firmware_rsa<1024>(pair.key()).error().code == errc::unsupported_key);
    for (const octets& e : {octets{3}, octets{17}, octets{0x80, 0, 0, 0x3}, octets{0xff, 0xff, 0xff, 0xff}}) {  // any exponent of one word
        const auto key = prepare_firmware_rsa<2048>(key_of(pair.n, e));
        REQUIRE(key);
        CHECK(check_firmware_rsa<digest_id::sha256>(*key, digest, good) == errc::signature_mismatch);
    }
    CHECK(prepare_firmware_rsa<2048>(key_of(pair.n, {1, 0, 0, 0, 1})).error().code == errc::unsupported_key);
    CHECK(prepare_firmware_rsa<2048>(key_of(pair.n, {2})).error().code == errc::bad_key);
    CHECK(prepare_firmware_rsa<2048>(key_of(pair.n, {1})).error().code == errc::bad_key);
}
