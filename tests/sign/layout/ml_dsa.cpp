// SPDX-License-Identifier: BSL-1.0
// Messages, and signatures of IMA and EVM, with ML-DSA: around the signatures that openssl 3.6 made (tests/data/ml_dsa) the same bytes are
// written; messages of several signers.
#include <modsig/sign/layout/cms.hpp>

#include <modsig/engine/best.hpp>
#include <modsig/key/any.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/combine.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/policy/signer_class.hpp>
#include <modsig/sign/key/certificate.hpp>
#include <modsig/sign/layout/bpf.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/sign/layout/ima.hpp>
#include <modsig/sign/layout/modsign.hpp>
#include <modsig/verifier.hpp>

#include "../../support/hardened.hpp"
#include "../../support/ml_dsa_keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace modsig;
using sign::cms;
using sign::signer_form;

namespace {

using octets = std::vector<std::uint8_t>;

octets file(const std::string& name) { return ml_dsa_file("files.txt", name); }

digest_value digest_of(digest_id id, byte_view content) { return *engine::best{}.digest(id, {&content, 1}); }

/// Signs as somebody has signed before, and keeps what it was asked.
struct replaying {
    key_info by{};
    octets raw{};
    mutable octets asked{};

    [[nodiscard]] const key_info& info() const { return by; }
    [[nodiscard]] result<sign::bytes> sign(const sign::to_sign& what) const {
        if (!fits(by.key.algorithm, what.scheme)) return errc::key_type_mismatch;
        const byte_view message = signs_message(what.scheme) ? what.message : what.digest.view();
        asked.assign(message.begin(), message.end());
        return raw;
    }
};
static_assert(sign::explain_signer<replaying>());

struct level {
    std::string name;
    std::size_t signature_size;
};
const level levels[] = {{"ml44", 2420}, {"ml65", 3309}, {"ml87", 4627}};

octets tail(const octets& bytes, std::size_t size) { return {bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end()}; }

errc fault_of(const result<sign::bytes>& made) { return made ? errc::none : made.error().code; }

}  // namespace

TEST_CASE("ML-DSA: messages of both forms are those of openssl") {
    const octets content = file("content");
    for (const level& each : levels) {
        CAPTURE(each.name);
        const octets certificate = file(each.name + ".cert.der"), plain = file(each.name + ".cms"), with_attributes = file(each.name + ".attributes.cms");
        const auto by = key::parse_any(certificate);
        REQUIRE(by);
        const digest_value digest = digest_of(digest_id::sha512, content);
        for (const bool attributes : {false, true}) {
            const octets& known = attributes ? with_attributes : plain;
            const replaying with{*by, tail(known, each.signature_size)};
            const auto made = sign::modsign::write(with, {*by, signer_form::issuer_and_serial, digest_id::sha512, attributes}, digest, content);
            REQUIRE(made);
            CHECK(*made == known);
            if (attributes) CHECK(with.asked == cms::attributes(digest));
            else CHECK(with.asked == content);
        }
        CHECK(cms::attributes(digest).size() == 109);
        const replaying with{*by, octets(each.signature_size)};
        CHECK(fault_of(sign::modsign::write(with, *by, signer_form::key_id, digest)) == errc::unsupported_algorithm);  // from a digest alone
        CHECK(fault_of(sign::modsign::write(replaying{*by, octets(each.signature_size - 1)}, {*by, signer_form::key_id, digest_id::sha512}, digest, content)) == errc::signature_length);
        CHECK(fault_of(sign::modsign::write(with, {*by, signer_form::key_id, digest_id::sha256}, digest, content)) == errc::inconsistent_algorithms);
    }
    const octets certificate = file("ml44.cert.der"), known = file("ml44.by-key-id.cms");
    const auto by = key::parse_any(certificate);
    CHECK(*sign::modsign::write(*by, signer_form::key_id, digest_id::sha256, tail(known, 2420)) == known);
}

TEST_CASE("ML-DSA: the message of a BPF program is the one by key identifier, over the program itself") {
    const octets certificate = file("ml44.cert.der"), known = file("ml44.by-key-id.cms");
    octets program = file("content");
    const auto by = key::parse_any(certificate);
    REQUIRE(by);
    const replaying key{*by, tail(known, 2420)};
    const auto made = sign::bpf::write(key, *by, digest_of(digest_id::sha256, program), program);
    REQUIRE(made);
    CHECK(*made == known);
    CHECK(key.asked == program);

    keyring::store<engine::best> trust;
    static constexpr std::string_view programs[] = {layout::bpf::name};
    REQUIRE(trust.add(certificate, {programs, {}}));
    const verifier<layouts<layout::bpf>, engine::best, policy::legacy> verify{trust.view()};
    const auto outcome = [&] {
        subject beside{program};
        beside.beside.is_bpf = true;
        beside.signature = {signature_source::detached, *made};
        return verify.appraise(beside, {}).why.code;
    };
    CHECK(outcome() == errc::none);
    program.back() ^= 1;
    CHECK(outcome() == errc::signature_mismatch);
}

