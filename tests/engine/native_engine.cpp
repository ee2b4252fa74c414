// SPDX-License-Identifier: BSL-1.0
// The native engine beside the Botan engine: the same answers, with the same errnos, whatever is asked and whatever the CPU has.
#include <modsig/engine/native.hpp>

#include <modsig/modsig.hpp>

#include "../support/corpus.hpp"
#include "../support/wycheproof.hpp"
#include "native_openssl.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace modsig;
using namespace modsig::engine;
using native_test::octets;

namespace {

template <class Isa>
using native_with = basic_native<native_digest_list, Isa>;

/// Each way to calculate, as the engine that is bound to it.
template <class Check>
void each_engine(const Check& check) {
    check.template operator()<native>("native");
    check.template operator()<native_with<isa::portable>>("portable");
    check.template operator()<native_with<isa::compact>>("compact");
#ifdef MODSIG_NATIVE_X86
    check.template operator()<native_with<isa::assume<>>>("nothing assumed");
    const auto if_there = [&]<feature... F>(const char* name) {
        if ((cpu().has(F) && ...)) check.template operator()<native_with<isa::assume<F...>>>(name);
        else MESSAGE("not tested here: " << std::string(name));
    };
    if_there.template operator()<feature::sha>("SHA-NI");
    if_there.template operator()<feature::bmi2>("BMI2 and ADX");
    if_there.template operator()<feature::avx2, feature::bmi2>("AVX2");
    if_there.template operator()<feature::ifma, feature::avx512, feature::avx2, feature::bmi2>("AVX-512 IFMA");
#endif
}

/// check_rsa with a salt of one length.
template <class Isa>
struct native_with_salt : native_with<Isa> {
    using prepared_key = rsa_key<max_rsa_bits, Isa>;
    static inline std::size_t required_salt = 0;
    static result<prepared_key> prepare(const public_key& key) { return prepare_rsa<prepared_key>(key); }
    result<void> check(const prepared_key& key, const to_check& what) const {
        return check_rsa(key, what.scheme, what.digest, what.signature, pss_salt::of(required_salt));
    }
};

/// Rows of the corpus that both engines were asked about.
struct tally {
    std::size_t within = 0, verified = 0, others = 0;
};

template <class Reading, class Engine>
keyring::store<Engine> ring_of(const std::string& keys) {
    keyring::store<Engine> ring;
    if (keys == "-") return ring;
    for (const std::string& name : corpus::split(keys, ',')) (void)ring.template add<Reading>(corpus::file(name));
    return ring;
}

/// Whether the native engine has what the answer needed. A keyring of its own takes no key and no certificate of P-192.
bool is_within(const corpus::row& row, const appraisal& by_botan) {
    if (row.file.find("p192") != std::string::npos || row.key.find("p192") != std::string::npos) return false;
    const scheme_id scheme = by_botan.claim.scheme;
    const auto has = [](digest_id id) { return id == digest_id::none || native::has(id); };
    return (scheme == scheme_id::none || scheme == scheme_id::rsa_pkcs1_raw || scheme == scheme_id::rsa_pkcs1_v15 || scheme == scheme_id::ecdsa ||
            scheme == scheme_id::ed25519) &&
           has(by_botan.claim.content_digest) && has(by_botan.claim.signed_digest);
}

template <class Layout, class Policy>
void compare(const corpus::row& row, const subject& s, tally& seen) {
    using reading = typename Policy::reading;
    const context at{.now = 1790000000};
    const auto botans = ring_of<reading, botan>(row.key);
    const auto natives = ring_of<reading, native>(row.key);
    const appraisal expected = verifier<layouts<Layout>, botan, Policy>{botans}.appraise(s, at);
    const appraisal answer = verifier<layouts<Layout>, native, Policy>{natives}.appraise(s, at);
    if (!is_within(row, expected)) {  // of two signers, one may be enough
        if (answer.outcome == verdict::verified) CHECK_MESSAGE(answer.anchor->key.algorithm != key_algorithm::ecdsa_p192, row.file);
        ++seen.others;
        return;
    }
    CHECK_MESSAGE(answer.outcome == expected.outcome, row.file);
    CHECK_MESSAGE(answer.why.code == expected.why.code, row.file << ": " << name(answer.why.code) << ", not " << name(expected.why.code));
    CHECK_MESSAGE(answer.why.linux_errno() == expected.why.linux_errno(), row.file);
    CHECK_MESSAGE(answer.why.offset == expected.why.offset, row.file);
    CHECK_MESSAGE(answer.digest.bytes == expected.digest.bytes, row.file);
    if (expected.outcome == verdict::verified) ++seen.verified;
    ++seen.within;
}

template <class Layout, class... Policy>
void compare_rows(std::initializer_list<const char*> formats, bool detached) {
    tally seen;
    for (const auto& row : corpus::rows(formats)) {
        const octets image = corpus::file(detached ? row.payload : row.file), signature = detached ? corpus::file(row.file) : octets{};
        subject s{image};
        if (detached) s.signature.source = signature_source::detached;
        s.signature.bytes = signature;
        (compare<Layout, Policy>(row, s, seen), ...);
    }
    MESSAGE(seen.within << " answers compared, " << seen.verified << " of them verified; " << seen.others << " for other engines");
    CHECK(seen.within >= 10);
    CHECK(seen.verified >= 5);
}

/// One question to Botan and to every way to calculate; s is any bytes.
void ask_all(const public_key& key, scheme_id scheme, const digest_value& digest, const octets& s, bool lenient, bool good) {
    to_check what;
    what.scheme = scheme;
    what.digest = digest;
    what.signature = s;
    what.lenient = lenient;
    const auto prepared = botan::prepare(key);
    REQUIRE(prepared);
    const result<void> expected = botan{}.check(*prepared, what);
    each_engine([&]<class Engine>(const std::string& how) {
        const auto ours = Engine::prepare(key);
        REQUIRE(ours);
        const result<void> answer = Engine{}.check(*ours, what);
        CAPTURE(how);
        CAPTURE(lenient);
        CAPTURE(key.bits);
        CHECK(answer.has_value() == expected.has_value());
        if (good) CHECK(answer);
        if (answer || expected) return;
        CHECK_MESSAGE(answer.error().code == expected.error().code, name(answer.error().code) << ", not " << name(expected.error().code));
        CHECK(answer.error().linux_errno() == expected.error().linux_errno());
    });
}

const native_test::rsa_pair& pair_of(unsigned bits) {
    static std::map<unsigned, native_test::rsa_pair> pairs;
    const auto found = pairs.find(bits);
    return found != pairs.end() ? found->second : pairs.emplace(bits, native_test::rsa_pair(bits, bits % 3 == 0 ? 3 : 65537)).first->second;
}

digest_value some_digest(digest_id id) { return native_test::digest(id, native_test::random_bytes(32)); }

}  // namespace

