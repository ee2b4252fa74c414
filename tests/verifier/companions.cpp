// SPDX-License-Identifier: BSL-1.0
// What decides and what does not: a revocation decides whichever other keys signed; the order of keys and layouts, and other
// keys and signers, never change a refusal.
#include <modsig/modsig.hpp>

#include "../support/cms_forge.hpp"
#include "../support/ima.hpp"

#include <modsig/keyring/revocations.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using engine::botan;
using ring = keyring::store<botan>;
using revoked_list = keyring::revocations<botan>;
constexpr context today{.now = 1790000000};

using with_others = policy::all_of<policy::strict, policy::other_signers_permitted>;
using module_layouts = layouts<layout::modsign>;
using ima_layouts = layouts<layout::modsign, layout::ima, layout::digsig>;

const octets payload = text("a module");

const cms::key& root_key() { return cms::corpus_key("rsa3072"); }
const cms::key& middle_key() { return cms::corpus_key("intermediate"); }
const cms::key& leaf_key() { return cms::corpus_key("p256"); }
const cms::key& second_key() { return cms::corpus_key("rsa2048"); }

cms::chained root() { return {"root", {1}, &root_key(), "root", &root_key()}; }
cms::chained middle() { return {"middle", {2}, &middle_key(), "root", &root_key()}; }
cms::chained signing(cms::chained certificate) {
    certificate.constraints = cms::ca_false + cms::sign_digitally;
    return certificate;
}
cms::chained leaf() { return signing({"leaf", {3}, &leaf_key(), "middle", &middle_key()}); }
cms::chained second() { return signing({"second", {4}, &second_key(), "middle", &middle_key()}); }

octets signed_by(const cms::chained& who, digest_id digest = digest_id::sha256) {
    cms::signer info = cms::signer_of(*who.holder, payload, digest);
    info.identifier = who.identifier();
    return info;
}
/// Zeros by an unknown issuer.
octets zeros(std::size_t size) {
    cms::signer made;
    made.identifier = cms::issuer_and_serial(common_name("x"), hex("020101"));
    made.digest_algorithm = algorithm(cms::oid_of(digest_id::sha256));
    made.signature_algorithm = algorithm(ecdsa_with_sha256);
    made.signature = octets(size);
    return made;
}
octets message_of(const std::vector<octets>& signers, const std::vector<octets>& certificates) {
    cms::message made;
    made.signer_infos = cms::sorted_set(0x31, signers);
    if (!certificates.empty()) made.certificates = cms::sorted_set(0xa0, certificates);
    return made;
}

struct image_with_companion {
    std::string where;
    octets image;
};
/// All of them verify where nothing is revoked, under every policy that lets companions in.
const std::vector<image_with_companion>& images() {
    static const auto& made = *new std::vector<image_with_companion>([] {
        const octets one = signed_by(leaf()), two = signed_by(second());
        const octets front = zeros(1), between = zeros(210), behind = zeros(4000);
        REQUIRE(der::ascend(front, one));
        REQUIRE(der::ascend(one, between));
        REQUIRE(der::ascend(between, two));
        REQUIRE(der::ascend(two, behind));
        const std::vector<octets> chain{leaf(), middle()}, chains{leaf(), second(), middle()};
        const auto module = [](const octets& message) { return cms::module_of(payload, message); };
        return std::vector<image_with_companion>{
            {"alone", module(message_of({one}, chain))},
            {"in front", module(message_of({front, one}, chain))},
            {"behind", module(message_of({one, behind}, chain))},
            {"in front and behind", module(message_of({front, one, behind}, chain))},
            {"between", module(message_of({one, between, two}, chains))},
            {"everywhere", module(message_of({front, one, between, two, behind}, chains))},
        };
    }());
    return made;
}

struct revocation {
    std::string name;
    octets blob{};  // a key or a certificate; empty: the digest
    revoked_digest digest{};

    template <class List>
    void add_to(List& list) const {
        if (!blob.empty()) REQUIRE(list.revoke(blob));
        else REQUIRE(list.revoke_digest(digest));
    }
};

octets tbs_of(const octets& certificate) {
    const auto parsed = key::parse_certificate(certificate);
    REQUIRE(parsed);
    return {parsed->tbs.begin(), parsed->tbs.end()};
}

