// SPDX-License-Identifier: BSL-1.0
#include <modsig/layout/digsig.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

template <class Policy>
using digsig_verifier = verifier<layouts<layout::digsig>, engine::botan, Policy>;
using ring = keyring::store<engine::botan>;

// The worked examples of the format: payload, key and signatures made by evmctl of August 2012 and by evmctl 1.4.
const auto payload = hex("6d6f64736967206578616d706c65207061796c6f61640a");
const auto key_blob = hex(
    "010000000000020400ac6d879d809f4e17bb82423795348a798272da2ca478e7cce651a7254cf943bd869e63be960b01c0602a00468a88c89691746170623814"
    "f6b2e699507a04876b14d79ae4679ed80d2f035571f79ceb2ae2e0b5f5d85ee06eb63a9e9637a49a7c92249f5806896c21dc405fbed946641d95188775759d64"
    "a6afdd6c6ca1489b570011010001");
const auto trailer_2012 = hex(
    "0178ba046b00009c48161e2e5462a401040018860e0ddeea15f2e579c009b91883d74490a53f556f753e56f72ba395c2fc82d06afb4d240d054000e16c244d4b"
    "8d87ea6c3c079653469b51d699fa486a90c65d6f10ebc9b2cdc4cf6385bb02332e8df164d2ec5285ef792a5164c46a5a465bdd7477e0ccf30a459afad61212c4"
    "5e4ee4737d19587b21dcac826d597d73489100925468697320497320412043727970746f205369676e6564204d6f64756c65");
const auto detached_sha1 = hex(
    "030167b9046b00009c48161e2e5462a4010400878aabba112ad513a69224a7896d51134b2328f1ec44bd2555324a9621adf2bcb0e709eb7362a7a077399d5dfe"
    "bcc69472754ee047dd7d790f8fe41abc483a2a3be9430b0f1216755f0c5806ce9d0a7813f52a9b0d989ddd435716dae89ad0203390a462abe55a886d4af004e0"
    "7559d7fc2039538727218cff461bdc794a4097");
const auto detached_sha256 = hex(
    "030167b9046b00019c48161e2e5462a401040084bffb8fcac9f81cc245fff988699fed14cf612351930a58a1a29b2f08128d1f556ce87f33643df87cd83c0f7e"
    "030a9516b8b54bedbacc0c442f2723738cfcad192cd250647605356ed228aead7abfaec7a515c96bf8097c6d4e709374e606a285948fd1a67a4a418479f3f975"
    "3f16184123ef4581e40ce2df1456f55b0d9b76");
// Signed with `-a sha256` by the evmctl of 2012, which wrote hash 0 into the header all the same.
const auto lying_signature = hex(
    "0178ba046b00009c48161e2e5462a4010400"
    "458c7a29412979856aca710dda1a862d730a3ebab57a01ce9c7c609ce5d5dea68be31898178b98d73ccd44d28be3acc5f7a382821ceae8190c01e1c2f060dae2"
    "2d076648b9047ff0843c277ff0e7eb2f8a9abf676c6e5afe99c020474fc948bbaadea04ac24f82ee50478720f906cf03313fcb75c94a39d3620aa911e7f37fd2");

ring ring_of(byte_view blob) {
    ring keys;
    REQUIRE(keys.add(blob));
    return keys;
}