TEST_CASE("native: the corpus of digsig v1 has Botan's appraisals") {
    compare_rows<layout::digsig, policy::legacy, policy::strict, policy::linux_digsig>({"digsig-v1-modsig"}, false);
    compare_rows<layout::digsig, policy::legacy, policy::strict, policy::linux_digsig>({"digsig-v1"}, true);
}

TEST_CASE("native: the corpus of signed modules has Botan's appraisals") {
    compare_rows<layout::modsign, policy::legacy, policy::strict, policy::linux_modsign>({"modsign"}, false);
    compare_rows<layout::modsign, policy::legacy, policy::strict, policy::linux_modsign>({"pkcs7-detached"}, true);
}

TEST_CASE("native: Wycheproof's RSA, with every set of instructions") {
    each_engine([]<class Engine>(const std::string& how) {
        CAPTURE(how);
        std::printf("    %s\n", how.c_str());
        wycheproof::all_rsa_as_they_say<Engine>();
        wycheproof::all_pss_as_they_say<Engine>();
    });
    std::printf("    with the salt's length known beforehand\n");
    wycheproof::all_pss_as_they_say<native_with_salt<isa::best>>();
    wycheproof::all_pss_as_they_say<native_with_salt<isa::compact>>();
}

TEST_CASE("native: Botan gives the same answer to any signature") {
    for (unsigned round = 0; round != native_test::rounds(2); ++round)
        for (const unsigned bits : {512u, 1024u, 1031u, 1536u, 2041u, 2048u, 3072u, 4096u}) {
            const auto& pair = pair_of(bits);
            const auto id = round % 2 == 0 ? digest_id::sha256 : digest_id::sha1;
            const digest_value digest = some_digest(id), other = some_digest(id);
            const octets info = pair.sign(digest), bare = pair.sign(digest, true);
            const native_test::bignum n = native_test::number(pair.n), sum(BN_new());
            const auto plus = [&](const octets& s, const octets& more, std::size_t size) {
                native_test::must(BN_add(sum.get(), native_test::number(s).get(), native_test::number(more).get()) == 1);
                return native_test::to_bytes(sum.get(), size);
            };
            octets flipped = info, last = pair.n, longer = bare, shorter = info, in_front = bare;
            flipped[native_test::random()() % flipped.size()] ^= static_cast<std::uint8_t>(1u << native_test::random()() % 8);
            last.back() -= 1;
            longer.push_back(0), shorter.pop_back(), in_front.insert(in_front.begin(), 3, 0);
            octets one(pair.n.size(), 0);
            one.back() = 1;
            const std::vector<octets> all{info, bare, flipped, pair.n, last, longer, shorter, in_front, one, octets{}, octets(pair.n.size(), 0),
                                          octets(pair.n.size(), 0xff), plus(bare, pair.n, pair.n.size() + 1), plus(pair.n, pair.n, pair.n.size() + 1),
                                          native_test::random_bytes(3 * pair.n.size())};
            for (const octets& s : all)
                for (const bool lenient : {false, true})
                    for (const scheme_id scheme : {scheme_id::rsa_pkcs1_raw, scheme_id::rsa_pkcs1_v15, scheme_id::ecdsa, scheme_id::none}) {
                        ask_all(pair.key(), scheme, digest, s, lenient, false);
                        ask_all(pair.key(), scheme, other, s, lenient, false);
                    }
            ask_all(pair.key(), scheme_id::rsa_pkcs1_v15, digest, info, false, true);
            ask_all(pair.key(), scheme_id::rsa_pkcs1_raw, digest, bare, false, true);
            // lib/mpi reduces what is above the modulus
            ask_all(pair.key(), scheme_id::rsa_pkcs1_raw, digest, plus(bare, pair.n, pair.n.size() + 1), true, true);
            ask_all(pair.key(), scheme_id::rsa_pkcs1_raw, digest_value{}, bare, true, false);
            ask_all(pair.key(), scheme_id::rsa_pkcs1_v15, digest_value{}, info, true, false);
        }
}