/// Of everything that the verification of this image depends on. Linux looks for fewer digests: of the algorithms in use, and SHA-256
/// of the file.
std::vector<revocation> revocations_of(const octets& image, bool is_linux) {
    std::vector<revocation> all;
    for (const cms::chained& each : {leaf(), middle(), root()}) {
        all.push_back({"certificate of " + each.name, each});
        all.push_back({"key of " + each.name, each.holder->spki});
        const octets tbs = tbs_of(each);
        for (const digest_id id : {digest_id::sha256, digest_id::sha1, digest_id::sha512})
            if (!is_linux || id == digest_id::sha256)
                all.push_back({"tbs of " + each.name, {}, {revoked_kind::certificate, cms::digest_of(id, tbs)}});
    }
    for (const digest_id id : {digest_id::sha256, digest_id::sha1, digest_id::sha224, digest_id::sha384, digest_id::sha512}) {
        if (is_linux && id != digest_id::sha256) continue;
        all.push_back({"content", {}, {revoked_kind::binary, cms::digest_of(id, payload)}});
        all.push_back({"file", {}, {revoked_kind::binary, cms::digest_of(id, image)}});
    }
    return all;
}

void trust(ring& keys) { REQUIRE(keys.add(octets(root()))); }

/// Every revocation, in either list, made before and after the verifier.
template <class Policy, class Layouts>
void check_revocations(bool lets_companions_in) {
    using tested = verifier<Layouts, botan, Policy>;
    constexpr bool is_linux = std::is_same_v<typename Policy::reading, linux_reading>;
    std::size_t refused = 0, dropped = 0;
    for (const image_with_companion& each_image : images()) {
        const octets& image = each_image.image;
        CAPTURE(each_image.where);
        const bool is_good = lets_companions_in || each_image.where == "alone";
        for (const revocation& each : revocations_of(image, is_linux)) {
            CAPTURE(each.name);
            for (const bool is_beside : {false, true}) {
                CAPTURE(is_beside);
                for (const bool is_late : {false, true}) {
                    CAPTURE(is_late);
                    ring keys;
                    revoked_list beside;
                    trust(keys);
                    const auto revoke = [&] {
                        if (is_beside) each.add_to(beside);
                        else each.add_to(keys);
                    };
                    if (!is_late) revoke();
                    const tested one(keys, beside);
                    if (is_late) {
                        if (each.name == "content") CHECK((one.appraise({image}, today).outcome == verdict::verified) == is_good);
                        revoke();
                    }
                    const appraisal said = one.appraise({image}, today);
                    ++refused;
                    // V11: the kernel drops a signer whose certificate is revoked by its digest, and goes on with the others.
                    if (is_linux && each.name == "tbs of leaf" && said.outcome == verdict::verified) {
                        CHECK(equal(said.key.view(), second().serial));
                        ++dropped;
                        continue;
                    }
                    CHECK(said.outcome != verdict::verified);
                    CHECK(said.anchor == nullptr);
                    if (is_good && !is_linux) CHECK(said.why.code == errc::revoked);
                }
            }
        }
    }
    CHECK(refused > 100);
    CHECK((dropped != 0) == is_linux);
}

template <class Layouts, class Policy>
appraisal judged(const subject& s, const ring& keys) {
    return verifier<Layouts, botan, Policy>{keys}.appraise(s, today);
}

}  // namespace

TEST_CASE("companions: no revoked signer is verified under strict") { check_revocations<policy::strict, module_layouts>(false); }
TEST_CASE("companions: no revoked signer is verified under legacy") { check_revocations<policy::legacy, module_layouts>(true); }
TEST_CASE("companions: no revoked signer is verified where others may sign") { check_revocations<with_others, module_layouts>(true); }
TEST_CASE("companions: no revoked signer is verified as Linux verifies modules") { check_revocations<policy::linux_modsign, module_layouts>(true); }
TEST_CASE("companions: no revoked signer is verified as IMA verifies modules") { check_revocations<policy::linux_ima, ima_layouts>(true); }

