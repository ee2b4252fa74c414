// SPDX-License-Identifier: BSL-1.0
// RSA as Linux 6.12 checks it (kernel-behaviour "raw errors": crypto/rsa.c, crypto/rsa-pkcs1pad.c), on blocks made with the
// private keys of the corpus, and where strict answers otherwise.
#include <modsig/engine/rsa_block.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/key/any.hpp>

#include "../der/literal.hpp"
#include "../support/bigint.hpp"
#include "../support/corpus.hpp"

#include <botan/auto_rng.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>

#include <doctest/doctest.h>

#include <memory>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;
using engine::detail::botan_key;

octets operator+(octets a, byte_view b) {
    a.resize(a.size() + b.size());
    std::copy(b.begin(), b.end(), a.end() - static_cast<std::ptrdiff_t>(b.size()));
    return a;
}

struct signer {
    octets spki;
    public_key key;
    engine::botan::prepared_key prepared;
    Botan::BigInt secret_exponent;

    explicit signer(const std::string& name)
        : spki(corpus::file("keys/" + name + ".pub.der")),
          key(key::parse_any(spki)->key),
          prepared(*engine::botan::prepare(key)) {
        const octets pem = corpus::file("keys/" + name + ".key.pem");
        Botan::DataSource_Memory source(pem.data(), pem.size());
#if BOTAN_VERSION_MAJOR >= 3
        const auto secret = Botan::PKCS8::load_key(source);
#else
        Botan::AutoSeeded_RNG rng;
        const std::unique_ptr<Botan::Private_Key> secret(Botan::PKCS8::load_key(source, rng));
#endif
        secret_exponent = dynamic_cast<const Botan::RSA_PrivateKey&>(*secret).get_d();
    }

    [[nodiscard]] std::size_t size() const { return key.material.size(); }

    /// What comes out as this block.
    [[nodiscard]] octets from(const octets& block) const {
        REQUIRE(block.size() == size());
        const Botan::BigInt power = Botan::power_mod(botan_key::integer(block), secret_exponent, botan_key::integer(key.material));
        return encoded(power, size());
    }

    /// head FF..FF 00 tail, filled up to the length of the modulus.
    [[nodiscard]] octets block(const octets& head, byte_view tail) const {
        octets out = head;
        out.resize(size() - tail.size() - 1, 0xff);
        out.push_back(0);
        return out + tail;
    }
};

struct answers {
    errc strict;
    linux_error in_linux;
};
bool operator==(const answers& a, const answers& b) { return a.strict == b.strict && a.in_linux == b.in_linux; }
std::ostream& operator<<(std::ostream& out, const answers& a) { return out << name(a.strict) << ", " << name(a.in_linux); }

const octets hello{'h', 'e', 'l', 'l', 'o'};

answers ask(const engine::botan::prepared_key& key, byte_view signature, digest_id id = digest_id::sha256) {
    const engine::botan engine;
    to_check what;
    what.scheme = scheme_id::rsa_pkcs1_v15;
    const byte_view part = hello;
    what.digest = *engine.digest(id, std::span<const byte_view>(&part, 1));
    what.signature = signature;
    const auto strict = engine.check(key, what);
    what.lenient = true;
    const auto lenient = engine.check(key, what);
    return {strict ? errc::none : strict.error().code, lenient ? linux_error::none : lenient.error().linux_errno()};
}

octets digest_bytes(byte_view message, digest_id id = digest_id::sha256) {
    const digest_value value = *engine::botan{}.digest(id, std::span<const byte_view>(&message, 1));
    return octets{} + value.view();
}
octets digest_info(byte_view message, digest_id id = digest_id::sha256) {
    return octets{} + digest_info_prefix(id).view() + digest_bytes(message, id);
}

const octets type_1{0, 1};
constexpr answers verified{errc::none, linux_error::none};

}  // namespace

TEST_CASE("Linux takes RSA keys of six sizes, which are counted in whole bytes") {
    static constexpr std::array<std::uint8_t, 512> ones{1};
    constexpr auto takes = [](std::size_t size) { return engine::linux_takes_rsa_modulus(byte_view(ones).first(size)); };
    CHECK_BOTH(takes(64) && takes(128) && takes(192) && takes(256) && takes(384) && takes(512));
    CHECK_BOTH(!takes(0) && !takes(63) && !takes(96) && !takes(127) && !takes(129) && !takes(320) && !takes(511));
    std::size_t sizes = 0;
    for (const char* name : {"rsa512", "rsa1024", "rsa2048", "rsa2048e3", "rsa3072", "rsa4096"}) {
        CAPTURE(name);
        const signer by(name);
        CHECK(ask(by.prepared, by.from(by.block(type_1, digest_info(hello)))) == verified);
        ++sizes;
    }
    CHECK(sizes == 6);
    const signer odd("rsa768");
    const octets good = odd.from(odd.block(type_1, digest_info(hello)));
    CHECK(ask(odd.prepared, good) == answers{errc::none, linux_error::einval});
}

