// SPDX-License-Identifier: BSL-1.0
// No byte of an accepted file is unprotected: bytes that are inserted or doubled anywhere, with the lengths around them
// repaired, are refused under strict. Only the parameters of a digest algorithm may be absent or NULL.
#include <modsig/modsig.hpp>

#include "../support/cms_forge.hpp"
#include "../support/der_tree.hpp"
#include "../support/ima.hpp"

#include <modsig/engine/best.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/sign/layout/mcuboot.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using engine::best;
using ring = keyring::store<best>;
using every_layout = layouts<layout::modsign, layout::digsig, layout::ima, layout::evm, layout::fsverity, layout::mcuboot>;
constexpr context today{.now = 1790000000};

ring ring_of(const std::string& keys) {
    ring made;
    for (const std::string& each : corpus::split(keys, ',')) REQUIRE(made.add(corpus::file(each), every_layout{}));
    return made;
}

template <class Layout, class Policy = policy::strict>
appraisal judged(const subject& s, const ring& keys) {
    return verifier<layouts<Layout>, best, Policy>{keys}.appraise(s, today);
}
/// The 2012 format hashes with SHA-1, which strict refuses before all else: its grammar is strict's under legacy, too.
template <class Layout>
using policy_for = std::conditional_t<std::is_same_v<Layout, layout::digsig>, policy::legacy, policy::strict>;

// ---- CMS ----------------------------------------------------------------------------------------------------------------------

bool is_digest_algorithm(const der_tree::node& node) {
    if (node.tag != 0x30 || node.children.empty() || node.children.size() > 2 || node.children[0].tag != 6) return false;
    const digest_id id = digest_of_oid(node.children[0].content);
    return id != digest_id::none && (node.children.size() == 1 || node.children[1].encoded() == asn1_null);
}
void drop_digest_parameters(der_tree::node& node) {
    if (is_digest_algorithm(node)) node.children.resize(1);
    for (der_tree::node& each : node.children) drop_digest_parameters(each);
}
/// The same message, but for parameters of digest algorithms.
bool are_equal(const octets& one, const octets& other) {
    auto a = der_tree::parse(one), b = der_tree::parse(other);
    if (!a || !b) return false;
    drop_digest_parameters(*a), drop_digest_parameters(*b);
    return a->encoded() == b->encoded();
}

std::string shown(const octets& bytes) {
    std::string all;
    for (const std::uint8_t byte : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        all += digits[byte >> 4];
        all += digits[byte & 15];
    }
    return all;
}

struct counts {
    std::size_t files = 0, tried = 0, equal = 0;
};

/// `verifies`: the result for the message in its file.
void change_everywhere(const std::string& name, const octets& message, const std::function<bool(const octets&)>& verifies, counts& count) {
    REQUIRE_MESSAGE(verifies(message), name);
    auto tree = der_tree::parse(message);
    REQUIRE_MESSAGE(tree, name);
    REQUIRE(tree->encoded() == message);
    const auto look_at = [&](const octets& changed) {
        ++count.tried;
        if (changed == message || !verifies(changed)) return;
        if (are_equal(changed, message)) ++count.equal;
        else FAIL_CHECK(name << ": verified with " << shown(changed));
    };
    der_tree::each_change(*tree, *tree, look_at);
    for (std::size_t i = 0; i <= message.size(); ++i) {  // lengths left as they are
        octets longer = message;
        longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), i < message.size() ? message[i] : std::uint8_t{0});
        look_at(longer);
    }
    ++count.files;
}

octets appended_message(const octets& image) {
    const auto where = layout::modsign::find({image});
    REQUIRE(where);
    const auto blob = slice(byte_view(image), where->blob);
    return {blob->begin(), blob->end()};
}

// ---- other formats: bytes in a row ----------------------------------------------------------------------------------------------

/// A byte inserted at every place: once 00, once the byte behind it.
void insert_everywhere(const octets& whole, const std::function<void(const octets&)>& look_at) {
    for (std::size_t i = 0; i <= whole.size(); ++i)
        for (const std::uint8_t byte : {std::uint8_t{0}, i < whole.size() ? whole[i] : std::uint8_t{1}}) {
            octets longer = whole;
            longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), byte);
            look_at(longer);
        }
}