TEST_CASE("companions: a second good signer does not outweigh a revoked one") {
    const octets image = cms::module_of(payload, message_of({signed_by(leaf()), signed_by(second())}, {leaf(), second(), middle()}));
    for (const octets& certificate : {octets(leaf()), octets(second())}) {
        const revoked_digest tbs(revoked_kind::certificate, cms::digest_of(digest_id::sha256, tbs_of(certificate)));
        for (const revocation& each : {revocation{"certificate", certificate}, revocation{"tbs", {}, tbs}}) {
            CAPTURE(each.name);
            ring keys;
            trust(keys);
            REQUIRE(judged<module_layouts, policy::strict>({image}, keys).outcome == verdict::verified);
            REQUIRE(judged<module_layouts, policy::linux_modsign>({image}, keys).outcome == verdict::verified);
            each.add_to(keys);
            CHECK(judged<module_layouts, policy::strict>({image}, keys).why.code == errc::revoked);
            CHECK(judged<module_layouts, with_others>({image}, keys).why.code == errc::revoked);
            CHECK(judged<module_layouts, policy::legacy>({image}, keys).why.code == errc::revoked);
            if (each.blob.empty()) continue;  // V11: Linux goes on with the other signer
            CHECK(judged<module_layouts, policy::linux_modsign>({image}, keys).why.code == errc::revoked);
            CHECK(judged<ima_layouts, policy::linux_ima>({image}, keys).why.code == errc::revoked);
        }
    }
}

TEST_CASE("companions: signers with different digests: content revoked by either, and the digest reported is the reported signer's") {
    cms::message message;
    const cms::chained one = leaf(), two = second();
    message.digest_algorithms = cms::sorted_set(0x31, {algorithm(cms::oid_of(digest_id::sha384)), algorithm(cms::oid_of(digest_id::sha512))});
    message.signer_infos = cms::sorted_set(0x31, {signed_by(one, digest_id::sha384), signed_by(two, digest_id::sha512)});
    message.certificates = cms::sorted_set(0xa0, {octets(one), octets(two), octets(middle())});
    const octets image = cms::module_of(payload, message);
    const auto check = [&]<class Policy>(Policy) {
        for (const digest_id id : {digest_id::none, digest_id::sha384, digest_id::sha512}) {
            CAPTURE(id);
            ring keys;
            trust(keys);
            if (id != digest_id::none) REQUIRE(keys.revoke_digest({revoked_kind::binary, cms::digest_of(id, payload)}));
            const appraisal said = judged<module_layouts, Policy>({image}, keys);
            if (id != digest_id::none) {
                CHECK(said.why.code == errc::revoked);
                continue;
            }
            REQUIRE(said.outcome == verdict::verified);
            CHECK(said.digest.id == said.claim.content_digest);
            CHECK(equal(said.digest.view(), cms::digest_of(said.claim.content_digest, payload).view()));
            CHECK(equal(said.key.view(), said.claim.content_digest == digest_id::sha384 ? one.serial : two.serial));
        }
    };
    check(policy::strict{});
    check(policy::legacy{});
    check(policy::linux_modsign{});

    // The first signer is unknown: the second signer's digest is reported.
    for (const cms::chained& known : {one, two}) {
        ring keys;
        REQUIRE(keys.add(octets(known)));
        cms::message bare = message;
        bare.certificates = {};
        const appraisal said = judged<module_layouts, with_others>({cms::module_of(payload, bare)}, keys);
        REQUIRE(said.outcome == verdict::verified);
        CHECK(equal(said.key.view(), known.serial));
        CHECK(said.digest.id == (known.name == "leaf" ? digest_id::sha384 : digest_id::sha512));
        CHECK(said.claim.content_digest == said.digest.id);
    }
}

// ---- orders ----------------------------------------------------------------------------------------------------------------------

