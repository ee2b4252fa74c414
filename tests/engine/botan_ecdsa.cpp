// SPDX-License-Identifier: BSL-1.0
// ECDSA and Ed25519 by Botan: how signatures are read, which keys are none, and Botan's pitfalls.
#include <modsig/engine/botan.hpp>

#include <modsig/key/any.hpp>
#include <modsig/keyring/builtin.hpp>

#include "../der/literal.hpp"
#include "../support/bigint.hpp"
#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <botan/auto_rng.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>

#include <doctest/doctest.h>

#include <memory>
#include <thread>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;

constexpr key_algorithm curves[] = {key_algorithm::ecdsa_p192, key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384,
                                    key_algorithm::ecdsa_p521};

// ---- reading ------------------------------------------------------------------------------------------------------------

constexpr failure fault(byte_view der, key_algorithm curve = key_algorithm::ecdsa_p256) {
    const auto parsed = key::parse_ecdsa_signature(curve, der);
    return parsed ? failure{errc::none} : parsed.error();
}
constexpr errc strictly(byte_view der) { return fault(der).code; }
constexpr linux_error in_linux(byte_view der, key_algorithm curve = key_algorithm::ecdsa_p256) {
    const auto parsed = kernel::parse_ecdsa_signature(curve, der);
    return parsed ? linux_error::none : parsed.error().linux_errno();
}

octets integer(octets content) {
    octets out(2 + content.size());
    out[0] = 2;
    out[1] = static_cast<std::uint8_t>(content.size());
    std::copy(content.begin(), content.end(), out.begin() + 2);
    return out;
}
octets signature(const octets& r, const octets& s) {
    const octets first = integer(r), second = integer(s);
    octets out{0x30};
    const std::size_t size = first.size() + second.size();
    if (size > 127) out.push_back(0x81);
    out.push_back(static_cast<std::uint8_t>(size));
    out.insert(out.end(), first.begin(), first.end());
    out.insert(out.end(), second.begin(), second.end());
    return out;
}
octets with_zeros(std::size_t zeros, byte_view number) {
    octets out(zeros);
    out.insert(out.end(), number.begin(), number.end());
    return out;
}
octets without_one(byte_view order) {
    octets out(order.begin(), order.end());
    --out.back();
    return out;
}

// ---- keys and signatures ------------------------------------------------------------------------------------------------

errc check(const engine::botan::prepared_key& key, const to_check& what) {
    const auto proof = engine::botan{}.check(key, what);
    return proof ? errc::none : proof.error().code;
}
linux_error errno_of(const engine::botan::prepared_key& key, const to_check& what) {
    const auto proof = engine::botan{}.check(key, what);
    return proof ? linux_error::none : proof.error().linux_errno();
}

public_key key_of(const octets& spki) { return key::parse_any(spki)->key; }

std::unique_ptr<Botan::Private_Key> private_key(const std::string& name) {
    const octets pem = corpus::file("keys/" + name + ".key.pem");
    Botan::DataSource_Memory source(pem.data(), pem.size());
#if BOTAN_VERSION_MAJOR >= 3
    return Botan::PKCS8::load_key(source);
#else
    static Botan::AutoSeeded_RNG rng;
    return std::unique_ptr<Botan::Private_Key>(Botan::PKCS8::load_key(source, rng));
#endif
}

/// A key of the corpus and what it signs now.
struct signer {
    octets spki;
    public_key key;
    engine::botan::prepared_key prepared;
    std::unique_ptr<Botan::Private_Key> secret;

    explicit signer(const std::string& name)
        : spki(corpus::file("keys/" + name + ".pub.der")),
          key(key_of(spki)),
          prepared(*engine::botan::prepare(key)),
          secret(private_key(name)) {}

    octets sign(byte_view message, const char* padding) const {
        static Botan::AutoSeeded_RNG rng;
        const bool der = is_ecdsa(key.algorithm);
#if BOTAN_VERSION_MAJOR >= 3
        Botan::PK_Signer by(*secret, rng, padding, der ? Botan::Signature_Format::DerSequence : Botan::Signature_Format::Standard);
#else
        Botan::PK_Signer by(*secret, rng, padding, der ? Botan::DER_SEQUENCE : Botan::IEEE_1363);
#endif
        return by.sign_message(message.data(), message.size(), rng);
    }
};

