// SPDX-License-Identifier: BSL-1.0
#include <modsig/layout/mcuboot.hpp>

#include <modsig/engine/best.hpp>
#include <modsig/engine/native/rsa_firmware_pss.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/policy/combine.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/sign/layout/mcuboot.hpp>
#include <modsig/verifier.hpp>
#include <modsig/verifier/firmware.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"
#include "vendor_key.hpp"
#include "../support/hardened.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace modsig;
namespace {

using octets = std::vector<std::uint8_t>;

using ring = keyring::store<engine::best>;
template <class Policy>
using image_verifier = verifier<layouts<layout::mcuboot>, engine::best, Policy>;

// imgtool 2.4.0, sign --version 1.2.3+4 --header-size 64 --pad-header --security-counter 7, the first with --dependencies
// "(1, 1.0.0+0)", that of P-384 without a counter, with the keys of these names, of the body "modsig example firmware\n".
const auto imgtool_rsa2048 = hex(
    "3db8f3960000000040001c001800000000000000010203000400000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffff6d6f64736967206578616d706c65206669726d776172650a08691c00500004000700000040000c0001000000010000000000000007695001"
    "10002000c20421c0252deb85f07b7a1c852f0261cb69eb8ce5973060eb15848390c49b8401002000db93b8efe53b29aa727b7db6f3617868be9f8a29"
    "2b98f97e5cf1010d5a4151ea20000001244ae577d06c6b35cdd266398f5c92dd18df03e43fb2b23ef9f5f84cd78f6b76b48c21c0635e1498b66f1588"
    "c7abd8017bbe1f28faa6300333c799adb18817b62a1d3724eba06a005d6753d9420eac8aea29ceabd29b9af775a82f3b9163950526e2462a002d8a1e"
    "660ce3f12f246d76febb0c5599102c4afc1ccf0f35f43c25e06aaf50477ead8bbeb3208dc8b1e0f1c9952a56ccce2720e514bccc954def98d5585131"
    "b5228656c1aa92b870201b12a7b61686f691851fc4fc7baac829b428fa691f8c91c910245b4b16f0b7a42b366f2a54112b27973b841760952ec89285"
    "5ff6bc9d4a0946d234b9f12f8648bff27aa862794ef1dd41b4ce76561eb58125");
const auto imgtool_rsa3072 = hex(
    "3db8f3960000000040000c001800000000000000010203000400000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffff6d6f64736967206578616d706c65206669726d776172650a08690c0050000400070000000769d0011000200055156a033c1be31afff55226"
    "dc04dc018b68a0fac8d7e2875cc6b6099eb71aad010020003c399be80117cf644e90d47a3c41468eae2fc37df5995533553342e0ab51b10823008001"
    "91b4d9907e3f76e7676440aee7ab9b2a25f67e9c681e5022dec17cc88e771db8296e1c778f673b8193c688b8712c1e8eb0ef59e0da4376dbf4fa6830"
    "12a830e129cdf041c2bda36785e1d15d983d1f4c4e77f6bde596b389a06dfb2a6700a43946b54bf8205bc8d8ff72f87e3e7da9e9675c971428e5ac5c"
    "9fe497610041099c877b0d6eca726ee8f13c97d1af1aab6b7f3b9ca67724b853176f3e613f602d29e88d276c434a9baabf05b7104f25786db212efe3"
    "d01d88a8ebafc52a9ed41f466a8e35aac339ce920312c2c1e1f537d9ef8e701b48508bf019301b2971918104ba66a277ba6480898df3afc4bde8935e"
    "73726ab66d36bfd8e0c7dd0cb085643f6fa038121d97822299d31773fba7f64ea26d0bcaaf29ca4cfebdb9ea9a1cd87f9444d840d5f23464b57e6b49"
    "fa4944fdfb8e796c9750d32a9754d4c5b4d9f88290b9cdb070ddb5788b5d71a60622275eb2d4e981713dc9b842225ff469fd7685fd09cd010f69a4ef"
    "1196833eb5b182301583571a642730760d3734f1f5183758");
const auto imgtool_p256 = hex(
    "3db8f3960000000040000c001800000000000000010203000400000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffff6d6f64736967206578616d706c65206669726d776172650a08690c005000040007000000076996001000200055156a033c1be31afff55226"
    "dc04dc018b68a0fac8d7e2875cc6b6099eb71aad010020002a602ebdc236d838421755af3b7fb9523baaa56af1230a64b944901b07ec4ecc22004600"
    "30440220201f5d83456e2f92aa1086280ba17d4fff5befa5c89b8a25cc5b35ba81615a1d022038e383011ec40478909faebff63cd46b8fa7e7f9f8ee"
    "b1c87569309cfb6cfcbd");
const auto imgtool_p384 = hex(
    "3db8f39600000000400000001800000000000000010203000400000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffff6d6f64736967206578616d706c65206669726d776172650a0769d80011003000c769c9d63543a5b07396ff8c2fe32194cd71e4e3f1c2de70"
    "dfbebdcd932d4b92aafd3b21b3f4bb9b880cc8d2d36d2767010030006d53928389b86552214e3a30dbee41c41892c237cd1fc37a1fa369dae7c9121a"
    "10b8143f52b9e1121589407102b53d702200680030660231009064937c6701abf1d0dfdda0b9c9d366414fd1e3738dd53bc3913f6005fd0f63fc269a"
    "f2a9af70a963b7d304de998d11023100d33e0db507497ba2944d8a554efa8c7e7ade69c8762c046366d9d8dd11c5d310548a332844e836598f71a947"
    "0e5c667c");
const auto imgtool_ed25519 = hex(
    "3db8f3960000000040000c001800000000000000010203000400000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffff6d6f64736967206578616d706c65206669726d776172650a08690c005000040007000000076990001000200055156a033c1be31afff55226"
    "dc04dc018b68a0fac8d7e2875cc6b6099eb71aad0100200001692df4b0e6f2d92fda590ae34cb2d39a8a497d73c7ed81a9621d8bc5f22df624004000"
    "a11118807546e4aea4137cef511ee432b31e5ad2acfe24a901877c0f013988f5c447fad3b0a172d984da36cc9738714bffb2f22339c9d7960b3a1d89"
    "7d37c702");
const std::string body = "modsig example firmware\n";

struct example {
    const char* key;
    const octets& image;
    scheme_id scheme;
    digest_id digest;
};
const example examples[] = {
    {"rsa2048", imgtool_rsa2048, scheme_id::rsa_pss, digest_id::sha256}, {"rsa3072", imgtool_rsa3072, scheme_id::rsa_pss, digest_id::sha256},
    {"p256", imgtool_p256, scheme_id::ecdsa, digest_id::sha256},         {"p384", imgtool_p384, scheme_id::ecdsa, digest_id::sha384},
    {"ed25519", imgtool_ed25519, scheme_id::ed25519, digest_id::sha256},
};

octets public_file(const std::string& key) { return corpus::file("keys/" + key + ".pub.der"); }

ring ring_of(std::initializer_list<const char*> names) {
    ring keys;
    for (const char* name : names) REQUIRE(keys.add(public_file(name), layouts<layout::mcuboot>{}));
    return keys;
}

sign::private_key private_key(const std::string& name) {
    auto key = sign::load_private_key(hardened(), corpus::file("keys/" + name + ".key.pem"), [] { return std::optional<sign::passphrase>(); });
    REQUIRE(key);
    return *std::move(key);
}

digest_value digest_of_image(byte_view image, digest_id id = digest_id::sha256) { return *engine::best{}.digest(id, {&image, 1}); }

octets join(std::initializer_list<byte_view> parts) {
    octets whole;
    for (const byte_view part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

byte_view view(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void put16(octets& into, std::size_t at, std::size_t value) {
    into[at] = static_cast<std::uint8_t>(value);
    into[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

/// An image in pieces, put together so that all sizes fit, but nothing is signed anew.
struct pieces {
    octets header_and_body;
    octets in_protected, in_second;

    explicit pieces(const octets& image) {
        const std::size_t body_end = 64 + body.size(), protected_size = load_le<std::uint16_t>(byte_view(image).subspan(10, 2));
        header_and_body.assign(image.begin(), image.begin() + static_cast<long>(body_end));
        if (protected_size != 0) in_protected.assign(image.begin() + static_cast<long>(body_end + 4), image.begin() + static_cast<long>(body_end + protected_size));
        in_second.assign(image.begin() + static_cast<long>(body_end + protected_size + 4), image.end());
    }
    [[nodiscard]] static octets entry(std::size_t type, const octets& value) {
        octets out(4);
        put16(out, 0, type), put16(out, 2, value.size());
        out.insert(out.end(), value.begin(), value.end());
        return out;
    }
    [[nodiscard]] octets whole() const {
        octets head = header_and_body;
        const octets first = in_protected.empty() ? octets{} : with_size(0x6908, in_protected);
        put16(head, 10, first.size());
        return join({head, first, with_size(0x6907, in_second)});
    }
    /// Where the second TLVs begin.
    [[nodiscard]] std::size_t second() const { return header_and_body.size() + (in_protected.empty() ? 0 : 4 + in_protected.size()); }

private:
    [[nodiscard]] static octets with_size(std::size_t magic, const octets& entries) {
        octets out(4);
        put16(out, 0, magic), put16(out, 2, 4 + entries.size());
        out.insert(out.end(), entries.begin(), entries.end());
        return out;
    }
};

/// Hash and signature made anew for what the pieces have become.
octets signed_anew(const pieces& parts, const char* key) {
    const octets image = parts.whole();
    const byte_view hashed = byte_view(image).first(parts.second());
    const auto signature = sign::mcuboot::write(private_key(key), digest_of_image(hashed));
    REQUIRE(signature);
    return join({hashed, *signature});
}

failure why(const octets& image) {
    static const ring keys = ring_of({"rsa2048", "rsa3072", "p256", "p384", "ed25519"});
    return image_verifier<policy::strict>{keys}.appraise({image}).why;
}

}  // namespace

TEST_CASE("MCUboot: imgtool's images verify, with every kind of key") {
    for (const example& one : examples) {
        CAPTURE(one.key);
        const ring keys = ring_of({"rsa1024", "unknown", one.key});
        const auto proof = image_verifier<policy::strict>{keys}.verify(byte_view(one.image));
        REQUIRE(proof);
        CHECK(proof->layout() == "mcuboot");
        CHECK(proof->digest().id == one.digest);
        CHECK(equal(proof->content(), byte_view(one.image).first(proof->content().size())));
        CHECK(equal(proof->content().subspan(64, body.size()), view(body)));
        const appraisal answer = image_verifier<policy::strict>{keys}.appraise({one.image});
        CHECK(answer.claim.scheme == one.scheme);
        CHECK(answer.key.kind == key_id_kind::key_digest);
        CHECK(answer.key.size == size_of(one.digest));
        const ring others = ring_of({"rsa1024", "unknown"});
        CHECK(image_verifier<policy::strict>{others}.appraise({one.image}).why.code == errc::key_not_found);
    }
}

TEST_CASE("MCUboot: a certificate is found by its key, and the policy decides about it") {
    ring keys;
    REQUIRE(keys.add(corpus::file("keys/rsa2048.cert.der"), layouts<layout::mcuboot>{}));
    CHECK(image_verifier<policy::legacy>{keys}.appraise({imgtool_rsa2048}).outcome == verdict::verified);
    const image_verifier<policy::all_of<policy::strict, policy::digests<sha512>>> other{keys};
    CHECK(other.appraise({imgtool_rsa2048}).why.code == errc::digest_not_allowed);
    CHECK(image_verifier<policy::strict>{keys}.appraise({imgtool_rsa2048}).why.code == errc::expired);  // no clock was given
}

TEST_CASE("MCUboot: a key identifier matches only identifiers of the same kind") {
    const octets stored = public_file("rsa2048");
    const key_info key = *key::spki::parse(stored);
    const digest_value name = layout::mcuboot::key_digest(key.key, digest_id::sha256);
    CHECK(layout::mcuboot::names({key_id_kind::key_digest, name.view(), {}}, key));
    CHECK_FALSE(layout::mcuboot::names({key_id_kind::skid, name.view(), {}}, key));
    for (std::size_t size = 0; size != 32; ++size) CHECK_FALSE(layout::mcuboot::names({key_id_kind::key_digest, name.view().first(size), {}}, key));
    CHECK_FALSE(layout::mcuboot::names({key_id_kind::key_digest, layout::mcuboot::key_digest(key.key, digest_id::sha384).view().first(32), {}}, key));
}

TEST_CASE("MCUboot: version and security counter are read from the signed part") {
    octets slot = imgtool_rsa2048;
    slot.resize(4096, 0xff);
    const auto found = layout::mcuboot_image::in(slot);
    REQUIRE(found);
    CHECK(found->header.version == layout::mcuboot_version{1, 2, 3, 4});
    CHECK(found->header.header_size == 64);
    CHECK(found->header.body_size == body.size());
    CHECK(found->security_counter == 7u);
    CHECK(equal(found->bytes, imgtool_rsa2048));
    CHECK_FALSE(layout::mcuboot_image::in(imgtool_p384)->security_counter);
    pieces behind_own(imgtool_rsa2048);  // the counter is found behind others, and no second one is passed over
    behind_own.in_protected = join({pieces::entry(0xabcd, {1, 2, 3}), behind_own.in_protected});
    CHECK(layout::mcuboot_image::in(behind_own.whole())->security_counter == 7u);
    behind_own.in_protected = join({behind_own.in_protected, pieces::entry(0x50, {8, 0, 0, 0})});
    CHECK(layout::mcuboot_image::in(behind_own.whole()).error().code == errc::repeated_element);
    CHECK(layout::mcuboot_image::in(octets(4096, 0xff)).error().code == errc::bad_magic);
    using version = layout::mcuboot_version;
    CHECK(version{1, 9, 9, 9} < version{2, 0, 0, 0});
    CHECK(version{1, 2, 300, 0} > version{1, 2, 3, 70000});
}

TEST_CASE("MCUboot: images of other formats are no_signature") {
    CHECK(layout::mcuboot::find({byte_view{}}).error().code == errc::no_signature);
    CHECK(layout::mcuboot::find({view(body)}).error().code == errc::no_signature);
    subject beside{view(body)};
    beside.signature.source = signature_source::detached, beside.signature.bytes = imgtool_p256;
    CHECK(layout::mcuboot::find(beside).error().code == errc::no_signature);
    const auto bare = sign::mcuboot::image({}, view(body));
    CHECK(layout::mcuboot::find({*bare}).error().code == errc::no_signature);
}

TEST_CASE("MCUboot: every wrong field of header and TLVs is refused with its reason") {
    struct change {
        const char* what;
        std::function<octets(octets)> make;
        errc code;
        std::uint64_t offset;
    };
    const auto at = [](std::size_t offset, octets with) {
        return [=](octets image) {
            for (std::size_t i = 0; i != with.size(); ++i) image[offset + i] = with[i];
            return image;
        };
    };
    const auto second = [](const std::function<void(octets&)>& what) {
        return [=](const octets& image) {
            pieces parts(image);
            what(parts.in_second);
            return parts.whole();
        };
    };
    const auto first = [](const std::function<void(octets&)>& what) {
        return [=](const octets& image) {
            pieces parts(image);
            what(parts.in_protected);
            return parts.whole();
        };
    };
    const auto insert = [](std::size_t where, const octets& what) {
        return [=](octets& entries) { entries.insert(entries.begin() + static_cast<long>(where), what.begin(), what.end()); };
    };
    const auto erase = [](std::size_t where, std::size_t size) {
        return [=](octets& entries) { entries.erase(entries.begin() + static_cast<long>(where), entries.begin() + static_cast<long>(where + size)); };
    };
    const auto entry = &pieces::entry;
    const auto zeros = [](std::size_t size) { return octets(size, 0); };
    // The image of RSA-2048: protected TLVs at 88 (counter 92, dependency 100), second ones at 116: hash 120, key 156, signature 192.
    const std::size_t end = imgtool_rsa2048.size();
    REQUIRE(end == 452);
    const change changes[] = {
        {"magic", at(0, {0x3e}), errc::no_signature, end},
        {"older format", at(0, {0x3c}), errc::unsupported_version, 0},
        {"header size below 32", at(8, {31, 0}), errc::bad_header, 8},
        {"header size beyond the file", at(8, {0xff, 0xff}), errc::length_overflow, 8},
        {"protected size of no area", at(10, {3, 0}), errc::bad_header, 10},
        {"protected size beyond the file", at(10, {0xff, 0xff}), errc::length_overflow, 10},
        {"protected size of another area", at(10, {27, 0}), errc::bad_magic, 115},
        {"no protected size", at(10, {0, 0}), errc::bad_magic, 88},
        {"empty body", at(12, {0, 0, 0, 0}), errc::empty_payload, 12},
        {"body beyond the file", at(12, {0, 0, 0, 1}), errc::length_overflow, 12},
        {"body of nearly 4 GiB", at(12, {0xff, 0xff, 0xff, 0xff}), errc::length_overflow, 12},
        {"body of another size", at(12, {23}), errc::bad_magic, 115},
        {"encrypted, AES-128", at(16, {4}), errc::unsupported_content_type, 16},
        {"encrypted, AES-256", at(16, {8}), errc::unsupported_content_type, 16},
        {"compressed by LZMA1", at(17, {2}), errc::unsupported_content_type, 16},
        {"compressed by two", at(17, {6}), errc::unsupported_content_type, 16},
        {"compressed, without a word of what it becomes", at(17, {4}), errc::missing_element, 88},
        {"filtered, but not compressed", at(17, {8}), errc::unsupported_content_type, 16},
        {"unknown flag", at(19, {0x80}), errc::reserved_nonzero, 16},
        {"padding", at(30, {1}), errc::reserved_nonzero, 28},
        {"signed flag", at(16, {0x20}), errc::digest_mismatch, 116},
        {"version", at(20, {9}), errc::digest_mismatch, 116},
        {"protected magic", at(88, {0x07}), errc::bad_magic, 88},
        {"protected size twice", at(90, {27}), errc::length_mismatch, 90},
        {"second magic", at(116, {0x08}), errc::bad_magic, 116},
        {"second size below 4", at(118, {3, 0}), errc::truncated, 118},
        {"second size beyond the file", at(118, {0x51, 0x01}), errc::length_overflow, 118},
        {"second size short of the file", at(118, {0x4f, 0x01}), errc::trailing_garbage, 451},
        {"value beyond its area", at(122, {0xff, 0xff}), errc::length_overflow, 122},
        {"protected value beyond its area", at(94, {21, 0}), errc::length_overflow, 94},
        {"half an entry", second(insert(332, {1, 0, 0})), errc::truncated, 452},
        {"half a protected entry", first(insert(24, {1})), errc::truncated, 116},
        {"no hash", second(erase(0, 36)), errc::missing_element, 416},
        {"hash of another length", second([&](octets& entries) { entries[2] = 31, entries.erase(entries.begin() + 4); }), errc::length_mismatch, 122},
        {"two hashes", second(insert(36, entry(0x11, zeros(48)))), errc::repeated_element, 156},
        {"the same hash twice", second(insert(36, entry(0x10, zeros(32)))), errc::repeated_element, 156},
        {"another hash than PSS has", second([&](octets& entries) {
             erase(0, 72)(entries), insert(0, join({entry(0x12, zeros(64)), entry(0x01, zeros(64))}))(entries);
         }), errc::inconsistent_algorithms, 256},
        {"another digest of the key than of the image", second([&](octets& entries) { erase(36, 36)(entries), insert(36, entry(0x01, zeros(48)))(entries); }),
         errc::length_mismatch, 158},
        {"no signature", second(erase(36, 296)), errc::no_signature, 156},
        {"nothing at all", second([](octets& entries) { entries.clear(); }), errc::missing_element, 120},
        {"a signature without a key", second(erase(36, 36)), errc::missing_element, 156},
        {"a key without a signature", second(insert(332, entry(0x01, zeros(32)))), errc::missing_element, 488},
        {"two keys before a signature", second(insert(72, entry(0x01, zeros(32)))), errc::bad_structure, 192},
        {"a key beside its digest", second(insert(36, entry(0x02, zeros(9)))), errc::bad_structure, 169},
        {"a key that is none", second([&](octets& entries) { erase(36, 36)(entries), insert(36, entry(0x02, zeros(9)))(entries); }), errc::key_not_found, 156},
        {"an RSA signature over the image", second(insert(332, entry(0x25, {1}))), errc::unsupported_algorithm, 452},
        {"a signature over the image, or not", second(insert(332, entry(0x25, {0}))), errc::bad_structure, 452},
        {"ECDSA over P-224", second(insert(332, entry(0x21, zeros(9)))), errc::unsupported_algorithm, 452},
        {"an encryption key", second(insert(332, entry(0x30, zeros(9)))), errc::unsupported_content_type, 452},
        {"an encryption key, X25519", second(insert(332, entry(0x34, zeros(9)))), errc::unsupported_content_type, 452},
        {"an encryption key of the last type", second(insert(332, entry(0x3f, zeros(9)))), errc::unsupported_content_type, 452},
        {"a security counter that nothing protects", second(insert(332, entry(0x50, zeros(4)))), errc::bad_structure, 452},
        {"a dependency that nothing protects", second(insert(332, entry(0x40, zeros(12)))), errc::bad_structure, 452},
        {"an unknown TLV that nothing protects", second(insert(332, entry(0xa0, zeros(1)))), errc::bad_structure, 452},
        {"TLV 0", second(insert(0, entry(0, {}))), errc::bad_structure, 120},
        {"a signature of another length", second([&](octets& entries) { put16(entries, 74, 255), entries.pop_back(); }), errc::length_mismatch, 194},
        {"a signature called Ed25519's", second([](octets& entries) { entries[72] = 0x24; }), errc::length_mismatch, 194},
        {"a signature called RSA-3072's", second([](octets& entries) { entries[72] = 0x23; }), errc::length_mismatch, 194},
        {"a signature called ECDSA's", second([](octets& entries) { entries[72] = 0x22; }), errc::key_type_mismatch, 156},
        {"another key's digest", second([](octets& entries) { entries[40] ^= 1; }), errc::key_not_found, 156},
        {"a counter of another length", first([&](octets& entries) { erase(0, 8)(entries), insert(0, entry(0x50, zeros(8)))(entries); }), errc::length_mismatch, 94},
        {"two counters", first(insert(8, entry(0x50, zeros(4)))), errc::repeated_element, 100},
        {"a dependency of another length", first([&](octets& entries) { erase(8, 16)(entries), insert(8, entry(0x40, zeros(8)))(entries); }), errc::length_mismatch, 102},
        {"a hash among the protected", first(insert(0, entry(0x10, zeros(32)))), errc::bad_structure, 92},
        {"a key among the protected", first(insert(0, entry(0x01, zeros(32)))), errc::bad_structure, 92},
        {"a signature among the protected", first(insert(24, entry(0x20, zeros(256)))), errc::bad_structure, 116},
        {"the hash", second([](octets& entries) { entries[4] ^= 1; }), errc::digest_mismatch, 116},
        {"the signature", second([](octets& entries) { entries[331] ^= 1; }), errc::signature_mismatch, 156},
        {"something behind", [](octets image) { return image.push_back(0xff), image; }, errc::trailing_garbage, end},
        {"a byte less", [](octets image) { return image.pop_back(), image; }, errc::length_overflow, 118},
        {"cut behind the protected TLVs", [](octets image) { return image.resize(116), image; }, errc::no_signature, 116},
        {"cut in the header", [](octets image) { return image.resize(31), image; }, errc::truncated, 31},
    };
    std::size_t seen = 0;
    for (const change& one : changes) {
        CAPTURE(one.what);
        const failure found = why(one.make(imgtool_rsa2048));
        CHECK(std::string(name(found.code)) == std::string(name(one.code)));
        CHECK(found.offset == one.offset);
        ++seen;
    }
    std::printf("      %zu faults\n", seen);
    CHECK(seen == sizeof changes / sizeof changes[0]);
    CHECK(pieces(imgtool_rsa2048).whole() == imgtool_rsa2048);  // what the changes begin with
    CHECK(why(imgtool_rsa2048).code == errc::none);
}

TEST_CASE("MCUboot: the vendor's own TLVs are signed, and ignored") {
    pieces parts(imgtool_rsa2048);
    const octets own = pieces::entry(0xabcd, {1, 2, 3});
    parts.in_protected.insert(parts.in_protected.end(), own.begin(), own.end());
    CHECK(why(parts.whole()).code == errc::digest_mismatch);
    CHECK(why(signed_anew(parts, "rsa2048")).code == errc::none);
}

TEST_CASE("MCUboot: a compressed image has the size, the hash and the signature of what it unpacks to") {
    const octets size = pieces::entry(0x70, {0, 1, 0, 0}), hash = pieces::entry(0x71, octets(32)), signature = pieces::entry(0x72, octets(256));
    const auto fault = [](std::initializer_list<byte_view> entries) {
        pieces parts(imgtool_rsa2048);
        parts.header_and_body[17] = 4;
        parts.in_protected = join(entries);
        return why(parts.whole()).code;
    };
    CHECK(fault({size, hash, signature}) == errc::digest_mismatch);  // nothing is missing, but it is not signed
    CHECK(fault({hash, signature}) == errc::missing_element);
    CHECK(fault({size, signature}) == errc::missing_element);
    CHECK(fault({size, hash}) == errc::missing_element);
}

TEST_CASE("MCUboot: a hash in an image that is signed itself is checked, too") {
    pieces parts(imgtool_ed25519);
    const octets is_pure = pieces::entry(0x25, {1});
    parts.in_second.insert(parts.in_second.end(), is_pure.begin(), is_pure.end());
    CHECK(why(parts.whole()).code == errc::signature_mismatch);
    parts.in_second[4] ^= 1;
    CHECK(why(parts.whole()).code == errc::digest_mismatch);
}

TEST_CASE("MCUboot: behind an image only erased bytes, a flag and a magic fill the slot") {
    const octets of_8 = hex("77c295f360d2ef7f3552500f2cb67980"), of_others = hex("2de15d29410b8d77679c110f1f8a");
    const auto filling = [&](std::size_t alignment) {
        octets magic = of_8;
        if (alignment != 8) magic = join({octets{static_cast<std::uint8_t>(alignment), 0}, of_others});
        return join({octets(100, 0xff), magic});
    };
    for (const auto alignment : std::to_array<std::size_t>({8, 16, 32})) {
        CAPTURE(alignment);
        octets slot = filling(alignment);
        CHECK(layout::is_slot_filling(slot));
        const std::size_t image_ok = slot.size() - (alignment == 32 ? 64 : 16 + alignment);
        for (std::size_t i = 0; i != slot.size(); ++i) {
            const std::uint8_t was = slot[i];
            slot[i] = 0x01;
            CHECK(layout::is_slot_filling(slot) == (i == image_ok || was == 0x01));
            slot[i] = was;
        }
    }
    for (const auto alignment : std::to_array<std::size_t>({0, 1, 64})) CHECK_FALSE(layout::is_slot_filling(filling(alignment)));
    for (std::size_t size = 0; size != 24; ++size) CHECK_FALSE(layout::is_slot_filling(byte_view(filling(8)).last(size)));
    CHECK(layout::is_slot_filling(byte_view(filling(8)).last(24)));
}

TEST_CASE("MCUboot: no changed, shortened or extended image verifies") {
    std::size_t changes = 0, accepted = 0;
    std::set<std::string> reasons;
    for (const example& one : examples) {
        const ring keys = ring_of({"rsa2048", "rsa3072", "p256", "p384", "ed25519"});
        const image_verifier<policy::strict> verifier{keys};
        octets image = one.image;
        const auto refused = [&](byte_view changed) {
            const appraisal answer = verifier.appraise({changed});
            ++changes, accepted += answer.outcome == verdict::verified;
            reasons.insert(std::string(name(answer.why.code)));
        };
        for (std::size_t i = 0; i != image.size(); ++i) {
            const std::uint8_t was = image[i];
            for (const unsigned flip : {0x01u, 0x02u, 0x04u, 0x08u, 0x10u, 0x20u, 0x40u, 0x80u, 0xffu}) {
                image[i] = static_cast<std::uint8_t>(was ^ flip);
                refused(image);
            }
            image[i] = was;
        }
        for (std::size_t size = 0; size != image.size(); ++size) refused(byte_view(image).first(size));
        for (std::size_t i = 0; i != 100; ++i) image.push_back(0xff), refused(image);
        image.resize(one.image.size());
        CHECK(verifier.appraise({image}).outcome == verdict::verified);
    }
    std::printf("      %zu changed images, %zu reasons\n", changes, reasons.size());
    CHECK(accepted == 0);
    CHECK(changes > 17000);
    CHECK(reasons.size() > 10);
    CHECK_FALSE(reasons.contains("none"));
}

TEST_CASE("MCUboot: images with several signers") {
    const auto made = sign::mcuboot::image({.version = {2, 0, 0, 0}}, view(body));
    REQUIRE(made);
    const auto with = [&](std::initializer_list<const char*> names) {
        octets entries;
        for (const char* name : names) {
            const auto one = sign::mcuboot::write(private_key(name), digest_of_image(*made));
            REQUIRE(one);
            const std::size_t from = entries.empty() ? 4 : 4 + 36;  // one hash for all
            entries.insert(entries.end(), one->begin() + static_cast<long>(from), one->end());
        }
        octets info(4);
        put16(info, 0, 0x6907), put16(info, 2, 4 + entries.size());
        return join({*made, info, entries});
    };
    const octets both = with({"rsa2048", "p256"});
    const ring first = ring_of({"rsa2048"}), second = ring_of({"p256"}), all = ring_of({"rsa2048", "p256"}), none = ring_of({"rsa4096"});
    // strict wants every signer proven, so that nothing stands in an image that is not; a rule lets others sign, too.
    using lax = policy::all_of<policy::strict, policy::other_signers_permitted>;
    for (const ring* one : {&first, &second}) {
        CHECK(image_verifier<policy::strict>{*one}.appraise({both}).why.code == errc::unproven_signer);
        CHECK(image_verifier<lax>{*one}.appraise({both}).outcome == verdict::verified);
    }
    CHECK(image_verifier<policy::strict>{all}.appraise({both}).outcome == verdict::verified);
    CHECK(image_verifier<policy::strict>{none}.appraise({both}).why.code == errc::key_not_found);
    using both_of = policy::all_of<policy::strict, policy::at_least<2, policy::strict>>;
    CHECK(image_verifier<both_of>{all}.appraise({both}).outcome == verdict::verified);
    using lax_both = policy::all_of<both_of, policy::other_signers_permitted>;
    CHECK(image_verifier<lax_both>{first}.appraise({both}).why.code == errc::too_few_signers);
    CHECK(image_verifier<lax_both>{first}.appraise({with({"rsa2048", "rsa2048"})}).why.code == errc::too_few_signers);
    CHECK(image_verifier<both_of>{first}.appraise({with({"rsa2048", "rsa2048"})}).why.code == errc::repeated_element);
    octets wrong = both;
    wrong.back() ^= 1;
    CHECK(image_verifier<policy::strict>{all}.appraise({wrong}).outcome == verdict::rejected);
    CHECK(image_verifier<lax>{first}.appraise({wrong}).outcome == verdict::verified);  // the other signer is unknown
    CHECK(image_verifier<lax>{first}.appraise({with({"p256", "p256", "p256", "rsa2048"})}).outcome == verdict::verified);
    // and the small verifier does as the whole one
    using small = firmware_verifier<layout::mcuboot, engine::firmware_pss<digest_list<sha256>>, policy::strict, vendor_key>;
    using small_lax = firmware_verifier<layout::mcuboot, engine::firmware_pss<digest_list<sha256>>, lax, vendor_key>;
    CHECK(small::verify(both).why == errc::unproven_signer);
    CHECK(small_lax::verify(both, {.now = 1790000000}).why == errc::none);
    CHECK(small::verify(with({"rsa2048", "rsa2048"})).why == errc::unproven_signer);
    CHECK(image_verifier<policy::strict>{first}.appraise({with({"p256", "p256", "p256", "p256", "rsa2048"})}).why.code == errc::too_many_signers);
}

TEST_CASE("MCUboot: the writer makes the same bytes as imgtool") {
    sign::mcuboot_options how{.version = {1, 2, 3, 4}, .security_counter = 7, .header_size = 64};
    for (const example& one : examples) {
        CAPTURE(one.key);
        const std::string key = one.key;
        how.dependencies.clear();
        if (key == "rsa2048") how.dependencies.push_back({1, {1, 0, 0, 0}});
        how.security_counter = key == "p384" ? std::nullopt : std::optional<std::uint32_t>(7);
        const auto image = sign::mcuboot::image(how, view(body));
        REQUIRE(image);
        const auto signature = sign::mcuboot::write(private_key(key), digest_of_image(*image, one.digest));
        REQUIRE(signature);
        const octets whole = join({*image, *signature});
        CHECK(why(whole).code == errc::none);
        // ECDSA and PSS come out otherwise each time; all before the signature is the same.
        const std::size_t same = key == "ed25519" ? whole.size() : image->size() + 4 + 2 * (4 + size_of(one.digest));
        CHECK(equal(byte_view(whole).first(image->size()), byte_view(one.image).first(image->size())));
        const std::size_t skip = key == "ed25519" ? 0 : 4;  // the area's size depends on the signature's
        CHECK(equal(byte_view(whole).subspan(image->size() + skip, same - image->size() - skip),
                    byte_view(one.image).subspan(image->size() + skip, same - image->size() - skip)));
        CHECK(equal(*sign::mcuboot::body_of(whole), view(body)));
    }
}

TEST_CASE("MCUboot: impossible input is not signed") {
    CHECK(sign::mcuboot::image({}, {}).error().code == errc::empty_payload);
    CHECK(sign::mcuboot::image({.header_size = 31}, view(body)).error().code == errc::bad_header);
    sign::mcuboot_options many;
    many.dependencies.resize(5000);
    CHECK(sign::mcuboot::image(many, view(body)).error().code == errc::too_large);
    const digest_value sha256 = digest_of_image(view(body)), sha384 = digest_of_image(view(body), digest_id::sha384);
    CHECK(sign::mcuboot::write(private_key("rsa2048"), sha384).error().code == errc::unsupported_hash);
    CHECK(sign::mcuboot::write(private_key("p384"), sha256).error().code == errc::unsupported_hash);
    CHECK(sign::mcuboot::write(private_key("rsa4096"), sha256).error().code == errc::unsupported_key);
    CHECK(sign::mcuboot::write(private_key("p521"), sha256).error().code == errc::unsupported_key);
    CHECK(sign::mcuboot::body_of(view(body)).error().code == errc::bad_magic);
}

TEST_CASE("MCUboot: firmware_verifier gives the same reasons as verifier") {
    using small = firmware_verifier<layout::mcuboot, engine::firmware_pss<digest_list<sha256>>, policy::strict, vendor_key>;
    const image_verifier<policy::strict> whole{keyring::builtin_for<layouts<layout::mcuboot>, vendor_key>()};
    octets image = imgtool_rsa2048;
    REQUIRE(small::verify(image).why == errc::none);
    CHECK(equal(small::verify(image).content, byte_view(image).first(116)));
    std::size_t compared = 0;
    const auto same = [&](byte_view changed) {
        const errc wanted = whole.appraise({changed}).why.code;
        CHECK(std::string(name(small::verify(changed).why)) == std::string(name(wanted)));
        ++compared;
    };
    for (std::size_t i = 0; i != image.size(); ++i) {
        const std::uint8_t was = image[i];
        for (const unsigned flip : {0x01u, 0x80u, 0xffu}) image[i] = static_cast<std::uint8_t>(was ^ flip), same(image);
        image[i] = was;
    }
    for (std::size_t size = 0; size <= image.size(); ++size) same(byte_view(image).first(size));
    for (const example& one : examples)
        if (one.digest == digest_id::sha256) same(one.image);
    CHECK(small::verify(imgtool_p384).why == errc::unsupported_hash);
    std::printf("      %zu images\n", compared);
    CHECK(compared > 1500);
}

TEST_CASE("MCUboot: firmware reads images that it starts in place, and no others") {
    using in_place = layout::mcuboot::in_firmware;
    const auto reason = [](const octets& image) {
        const auto where = in_place::find({image});
        if (!where) return where.error().code;
        const auto claims = in_place::open({image}, *where);
        return claims ? errc::none : claims.error().code;
    };
    CHECK(reason(imgtool_ed25519) == errc::none);
    octets filled = imgtool_ed25519;
    filled.resize(512, 0xff);
    for (const std::uint8_t byte : hex("77c295f360d2ef7f3552500f2cb67980")) filled.push_back(byte);
    CHECK(why(filled).code == errc::none);
    CHECK(reason(filled) == errc::trailing_garbage);
    CHECK(layout::mcuboot_image::in(filled)->bytes.size() == imgtool_ed25519.size());
    pieces pure(imgtool_ed25519);
    const octets is_pure = pieces::entry(0x25, {1});
    pure.in_second.insert(pure.in_second.end(), is_pure.begin(), is_pure.end());
    CHECK(why(pure.whole()).code == errc::signature_mismatch);
    CHECK(reason(pure.whole()) == errc::unsupported_algorithm);
    pieces named(imgtool_ed25519);
    named.in_second[36] = 0x02;
    CHECK(why(named.whole()).code == errc::key_not_found);
    CHECK(reason(named.whole()) == errc::unsupported_key);
    octets compressed = imgtool_ed25519;
    compressed[17] = 4;
    CHECK(reason(compressed) == errc::unsupported_content_type);
    CHECK(layout::mcuboot_image::in(compressed).error().code == errc::unsupported_content_type);
}

TEST_CASE("MCUboot: a public key in an image names a key by all its bytes") {
    const octets stored = public_file("p256");
    const key_info key = *key::spki::parse(stored);
    CHECK(layout::mcuboot::names({key_id_kind::public_key, stored, {}}, key));
    CHECK_FALSE(layout::mcuboot::names({key_id_kind::public_key, byte_view(stored).first(stored.size() - 1), {}}, key));
    CHECK_FALSE(layout::mcuboot::names({key_id_kind::key_digest, stored, {}}, key));
    const key_id_copy copy({key_id_kind::public_key, stored, {}});
    CHECK(equal(copy.view(), byte_view(stored).last(key_id_copy::capacity)));
    const key_id_copy number({key_id_kind::issuer_serial, stored, {}});  // of others the first bytes are kept
    CHECK(equal(number.view(), byte_view(stored).first(key_id_copy::capacity)));
    const key_id_copy short_key({key_id_kind::public_key, byte_view(stored).first(5), {}});
    CHECK(equal(short_key.view(), byte_view(stored).first(5)));
}

TEST_CASE("MCUboot: the firmware engine accepts PSS of one salt size only") {
    using small = engine::firmware_pss<digest_list<sha256>>;
    const auto info = *key::parse_any(vendor_key);
    const auto key = *small::prepare(info.key);
    to_check what{scheme_id::rsa_pkcs1_v15, {}, {}, {}, false};
    CHECK(small{}.check(key, what).error().code == errc::unsupported_algorithm);
    what.scheme = scheme_id::rsa_pss;
    CHECK(small{}.check(key, what).error().code == errc::signature_length);
    const octets ones(256, 0xff), zeros(256, 0);
    what.signature = ones;
    CHECK(small{}.check(key, what).error().code == errc::unsupported_hash);
    what.digest.id = digest_id::sha256;
    CHECK(small{}.check(key, what).error().code == errc::signature_out_of_range);
    what.signature = zeros;
    CHECK(small{}.check(key, what).error().code == errc::signature_mismatch);
    what.lenient = true;
    CHECK(small{}.check(key, what).error().code == errc::unsupported_algorithm);
    what = {scheme_id::rsa_pss, digest_of_image(view(body)), {}, {}, false};
    const octets good = *private_key("rsa2048").sign({scheme_id::rsa_pss, what.digest, {}});
    what.signature = good;
    CHECK(small{}.check(key, what));
}