void put_be16(octets& into, std::size_t at, std::size_t value) {
    into[at] = static_cast<std::uint8_t>(value >> 8);
    into[at + 1] = static_cast<std::uint8_t>(value);
}
void put_le16(octets& into, std::size_t at, std::size_t value) {
    into[at] = static_cast<std::uint8_t>(value);
    into[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

/// security.ima, security.evm: the size of what follows repaired.
octets with_size(octets value) {
    put_be16(value, 7, value.size() - layout::ima_header::size);
    return value;
}

template <class Layout>
std::size_t check_values(std::initializer_list<const char*> formats) {
    std::size_t tried = 0;
    for (const auto& row : corpus::rows(formats)) {
        if (row.strict != "valid" || row.payload.find("small.ko") == std::string::npos || row.file.find("sha256") == std::string::npos) continue;
        if (row.file.find("rsa2048") == std::string::npos && row.file.find("p256") == std::string::npos && row.file.find("p384") == std::string::npos) continue;
        const ring keys = ring_of(row.key);
        const octets beside = corpus::file(row.payload), value = corpus::file(row.file);
        const auto verifies = [&](const octets& payload, const octets& changed) {
            subject s;
            s.signature = {signature_source::xattr, changed};
            if constexpr (std::is_same_v<Layout, layout::evm>) s.beside.metadata = payload;
            else s.image = payload;
            ++tried;
            return judged<Layout>(s, keys).outcome == verdict::verified;
        };
        REQUIRE_MESSAGE(verifies(beside, value), row.file);
        insert_everywhere(value, [&](const octets& changed) {
            CHECK_FALSE_MESSAGE(verifies(beside, changed), row.file);
            CHECK_FALSE_MESSAGE(verifies(beside, with_size(changed)), row.file);
        });
        for (std::size_t i = 0; i <= beside.size(); i += std::is_same_v<Layout, layout::evm> ? 1 : 997) {
            octets longer = beside;
            longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), i < beside.size() ? beside[i] : std::uint8_t{0});
            CHECK_FALSE_MESSAGE(verifies(longer, value), row.file);
        }
    }
    return tried;
}

}  // namespace

TEST_CASE("every byte: CMS behind a module and beside a file, with and without certificates and attributes") {
    counts count;
    for (const auto& row : corpus::rows({"modsign", "pkcs7-detached"})) {
        if (row.strict != "valid") continue;
        const octets whole = corpus::file(row.file);
        if (whole.size() > 20000) continue;
        const bool is_appended = row.format == "modsign";
        const octets image = is_appended ? octets{} : corpus::file(row.payload);
        if (image.size() > 20000) continue;
        // One of each form: sizes of keys and digests do not change it.
        const auto has = [&](const char* part) { return row.file.find(part) != std::string::npos; };
        const bool is_other_size = has("rsa4096") || has("rsa3072") || has("p384") || has("p521");
        const bool is_other_form = has("openssl") || has("one.bin") || has("rsa2048.sha512.skid") || has("p256.sha256.skid") || has("small.ko.p256") || has("signed-twice");
        if (!is_other_form || is_other_size) continue;
        const ring keys = ring_of(row.key);
        if (is_appended) {
            const octets message = appended_message(whole);
            const octets content(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(message.size() + layout::module_trailer::size));
            change_everywhere(row.file, message, [&](const octets& changed) {
                return judged<layout::modsign>({cms::module_of(content, changed)}, keys).outcome == verdict::verified;
            }, count);
        } else {
            change_everywhere(row.file, whole, [&](const octets& changed) {
                return judged<layout::modsign>({image, {signature_source::detached, changed}}, keys).outcome == verdict::verified;
            }, count);
        }
    }
    CHECK(count.files > 15);
    CHECK(count.equal >= count.files);  // proof that this test can find accepted changes: the parameters of each digest algorithm
    MESSAGE(count.files << " messages, " << count.tried << " changes, " << count.equal << " of them of the parameters of a digest");
}