TEST_CASE("native: numbers that are no key to Botan and are one to Linux") {
    octets even = native_test::random_bytes(64);
    even.front() |= 0x80, even.back() &= 0xfe;
    octets odd = even;
    odd.back() |= 1;
    const auto key_of = [](const octets& n, const octets& e) {
        return public_key{key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(n)), n, e};
    };
    const digest_value digest = some_digest(digest_id::sha1);
    octets block(64, 0xff);  // with e = 1 a signature is its own block
    block[0] = 0, block[1] = 1, block[63 - 20] = 0;
    std::ranges::copy(digest.view(), block.end() - 20);
    const octets ones(9, 0xff), one{1}, two{2}, three{3}, six{6}, tiny{0x23};
    for (const octets* n : std::initializer_list<const octets*>{&even, &odd, &ones, &tiny, &one, &two, &six})
        for (const octets* e : std::initializer_list<const octets*>{&one, &two, &three, &six, &ones})
            for (const octets& s : {native_test::random_bytes(n->size()), native_test::random_bytes(n->size() + 30), octets{1}, octets{}, block})
                for (const scheme_id scheme : {scheme_id::rsa_pkcs1_raw, scheme_id::rsa_pkcs1_v15})
                    ask_all(key_of(*n, *e), scheme, digest, s, true, false);
    ask_all(key_of(odd, one), scheme_id::rsa_pkcs1_raw, digest, block, true, true);
    ask_all(key_of(even, one), scheme_id::rsa_pkcs1_raw, digest, block, true, true);
    each_engine([&]<class Engine>(const std::string& how) {
        CAPTURE(how);
        const auto refused = [&](const octets& n, const octets& e) {
            const auto prepared = Engine::prepare(key_of(n, e));
            REQUIRE(prepared);
            to_check what;
            what.scheme = scheme_id::rsa_pkcs1_v15;
            what.digest = digest;
            const octets s(n.size(), 1);
            what.signature = s;
            const auto answer = Engine{}.check(*prepared, what);
            REQUIRE_FALSE(answer);
            CHECK(answer.error().code == errc::bad_key);
        };
        refused(even, three), refused(odd, two), refused(odd, one);
    });
}

TEST_CASE("native: what it has no arithmetic for is refused by name") {
    const auto why = [](const public_key& key) { return native::prepare(key).error().code; };
    const octets point(65, 4), large(1025, 0xff), one{1};
    CHECK(why({key_algorithm::ecdsa_p192, 192, point, {}}) == errc::unsupported_algorithm);
    CHECK(why({key_algorithm::sm2, 256, point, {}}) == errc::unsupported_algorithm);
    CHECK(why({key_algorithm::ecdsa_p256, 256, point, {}}) == errc::bad_key);
    CHECK(why({key_algorithm::rsa, 0, {}, one}) == errc::bad_key);
    CHECK(why({key_algorithm::rsa, 8, one, {}}) == errc::bad_key);
    CHECK(why({key_algorithm::rsa, 8200, large, one}) == errc::unsupported_key);
    CHECK_FALSE(native::has(digest_id::sha3_256));
    CHECK_FALSE(basic_native<digest_list<modsig::sha256>>::has(digest_id::sha1));
    const byte_view part = point;
    CHECK(native{}.digest(digest_id::sm3, std::span<const byte_view>(&part, 1)).error().code == errc::unsupported_hash);
}

TEST_CASE("native: PSS signatures of OpenSSL, with any salt") {
    for (unsigned round = 0; round != native_test::rounds(4); ++round)
        for (const unsigned bits : {1024u, 1031u, 2041u, 2048u, 3072u}) {
            const auto& pair = pair_of(bits);
            const digest_id id = round % 2 == 0 ? digest_id::sha256 : digest_id::sha384;
            const digest_value digest = some_digest(id), other = some_digest(id);
            const octets signature = pair.sign(digest, false, static_cast<int>(native_test::random()() % 48));
            each_engine([&]<class Engine>(const std::string& how) {
                CAPTURE(how);
                const auto key = Engine::prepare(pair.key());
                REQUIRE(key);
                to_check what;
                what.scheme = scheme_id::rsa_pss;
                what.digest = digest;
                what.signature = signature;
                CHECK(Engine{}.check(*key, what));
                what.digest = other;
                CHECK(Engine{}.check(*key, what).error().code == errc::signature_mismatch);
            });
        }
}
