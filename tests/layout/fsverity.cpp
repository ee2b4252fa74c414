// SPDX-License-Identifier: BSL-1.0
// fs-verity's builtin signatures: the worked example of the format, both ways; digests measured by the kernel; faults.
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/verity_descriptor.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/linux/layout/verity_descriptor.hpp>
#include <modsig/load/measured.hpp>
#include <modsig/os/descriptor.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/verifier.hpp>

#include "../support/example.hpp"
#include "../support/hex.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <fcntl.h>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;
template <class Policy, class... Layout>
using verifier_of = verifier<layouts<Layout...>, engine::botan, Policy>;
using only_verity = verifier_of<policy::legacy, layout::fsverity>;

// Made by fsverity-utils 1.5 and OpenSSL 3.0.
const octets payload = hex(example::payload);
const octets certificate = hex(example::rsa_certificate);
const octets raw = hex(
    "7bb437e0f7e187b2a90920a5dfcdb8e21d3d37b654f6aa26ee83162b298785a4a2bf29dc18199bb4faa239698f4006cf71893b876818556d"
    "6810254f69d972cc858775c9c03112412bdc50847bdec9ba349c0b6ff8d4d4917cba2cb3946d34147124f9a93361261955090783ce437aee84d55874e5325365"
    "ee2b7a192ec059c2");
const octets good_message = [] {
    octets whole = hex(
        "3082010406092a864886f70d010702a081f63081f3020101310f300d06096086480165030402010500300b06092a864886f70d0107013181cf3081cc02010130"
        "26301a3118301606035504030c0f6d6f647369672074657374206b657902081122334455667788300d06096086480165030402010500300d06092a864886f70d"
        "010101050004"
        "8180");
    whole.insert(whole.end(), raw.begin(), raw.end());
    return whole;
}();
const octets file_digest = hex("60eff68293914797049e44c77fd22a82dec3189698aa87d02e1013e2543bd967");

const auto& ring() {
    static const auto made = [] {
        keyring::store<engine::botan> keys;
        REQUIRE(keys.add(certificate, layouts<layout::fsverity>{}));
        return keys;
    }();
    return made;
}

subject beside(const octets& signature, byte_view image = payload) {
    subject s{image};
    s.signature.source = signature_source::detached;
    s.signature.bytes = signature;
    s.beside.verity = verity_options{};
    return s;
}

digest_value digest_in(digest_id id, byte_view bytes) {
    digest_value digest{id, {}};
    std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
    return digest;
}

errc why(const subject& s) { return only_verity{ring()}.appraise(s).why.code; }

}  // namespace

TEST_CASE("fsverity: the example verifies, and the writer makes the same bytes") {
    const appraisal answer = only_verity{ring()}.appraise(beside(good_message));
    CHECK(answer.outcome == verdict::verified);
    CHECK(answer.layout == "fsverity");
    CHECK(answer.claim.scheme == scheme_id::rsa_pkcs1_v15);
    CHECK(answer.claim.content_digest == digest_id::sha256);
    CHECK(answer.claim.signed_digest == digest_id::sha256);
    CHECK(answer.key.kind == key_id_kind::issuer_serial);
    CHECK(equal(answer.digest.view(), file_digest));
    CHECK(verifier_of<policy::strict, layout::fsverity>{ring()}.appraise(beside(good_message)).why.code == errc::weak_key);

    const layout::formatted_digest formatted(digest_in(digest_id::sha256, file_digest));
    octets expected = hex("465356657269747901002000");
    expected.insert(expected.end(), file_digest.begin(), file_digest.end());
    CHECK(equal(formatted.view(), expected));
    const auto to_sign = sign::fsverity::digest(digest_in(digest_id::sha256, file_digest), engine::native{});
    REQUIRE(to_sign);
    CHECK(equal(to_sign->view(), hex("5fe0d5c0b347d69c74660d4b39ae4e558f5312a92818923495b2a6944fa45087")));
    const auto by = key::x509::parse(certificate);
    REQUIRE(by);
    const auto written = sign::fsverity::write(*by, sign::signer_form::issuer_and_serial, digest_id::sha256, raw);
    REQUIRE(written);
    CHECK(equal(*written, good_message));
    CHECK(sign::fsverity::write(*by, sign::signer_form::issuer_and_serial, digest_id::sha1, raw).error().code == errc::unsupported_hash);
    CHECK(sign::fsverity::digest(digest_in(digest_id::sha384, {}), engine::native{}).error().code == errc::unsupported_hash);
}