TEST_CASE("order: a renewed certificate beside the expired one, and other keys under its name, verify in every order") {
    const octets past = tlv(0x30, utc("200101000000Z") + utc("210101000000Z"));
    const cms::chained renewed = signing({"signer", {7}, &leaf_key(), "signer", &leaf_key()});
    cms::chained expired = renewed, other = renewed;
    expired.validity = past;
    other.holder = other.signed_by = &cms::corpus_key("rsa2048");
    const auto by_skid = [&] {
        cms::signer info = cms::signer_of(leaf_key(), payload);
        info.identifier = cms::by_skid(text("signer"));
        info.version = {2, 1, 3};
        cms::message made = cms::message_of({info});
        made.version = {2, 1, 3};
        return cms::module_of(payload, made);
    };
    const std::vector<octets> images{cms::module_of(payload, message_of({signed_by(renewed)}, {})), by_skid(),
                                     cms::module_of(payload, message_of({signed_by(renewed)}, {renewed}))};
    struct entry {
        octets certificate;
        key_scope scope;
    };
    const std::vector<entry> entries{{renewed, {}}, {expired, {}}, {other, {}}, {renewed, layouts<layout::evm>{}}};
    std::vector<std::size_t> order{0, 1, 2, 3};
    do {
        ring keys;
        for (const std::size_t i : order) REQUIRE(keys.add(entries[i].certificate, entries[i].scope));
        for (std::size_t i = 0; i != images.size(); ++i) {
            CAPTURE(i);
            CHECK(judged<module_layouts, policy::strict>({images[i]}, keys).why.code == errc::none);
            CHECK(judged<module_layouts, policy::legacy>({images[i]}, keys).why.code == errc::none);
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("order: a renewed authority beside the expired one") {
    cms::chained expired = root(), other = root();
    expired.validity = tlv(0x30, utc("200101000000Z") + utc("210101000000Z"));
    other.holder = other.signed_by = &cms::corpus_key("rsa4096");
    const octets image = cms::module_of(payload, message_of({signed_by(leaf())}, {leaf(), middle()}));
    std::vector<octets> entries{root(), expired, other};
    std::vector<std::size_t> order{0, 1, 2};
    do {
        ring keys;
        for (const std::size_t i : order) REQUIRE(keys.add(entries[i]));
        CHECK(judged<module_layouts, policy::strict>({image}, keys).why.code == errc::none);
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("order: the order of layouts decides nothing") {
    using forwards = layouts<layout::modsign, layout::digsig, layout::ima, layout::evm, layout::fsverity, layout::mcuboot>;
    using backwards = layouts<layout::mcuboot, layout::fsverity, layout::evm, layout::ima, layout::digsig, layout::modsign>;
    using two = layouts<layout::digsig, layout::modsign>;
    using two_reversed = layouts<layout::modsign, layout::digsig>;
    std::size_t compared = 0, verified = 0;
    std::vector<signature_source> sources{signature_source::detached, signature_source::xattr};
    for (const auto& row : corpus::rows({"modsign", "pkcs7-detached", "digsig-v1", "digsig-v1-modsig", "ima-v2", "ima-v3", "evm-v2"})) {
        if (row.key == "-" || row.key.empty()) continue;
        if (row.file.find("rsa4096") != std::string::npos || row.file.find("p521") != std::string::npos || row.file.find("p384") != std::string::npos) continue;
        const bool is_appended = row.payload == "-" || row.payload.empty();
        const octets value = corpus::file(row.file), image = is_appended ? value : corpus::file(row.payload);
        if (image.size() > 20000) continue;
        ring keys;
        for (const std::string& each : corpus::split(row.key, ',')) (void)keys.add(corpus::file(each), forwards{});
        for (const signature_source source : sources) {
            subject s{image};
            if (!is_appended) s.signature = {source, value};
            if (row.format == "evm-v2") s.image = {}, s.beside.metadata = image;
            const appraisal one = judged<forwards, policy::legacy>(s, keys), other = judged<backwards, policy::legacy>(s, keys);
            CHECK_MESSAGE(one.outcome == other.outcome, row.file);
            if (one.outcome == verdict::verified) {
                CHECK(one.layout == other.layout);
                ++verified;
            }
            const verdict small = judged<two, policy::legacy>(s, keys).outcome, reversed = judged<two_reversed, policy::legacy>(s, keys).outcome;
            CHECK_MESSAGE(small == reversed, row.file);
            ++compared;
            if (is_appended) break;
        }
    }
    CHECK(verified > 100);
    MESSAGE(compared << " signatures, " << verified << " of them good");
}

// ---- more keys, more revocations --------------------------------------------------------------------------------------------------

namespace {

/// Messages put together at random of signers and certificates that are all right in themselves, and of an unknown signer's zeros.
class random_messages {
    std::mt19937 random_;
    std::vector<octets> signers_, certificates_, keys_, tidy_;

    std::vector<octets> some_of(const std::vector<octets>& all, std::size_t most) {
        std::vector<octets> picked = all;
        std::ranges::shuffle(picked, random_);
        picked.resize(std::min<std::size_t>(random_() % (most + 1), picked.size()));
        return picked;
    }

public:
    /// A signature that does not verify with the key that it names refuses a message, whichever others signed: keys of that
    /// kind are left out where other signers are permitted.
    random_messages(std::uint32_t seed, bool others_may_sign) : random_(seed) {
        const cms::chained self = signing({"self", {9}, &leaf_key(), "self", &leaf_key()});
        cms::chained expired = leaf(), other_root = root(), cross = middle(), impostor = second();
        expired.validity = tlv(0x30, utc("200101000000Z") + utc("210101000000Z"));
        other_root.holder = other_root.signed_by = &cms::corpus_key("rsa4096");
        cross.signed_by = other_root.holder;
        impostor.holder = &cms::corpus_key("leaf");
        signers_ = {signed_by(leaf()), signed_by(second()), signed_by(self), zeros(1), zeros(300)};
        certificates_ = {leaf(), middle(), second(), self, root(), cross};
        keys_ = {root(), middle(), leaf(), second(), self, other_root, cross, leaf_key().spki, second_key().spki};
        if (!others_may_sign) keys_.push_back(expired), keys_.push_back(impostor);
        tidy_ = {message_of({signed_by(leaf())}, {leaf(), middle()}), message_of({signed_by(second())}, {second(), middle()}),
                 message_of({signed_by(leaf()), signed_by(second())}, {leaf(), second(), middle()}), message_of({signed_by(self)}, {}),
                 message_of({signed_by(leaf())}, {leaf()}), message_of({signed_by(second())}, {})};
    }

    /// Half of them have just what their signers need.
    octets image() {
        if (random_() % 2 == 0) return cms::module_of(payload, tidy_[random_() % tidy_.size()]);
        std::vector<octets> signers;
        while (signers.empty()) signers = some_of(signers_, 3);
        return cms::module_of(payload, message_of(signers, some_of(certificates_, 4)));
    }
    std::vector<octets> keys() {
        std::vector<octets> some = some_of(keys_, 3);
        if (random_() % 2 == 0) some.push_back(root());
        return some;
    }
    [[nodiscard]] const std::vector<octets>& all_keys() const { return keys_; }
    std::vector<octets> shuffled(std::vector<octets> keys) {
        std::ranges::shuffle(keys, random_);
        return keys;
    }
};

template <class Policy>
void check_monotony(std::uint32_t seed, std::size_t rounds, bool others_may_sign) {
    random_messages random(seed, others_may_sign);
    std::size_t accepted = 0, refused = 0;
    const auto verifies = [&](const octets& image, const std::vector<octets>& trusted, const octets* revoked) {
        ring keys;
        for (const octets& each : random.shuffled(trusted)) REQUIRE(keys.add(each));
        if (revoked != nullptr) REQUIRE(keys.revoke(*revoked));
        return judged<module_layouts, Policy>({image}, keys).outcome == verdict::verified;
    };
    for (std::size_t round = 0; round != rounds; ++round) {
        CAPTURE(round);
        const octets image = random.image();
        const std::vector<octets> trusted = random.keys();
        const bool before = verifies(image, trusted, nullptr);
        CHECK(verifies(image, trusted, nullptr) == before);  // in another order
        (before ? accepted : refused) += 1;
        for (std::size_t i = 0; i != random.all_keys().size(); ++i) {
            CAPTURE(i);
            const octets& key = random.all_keys()[i];
            if (before) {
                std::vector<octets> more = trusted;
                more.push_back(key);
                CHECK(verifies(image, more, nullptr));
            } else {
                CHECK_FALSE(verifies(image, trusted, &key));
            }
        }
    }
    CHECK(accepted > rounds / 20);
    CHECK(refused > rounds / 20);
    MESSAGE(accepted << " accepted, " << refused << " refused");
}

}  // namespace

TEST_CASE("more keys and more revocations under strict") { check_monotony<policy::strict>(1, 120, false); }
TEST_CASE("more keys and more revocations under legacy") { check_monotony<policy::legacy>(2, 80, true); }
TEST_CASE("more keys and more revocations where others may sign") { check_monotony<with_others>(3, 80, true); }
