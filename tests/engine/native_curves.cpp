// SPDX-License-Identifier: BSL-1.0
// ECDSA and Ed25519 by the native engine: beside OpenSSL and Botan, with every set of instructions.
#include <modsig/engine/native.hpp>

#include <modsig/engine/botan.hpp>

#include "../der/literal.hpp"
#include "../support/wycheproof.hpp"
#include "native_curves.hpp"

#include <openssl/x509.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::engine;
using native_test::octets;

namespace {

/// Each way to calculate, as the engine that is bound to it.
template <class Check>
void each_engine(const Check& check) {
    check.template operator()<native>("native");
    check.template operator()<basic_native<native_digest_list, isa::portable>>("portable");
    check.template operator()<basic_native<native_digest_list, isa::compact>>("compact");
#ifdef MODSIG_NATIVE_X86
    const auto if_there = [&]<feature... F>(const char* name) {
        if ((cpu().has(F) && ...)) check.template operator()<basic_native<native_digest_list, isa::assume<F...>>>(name);
        else MESSAGE("not tested here: " << std::string(name));
    };
    if_there.template operator()<feature::bmi2>("BMI2 and ADX");
    if_there.template operator()<feature::ifma, feature::avx512, feature::avx2, feature::bmi2>("AVX-512 IFMA");
#endif
}

/// What an engine answers, as text.
template <class Engine>
std::string answer(const public_key& key, const to_check& what) {
    const auto prepared = Engine::prepare(key);
    if (!prepared) return "prepare: " + std::string(name(prepared.error().code));
    const auto checked = Engine{}.check(*prepared, what);
    if (checked) return "holds";
    return std::string(name(checked.error().code)) + ", errno " + std::to_string(static_cast<int>(checked.error().linux_errno()));
}

/// Botan's answer, which every way to calculate gives too.
std::string agreed(const public_key& key, const to_check& what) {
    const std::string expected = answer<botan>(key, what);
    each_engine([&]<class Engine>(const std::string& how) {
        CAPTURE(how);
        CHECK(answer<Engine>(key, what) == expected);
    });
    return expected;
}

to_check asked(scheme_id scheme, const digest_value& digest, byte_view message, byte_view signature) {
    to_check what;
    what.scheme = scheme;
    what.digest = digest;
    what.message = message;
    what.signature = signature;
    return what;
}

/// A value that is not random but a border: 0, 1, 2, some power of two, less one, the modulus less those; else random, below it.
native_test::bignum border_or_random(const BIGNUM* modulus) {
    native_test::bignum value(BN_new());
    const auto choice = native_test::random()() % 12;
    const int bits = BN_num_bits(modulus);
    if (choice < 3) BN_set_word(value.get(), choice);
    else if (choice < 5) BN_set_bit(value.get(), static_cast<int>(native_test::random()() % static_cast<unsigned>(bits - 1)));
    else if (choice < 6) BN_set_word(value.get(), native_test::random()() % 40);
    if (choice == 4) BN_sub_word(value.get(), 1);
    if (choice >= 6 || choice == 2) {
        const octets bytes = native_test::random_bytes(static_cast<std::size_t>(bits + 7) / 8 + 8);
        const native_test::bn_context context(BN_CTX_new());
        BN_mod(value.get(), native_test::number(bytes).get(), modulus, context.get());
    }
    if (choice < 6 && native_test::random()() % 2 != 0 && !BN_is_zero(value.get())) BN_sub(value.get(), modulus, value.get());
    return value;
}

constexpr key_algorithm curves[] = {key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521};

/// A digest that is this number; false: it is too long for one.
bool digest_of_number(const BIGNUM* e, const native_test::openssl_curve& curve, digest_value& digest) {
    digest.id = curve.digest;
    return BN_bn2binpad(e, digest.bytes.data(), static_cast<int>(digest.view().size())) > 0;
}

/// A signature by d over a digest, both made for the u1 and u2 that are asked for; of P-521, whose digests are shorter than its order, only
/// u2 is as asked for.
struct chosen_signature {
    octets point, der;
    digest_value digest{};
    native_test::bignum r, s;
    bool exists = false;