TEST_CASE("every byte: chains of certificates") {
    const octets content = text("a module");
    const cms::key &root_key = cms::corpus_key("rsa2048"), &middle_key = cms::corpus_key("rsa3072"), &leaf_key = cms::corpus_key("p256");
    const cms::chained root{"root", {1}, &root_key, "root", &root_key}, middle{"middle", {2}, &middle_key, "root", &root_key};
    cms::chained leaf{"leaf", {3}, &leaf_key, "middle", &middle_key};
    leaf.constraints = cms::ca_false + cms::sign_digitally;
    ring keys;
    REQUIRE(keys.add(octets(root)));
    cms::signer info = cms::signer_of(leaf_key, content);
    info.identifier = leaf.identifier();
    cms::message message = cms::message_of({info});
    message.certificates = cms::sorted_set(0xa0, {octets(leaf), octets(middle), octets(root)});
    counts count;
    change_everywhere("chain", message, [&](const octets& changed) {
        return judged<layout::modsign>({cms::module_of(content, changed)}, keys).outcome == verdict::verified;
    }, count);
    CHECK(count.equal == 2);
}

TEST_CASE("every byte: the trailer of a module") {
    const octets content = text("a module");
    ring keys;
    REQUIRE(keys.add(cms::corpus_key("p256").certificate));
    const octets message = cms::message_of({cms::signer_of(cms::corpus_key("p256"), content)});
    REQUIRE(judged<layout::modsign>({cms::module_of(content, message)}, keys).outcome == verdict::verified);
    const octets whole = cms::module_of(content, message);
    insert_everywhere(whole, [&](octets changed) {
        CHECK(judged<layout::modsign>({changed}, keys).outcome != verdict::verified);
        for (const std::size_t size : {message.size() - 1, message.size(), message.size() + 1}) {
            const auto stored = store_be<4>(static_cast<std::uint32_t>(size));
            std::copy(stored.begin(), stored.end(), changed.end() - static_cast<std::ptrdiff_t>(cms::marker.size() + 4));
            CHECK(judged<layout::modsign>({changed}, keys).outcome != verdict::verified);
        }
    });
}

TEST_CASE("every byte: fs-verity's CMS message") {
    counts count;
    const octets image = text("a file");
    for (const char* name : {"rsa2048", "p256", "p384"}) {
        const cms::key& key = cms::corpus_key(name);
        ring keys;
        REQUIRE(keys.add(key.certificate, layouts<layout::fsverity>{}));
        const verity_options how{digest_id::sha256};
        const auto digest = digest::fsverity_digest(best{}, how, image);
        REQUIRE(digest);
        const layout::formatted_digest formatted(*digest);
        const octets message = cms::message_of({cms::signer_of(key, octets(formatted.view().begin(), formatted.view().end()))});
        change_everywhere(name, message, [&](const octets& changed) {
            subject s{image, {signature_source::detached, changed}};
            s.beside.verity = how;
            return judged<layout::fsverity>(s, keys).outcome == verdict::verified;
        }, count);
    }
    CHECK(count.equal == 2 * count.files);
}

TEST_CASE("every byte: values of IMA and EVM") {
    const std::size_t ima = check_values<layout::ima>({"ima-v2", "ima-v3"}), evm = check_values<layout::evm>({"evm-v2"});
    CHECK(ima > 4000);
    CHECK(evm > 5000);
    MESSAGE(ima << " and " << evm << " changes");
}