to_check digest_check(digest_id id, byte_view message, const octets& signature) {
    to_check what;
    what.scheme = scheme_id::ecdsa;
    what.digest = *engine::botan{}.digest(id, std::span<const byte_view>(&message, 1));
    what.signature = signature;
    return what;
}
to_check message_check(byte_view message, byte_view signature) {
    to_check what;
    what.scheme = scheme_id::ed25519;
    what.message = message;
    what.signature = signature;
    return what;
}

const octets hello{'h', 'e', 'l', 'l', 'o'}, world{'w', 'o', 'r', 'l', 'd'};

constexpr auto p256_spki = literal(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004160dd89ea7ec558a4ef2e177e6691926858bfb9dce72a22fd2189779dfe843c1776148d1"
    "887bfab54876485e0f15fff1978c50ad74ea64cf5429010248e8552a");
constexpr auto off_curve_spki = literal(
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004160dd89ea7ec558a4ef2e177e6691926858bfb9dce72a22fd2189779dfe843c1776148d1"
    "887bfab54876485e0f15fff1978c50ad74ea64cf5429010248e8552b");

}  // namespace

TEST_CASE("ECDSA signatures are DER and their numbers in range") {
    CHECK_BOTH(strictly(literal("3006020101020102")) == errc::none);
    constexpr auto small = literal("3006020101020102");
    CHECK_BOTH(key::parse_ecdsa_signature(key_algorithm::ecdsa_p521, small)->view().size() == 132);
    CHECK_BOTH(key::parse_ecdsa_signature(key_algorithm::ecdsa_p521, small)->r()[65] == 1);
    CHECK_BOTH(key::parse_ecdsa_signature(key_algorithm::ecdsa_p521, small)->s()[65] == 2);

    CHECK_BOTH(strictly(literal("3006020100020102")) == errc::signature_out_of_range);
    CHECK_BOTH(strictly(literal("3006020101020100")) == errc::signature_out_of_range);
    CHECK_BOTH(strictly(literal("30060201ff020102")) == errc::signature_out_of_range);
    CHECK_BOTH(strictly(literal("3006020101020180")) == errc::signature_out_of_range);
    CHECK_BOTH(strictly(literal("300702020001020102")) == errc::non_minimal_der);
    CHECK_BOTH(strictly(literal("30050200020102")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("300602010102010200")) == errc::trailing_garbage);
    CHECK_BOTH(strictly(literal("3009020101020102020103")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("3003020101")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("3000")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("30")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("30060201010201")) == errc::bad_der);
    CHECK_BOTH(strictly(literal("308106020101020102")) == errc::non_minimal_der);
    CHECK_BOTH(strictly(literal("30800201010201020000")) == errc::non_minimal_der);
    CHECK_BOTH(strictly(literal("1006020101020102")) == errc::bad_der);
    CHECK(strictly(octets(64, 0x17)) == errc::bad_der);  // IEEE P1363's form
    CHECK(strictly(octets(65536, 0x30)) == errc::too_large);
    CHECK(fault(octets{0x30, 6, 2, 1, 1, 2, 1, 2}, key_algorithm::rsa).code == errc::unsupported_key);

    for (const key_algorithm curve : curves) {
        CAPTURE(name(curve));
        const byte_view order = key::order_of(curve);
        CHECK(order.size() == (entry_of(curve).bits + 7u) / 8);
        CHECK(bit_length(order) == entry_of(curve).bits);
        const std::size_t sign = order[0] >= 0x80 ? 1 : 0;
        const octets is = with_zeros(sign, order), below = with_zeros(sign, without_one(order));
        CHECK(fault(signature(below, below), curve).code == errc::none);
        CHECK(fault(signature(is, below), curve).code == errc::signature_out_of_range);
        CHECK(fault(signature(below, is), curve).code == errc::signature_out_of_range);
        CHECK(fault(signature(octets(order.size() + 9, 0x11), below), curve).code == errc::signature_out_of_range);
        CHECK(fault(signature(is, below), curve).linux_errno() == linux_error::ebadmsg);
    }
}