TEST_CASE("a signature of RSA has the length of the modulus, in every reading") {
    const signer by("rsa1024");
    const octets good = by.from(by.block(type_1, digest_info(hello)));
    constexpr answers length{errc::signature_length, linux_error::einval};
    CHECK(ask(by.prepared, good) == verified);
    CHECK(ask(by.prepared, octets{0} + good) == length);
    CHECK(ask(by.prepared, good + octets{0}) == length);
    CHECK(ask(by.prepared, byte_view(good).first(127)) == length);
    CHECK(ask(by.prepared, byte_view(good).subspan(1)) == length);
    CHECK(ask(by.prepared, {}) == length);
    // The same number with a byte more: the modulus added.
    const octets reduced = encoded(botan_key::integer(good) + botan_key::integer(by.key.material), 129);
    CHECK(ask(by.prepared, reduced) == length);
}

TEST_CASE("Linux refuses values that are their own powers, and those not below the modulus") {
    const signer by("rsa1024");
    const octets n = octets{} + by.key.material;
    octets one(128), two(128), below = n, last = n;
    one[127] = 1;
    two[127] = 2;
    below[127] = static_cast<std::uint8_t>(n[127] - 1);  // n is odd
    last[127] = static_cast<std::uint8_t>(n[127] - 3);
    if (n[127] < 3) --last[126];
    CHECK(ask(by.prepared, octets(128)).in_linux == linux_error::einval);
    CHECK(ask(by.prepared, one) == answers{errc::bad_padding, linux_error::einval});
    CHECK(ask(by.prepared, below) == answers{errc::signature_mismatch, linux_error::einval});
    CHECK(ask(by.prepared, n) == answers{errc::signature_out_of_range, linux_error::einval});
    CHECK(ask(by.prepared, octets(128, 0xff)) == answers{errc::signature_out_of_range, linux_error::einval});

    to_check what;
    what.scheme = scheme_id::rsa_pkcs1_v15;
    what.lenient = true;
    const auto fits = [&](const octets& signature) {
        what.signature = signature;
        const auto answer = engine::rsa_signature_fits(what, by.key.material);
        return answer ? errc::none : answer.error().code;
    };
    CHECK(fits(one) == errc::signature_out_of_range);
    CHECK(fits(below) == errc::signature_out_of_range);
    CHECK(fits(two) == errc::none);
    CHECK(fits(last) == errc::none);
    what.lenient = false;
    CHECK(fits(one) == errc::none);
    CHECK(fits(below) == errc::none);
    what.scheme = scheme_id::rsa_pkcs1_raw;
    what.lenient = true;
    CHECK(fits(octets(500, 0xff)) == errc::none);  // lib/mpi reduces it

    CHECK_BOTH(engine::is_one_below(literal("00ff"), literal("0100")));
    CHECK_BOTH(engine::is_one_below(literal("0100"), literal("0101")));
    CHECK_BOTH(!engine::is_one_below(literal("0100"), literal("0100")));
    CHECK_BOTH(!engine::is_one_below(literal("ffff"), literal("0000")));
    CHECK_BOTH(!engine::is_one_below(literal("00ff"), literal("0200")));
}