TEST_CASE("every byte: the format of 2012") {
    std::size_t files = 0;
    for (const auto& row : corpus::rows({"digsig-v1", "digsig-v1-modsig"})) {
        if (row.file.find("/small.ko") == std::string::npos || !corpus::allows(row.expected, errc::none)) continue;
        const ring keys = ring_of(row.key);
        const bool is_appended = row.format == "digsig-v1-modsig";
        const octets whole = corpus::file(row.file), image = is_appended ? octets{} : corpus::file(row.payload);
        octets blob, content = image;
        if (is_appended) {
            const auto where = layout::digsig::find({whole});
            REQUIRE(where);
            const auto found = slice(byte_view(whole), where->blob);
            blob.assign(found->begin(), found->end());
            content.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(where->content.size));
        } else {
            blob.assign(whole.begin() + 1, whole.end());
        }
        const auto verifies = [&](const octets& changed) {
            if (!is_appended) {
                const octets value = octets{layout::digsig::xattr_type} + changed;
                return judged<layout::digsig, policy::legacy>({content, {signature_source::detached, value}}, keys).outcome == verdict::verified;
            }
            octets size(2);
            put_be16(size, 0, changed.size());
            return judged<layout::digsig, policy::legacy>({cms::join({content, changed, size, text(layout::digsig::magic)})}, keys).outcome ==
                   verdict::verified;
        };
        if (!verifies(blob)) continue;  // a key that legacy refuses
        ++files;
        insert_everywhere(blob, [&](octets changed) {
            CHECK_FALSE_MESSAGE(verifies(changed), row.file);
            const octets value(changed.begin() + 18, changed.end());
            for (const std::size_t bits : {8 * value.size(), bit_length(value)}) {  // evmctl's two ways to count
                put_be16(changed, layout::digsig::header_size, bits);
                CHECK_FALSE_MESSAGE(verifies(changed), row.file);
            }
        });
        if (is_appended) {
            insert_everywhere(text(layout::digsig::magic), [&](const octets& magic) {
                octets size(2);
                put_be16(size, 0, blob.size());
                CHECK(judged<layout::digsig, policy::legacy>({cms::join({content, blob, size, magic})}, keys).outcome != verdict::verified);
            });
        }
    }
    CHECK(files >= 4);
}

TEST_CASE("every byte: MCUboot's images") {
    std::size_t tried = 0;
    for (const char* name : {"rsa2048", "p256", "p384", "ed25519"}) {
        CAPTURE(std::string(name));
        const cms::key& key = cms::corpus_key(name);
        ring keys;
        REQUIRE(keys.add(key.spki, layouts<layout::mcuboot>{}));
        octets image(32);
        const octets head = hex("3db8f39600000000200010000c000000000000000102030004000000");
        std::copy(head.begin(), head.end(), image.begin());
        image = cms::join({image, text("the firmware"), hex("0869100050000400"), hex("07000000"), hex("00a00000")});
        const digest_id id = key.secret.info().key.algorithm == key_algorithm::ecdsa_p384 ? digest_id::sha384 : digest_id::sha256;
        const std::size_t second = image.size();
        const auto behind = sign::mcuboot::write(key.secret, cms::digest_of(id, image));
        REQUIRE(behind);
        image.insert(image.end(), behind->begin(), behind->end());
        const auto verifies = [&](const octets& changed) {
            ++tried;
            return judged<layout::mcuboot>({changed}, keys).outcome == verdict::verified;
        };
        REQUIRE(judged<layout::mcuboot>({image}, keys).why.code == errc::none);

        // Which sizes count one more byte: fields of 2 bytes in the original, by offset.
        constexpr std::size_t header_size = 8, protected_size = 10, body_size = 12, protected_area = 46;
        std::vector<std::vector<std::size_t>> repairs{{}, {header_size}, {body_size}, {protected_size, protected_area}, {protected_size, protected_area, 50},
                                                      {protected_size, protected_area, 58}, {second + 2}};
        std::vector<std::pair<std::size_t, std::size_t>> entries;  // offset, size
        for (std::size_t at = second + 4; at < image.size();) {
            const std::size_t size = 4 + load_le<std::uint16_t>(byte_view(image).subspan(at + 2, 2));
            entries.emplace_back(at, size);
            repairs.push_back({second + 2, at + 2});
            at += size;
        }
        REQUIRE(entries.size() == 3);
        for (const auto& repair : repairs) {
            octets repaired = image;
            for (const std::size_t at : repair) put_le16(repaired, at, load_le<std::uint16_t>(byte_view(image).subspan(at, 2)) + 1u);
            insert_everywhere(repaired, [&](const octets& changed) { CHECK_FALSE(verifies(changed)); });
        }
        for (const auto& [at, size] : entries) {
            octets doubled = image, shorter = image;
            const auto begin = image.begin() + static_cast<std::ptrdiff_t>(at), end = begin + static_cast<std::ptrdiff_t>(size);
            doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(at), begin, end);
            put_le16(doubled, second + 2, load_le<std::uint16_t>(byte_view(image).subspan(second + 2, 2)) + size);
            CHECK_FALSE(verifies(doubled));
            shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at), shorter.begin() + static_cast<std::ptrdiff_t>(at + size));
            put_le16(shorter, second + 2, load_le<std::uint16_t>(byte_view(image).subspan(second + 2, 2)) - size);
            CHECK_FALSE(verifies(shorter));
        }
    }
    MESSAGE(tried << " changes");
}