TEST_CASE("Linux reads signatures of ECDSA as BER and their numbers as unsigned") {
    constexpr auto taken = linux_error::none, syntax = linux_error::ebadmsg, value = linux_error::einval;
    CHECK_BOTH(in_linux(literal("300602010102010200")) == taken);
    CHECK_BOTH(in_linux(literal("308106020101020102")) == taken);
    CHECK_BOTH(in_linux(literal("30820006020101020102")) == taken);
    CHECK_BOTH(in_linux(literal("30800201010201020000")) == taken);
    CHECK_BOTH(in_linux(literal("300702810101020102")) == taken);
    CHECK_BOTH(in_linux(literal("1006020101020102")) == taken);
    CHECK_BOTH(in_linux(literal("30060201ff020180")) == taken);
    CHECK_BOTH(in_linux(literal("3009020400000001020102")) == taken);

    CHECK_BOTH(in_linux(literal("3006020100020102")) == syntax);
    CHECK_BOTH(in_linux(literal("3006020101020100")) == syntax);
    CHECK_BOTH(in_linux(literal("3003020101")) == syntax);
    CHECK_BOTH(in_linux(literal("3000")) == syntax);
    CHECK_BOTH(in_linux(literal("")) == syntax);
    CHECK_BOTH(in_linux(literal("3009020101020102020103")) == syntax);
    CHECK_BOTH(in_linux(literal("3006220101020102")) == syntax);
    CHECK_BOTH(in_linux(literal("30060201010201")) == syntax);
    CHECK(in_linux(octets(64, 0x17)) == syntax);
    CHECK(in_linux(octets(65536, 0x30)) == linux_error::emsgsize);

    // The decoder hands each number over as it comes to it: a later fault of syntax is never seen.
    CHECK_BOTH(in_linux(literal("30050200020102")) == value);
    CHECK_BOTH(in_linux(literal("3005020005020102")) == value);
    CHECK_BOTH(in_linux(literal("3005020100" "0200")) == value);

    for (const key_algorithm curve : curves) {
        CAPTURE(name(curve));
        const byte_view order = key::order_of(curve);
        const std::size_t room = curve == key_algorithm::ecdsa_p521 ? 72 - 66 : 0;  // numbers are words of 8 bytes
        const octets below = without_one(order), is(order.begin(), order.end());
        CHECK(in_linux(signature(below, below), curve) == taken);  // its top bit set, without a zero byte
        CHECK(in_linux(signature(with_zeros(room, below), with_zeros(room + 1, below)), curve) == taken);
        CHECK(in_linux(signature(with_zeros(room + 2, below), below), curve) == value);
        CHECK(in_linux(signature(below, with_zeros(room + 2, below)), curve) == value);
        CHECK(in_linux(signature(octets(order.size() + room + 1, 1), below), curve) == value);
        CHECK(in_linux(signature(octets(order.size() + room, 0xff), below), curve) == syntax);
        CHECK(in_linux(signature(is, below), curve) == syntax);
        CHECK(in_linux(signature(below, is), curve) == syntax);
    }
}