TEST_CASE("the recovered block is judged in the order of rsa-pkcs1pad.c") {
    const signer by("rsa2048");
    const octets info = digest_info(hello), other = digest_info(octets{'w'});
    const auto block = [&](const octets& head, byte_view tail) { return ask(by.prepared, by.from(by.block(head, tail))); };
    CHECK(block(type_1, info) == verified);

    // Not 00 in front.
    CHECK(block({1, 1}, info) == answers{errc::signature_mismatch, linux_error::einval});
    CHECK(block({0x17, 0x2a}, info) == answers{errc::signature_mismatch, linux_error::einval});

    // 00, but no block of type 1.
    CHECK(block({0, 2}, info) == answers{errc::bad_padding, linux_error::ebadmsg});
    CHECK(block({0, 0}, info) == answers{errc::bad_padding, linux_error::ebadmsg});
    CHECK(block({0, 0xff}, info) == answers{errc::signature_mismatch, linux_error::ebadmsg});
    CHECK(block({0, 1, 0xff, 0xfe}, info) == answers{errc::bad_padding, linux_error::ebadmsg});
    octets no_separator = type_1;
    no_separator.resize(by.size(), 0xff);
    CHECK(ask(by.prepared, by.from(no_separator)) == answers{errc::bad_padding, linux_error::ebadmsg});
    no_separator.back() = 0;
    CHECK(ask(by.prepared, by.from(no_separator)) == answers{errc::bad_padding, linux_error::ebadmsg});
    for (const std::size_t padding : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{8}}) {
        CAPTURE(padding);
        octets tail = info;
        tail.resize(by.size() - 3 - padding, 0);  // rubbish behind the digest: a forger's room, with exponent 3
        const answers expected{errc::bad_padding, padding < 8 ? linux_error::ebadmsg : linux_error::ekeyrejected};
        CHECK(block(type_1, tail) == expected);
    }

    // No DigestInfo, or another one.
    CHECK(block(type_1, digest_bytes(hello)) == answers{errc::bad_padding, linux_error::ebadmsg});
    CHECK(block(type_1, {}) == answers{errc::bad_padding, linux_error::ebadmsg});
    CHECK(block(type_1, byte_view(info).first(18)) == answers{errc::bad_padding, linux_error::ebadmsg});
    CHECK(block(type_1, digest_info(hello, digest_id::sha384)) == answers{errc::bad_padding, linux_error::ebadmsg});
    octets without_null{0x30, 0x2f, 0x30, 0x0b};
    without_null = without_null + byte_view(info).subspan(4, 11) + byte_view(info).subspan(17);
    CHECK(block(type_1, without_null) == answers{errc::bad_padding, linux_error::ebadmsg});

    // DigestInfo, but another digest, or one of another length.
    CHECK(block(type_1, other) == answers{errc::signature_mismatch, linux_error::ekeyrejected});
    CHECK(block(type_1, byte_view(info).first(19)) == answers{errc::bad_padding, linux_error::ekeyrejected});
    CHECK(block(type_1, byte_view(info).first(50)) == answers{errc::bad_padding, linux_error::ekeyrejected});
    CHECK(block(type_1, info + octets{0}) == answers{errc::bad_padding, linux_error::ekeyrejected});
}

TEST_CASE("each digest with a DigestInfo in Linux verifies, and the others are refused with EINVAL") {
    const signer by("rsa2048");
    std::size_t verified_count = 0;
    for (const digest_id id : {digest_id::md5, digest_id::sha1, digest_id::rmd160, digest_id::sha224, digest_id::sha256,
                               digest_id::sha384, digest_id::sha512, digest_id::sha3_256, digest_id::sha3_384, digest_id::sha3_512}) {
        CAPTURE(name(id));
        CHECK(ask(by.prepared, by.from(by.block(type_1, digest_info(hello, id))), id) == verified);
        ++verified_count;
    }
    CHECK(verified_count == 10);
    for (const digest_id id : {digest_id::sm3, digest_id::streebog256, digest_id::streebog512})
        CHECK(ask(by.prepared, octets(256, 1), id) == answers{errc::unsupported_hash, linux_error::einval});
}

TEST_CASE("Linux verifies with keys that Botan does not take") {
    const signer by("rsa1024");
    // With exponent 1 the block is its own signature.
    const octets block = by.block(type_1, digest_info(hello)), one{1};
    public_key itself = by.key;
    itself.exponent = one;
    const auto prepared = engine::botan::prepare(itself);
    REQUIRE(prepared);
    CHECK(ask(*prepared, block).in_linux == linux_error::none);
    // An even modulus: e = 1 again, so that the number is its own power.
    octets even = octets{} + by.key.material;
    even.back() = 0;
    itself.material = even;
    const auto odd_key = engine::botan::prepare(itself);
    REQUIRE(odd_key);
    CHECK(ask(*odd_key, block).in_linux == linux_error::none);
    CHECK(ask(*odd_key, block).strict == errc::bad_key);
}

TEST_CASE("digsig v1 keeps its own rules: no DigestInfo, any length, no least padding") {
    const signer by("rsa512");
    const engine::botan engine;
    to_check what;
    what.scheme = scheme_id::rsa_pkcs1_raw;
    const byte_view part = hello;
    what.digest = *engine.digest(digest_id::sha1, std::span<const byte_view>(&part, 1));
    const octets good = by.from(by.block(type_1, what.digest.view()));
    const octets more = encoded(botan_key::integer(good) + botan_key::integer(by.key.material), 65);
    what.signature = good;
    CHECK(engine.check(by.prepared, what));
    what.signature = more;
    CHECK(engine.check(by.prepared, what).error().code == errc::signature_length);
    what.lenient = true;
    CHECK(engine.check(by.prepared, what));
    what.digest.bytes[0] ^= 1;
    CHECK(engine.check(by.prepared, what).error().code == errc::signature_mismatch);
}