TEST_CASE("fsverity: another file, another option and another message are refused") {
    octets changed = payload;
    changed[3] ^= 1;
    CHECK(why(beside(good_message, changed)) == errc::signature_mismatch);
    octets longer = payload;
    longer.push_back(0);  // the same blocks: only the size differs
    CHECK(why(beside(good_message, longer)) == errc::signature_mismatch);
    const octets salt{0};
    const verity_options others[] = {{digest_id::sha512, 4096, {}}, {digest_id::sha256, 1024, {}}, {digest_id::sha256, 4096, salt}};
    for (const verity_options& how : others) {
        subject s = beside(good_message);
        s.beside.verity = how;
        CHECK(why(s) == errc::signature_mismatch);
    }
    for (std::size_t at = 0; at != good_message.size(); ++at) {
        octets bad = good_message;
        bad[at] ^= 0x40;
        CHECK(only_verity{ring()}.appraise(beside(bad)).outcome == verdict::rejected);
    }
    for (std::size_t size = 0; size != good_message.size(); ++size)
        CHECK(only_verity{ring()}.appraise(beside(octets(good_message.begin(), good_message.begin() + static_cast<std::ptrdiff_t>(size)))).outcome == verdict::rejected);
}

TEST_CASE("fsverity: the kernel's measured digest replaces the content's") {
    subject s = beside(good_message, {});
    CHECK(why(s) == errc::signature_mismatch);
    s.beside.measured = digest_in(digest_id::sha256, file_digest);
    CHECK(why(s) == errc::none);
    s.beside.measured.bytes[31] ^= 1;
    CHECK(why(s) == errc::signature_mismatch);
    s.beside.measured = digest_in(digest_id::sha512, {});
    CHECK(why(s) == errc::inconsistent_algorithms);
    s.beside.verity->hash = digest_id::sha512;
    CHECK(why(s) == errc::signature_mismatch);
}

TEST_CASE("fsverity: impossible options are refused") {
    subject s = beside(good_message);
    s.beside.verity->hash = digest_id::sha1;
    CHECK(why(s) == errc::unsupported_hash);
    s.beside.verity->hash = digest_id::none;
    CHECK(why(s) == errc::unsupported_hash);
    s.beside.verity = verity_options{digest_id::sha256, 512, {}};
    CHECK(why(s) == errc::unsupported_block_size);
    const octets salt(33);
    s.beside.verity = verity_options{digest_id::sha256, 4096, salt};
    CHECK(why(s) == errc::length_overflow);
}

TEST_CASE("fsverity: only detached signatures are read, and none that begins like an extended attribute") {
    CHECK(why(subject{good_message}) == errc::no_signature);
    subject attribute = beside(good_message);
    attribute.signature.source = signature_source::xattr;
    CHECK(why(attribute) == errc::no_signature);
    CHECK(why(beside({})) == errc::truncated);
    octets ima{3};
    ima.insert(ima.end(), good_message.begin(), good_message.end());
    CHECK(why(beside(ima)) == errc::no_signature);
    octets most(layout::fsverity::max_signature_size, 0x30);
    CHECK(why(beside(most)) == errc::bad_der);
    most.push_back(0);
    CHECK(why(beside(most)) == errc::too_large);
    const verifier_of<policy::legacy, layout::fsverity, layout::digsig> both{ring()};
    CHECK(both.appraise(beside(good_message)).outcome == verdict::verified);
    CHECK(both.appraise(beside(ima)).layout.empty());  // it is IMA's
    ima[1] = 1;
    CHECK(both.appraise(beside(ima)).layout == "digsig");
}

TEST_CASE("fsverity: formatted digests are read back") {
    for (const digest_id id : {digest_id::sha256, digest_id::sha512}) {
        digest_value digest{id, {}};
        for (std::size_t i = 0; i != size_of(id); ++i) digest.bytes[i] = static_cast<std::uint8_t>(i + 1);
        const layout::formatted_digest formatted(digest);
        const octets good(formatted.view().begin(), formatted.view().end());
        const auto read = layout::formatted_digest::parse(good);
        REQUIRE(read);
        CHECK(read->id == id);
        CHECK(equal(read->view(), digest.view()));

        const auto fault = [&](std::size_t at, std::uint8_t byte) {
            octets bad = good;
            bad[at] = byte;
            const auto answer = layout::formatted_digest::parse(bad);
            return answer ? errc::none : answer.error().code;
        };
        CHECK(fault(0, 'f') == errc::bad_magic);
        CHECK(fault(7, 'Y') == errc::bad_magic);
        CHECK(fault(8, 0) == errc::unsupported_hash);
        CHECK(fault(8, 3) == errc::unsupported_hash);
        CHECK(fault(8, 0xff) == errc::unsupported_hash);
        CHECK(fault(9, 1) == errc::unsupported_hash);
        CHECK(fault(8, id == digest_id::sha256 ? 2 : 1) == errc::length_mismatch);
        CHECK(fault(10, 31) == errc::length_mismatch);
        CHECK(fault(11, 1) == errc::length_mismatch);
        for (std::size_t size = 0; size != good.size(); ++size)
            CHECK(layout::formatted_digest::parse(byte_view(good).first(size)).error().code == (size < 12 ? errc::truncated : errc::length_mismatch));
        octets longer = good;
        longer.push_back(0);
        CHECK(layout::formatted_digest::parse(longer).error().code == errc::length_mismatch);
    }
}