TEST_CASE("ECDSA verifies every digest that Linux takes with every curve of the corpus") {
    std::size_t verified = 0;
    for (const char* name : {"p256", "p384", "p521"}) {
        const signer by(name);
        for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512,
                                   digest_id::sha3_256, digest_id::sha3_384, digest_id::sha3_512}) {
            CAPTURE(modsig::name(id));
            const std::string padding = std::string("EMSA1(") + engine::detail::botan_name(id) + ")";
            const octets good = by.sign(hello, padding.c_str());
            to_check what = digest_check(id, hello, good);
            CHECK(check(by.prepared, what) == errc::none);
            what.lenient = true;
            CHECK(check(by.prepared, what) == errc::none);
            const to_check other = digest_check(id, world, good);
            CHECK(check(by.prepared, other) == errc::signature_mismatch);
            CHECK(errno_of(by.prepared, other) == linux_error::ekeyrejected);
            ++verified;
        }
        for (const digest_id id : {digest_id::md5, digest_id::rmd160, digest_id::sm3, digest_id::streebog256, digest_id::none}) {
            octets good(8, 0);
            to_check what;
            what.scheme = scheme_id::ecdsa;
            what.digest.id = id;
            what.signature = good;
            CHECK(check(by.prepared, what) == errc::unsupported_hash);
            CHECK(errno_of(by.prepared, what) == linux_error::einval);
        }
    }
    CHECK(verified == 24);
}

TEST_CASE("ECDSA verifies on P-192, of which a digest gives its first bits") {
    Botan::AutoSeeded_RNG rng;
#if BOTAN_VERSION_MAJOR >= 3
    const auto group = Botan::EC_Group::from_name("secp192r1");
#else
    const Botan::EC_Group group("secp192r1");
#endif
    const Botan::ECDSA_PrivateKey secret(rng, group);
    const octets point = secret.public_key_bits();
    const auto prepared = engine::botan::prepare({key_algorithm::ecdsa_p192, 192, point, {}});
    REQUIRE(prepared);
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha512}) {
        const std::string padding = std::string("EMSA1(") + engine::detail::botan_name(id) + ")";
#if BOTAN_VERSION_MAJOR >= 3
        Botan::PK_Signer by(secret, rng, padding, Botan::Signature_Format::DerSequence);
#else
        Botan::PK_Signer by(secret, rng, padding, Botan::DER_SEQUENCE);
#endif
        const octets good = by.sign_message(hello, rng);
        to_check what = digest_check(id, hello, good);
        CHECK(check(*prepared, what) == errc::none);
        what.digest.bytes[size_of(id) - 1] ^= 1;
        CHECK(check(*prepared, what) == (size_of(id) > 24 ? errc::none : errc::signature_mismatch));
        what.digest.bytes[0] ^= 1;
        CHECK(check(*prepared, what) == errc::signature_mismatch);
    }
}

TEST_CASE("ECDSA signatures that evmctl and openssl made verify: digests shorter and longer than the order") {
    std::size_t count = 0;
    for (const corpus::row& row : corpus::rows({"ima-v2"})) {
        const bool curve = row.key.starts_with("keys/p") && row.file.starts_with("ima-v2/");
        if (!curve) continue;
        CAPTURE(row.file);
        const octets spki = corpus::file(row.key), blob = corpus::file(row.file), payload = corpus::file(row.payload);
        const digest_id id = digest_of_linux_number(blob[2]);
        if (!key::ecdsa_takes(id)) continue;
        const octets sig(blob.begin() + 9, blob.end());
        const auto prepared = engine::botan::prepare(key_of(spki));
        REQUIRE(prepared);
        CHECK(check(*prepared, digest_check(id, payload, sig)) == errc::none);
        ++count;
    }
    std::printf("      %zu signatures\n", count);
    CHECK(count >= 6);
}

TEST_CASE("high s verifies as low s does") {
    const signer by("p256");
    const octets good = by.sign(hello, "EMSA1(SHA-256)");
    const auto numbers = key::parse_ecdsa_signature(by.key.algorithm, good);
    REQUIRE(numbers);
    const Botan::BigInt order = engine::detail::botan_key::integer(key::order_of(by.key.algorithm));
    const Botan::BigInt other = order - engine::detail::botan_key::integer(numbers->s());
    octets s = encoded(other, other.bytes());
    if (s[0] >= 0x80) s = with_zeros(1, s);
    octets r(numbers->r().begin(), numbers->r().end());
    r = octets(without_leading_zeros(r).begin(), without_leading_zeros(r).end());
    if (r[0] >= 0x80) r = with_zeros(1, r);
    const octets mirrored = signature(r, s);
    CHECK(mirrored != good);
    CHECK(check(by.prepared, digest_check(digest_id::sha256, hello, mirrored)) == errc::none);
}