    chosen_signature(const native_test::openssl_curve& curve, const BIGNUM* d, const BIGNUM* u1, const BIGNUM* u2) {
        using namespace native_test;
        const BIGNUM* n = curve.order();
        const ec_point q = curve.combine(d);
        const ec_point sum = curve.combine(u1, q.get(), u2);
        if (EC_POINT_is_at_infinity(curve.group, q.get()) == 1 || EC_POINT_is_at_infinity(curve.group, sum.get()) == 1) return;
        const bignum x(BN_new());
        must(EC_POINT_get_affine_coordinates(curve.group, sum.get(), x.get(), nullptr, nullptr) == 1);
        const bn_context context(BN_CTX_new());
        r.reset(BN_new());
        must(BN_mod(r.get(), x.get(), n, context.get()) == 1);
        if (BN_is_zero(r.get()) || BN_is_zero(u2)) return;
        s = modular(BN_mod_mul, r.get(), inverse_modulo(u2, n).get(), n);
        if (!digest_of_number(modular(BN_mod_mul, u1, s.get(), n).get(), curve, digest)) return;
        point = curve.encode(q.get());
        der = der_signature(r.get(), s.get());
        exists = true;
    }
};

// RFC 6979, appendices A.2.5 and A.2.6, of "sample"; RFC 8032, section 7.1, test 1.
constexpr auto sample = literal("73616d706c65");
constexpr auto p256_point = literal("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
constexpr auto p256_signature = literal("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
constexpr auto p384_point = literal("04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
                                    "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720");
constexpr auto p384_signature = literal("306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
                                        "02310099ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
constexpr auto ed25519_key = literal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
constexpr auto ed25519_signature = literal("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");

template <class Isa, digest_id Digest>
constexpr bool verifies(key_algorithm algorithm, byte_view material, byte_view signature, byte_view message) {
    using engine = basic_native<native_digest_list, Isa>;
    const auto prepared = engine::prepare({algorithm, entry_of(algorithm).bits, material, {}});
    if (!prepared) return false;
    to_check what;
    what.scheme = algorithm == key_algorithm::ed25519 ? scheme_id::ed25519 : scheme_id::ecdsa;
    what.signature = signature;
    if (what.scheme == scheme_id::ed25519) what.message = message;
    else what.digest = digest_of<native_hash<Digest, Isa>>(message);
    return engine{}.check(*prepared, what).has_value();
}
// Each within the compilers' default limits.
static_assert(verifies<isa::portable, digest_id::sha256>(key_algorithm::ecdsa_p256, p256_point, p256_signature, sample));
static_assert(!verifies<isa::portable, digest_id::sha256>(key_algorithm::ecdsa_p256, p256_point, p256_signature, byte_view(sample).first(5)));
static_assert(verifies<isa::portable, digest_id::sha512>(key_algorithm::ed25519, ed25519_key, ed25519_signature, {}));

}  // namespace

TEST_CASE("native: published signatures of curves verify, to the compiler too") {
    CHECK(verifies<isa::best, digest_id::sha256>(key_algorithm::ecdsa_p256, p256_point, p256_signature, sample));
    CHECK_FALSE(verifies<isa::best, digest_id::sha256>(key_algorithm::ecdsa_p256, p256_point, p256_signature, byte_view(sample).first(5)));
    CHECK(verifies<isa::best, digest_id::sha512>(key_algorithm::ed25519, ed25519_key, ed25519_signature, {}));
    CHECK(verifies<isa::best, digest_id::sha384>(key_algorithm::ecdsa_p384, p384_point, p384_signature, sample));
    CHECK_FALSE(verifies<isa::best, digest_id::sha512>(key_algorithm::ecdsa_p384, p384_point, p384_signature, sample));
}

TEST_CASE("native: Wycheproof's curves, with every set of instructions") {
    each_engine([]<class Engine>(const std::string& how) {
        CAPTURE(how);
        std::printf("    %s\n", how.c_str());
        wycheproof::all_as_they_say<Engine>("ecdsa_secp256r1_sha256", scheme_id::ecdsa, digest_id::sha256);
        wycheproof::all_as_they_say<Engine>("ecdsa_secp384r1_sha384", scheme_id::ecdsa, digest_id::sha384);
        wycheproof::all_as_they_say<Engine>("ecdsa_secp521r1_sha512", scheme_id::ecdsa, digest_id::sha512);
        wycheproof::all_as_they_say<Engine>("ed25519", scheme_id::ed25519, digest_id::none);
    });
}

namespace {

/// 04 X Y; one zero byte for infinity.
template <class Curve>
octets encode(const typename curve_group<Curve, native_limb>::point& sum) {
    using F = typename curve_group<Curve, native_limb>::F;
    if (F::is_zero(sum.z)) return {0};
    const auto z = inverse<typename Curve::prime, F>(sum.z), zz = F::square(z);
    const auto x = F::leave(F::multiply(sum.x, zz)), y = F::leave(F::multiply(sum.y, F::multiply(z, zz)));
    octets bytes{4};
    for (const auto* each : {&x, &y})
        for (std::size_t i = Curve::prime::bytes.size(); i != 0; --i) bytes.push_back(limbs::byte_at(each->limb, i - 1));
    return bytes;
}

/// Calls check.operator()<Sum>() for each way to add up from tables.
template <class Curve, class Check>
void each_sum(const Check& check) {
    check.template operator()<native_detail::one_lane_sum<Curve>>();
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::ifma)) check.template operator()<native_detail::ifma_sum<Curve>>();
    else MESSAGE("not tested here: AVX-512 IFMA");
#endif
}

/// The table of a point for one way to add up.
template <class Sum, class Point>
auto table_of(const Point& point) {
    auto table = std::make_unique<typename Sum::table>();
    table->fill(point);
    return table;
}

}  // namespace

TEST_CASE("native: random sums of points are OpenSSL's, and those of borders: zero, a point and itself, its opposite, infinity") {
    using namespace native_test;
    for (const key_algorithm algorithm : curves) {
        const openssl_curve curve(algorithm);
        const BIGNUM* n = curve.order();
        std::size_t infinite = 0, left_to_others = 0, random_ones_left = 0;
        for (unsigned key = 0; key != rounds(8); ++key) {
            bignum d = border_or_random(n);
            if (key < 3) BN_set_word(d.get(), key + 1);
            if (key == 3) BN_copy(d.get(), n), BN_sub_word(d.get(), 1);
            const bool is_random_key = key % 2 != 0 && key > 3;  // small multiples of G meet those in its table
            if (is_random_key) d = number(random_bytes(curve.width - 1));
            const ec_point q = curve.combine(d.get());
            if (EC_POINT_is_at_infinity(curve.group, q.get()) == 1) continue;
            const octets point = curve.encode(q.get());
            with_curve(algorithm, [&]<class Curve>() {
                using S = typename Curve::template scalars<native_limb>;
                const auto loaded = load_point<Curve, native_limb>(point);
                REQUIRE(loaded);
                struct question {
                    typename S::element u1, u2;
                    octets expected;
                    bool is_random;
                };
                std::vector<question> questions;
                for (unsigned round = 0; round != 24; ++round) {
                    bignum u1 = border_or_random(n), u2 = border_or_random(n);
                    const bool is_random = round % 3 == 0;
                    if (is_random) u1 = modular(BN_mod_mul, u1.get(), number(random_bytes(80)).get(), n), u2 = number(random_bytes(curve.width - 1));
                    // Often the two summands are one, or opposites.
                    else if (native_test::random()() % 3 == 0) u1 = modular(BN_mod_mul, u2.get(), d.get(), n);
                    if (!is_random && native_test::random()() % 4 == 0 && !BN_is_zero(u1.get())) BN_sub(u1.get(), n, u1.get());
                    const octets first = to_bytes(u1.get(), curve.width), second = to_bytes(u2.get(), curve.width);
                    questions.push_back({S::load(first), S::load(second), curve.encode(curve.combine(u1.get(), q.get(), u2.get()).get()), is_random && !BN_is_zero(u1.get())});
                    infinite += questions.back().expected.size() == 1;
                }
                using group = curve_group<Curve, native_limb>;
                for (const question& each : questions)
                    CHECK(encode<Curve>(sum_of_multiples<group>(each.u1, group::generator(), each.u2, *loaded)) == each.expected);
                each_sum<Curve>([&]<class Sum>() {
                    static const auto of_g = table_of<Sum>(Sum::points::group::generator());
                    const auto of_q = table_of<Sum>(*loaded);
                    for (const question& each : questions) {
                        const octets ours = encode<Curve>(Sum::run(*of_g, typename Sum::digits(each.u1), *of_q, typename Sum::digits(each.u2)));
                        if (ours.size() != 1) CHECK(ours == each.expected);
                        else ++left_to_others, random_ones_left += is_random_key && each.is_random && each.expected.size() != 1;
                    }
                });
            });
        }
        MESSAGE(infinite << " sums are infinite; " << left_to_others << " that tables cannot tell");
        CHECK(infinite >= 5);
        CHECK(random_ones_left == 0);
    }
}

TEST_CASE("native: sums of tables of edwards25519 are those without") {
    using S = curve_25519::scalars<native_limb>;
    using group = edwards_group<native_limb>;
    const auto random_scalar = [] {
        S::element scalar = reduce_ed25519_hash<native_limb>(native_test::random_bytes(64));
        if (native_test::random()() % 6 == 0) scalar = S::small(native_test::random()() % 3);
        if (native_test::random()() % 6 == 0) scalar = S::negate(scalar);
        return scalar;
    };
    for (unsigned key = 0; key != native_test::rounds(4); ++key) {
        octets bytes = native_test::random_bytes(32);
        auto point = load_negative_ed25519_key<native_limb>(bytes);
        for (; !point; point = load_negative_ed25519_key<native_limb>(bytes)) bytes = native_test::random_bytes(32);  // most have a part of small order
        if (key == 0) point = group::generator();
        each_sum<curve_25519>([&]<class Sum>() {
            static const auto of_b = table_of<Sum>(group::generator());
            const auto of_p = table_of<Sum>(*point);
            for (unsigned round = 0; round != 40; ++round) {
                const S::element u1 = random_scalar(), u2 = random_scalar();
                CHECK(group::encode(Sum::run(*of_b, typename Sum::digits(u1), *of_p, typename Sum::digits(u2))) ==
                      group::encode(sum_of_multiples<group>(u1, group::generator(), u2, *point)));
            }
        });
    }
}

TEST_CASE("native: a key has no table before it was used often, and a copy of it begins anew") {
    using form = one_lane_form<curve_p256>;
    const auto point = curve_group<curve_p256, native_limb>::generator();
    const point_uses uses;
    for (unsigned i = 0; i != point_uses::uses_that_pay; ++i) CHECK(uses.use<curve_p256, form>(point) == nullptr);
    const auto* const table = uses.use<curve_p256, form>(point);
    CHECK(table != nullptr);
    const point_uses copy = uses;
    CHECK(copy.use<curve_p256, form>(point) == nullptr);
    for (unsigned i = 1; i != point_uses::uses_that_pay; ++i) (void)copy.use<curve_p256, form>(point);
    CHECK(copy.use<curve_p256, form>(point) == table);
}

TEST_CASE("native: a key that is used often gives the same answers, and so does one that finds no room for its table") {
    using namespace native_test;
    const auto sign = [](EVP_PKEY* pair, const octets& message, bool is_message) {
        octets signature(static_cast<std::size_t>(EVP_PKEY_get_size(pair)));
        std::size_t size = signature.size();
        if (is_message) {
            const std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
            must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair) == 1 &&
                 EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
        } else {
            const pkey_context context(EVP_PKEY_CTX_new(pair, nullptr));
            must(EVP_PKEY_sign_init(context.get()) == 1 && EVP_PKEY_sign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
        }
        signature.resize(size);
        return signature;
    };
    for (const char* const name : {"P-256", "P-384", "P-521", "ED25519"}) {
        const bool is_ed = std::string(name) == "ED25519";
        for (unsigned key = 0; key != 7; ++key) {
            const pkey pair(is_ed ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519") : EVP_EC_gen(name));
            octets spki(static_cast<std::size_t>(i2d_PUBKEY(pair.get(), nullptr)));
            std::uint8_t* to = spki.data();
            must(i2d_PUBKEY(pair.get(), &to) > 0);
            const auto parsed = key::spki::parse(spki);
            REQUIRE(parsed);
            struct signed_message {
                octets message, signature;
                bool good;
            };
            std::vector<signed_message> all;
            for (unsigned i = 0; i != 40; ++i) {
                signed_message each{random_bytes(32), {}, i % 4 != 3};
                each.signature = sign(pair.get(), each.message, is_ed);
                if (!each.good) each.message[i % 32] ^= 1;
                all.push_back(each);
            }
            each_engine([&]<class Engine>(const std::string& how) {
                CAPTURE(how);
                CAPTURE(name);
                const auto prepared = Engine::prepare(parsed->key);
                REQUIRE(prepared);
                for (const signed_message& each : all) {
                    digest_value digest{digest_id::sha256, {}};
                    std::ranges::copy(each.message, digest.bytes.begin());
                    const to_check what = is_ed ? asked(scheme_id::ed25519, {}, each.message, each.signature) : asked(scheme_id::ecdsa, digest, {}, each.signature);
                    CHECK(Engine{}.check(*prepared, what).has_value() == each.good);
                }
            });
        }
    }
}

TEST_CASE("native: inverses are inverses") {
    using namespace native_test;
    for (const key_algorithm algorithm : curves)
        with_curve(algorithm, [&]<class Curve>() {
            using S = typename Curve::template scalars<native_limb>;
            const openssl_curve curve(algorithm);
            for (unsigned round = 0; round != rounds(300); ++round) {
                const bignum a = border_or_random(curve.order());
                if (BN_is_zero(a.get())) continue;
                const auto number = S::enter(S::load(to_bytes(a.get(), curve.width)));
                CHECK(S::multiply(inverse<typename Curve::order, S>(number), number) == S::one);
            }
        });
}

TEST_CASE("native: signatures whose u1 and u2 are chosen hold, and others of their kind do not, as for OpenSSL and Botan") {
    using namespace native_test;
    for (const key_algorithm algorithm : curves) {
        const openssl_curve curve(algorithm);
        const BIGNUM* n = curve.order();
        std::size_t held = 0, compared = 0;
        for (unsigned round = 0; round != rounds(12); ++round) {
            const bignum d = border_or_random(n), u2 = border_or_random(n);
            bignum u1 = border_or_random(n);
            if (algorithm == key_algorithm::ecdsa_p521) BN_zero(u1.get());
            const chosen_signature made(curve, d.get(), u1.get(), u2.get());
            if (!made.exists) continue;
            const pkey key = curve.load(made.point);
            REQUIRE(key);
            const auto compare = [&](const octets& der, const digest_value& digest, bool expect) {
                const bool openssl = openssl_verifies(key.get(), der, digest.view());
                const std::string answer = agreed(curve.key(made.point), asked(scheme_id::ecdsa, digest, {}, der));
                CHECK((answer == "holds") == openssl);
                if (expect) CHECK(openssl);
                ++compared;
                held += openssl;
            };
            compare(made.der, made.digest, true);
            const bignum zero(BN_new()), one(BN_new()), high(BN_dup(n)), above(BN_dup(n)), more(BN_dup(n)), negative(BN_new());
            BN_one(one.get());
            BN_sub(high.get(), n, made.s.get());
            BN_add(above.get(), n, made.r.get());
            BN_add_word(more.get(), 1);
            compare(der_signature(made.r.get(), high.get()), made.digest, true);
            for (const BIGNUM* r : {static_cast<const BIGNUM*>(zero.get()), static_cast<const BIGNUM*>(one.get()), n, static_cast<const BIGNUM*>(above.get()), static_cast<const BIGNUM*>(more.get())})
                compare(der_signature(r, made.s.get()), made.digest, false);
            for (const BIGNUM* s : {static_cast<const BIGNUM*>(zero.get()), static_cast<const BIGNUM*>(one.get()), n, static_cast<const BIGNUM*>(more.get())})
                compare(der_signature(made.r.get(), s), made.digest, false);
            octets flipped = made.der;
            flipped[4 + native_test::random()() % (flipped.size() - 4)] ^= static_cast<std::uint8_t>(1u << native_test::random()() % 8);
            compare(flipped, made.digest, false);
            octets sign_bit = made.der;  // a first byte of r that makes it negative
            sign_bit[sign_bit[1] == 0x81 ? 5 : 4] |= 0x80;
            compare(sign_bit, made.digest, false);
            digest_value other = made.digest;
            other.bytes[native_test::random()() % 20] ^= 1;
            compare(made.der, other, false);
            // e = n or more stands for e - n
            digest_value zeros{curve.digest, {}};
            compare(made.der, zeros, false);
            // the other root is another key
            octets opposite = made.point;
            const ec_point minus(EC_POINT_dup(curve.combine(d.get()).get(), curve.group));
            must(EC_POINT_invert(curve.group, minus.get(), nullptr) == 1);
            opposite = curve.encode(minus.get());
            const pkey opposite_key = curve.load(opposite);
            const std::string answer = agreed(curve.key(opposite), asked(scheme_id::ecdsa, made.digest, {}, made.der));
            CHECK((answer == "holds") == openssl_verifies(opposite_key.get(), made.der, made.digest.view()));
        }
        MESSAGE(compared << " signatures, of which " << held << " hold");
        CHECK(held >= 8);
    }
}

TEST_CASE("native: an R whose x is not below the order, which r is less by, and digests that are the order or more") {
    using namespace native_test;
    for (const key_algorithm algorithm : {key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384}) {
        const openssl_curve curve(algorithm);
        const BIGNUM* n = curve.order();
        unsigned found = 0;
        for (unsigned i = 1; found != 3; ++i) {
            const bignum x(BN_dup(n)), r(BN_new());
            BN_add_word(x.get(), i);
            BN_set_word(r.get(), i);
            const ec_point big(EC_POINT_new(curve.group)), q(EC_POINT_new(curve.group));
            if (EC_POINT_set_compressed_coordinates(curve.group, big.get(), x.get(), static_cast<int>(i % 2), nullptr) != 1) continue;
            ++found;
            // Q = (s R - e G) / r, and e is given as e or, where that has as many bits, as n + e
            const bignum s = border_or_random(n), e(BN_new());
            BN_set_word(e.get(), 1 + native_test::random()() % 1000);
            if (BN_is_zero(s.get())) continue;
            const bignum inverse_of_r = inverse_modulo(r.get(), n), factor = modular(BN_mod_mul, s.get(), inverse_of_r.get(), n);
            const bignum less = modular(BN_mod_mul, e.get(), inverse_of_r.get(), n), minus(BN_new());
            BN_sub(minus.get(), n, less.get());
            const octets point = curve.encode(curve.combine(minus.get(), big.get(), factor.get()).get());
            const pkey key = curve.load(point);
            REQUIRE(key);
            const octets der = der_signature(r.get(), s.get());
            for (const bool reduced : {true, false}) {
                const bignum written(BN_dup(e.get()));
                if (!reduced) BN_add(written.get(), written.get(), n);
                digest_value digest{};
                REQUIRE(digest_of_number(written.get(), curve, digest));
                CHECK(openssl_verifies(key.get(), der, digest.view()));
                CHECK(agreed(curve.key(point), asked(scheme_id::ecdsa, digest, {}, der)) == "holds");
            }
        }
    }
}

TEST_CASE("native: what is no point of the curve is no key, as for Botan") {
    using namespace native_test;
    for (const key_algorithm algorithm : curves) {
        const openssl_curve curve(algorithm);
        const bignum one(BN_new()), p(BN_new()), sum(BN_new());
        BN_one(one.get());
        must(EC_GROUP_get_curve(curve.group, p.get(), nullptr, nullptr, nullptr) == 1);
        const octets good = curve.encode(curve.combine(border_or_random(curve.order()).get()).get());
        if (good.size() == 1) continue;
        const to_check what = asked(scheme_id::ecdsa, digest_value{curve.digest, {}}, {}, {});
        std::vector<octets> bad{{0}, octets(good.size(), 0), octets(good.size(), 4), octets(good.begin(), good.end() - 1)};
        octets changed = good;
        changed.back() ^= 1, bad.push_back(changed);
        changed = good, changed[0] = 2, changed.resize(1 + curve.width), bad.push_back(changed);       // compressed
        changed = good, changed[0] = static_cast<std::uint8_t>(6 | (good.back() & 1)), bad.push_back(changed);  // hybrid
        changed = good, changed.push_back(0), bad.push_back(changed);
        for (const std::size_t at : {std::size_t{1}, 1 + curve.width}) {  // x or y with the prime added, where it fits
            const bignum value = number(octets(good.begin() + static_cast<std::ptrdiff_t>(at), good.begin() + static_cast<std::ptrdiff_t>(at + curve.width)));
            BN_add(sum.get(), value.get(), p.get());
            if (static_cast<std::size_t>(BN_num_bytes(sum.get())) > curve.width) continue;
            changed = good;
            const octets bytes = to_bytes(sum.get(), curve.width);
            std::ranges::copy(bytes, changed.begin() + static_cast<std::ptrdiff_t>(at));
            bad.push_back(changed);
        }
        for (const octets& each : bad) CHECK(agreed(curve.key(each), what) == "prepare: " + std::string(name(errc::bad_key)));
    }
}

TEST_CASE("native: Ed25519 as OpenSSL and Botan do it, also where points have a part of small order") {
    using namespace native_test;
    using group = edwards_group<native_limb>;
    using S = curve_25519::scalars<native_limb>;
    // RFC 8032 has eight points whose order divides 8: multiples of one of order 8.
    const octets order_8(engine::detail::ed25519_order_8.begin(), engine::detail::ed25519_order_8.end());
    const auto eighth = group::decompress(group::number(order_8), false);
    REQUIRE(eighth);
    std::array<group::point, 8> small{group::infinity};
    for (std::size_t i = 1; i != small.size(); ++i) small[i] = group::add(small[i - 1], group::prepare(group::raise(*eighth)));
    CHECK(group::encode(group::add(small[7], group::prepare(small[1]))) == group::encode(group::infinity));
    const auto bytes_of = [](const S::element& scalar) {
        octets bytes(32);
        for (std::size_t i = 0; i != bytes.size(); ++i) bytes[i] = limbs::byte_at(scalar.limb, i);
        return bytes;
    };
    const auto random_scalar = [] { return reduce_ed25519_hash<native_limb>(random_bytes(64)); };
    std::size_t held = 0, compared = 0, small_keys = 0;
    for (unsigned round = 0; round != rounds(150); ++round) {
        // A = a B + T, R = r B + T', S = r + h a: S B - h A = r B - h T, which is R where T' = - h T.
        const S::element a = native_test::random()() % 16 == 0 ? S::zero : random_scalar(), r = native_test::random()() % 16 == 0 ? S::zero : random_scalar();
        const std::size_t t = native_test::random()() % 3 == 0 ? native_test::random()() % 8 : 0;
        const auto multiple = [&](const S::element& scalar, std::size_t part) {
            return group::add(sum_of_multiples<group>(scalar, group::generator(), S::zero, group::generator()), group::prepare(small[part]));
        };
        const auto key = group::encode(multiple(a, t));
        const octets message = random_bytes(native_test::random()() % 200);
        // T' is right for one message in some
        const std::size_t t2 = t == 0 ? (native_test::random()() % 4 == 0 ? native_test::random()() % 8 : 0) : native_test::random()() % 8;
        const auto big_r = group::encode(multiple(r, t2));
        digest_value hash;
        {
            native_hash<digest_id::sha512, isa::portable> sha;
            sha.update(big_r), sha.update(key), sha.update(message);
            hash = sha.finish();
        }
        const S::element h = reduce_ed25519_hash<native_limb>(hash.view());
        const octets s = bytes_of(S::add(r, S::multiply(S::enter(h), a)));
        octets signature(big_r.begin(), big_r.end());
        signature.insert(signature.end(), s.begin(), s.end());
        std::vector<octets> all{signature};
        octets changed = signature;
        changed[native_test::random()() % 64] ^= static_cast<std::uint8_t>(1u << native_test::random()() % 8), all.push_back(changed);
        changed = signature;  // S plus the order
        unsigned carry = 0;
        for (std::size_t i = 0; i != 32; ++i) {
            carry += unsigned{changed[32 + i]} + engine::detail::ed25519_order[31 - i];
            changed[32 + i] = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        all.push_back(changed);
        changed = signature, std::fill(changed.begin() + 32, changed.end(), std::uint8_t{0xff}), all.push_back(changed);
        for (std::size_t each = 0; each != 3; ++each) {  // R that are no points, or in a second encoding
            changed = signature;
            std::fill(changed.begin(), changed.begin() + 32, std::uint8_t{0xff});
            changed[0] = static_cast<std::uint8_t>(0xed + each), changed[31] = native_test::random()() % 2 != 0 ? 0x7f : 0xff;
            all.push_back(changed);
        }
        const pkey loaded(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
        const public_key ours{key_algorithm::ed25519, 255, key, {}};
        for (const octets& each : all) {
            const bool openssl = openssl_verifies_message(loaded.get(), each, message);
            const std::string answer = agreed(ours, asked(scheme_id::ed25519, {}, message, each));
            ++compared;
            // The rule by which modsig differs from OpenSSL: a key of small order is none.
            if (answer == "prepare: " + std::string(name(errc::bad_key))) {
                CHECK(S::is_zero(a));
                ++small_keys;
                continue;
            }
            CHECK((answer == "holds") == openssl);
            held += openssl;
        }
    }
    MESSAGE(compared << " signatures, of which " << held << " hold; " << small_keys << " by keys of small order");
    CHECK(held >= 50);
    CHECK(small_keys >= 7);
}

TEST_CASE("native: what is no key of Ed25519 is none to Botan") {
    for (unsigned round = 0; round != native_test::rounds(60); ++round) {
        octets key = native_test::random_bytes(32);
        if (round % 4 == 0) std::fill(key.begin() + 1, key.end(), std::uint8_t{0xff}), key[31] = round % 8 == 0 ? 0x7f : 0xff;
        if (round % 16 == 1) key.resize(31);
        agreed({key_algorithm::ed25519, 255, key, {}}, asked(scheme_id::ed25519, {}, {}, octets(64)));
    }
}