// ---- passengers -----------------------------------------------------------------------------------------------------------------

namespace {

using with_others = policy::all_of<policy::strict, policy::other_signers_permitted>;
const octets passenger_content = text("a module");

const cms::key& first_key() { return cms::corpus_key("p256"); }
const cms::key& second_key() { return cms::corpus_key("rsa2048"); }
ring both_keys() {
    ring keys;
    REQUIRE(keys.add(first_key().certificate));
    REQUIRE(keys.add(second_key().certificate));
    return keys;
}

/// Zeros by an unknown issuer; `size` bytes of signature.
cms::signer unknown_signer(std::size_t size) {
    cms::signer made;
    made.identifier = cms::issuer_and_serial(common_name("x"), hex("020101"));
    made.digest_algorithm = algorithm(cms::oid_of(digest_id::sha256));
    made.signature_algorithm = algorithm(ecdsa_with_sha256);
    made.signature = octets(size);
    return made;
}
octets message_with(const std::vector<octets>& passengers) {
    std::vector<octets> all{cms::signer_of(first_key(), passenger_content), cms::signer_of(second_key(), passenger_content)};
    all.insert(all.end(), passengers.begin(), passengers.end());
    cms::message made;
    made.signer_infos = cms::sorted_set(0x31, all);
    return made;
}
template <class Policy>
errc answer(const octets& message) {
    static const ring& keys = *new ring(both_keys());
    const appraisal said = judged<layout::modsign, Policy>({cms::module_of(passenger_content, message)}, keys);
    CHECK((said.outcome == verdict::verified) == (said.why.code == errc::none));
    return said.why.code;
}
void check_answers(const octets& message, errc strict, errc others, errc legacy) {
    CHECK(answer<policy::strict>(message) == strict);
    CHECK(answer<with_others>(message) == others);
    CHECK(answer<policy::legacy>(message) == legacy);
}

}  // namespace

TEST_CASE("unproven parts: an unknown signer before, between and behind the proven ones") {
    check_answers(message_with({}), errc::none, errc::none, errc::none);
    std::size_t front = 0, between = 0, behind = 0;
    const octets first = cms::signer_of(first_key(), passenger_content), second = cms::signer_of(second_key(), passenger_content);
    for (const std::size_t size : {1u, 40u, 150u, 195u, 210u, 255u, 300u, 400u, 1000u, 4000u, 4627u}) {
        const octets passenger = unknown_signer(size);
        (der::ascend(passenger, first) ? front : der::ascend(passenger, second) ? between : behind) += 1;
        check_answers(message_with({passenger}), errc::unproven_signer, errc::none, errc::none);
    }
    CHECK(front != 0);
    CHECK(between != 0);
    CHECK(behind != 0);
    for (const std::size_t size : {4628u, 10000u, 30000u, 60000u})
        check_answers(message_with({unknown_signer(size)}), errc::unproven_signer, errc::unproven_signer, errc::unproven_signer);
}

