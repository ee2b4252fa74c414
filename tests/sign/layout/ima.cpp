// SPDX-License-Identifier: BSL-1.0
#include <modsig/sign/layout/ima.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/verifier.hpp>

#include "../../support/corpus.hpp"
#include "../../support/hex.hpp"
#include "../../support/ima.hpp"
#include "../../support/replay.hpp"
#include "../../support/hardened.hpp"

#include <doctest/doctest.h>

using namespace modsig;
using layout::ima_type;
using sign::ima;

namespace {

sign::bytes behind_header(std::string_view value) {
    const auto whole = hex(value);
    return {whole.begin() + layout::ima_header::size, whole.end()};
}

digest_value digest_of(digest_id id, byte_view bytes) { return *engine::botan{}.digest(id, {&bytes, 1}); }

template <class T>
errc fault_of(const result<T>& made) { return made ? errc::none : made.error().code; }

const auto payload = hex(ima_example::payload);

}  // namespace

TEST_CASE("ima: what is written is what evmctl writes") {
    const certificate rsa(ima_example::rsa_certificate), p256(ima_example::p256_certificate);
    const replay with_rsa{rsa.info, behind_header(ima_example::v2_rsa)}, with_p256{p256.info, behind_header(ima_example::v2_p256)};
    const auto content = digest_of(digest_id::sha256, payload);
    CHECK(*ima::write(with_rsa, *ima::header(rsa.info, digest_id::sha256), content, engine::botan{}) == hex(ima_example::v2_rsa));
    CHECK(with_rsa.asked.scheme == scheme_id::rsa_pkcs1_v15);
    CHECK(equal(with_rsa.asked.digest.view(), content.view()));
    CHECK(*ima::write(with_p256, *ima::header(p256.info, digest_id::sha256), content, engine::botan{}) == hex(ima_example::v2_p256));
    CHECK(with_p256.asked.scheme == scheme_id::ecdsa);

    const replay verity{rsa.info, behind_header(ima_example::v3_rsa)};
    const auto measured = *digest::fsverity_digest(engine::botan{}, {}, payload);
    CHECK(equal(measured.view(), hex(ima_example::verity_digest)));
    CHECK(*ima::write(verity, *ima::header(rsa.info, digest_id::sha256, ima_type::verity_signature), measured, engine::botan{}) == hex(ima_example::v3_rsa));
    CHECK(equal(verity.asked.digest.view(), hex("8db9d93ec34b2b3274485c6021dc8fe5ec89cf4fcc7b5bc539857b090f17b57c")));

    const replay evm{rsa.info, behind_header(ima_example::evm_portable_rsa)};
    CHECK(*ima::write(evm, *ima::header(rsa.info, digest_id::sha256, ima_type::portable), content, engine::botan{}) == hex(ima_example::evm_portable_rsa));
}

TEST_CASE("ima: the identifier is a certificate's, a bare key's, or given") {
    const auto of_certificate = corpus::file("keys/rsa2048.cert.der"), bare = corpus::file("keys/rsa2048.pub.der"),
               noskid = corpus::file("keys/noskid.cert.der"), noskid_key = corpus::file("keys/noskid.pub.der");
    const auto id = [](const result<key_info>& info) { return ima::header(*info, digest_id::sha256)->key_id; };
    CHECK(id(key::x509::parse(of_certificate)) == id(key::spki::parse(bare)));
    CHECK(id(key::x509::parse(noskid)) == id(key::spki::parse(noskid_key)));
    layout::ima_header header;
    header.key_id = {0xde, 0xad, 0xbe, 0xef};
    CHECK(equal(byte_view(header.bytes(1)).subspan(3, 4), hex("deadbeef")));
}

TEST_CASE("ima: what Linux would refuse is not written") {
    const certificate rsa(ima_example::rsa_certificate), p256(ima_example::p256_certificate);
    for (const digest_id id : {digest_id::md4, digest_id::sm3, digest_id::streebog256, digest_id::none})
        CHECK_MESSAGE(fault_of(ima::header(rsa.info, id)) == errc::unsupported_hash, name(id));
    for (const digest_id id : {digest_id::md5, digest_id::rmd160, digest_id::sm3, digest_id::none})
        CHECK_MESSAGE(fault_of(ima::header(p256.info, id)) == errc::unsupported_hash, name(id));
    CHECK(fault_of(ima::header(rsa.info, digest_id::sha384, ima_type::verity_signature)) == errc::unsupported_hash);
    CHECK(fault_of(ima::header(rsa.info, digest_id::sha384)) == errc::none);
    const auto ed25519 = corpus::file("keys/ed25519.pub.der");
    CHECK(fault_of(ima::header(*key::spki::parse(ed25519), digest_id::sha256)) == errc::unsupported_algorithm);
    key_info nameless = rsa.info;
    nameless.has_ima_id = false;
    CHECK(fault_of(ima::header(nameless, digest_id::sha256)) == errc::missing_element);

    const auto header = *ima::header(rsa.info, digest_id::sha256);
    CHECK(fault_of(ima::digest(header, digest_of(digest_id::sha1, payload), engine::botan{})) == errc::inconsistent_algorithms);
    CHECK(fault_of(ima::write(header, rsa.info.key, sign::bytes(127))) == errc::signature_length);
    CHECK(fault_of(ima::write(header, rsa.info.key, sign::bytes())) == errc::signature_length);
    CHECK(fault_of(ima::write(header, p256.info.key, sign::bytes(64))) == errc::bad_der);
}

TEST_CASE("ima: what is signed verifies, for each key, digest and kind") {
    struct pair {
        const char* key;
        std::initializer_list<digest_id> digests;
    };
    const auto every = {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512, digest_id::sha3_256, digest_id::sha3_512};
    std::size_t made = 0;
    for (const pair& each : {pair{"rsa1024", every}, pair{"rsa2048", every}, pair{"rsa4096", every}, pair{"p256", every}, pair{"p384", every}, pair{"p521", every}}) {
        const std::string base = std::string("keys/") + each.key;
        const auto key = sign::load_private_key(hardened(), corpus::file(base + ".key.pem"), [] { return std::optional<sign::passphrase>{}; });
        REQUIRE(key);
        keyring::store<engine::botan> ring;
        REQUIRE(ring.add(corpus::file(base + ".cert.der"), layouts<layout::evm, layout::ima>{}));
        for (const digest_id id : each.digests)
            for (const ima_type type : {ima_type::signature, ima_type::verity_signature, ima_type::portable}) {
                const auto header = ima::header(key->info(), id, type);
                const bool measurable = entry_of(id).fsverity_number != no_number;
                REQUIRE(header.has_value() == (type != ima_type::verity_signature || measurable));
                if (!header) continue;
                const bool verity = type == ima_type::verity_signature;
                const auto content = verity ? digest::fsverity_digest(engine::botan{}, verity_options{id}, payload) : digest_of(id, payload);
                const auto value = ima::write(*key, *header, *content, engine::botan{});
                REQUIRE(value);
                subject s;
                (type == ima_type::portable ? s.beside.metadata : s.image) = payload;
                s.signature.source = signature_source::detached;
                s.signature.bytes = *value;
                const appraisal answer = verifier<layouts<layout::evm, layout::ima>, engine::botan, policy::legacy>{ring}.appraise(s);
                CHECK_MESSAGE(answer.outcome == verdict::verified, each.key << " " << name(id) << ": " << name(answer.why.code));
                ++made;
            }
    }
    MESSAGE(made << " signatures");
}