TEST_CASE("points that are none are refused when a key is prepared") {
    const octets off_curve = corpus::file("bad/keys/spki-ec-not-on-curve.der"), above = corpus::file("bad/keys/spki-ec-x-above-p.der");
    octets zero(65);
    zero[0] = 4;
    for (const public_key& key : {key_of(off_curve), key_of(above), public_key{key_algorithm::ecdsa_p256, 256, zero, {}}}) {
        const auto prepared = engine::botan::prepare(key);
        REQUIRE(!prepared);
        CHECK(prepared.error().code == errc::bad_key);
        CHECK(prepared.error().linux_errno() == linux_error::einval);
    }
    for (const char* name : {"p256", "p384", "p521", "ed25519"}) {
        CAPTURE(name);
        const octets spki = corpus::file(std::string("keys/") + name + ".pub.der");
        const public_key key = key_of(spki);
        CHECK(engine::botan::prepare(key));
        public_key longer = key, shorter = key;
        const octets more = [&] {
            octets out(key.material.begin(), key.material.end());
            out.push_back(0);
            return out;
        }();
        longer.material = more;
        shorter.material = key.material.first(key.material.size() - 1);
        CHECK(!engine::botan::prepare(longer));
        CHECK(!engine::botan::prepare(shorter));
        shorter.material = {};
        CHECK(!engine::botan::prepare(shorter));
    }
    // Compressed and hybrid, which Botan would take.
    const octets spki = corpus::file("keys/p256.pub.der");
    public_key key = key_of(spki);
    octets point(key.material.begin(), key.material.end());
    key.material = point;
    CHECK(engine::botan::prepare(key));
    point[0] = static_cast<std::uint8_t>(6 | (point.back() & 1));
    CHECK(!engine::botan::prepare(key));
    point[0] = static_cast<std::uint8_t>(2 | (point.back() & 1));
    key.material = byte_view(point).first(33);
    CHECK(!engine::botan::prepare(key));
}

TEST_CASE("keys of Ed25519 that are no point or of small order are refused") {
    const auto prepared = [](std::string_view text) {
        const octets key = hex(text);
        return engine::botan::prepare({key_algorithm::ed25519, 255, key, {}}).has_value();
    };
    CHECK(prepared("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    for (const char* text : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0000000000000000000000000000000000000000000000000000000000000080",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000080",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
             "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
             "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p
             "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // y = p + 3
             "0200000000000000000000000000000000000000000000000000000000000000",  // no x has this y
         })
        CHECK(!prepared(text));
}

TEST_CASE("Ed25519 signs the message itself") {
    const signer by("ed25519");
    const octets both{'h', 'e', 'l', 'l', 'o', 'w', 'o', 'r', 'l', 'd'};
    const octets good = by.sign(both, "Pure");
    CHECK(check(by.prepared, message_check(both, good)) == errc::none);
    to_check what = message_check(hello, good);
    CHECK(check(by.prepared, what) == errc::signature_mismatch);
    what.message = both;
    CHECK(check(by.prepared, what) == errc::none);
    what.message = {};
    CHECK(check(by.prepared, what) == errc::signature_mismatch);

    to_check of_digest = message_check({}, {});
    const byte_view part = hello;
    of_digest.digest = *engine::botan{}.digest(digest_id::sha256, std::span<const byte_view>(&part, 1));
    const octets over_digest = by.sign(of_digest.digest.view(), "Pure");
    of_digest.signature = over_digest;
    CHECK(check(by.prepared, of_digest) == errc::none);
}