TEST_CASE("ML-DSA: IMA and EVM sign struct ima_file_id itself, in version 3") {
    const octets content = file("content"), metadata = file("metadata");
    struct row {
        std::string name, key;
        digest_id hash;
        layout::ima_type type;
    };
    const row rows[] = {{"ml44.ima", "ml44", digest_id::sha256, layout::ima_type::signature},
                        {"ml65.ima", "ml65", digest_id::sha512, layout::ima_type::signature},
                        {"ml87.ima", "ml87", digest_id::sha512, layout::ima_type::signature},
                        {"ml44.evm", "ml44", digest_id::sha256, layout::ima_type::portable},
                        {"rsa.ima", "rsa", digest_id::sha256, layout::ima_type::signature},
                        {"p256.evm", "p256", digest_id::sha512, layout::ima_type::portable}};
    for (const row& each : rows) {
        CAPTURE(each.name);
        const octets certificate = file(each.key + ".cert.der"), known = file(each.name);
        const auto by = key::parse_any(certificate);
        REQUIRE(by);
        const bool is_ml_dsa = modsig::is_ml_dsa(by->key.algorithm);
        const auto header = is_ml_dsa ? sign::ima::header(*by, each.hash, each.type) : sign::ima::header(*by, each.hash, each.type, 3);
        REQUIRE(header);
        const replaying with{*by, tail(known, known.size() - layout::ima_header::size)};
        const digest_value digest = digest_of(each.hash, each.type == layout::ima_type::portable ? metadata : content);
        const auto made = sign::ima::write(with, *header, digest, engine::best{});
        REQUIRE(made);
        CHECK(*made == known);
        octets id{static_cast<std::uint8_t>(each.type), entry_of(each.hash).linux_number};
        id.insert(id.end(), digest.view().begin(), digest.view().end());
        const digest_value over_id = digest_of(each.hash, id);
        CHECK(with.asked == (is_ml_dsa ? id : octets(over_id.view().begin(), over_id.view().end())));
        const errc version_2 = sign::ima::header(*by, each.hash, each.type, 2) ? errc::none : sign::ima::header(*by, each.hash, each.type, 2).error().code;
        CHECK(version_2 == (is_ml_dsa ? errc::unsupported_algorithm : errc::none));
        CHECK(sign::ima::header(*by, each.hash, each.type, 4).error().code == errc::unsupported_version);
        CHECK(sign::ima::header(*by, each.hash, layout::ima_type::verity_signature, 2).error().code == errc::unsupported_version);
    }
}

TEST_CASE("ML-DSA: fs-verity's formatted digest is signed itself") {
    const octets certificate = file("ml44.cert.der"), known = file("ml44.fsverity.cms"), content = file("content");
    const auto by = key::parse_any(certificate);
    const replaying with{*by, tail(known, 2420)};
    const auto digest = digest::fsverity_digest(engine::best{}, {digest_id::sha256}, content);
    REQUIRE(digest);
    const auto made = sign::fsverity::write(with, *by, signer_form::issuer_and_serial, *digest, engine::best{});
    REQUIRE(made);
    CHECK(with.asked.size() == 44);
    octets named = known;  // which names SHA-512 in the message: without attributes it means nothing
    CHECK(made->size() == named.size());
    CHECK(tail(*made, 2420 + 4) == tail(named, 2420 + 4));
}

TEST_CASE("messages: several signers, each once, in the order of a SET OF") {
    const octets content = file("content"), ml44 = file("ml44.cert.der"), rsa = file("rsa.cert.der"), p256 = file("p256.cert.der");
    std::vector<sign::cms_signature> parts;
    const auto add = [&](const octets& certificate, digest_id digest, octets raw) {
        parts.push_back({{*key::parse_any(certificate), signer_form::issuer_and_serial, digest}, {}, std::move(raw)});
    };
    add(ml44, digest_id::sha512, octets(2420, 1));
    add(rsa, digest_id::sha256, octets(256, 2));
    add(p256, digest_id::sha256, {0x30, 6, 2, 1, 1, 2, 1, 1});
    const auto made = cms::write(parts);
    REQUIRE(made);
    do {
        CHECK(*cms::write(parts) == *made);
    } while (std::ranges::next_permutation(parts, {}, [](const sign::cms_signature& each) { return each.raw; }).found);
    const auto read = layout::cms::parse(*made, 0, layout::cms::attribute_use::forbidden);
    REQUIRE(read);
    CHECK(read->signer_count == 3);

    CHECK(fault_of(cms::write({})) == errc::no_signer);
    parts[1].signer.form = signer_form::key_id;
    CHECK(fault_of(cms::write(parts)) == errc::version_mismatch);
    parts[1].signer = {*key::parse_any(rsa), signer_form::issuer_and_serial, digest_id::sha256, true};
    CHECK(fault_of(cms::write(parts)) == errc::attributes_present);
}

TEST_CASE("messages: a new key signs its certificate, and both forms of message" * doctest::skip(!botan_has_ml_dsa)) {
    const auto strong = load_ml_dsa(ml_dsa_key_file("ml65.seed-only"));
    REQUIRE(strong);
    octets content = file("content");
    const digest_value digest = digest_of(digest_id::sha512, content);
    sign::certificate_request request;
    request.scheme = scheme_id::ml_dsa_65;
    request.digest = digest_id::none;
    const auto certificate = sign::self_signed_certificate(*strong, request);
    REQUIRE(certificate);
    for (const bool attributes : {false, true}) {
        keyring::store<engine::best> keys;
        const auto added = keys.add(*certificate);
        REQUIRE(added);
        const key_info by = *added;
        const auto part = cms::sign(*strong, {by, signer_form::key_id, digest_id::sha512, attributes}, digest, content);
        REQUIRE(part);
        const auto message = cms::write({&*part, 1});
        REQUIRE(message);
        octets image = content;
        const auto trailer = sign::modsign::trailer(*message);
        image.insert(image.end(), message->begin(), message->end());
        image.insert(image.end(), trailer.begin(), trailer.end());
        subject subject;
        subject.image = image;
        using strict = policy::all_of<policy::legacy, policy::at_least_one<signer_class::post_quantum>>;
        const verifier<layouts<layout::modsign>, engine::best, strict> verify(keys);
        CHECK(verify.appraise(subject, {}).why.code == errc::none);
        image[0] ^= 1;
        CHECK(verify.appraise(subject, {}).why.code == (attributes ? errc::digest_mismatch : errc::signature_mismatch));
    }
}