TEST_CASE("fsverity: faults of descriptors have their reason and offset") {
    const octets salt{1, 2, 3};
    const verity_options how{digest_id::sha256, 1024, salt};
    const auto root = digest::fsverity_root(engine::native{}, how, payload);
    REQUIRE(root);
    const auto fields = digest::fsverity_descriptor(how, payload.size(), *root);
    const octets plain(fields.begin(), fields.end());
    octets with_signature = plain;
    with_signature.insert(with_signature.end(), good_message.begin(), good_message.end());
    with_signature[4] = static_cast<std::uint8_t>(good_message.size() & 0xff), with_signature[5] = static_cast<std::uint8_t>(good_message.size() >> 8);

    const auto read = layout::verity_descriptor::parse(with_signature, payload.size());
    REQUIRE(read);
    CHECK(read->how.hash == digest_id::sha256);
    CHECK(read->how.block_size == 1024);
    CHECK(equal(read->how.salt, salt));
    CHECK(read->data_size == payload.size());
    CHECK(equal(read->root.view(), root->view()));
    CHECK(equal(read->signature, good_message));
    CHECK(read->check(engine::native{}, payload));
    CHECK(read->check(engine::botan{}, payload));
    octets changed = payload;
    changed[0] ^= 1;
    CHECK(read->check(engine::native{}, changed).error().code == errc::digest_mismatch);
    CHECK(read->check(engine::native{}, byte_view(payload).first(4)).error().code == errc::length_mismatch);

    struct row { std::size_t at; std::uint8_t byte; errc strict; errc linux_too; std::uint64_t offset; };
    const row rows[] = {
        {0, 0, errc::unsupported_version, errc::unsupported_version, 0},
        {0, 2, errc::unsupported_version, errc::unsupported_version, 0},
        {1, 0, errc::unsupported_hash, errc::unsupported_hash, 1},
        {1, 3, errc::unsupported_hash, errc::unsupported_hash, 1},
        {1, 255, errc::unsupported_hash, errc::unsupported_hash, 1},
        {2, 9, errc::unsupported_block_size, errc::unsupported_block_size, 2},
        {2, 17, errc::unsupported_block_size, errc::unsupported_block_size, 2},
        {2, 32, errc::unsupported_block_size, errc::unsupported_block_size, 2},
        {2, 255, errc::unsupported_block_size, errc::unsupported_block_size, 2},
        {3, 33, errc::length_overflow, errc::length_overflow, 3},
        {3, 2, errc::reserved_nonzero, errc::none, 82},
        {4, 9, errc::length_overflow, errc::length_overflow, 4},
        {4, 7, errc::trailing_garbage, errc::none, 256 + 0x107},
        {7, 1, errc::length_overflow, errc::length_overflow, 4},
        {8, 24, errc::length_mismatch, errc::length_mismatch, 8},
        {15, 0x80, errc::length_mismatch, errc::length_mismatch, 8},
        {48, 1, errc::reserved_nonzero, errc::none, 48},
        {79, 1, errc::reserved_nonzero, errc::none, 48},
        {111, 1, errc::reserved_nonzero, errc::none, 83},
        {112, 1, errc::reserved_nonzero, errc::reserved_nonzero, 112},
        {255, 1, errc::reserved_nonzero, errc::reserved_nonzero, 112},
    };
    for (const row& r : rows) {
        CAPTURE(r.at);
        CAPTURE(int{r.byte});
        octets bad = with_signature;
        bad[r.at] = r.byte;
        const auto strict = layout::verity_descriptor::parse(bad, payload.size());
        REQUIRE_FALSE(strict);
        CHECK(strict.error().code == r.strict);
        CHECK(strict.error().offset == r.offset);
        CHECK(strict.error().linux_errno() == linux_error::einval);
        const auto linux_too = kernel::parse_verity_descriptor(bad, payload.size());
        CHECK((linux_too ? errc::none : linux_too.error().code) == r.linux_too);
    }
    for (std::size_t size = 0; size != plain.size(); ++size)
        CHECK(layout::verity_descriptor::parse(byte_view(plain).first(size), payload.size()).error().code == errc::truncated);
    octets large = plain;
    large.resize(layout::verity_descriptor::max_size);
    CHECK(kernel::parse_verity_descriptor(large, payload.size()));
    large.push_back(0);
    const auto too_large = kernel::parse_verity_descriptor(large, payload.size());
    CHECK(too_large.error().code == errc::too_large);
    CHECK(too_large.error().linux_errno() == linux_error::emsgsize);
    MESSAGE(std::size(rows) << " faults");
}

TEST_CASE("fsverity: the kernel's measurement fails with its reason where there is none") {
    const temporary_file file(payload);
    const os::descriptor open(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(open.is_open());
    const auto digest = load::measure(open.get());
    REQUIRE_FALSE(digest);  // fs-verity is not enabled for a new file
    const bool expected = digest.error().code == errc::no_signature || digest.error().code == errc::unsupported_version;
    CHECK_MESSAGE(expected, name(digest.error().code));
    MESSAGE("here: " << std::string(name(digest.error().code)) << ", " << std::string(name(digest.error().linux_errno())));
    CHECK(load::measured_file::open(file.path.c_str()).error().code == digest.error().code);
    const os::descriptor device(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK(load::measure(device.get()).error().code == errc::unsupported_version);
    CHECK(load::measure(-1).error().code == errc::io_error);
}