std::vector<std::uint8_t> join(std::initializer_list<byte_view> parts) {
    std::vector<std::uint8_t> whole;
    for (const byte_view part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

subject detached(byte_view image, byte_view signature) {
    subject s{image};
    s.signature.source = signature_source::detached;
    s.signature.bytes = signature;
    return s;
}

std::vector<std::uint8_t> appended(byte_view content, byte_view signature) {
    return join({content, signature, store_be<2>(static_cast<std::uint16_t>(signature.size())),
                 byte_view(reinterpret_cast<const std::uint8_t*>(layout::digsig::magic.data()), layout::digsig::magic.size())});
}

}  // namespace

TEST_CASE("a signature of the 2012 patch set verifies, and the content is unchanged") {
    const ring keys = ring_of(key_blob);
    const digsig_verifier<policy::legacy> verifier{keys};
    auto proof = verifier.verify(join({payload, trailer_2012}));
    REQUIRE(proof);
    CHECK(equal(proof->content(), payload));
    CHECK(proof->layout() == "digsig");
    CHECK(equal(proof->key_id().view(), hex("9c48161e2e5462a4")));
    CHECK(equal(proof->digest().view(), hex("e250ccb3e2ee76e08ccae4baced3890e9c559303")));
    CHECK(proof->anchor().key.bits == 1024);
}

TEST_CASE("detached signatures of evmctl verify over SHA-1 and over SHA-256") {
    const ring keys = ring_of(key_blob);
    const digsig_verifier<policy::legacy> verifier{keys};
    CHECK(verifier.verify(byte_view(payload), detached(payload, detached_sha1)));
    const auto proof = verifier.verify(byte_view(payload), detached(payload, detached_sha256));
    REQUIRE(proof);
    CHECK(equal(proof->digest().view(), hex("5b57d120c4f1039e9c9d829a8f3635d26179e46e89a4e6daf52a76bd7fd09933")));
    subject xattr = detached(payload, detached_sha1);
    xattr.signature.source = signature_source::xattr;
    CHECK(verifier.verify(byte_view(payload), xattr));
}

TEST_CASE("strict refuses every v1 signature, whose outer digest is SHA-1") {
    const ring keys = ring_of(key_blob);
    const digsig_verifier<policy::strict> verifier{keys};
    CHECK(verifier.verify(byte_view(payload), detached(payload, detached_sha256)).error().code == errc::weak_digest);
}

TEST_CASE("the content's digest is the one in the header, unless a Linux reading is given another") {
    const ring keys = ring_of(key_blob);
    const auto lying = appended(payload, lying_signature);
    CHECK(digsig_verifier<policy::legacy>{keys}.appraise({lying}).why.code == errc::signature_mismatch);
    subject told{lying};
    told.beside.ima_hash = digest_id::sha256;
    CHECK(digsig_verifier<policy::linux_digsig>{keys}.appraise(told).outcome == verdict::verified);
    CHECK(digsig_verifier<policy::linux_digsig>{keys}.appraise({lying}).why.linux_errno() == linux_error::einval);
}

TEST_CASE("OpenPGP signatures that end with the same magic are refused as unsupported_version") {
    const auto packet = std::vector<std::uint8_t>(160, 0x88);
    const std::string tail = "160  This Is A Crypto Signed Module";
    const auto image = join({payload, packet, byte_view(reinterpret_cast<const std::uint8_t*>(tail.data()), tail.size())});
    const ring keys = ring_of(key_blob);
    const appraisal answer = digsig_verifier<policy::legacy>{keys}.appraise({image});
    CHECK(answer.why.code == errc::unsupported_version);
    CHECK(answer.why.offset == image.size() - tail.size());
}

TEST_CASE("an unsigned image is no_signature, a malformed signature has its own reason") {
    CHECK(layout::digsig::find({payload}).error().code == errc::no_signature);
    CHECK(layout::digsig::find({byte_view{}}).error().code == errc::no_signature);
    const auto too_long = join({byte_view(payload).first(4), hex("0005"),
                                byte_view(reinterpret_cast<const std::uint8_t*>(layout::digsig::magic.data()), 30)});
    const auto found = layout::digsig::find({too_long});
    CHECK(found.error().code == errc::length_overflow);
    CHECK(found.error().offset == 4);
}

TEST_CASE("every byte flip and every truncation of a signed file of 4 KiB is refused") {
    const ring keys = ring_of(corpus::file("keys/rsa2048.digsig-v1.bin"));
    const digsig_verifier<policy::legacy> verifier{keys};
    const auto content = corpus::file("modules/b4096.bin");
    auto whole = corpus::file("digsig-v1/b4096.bin.rsa2048.sha256.modsig");
    auto proof = verifier.verify(byte_view(whole));
    REQUIRE(proof);
    CHECK(equal(proof->content(), content));

    std::size_t flips = 0, cuts = 0;
    for (std::size_t i = 0; i != whole.size(); ++i) {
        whole[i] ^= static_cast<std::uint8_t>(1u << (i % 8));
        flips += verifier.appraise({whole}).outcome == verdict::rejected;
        whole[i] ^= static_cast<std::uint8_t>(1u << (i % 8));
    }
    for (std::size_t size = 0; size != whole.size(); ++size)
        cuts += verifier.appraise({byte_view(whole).first(size)}).outcome == verdict::rejected;
    CHECK(flips == whole.size());
    CHECK(cuts == whole.size());
    MESSAGE(flips << " flips and " << cuts << " truncations refused");
}

TEST_CASE("the header that is written is read again") {
    layout::digsig_header header{0x01020304, digest_id::sha256, {1, 2, 3, 4, 5, 6, 7, 8}};
    static_assert(layout::digsig_header{}.bytes().size() == 16);
    CHECK(equal(header.bytes(), hex("0104030201000101020304050607080""1")));
    const auto blob = join({header.bytes(), hex("0008ff")});
    const auto opened = layout::digsig::open(detached(payload, blob), located{.content = {0, payload.size()}, .blob = {0, blob.size()}});
    REQUIRE(opened);
    auto cursor = *opened;
    const auto said = cursor.next();
    REQUIRE(said);
    CHECK(cursor.done());
    CHECK(said->content_digest == digest_id::sha256);
    CHECK(equal(said->key.bytes, header.key_id));
    CHECK(equal(said->authenticated, header.bytes()));
}