TEST_CASE("signatures of Ed25519 have 64 bytes and one form") {
    const signer by("ed25519");
    const octets good = by.sign(hello, "Pure");
    REQUIRE(good.size() == 64);
    octets longer = good;
    longer.push_back(0);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{65}})
        CHECK(check(by.prepared, message_check(hello, byte_view(longer).first(size))) == errc::signature_length);

    octets above = good;  // S and the order
    unsigned carry = 0;
    for (std::size_t i = 0; i != 32; ++i) {
        carry += unsigned{above[32 + i]} + engine::detail::ed25519_order[31 - i];
        above[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    CHECK(check(by.prepared, message_check(hello, above)) == errc::signature_out_of_range);
    CHECK(check(by.prepared, message_check(hello, octets(64, 0xff))) == errc::signature_out_of_range);
    CHECK(check(by.prepared, message_check(hello, octets(64, 0))) == errc::signature_mismatch);
    CHECK(check(by.prepared, message_check(hello, good)) == errc::none);
}

TEST_CASE("a malformed signature leaves nothing behind for the next one, whatever Botan keeps of it") {
    const signer p256("p256"), ed("ed25519");
    const octets both{'h', 'e', 'l', 'l', 'o', 'w', 'o', 'r', 'l', 'd'};
    const octets of_both = p256.sign(both, "EMSA1(SHA-256)"), ed_of_both = ed.sign(both, "Pure");
    for (const octets& junk : {octets{}, octets{0x30}, octets{0x30, 7, 2, 2, 0, 1, 2, 1, 1}, octets(63, 1), octets(65, 1), octets(64, 1)}) {
        CHECK(check(p256.prepared, digest_check(digest_id::sha256, hello, junk)) != errc::none);
        CHECK(check(p256.prepared, digest_check(digest_id::sha256, world, of_both)) == errc::signature_mismatch);
        CHECK(check(p256.prepared, digest_check(digest_id::sha256, both, of_both)) == errc::none);
        CHECK(check(ed.prepared, message_check(hello, junk)) != errc::none);
        CHECK(check(ed.prepared, message_check(world, ed_of_both)) == errc::signature_mismatch);
        CHECK(check(ed.prepared, message_check(both, ed_of_both)) == errc::none);
    }
}

TEST_CASE("a point is prepared once, however many files and threads verify with it") {
    const signer by("p384");
    const octets good = by.sign(hello, "EMSA1(SHA-384)");
    const to_check what = digest_check(digest_id::sha384, hello, good);
    const Botan::Public_Key* made = &by.prepared.get();
    std::atomic<int> proven{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n != 10; ++n) proven += check(by.prepared, what) == errc::none;
        });
    for (auto& thread : threads) thread.join();
    CHECK(proven == 40);
    CHECK(&by.prepared.get() == made);
}

TEST_CASE("a key of another algorithm than the signature's is told apart from a bad one") {
    const signer p256("p256"), ed("ed25519");
    const octets rsa_spki = corpus::file("keys/rsa2048.pub.der");
    const auto rsa = engine::botan::prepare(key_of(rsa_spki));
    const octets good = p256.sign(hello, "EMSA1(SHA-256)");
    to_check what = digest_check(digest_id::sha256, hello, good);
    CHECK(check(*rsa, what) == errc::key_type_mismatch);
    CHECK(check(ed.prepared, what) == errc::key_type_mismatch);
    what.scheme = scheme_id::rsa_pkcs1_v15;
    CHECK(check(p256.prepared, what) == errc::key_type_mismatch);
    what.scheme = scheme_id::ed25519;
    CHECK(check(p256.prepared, what) == errc::key_type_mismatch);
    what.scheme = scheme_id::none;
    CHECK(check(p256.prepared, what) == errc::unsupported_algorithm);
}

TEST_CASE("builtin keys are points, too; one off its curve is refused when it is first used") {
    const auto& ring = keyring::builtin<p256_spki, off_curve_spki>().view<engine::botan>();
    REQUIRE(ring.keys.size() == 2);
    const octets some = signature({1}, {2});
    const to_check what = digest_check(digest_id::sha256, hello, some);
    REQUIRE((ring.keys[0].prepared && ring.keys[1].prepared));
    CHECK(check(*ring.keys[0].prepared, what) == errc::signature_mismatch);
    CHECK(check(*ring.keys[1].prepared, what) == errc::bad_key);
}