TEST_CASE("unproven parts: no field of an unknown signer is longer than the largest signature") {
    for (const std::size_t size : {20000u, 60000u}) {
        std::vector<cms::signer> many(8, unknown_signer(64));
        many[0].identifier = cms::issuer_and_serial(common_name(std::string(size, 'x')), hex("020101"));
        many[1].identifier = cms::issuer_and_serial(common_name("x"), tlv(2, octets{1} + octets(size)));
        many[2].identifier = cms::by_skid(octets(size)), many[2].version = {2, 1, 3};
        many[3].digest_algorithm = algorithm(cms::oid_of(digest_id::sha256) + tlv(4, octets(size)));
        many[4].signature_algorithm = algorithm(ecdsa_with_sha256 + tlv(4, octets(size)));
        many[5].signature_algorithm = algorithm(tlv(6, octets{42} + octets(size, 1)));
        many[6].unsigned_attributes = tlv(0xa1, cms::attribute(hex("06012a"), tlv(4, octets(size))));
        many[7].behind = tlv(4, octets(size));
        for (std::size_t i = 0; i != many.size(); ++i) {
            CAPTURE(i);
            octets message = message_with({many[i]});
            if (i == 2) {  // a key identifier wants version 3
                cms::message made;
                made.version = {2, 1, 3};
                made.signer_infos = cms::sorted_set(0x31, {octets(cms::signer_of(first_key(), passenger_content)), octets(many[i])});
                message = made;
            }
            CHECK(answer<policy::strict>(message) != errc::none);
            CHECK(answer<with_others>(message) != errc::none);
            CHECK(answer<policy::legacy>(message) != errc::none);
        }
    }
}

TEST_CASE("unproven parts: as many as a message may hold") {
    const auto unknown_signers = [](std::uint8_t count, std::size_t size) {
        std::vector<octets> many;
        for (std::uint8_t i = 0; i != count; ++i) {
            cms::signer one = unknown_signer(size);
            one.identifier = cms::issuer_and_serial(common_name("x"), octets{2, 1, i});
            many.push_back(one);
        }
        return message_with(many);
    };
    check_answers(unknown_signers(13, 4627), errc::unproven_signer, errc::none, errc::none);
    check_answers(unknown_signers(14, 100), errc::unproven_signer, errc::none, errc::none);
    check_answers(unknown_signers(15, 100), errc::too_many_signers, errc::too_many_signers, errc::too_many_signers);
}

TEST_CASE("unproven parts: digest algorithms that no signer uses") {
    const octets sha256 = algorithm(cms::oid_of(digest_id::sha256));
    std::vector<octets> foreign{algorithm(cms::oid_of(digest_id::sha512)), algorithm(cms::oid_of(digest_id::sha1)), algorithm(hex("06012a"))};
    for (const std::size_t size : {100u, 10000u, 60000u}) foreign.push_back(algorithm(tlv(6, octets{42} + octets(size, 1))));
    for (const octets& each : foreign) {
        cms::message message = cms::message_of({cms::signer_of(first_key(), passenger_content)});
        message.digest_algorithms = cms::sorted_set(0x31, {sha256, each});
        check_answers(message, errc::inconsistent_algorithms, errc::inconsistent_algorithms, errc::inconsistent_algorithms);
        for (const octets& order : {sha256 + each, each + sha256, each + sha256 + each}) {
            message.digest_algorithms = tlv(0x31, order);
            CHECK(answer<policy::strict>(message) != errc::none);
            CHECK(answer<policy::legacy>(message) != errc::none);
        }
    }
}

TEST_CASE("unproven parts: certificates that no signer needs, at each place") {
    const octets own = first_key().certificate;
    std::size_t in_front = 0, behind = 0;
    for (const std::size_t size : {1u, 100u, 1000u, 20000u, 60000u}) {
        forge it;
        it.subject = common_name(std::string(size, 'x'));
        const octets passenger = it;
        (der::ascend(passenger, own) ? in_front : behind) += 1;
        cms::message message = cms::message_of({cms::signer_of(first_key(), passenger_content)});
        message.certificates = cms::certificate_set({passenger});
        check_answers(message, errc::unneeded_certificate, errc::unneeded_certificate, errc::none);
        message.certificates = cms::sorted_set(0xa0, {own, passenger});
        check_answers(message, errc::unneeded_certificate, errc::unneeded_certificate, errc::none);
        message.certificates = cms::certificate_set({own});
        check_answers(message, errc::none, errc::none, errc::none);
    }
    CHECK(in_front != 0);
    CHECK(behind != 0);
}
