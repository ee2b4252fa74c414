// SPDX-License-Identifier: BSL-1.0
// Signatures of ML-DSA in every format that has them: modules, detached messages, IMA and EVM version 3, fs-verity, certificates;
// and the results of Linux 6.12, which does not know ML-DSA.
#include <modsig/layout/modsign.hpp>

#include <modsig/batch.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/linux/reading.hpp>
#include <modsig/policy/combine.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/hex.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;
using all_layouts = layouts<layout::modsign, layout::ima, layout::evm, layout::fsverity>;

/// A file of tests/data/ml_dsa.
const octets& file(const std::string& name) {
    static const auto files = [] {
        const char* folder = std::getenv("MODSIG_TEST_VECTORS");
        std::ifstream lines(std::string(folder != nullptr ? folder : "tests/data") + "/ml_dsa/files.txt");
        std::map<std::string, octets> all;
        for (std::string key, bytes; lines >> key >> bytes;) all[key] = hex(bytes);
        return all;
    }();
    const auto found = files.find(name);
    if (found == files.end()) {
        std::fprintf(stderr, "no %s in ml_dsa/files.txt; MODSIG_TEST_VECTORS names the folder of test vectors\n", name.c_str());
        std::exit(2);
    }
    return found->second;
}

/// As scripts/sign-file appends a message.
octets module_with(const octets& message, const octets& content = file("content")) {
    octets image = content;
    image.insert(image.end(), message.begin(), message.end());
    for (const int byte : {0, 0, 2, 0, 0, 0, 0, 0}) image.push_back(static_cast<std::uint8_t>(byte));
    for (const std::uint8_t byte : store_be<4>(static_cast<std::uint32_t>(message.size()))) image.push_back(byte);
    for (const char c : layout::module_trailer::marker) image.push_back(static_cast<std::uint8_t>(c));
    return image;
}

constexpr context today{.now = 1795500000};  // November 2026

/// Trust in one certificate, for every layout.
template <class Engine>
struct trust {
    keyring::store<Engine> keys;

    explicit trust(const std::string& certificate) { REQUIRE(keys.add(file(certificate), all_layouts{})); }

    template <class Policy = policy::strict>
    [[nodiscard]] errc verify(const subject& s) const {
        return verifier<all_layouts, Engine, Policy>{keys}.appraise(s, today).why.code;
    }
    [[nodiscard]] errc of_module(const octets& message, const octets& content = file("content")) const {
        const octets image = module_with(message, content);
        return verify(subject{image});
    }
    [[nodiscard]] errc of_detached(const octets& message, const octets& content = file("content")) const {
        return verify(subject{content, {signature_source::detached, message}});
    }
    [[nodiscard]] errc of_attribute(const octets& value, const octets& content = file("content")) const {
        return verify(subject{content, {signature_source::xattr, value}});
    }
    [[nodiscard]] errc of_metadata(const octets& value, const octets& metadata = file("metadata")) const {
        subject s{file("content"), {signature_source::xattr, value}};
        s.beside.metadata = metadata;
        return verify(s);
    }
    [[nodiscard]] errc of_verity(const octets& message, const octets& content = file("content")) const {
        subject s{content, {signature_source::detached, message}};
        s.beside.verity = verity_options{};
        return verify(s);
    }
};

template <class Check>
void each_engine(const Check& check) {
    check.template operator()<engine::native>();
    check.template operator()<engine::best>();
#if defined(BOTAN_HAS_ML_DSA)
    check.template operator()<engine::botan>();
#endif
}

octets flipped(octets bytes, std::size_t at) {
    bytes[at] ^= 1;
    return bytes;
}

}  // namespace

TEST_CASE("ML-DSA: modules and detached messages verify, with signed attributes and without") {
    each_engine([]<class Engine>() {
        for (const std::string level : {"44", "65", "87"}) {
            CAPTURE(level);
            const trust<Engine> own("ml" + level + ".cert.der");
            for (const std::string form : {".cms", ".attributes.cms"}) {
                CAPTURE(form);
                const octets message = file("ml" + level + form);
                CHECK(own.of_module(message) == errc::none);
                CHECK(own.of_detached(message) == errc::none);
                CHECK(own.of_module(message, flipped(file("content"), 7)) == (form == ".cms" ? errc::signature_mismatch : errc::digest_mismatch));
                CHECK(own.of_detached(flipped(message, message.size() - 1)) == errc::malformed_signature);     // the end of the hint
                CHECK(own.of_detached(flipped(message, message.size() - 1000)) != errc::none);
                const trust<Engine> other(level == "44" ? "ml65.cert.der" : "ml44.cert.der");
                CHECK(other.of_module(message) == errc::key_not_found);
            }
        }
        const trust<Engine> own("ml44.cert.der");
        CHECK(own.of_module(file("ml44.by-key-id.cms")) == errc::none);
    });
}

TEST_CASE("ML-DSA: signed attributes require a digest as strong as the key") {
    const trust<engine::native> small("ml44.cert.der"), large("ml65.cert.der");
    CHECK(small.of_module(file("ml44.attributes-sha256.cms")) == errc::none);
    CHECK(large.of_module(file("ml65.attributes-sha256.cms")) == errc::inconsistent_algorithms);
    CHECK(large.of_detached(file("ml65.attributes-sha256.cms")) == errc::inconsistent_algorithms);
}

TEST_CASE("ML-DSA: the signature's algorithm must be that of the key") {
    const trust<engine::native> own("ml44.cert.der");
    octets message = file("ml44.cms");
    const octets oid = hex("608648016503040311");
    const auto at = std::search(message.begin(), message.end(), oid.begin(), oid.end());
    REQUIRE(at != message.end());
    at[8] = 0x12;  // ML-DSA-65
    CHECK(own.of_module(message) == errc::key_type_mismatch);
    at[8] = 0x20;  // HashML-DSA-44 with SHA-512
    CHECK(own.of_module(message) == errc::unsupported_algorithm);
}

TEST_CASE("ML-DSA: a proof without signed attributes has no digest of the content") {
    const trust<engine::native> own("ml44.cert.der");
    const verifier<all_layouts, engine::native, policy::strict> strict{own.keys};
    const auto plain = strict.verify(module_with(file("ml44.cms")), today), attributes = strict.verify(module_with(file("ml44.attributes.cms")), today);
    REQUIRE(plain);
    REQUIRE(attributes);
    CHECK(equal(plain->content(), file("content")));
    CHECK(plain->digest().id == digest_id::none);
    CHECK(attributes->digest().id == digest_id::sha512);
}

TEST_CASE("ML-DSA: IMA and EVM sign the file identifier itself, in version 3 only") {
    each_engine([]<class Engine>() {
        for (const std::string level : {"44", "65", "87"}) {
            CAPTURE(level);
            const trust<Engine> own("ml" + level + ".cert.der");
            const octets value = file("ml" + level + ".ima");
            CHECK(own.of_attribute(value) == errc::none);
            CHECK(own.of_attribute(value, flipped(file("content"), 0)) == errc::signature_mismatch);
            CHECK(own.of_attribute(flipped(value, 0)) != errc::none);  // type 2
            CHECK(own.of_attribute(flipped(value, 2)) != errc::none);  // another hash
            CHECK(own.of_attribute(flipped(value, 3)) == errc::key_not_found);
            CHECK(own.of_attribute(flipped(value, 500)) != errc::none);
        }
        const trust<Engine> own("ml44.cert.der");
        CHECK(own.of_attribute(file("ml44.version-2.ima")) == errc::unsupported_algorithm);
        CHECK(own.of_attribute(file("ml44.over-digest.ima")) == errc::signature_mismatch);
        CHECK(own.of_metadata(file("ml44.evm")) == errc::none);
        CHECK(own.of_metadata(file("ml44.evm"), flipped(file("metadata"), 5)) == errc::signature_mismatch);
        octets as_plain = file("ml44.evm");
        as_plain[0] = 3;  // not what the file identifier says
        CHECK(own.of_metadata(as_plain) == errc::signature_mismatch);
    });
}

TEST_CASE("IMA and EVM, version 3: RSA and ECDSA sign the digest of the file identifier") {
    for (const std::string key : {"rsa", "p256"}) {
        CAPTURE(key);
        const trust<engine::best> own(key + ".cert.der");
        CHECK(own.of_attribute(file(key + ".ima")) == errc::none);
        CHECK(own.of_attribute(file(key + ".ima"), flipped(file("content"), 9)) == errc::signature_mismatch);
        CHECK(own.of_metadata(file(key + ".evm")) == errc::none);
        CHECK(own.of_metadata(file(key + ".evm"), flipped(file("metadata"), 9)) == errc::signature_mismatch);
        CHECK(own.of_metadata(file(key + ".ima")) == errc::signature_mismatch);  // of the other kind
    }
}

TEST_CASE("ML-DSA: fs-verity's messages sign the formatted digest") {
    each_engine([]<class Engine>() {
        const trust<Engine> own("ml44.cert.der");
        for (const std::string name : {"ml44.fsverity.cms", "ml44.fsverity-attributes.cms"}) {
            CHECK(own.of_verity(file(name)) == errc::none);
            CHECK(own.of_verity(file(name), flipped(file("content"), 20)) != errc::none);
            CHECK(own.of_detached(file(name)) != errc::none);
        }
        CHECK(own.of_verity(file("ml44.cms")) == errc::signature_mismatch);
    });
}

TEST_CASE("ML-DSA: certificates vouch for certificates, of RSA keys too") {
    each_engine([]<class Engine>() {
        const trust<Engine> authority("authority.cert.der");
        CHECK(authority.of_module(file("leaf.cms")) == errc::none);
        CHECK(authority.of_detached(file("leaf.cms")) == errc::none);
        CHECK(authority.of_module(file("rsa-leaf.cms")) == errc::none);
        CHECK(authority.of_module(file("ml44.cms")) == errc::key_not_found);

        // The last bytes of a certificate are its issuer's signature: a change is refused where the certificate is added, too.
        octets message = file("leaf.cms");
        const octets& certificate = file("leaf.cert.der");
        const auto at = std::search(message.begin(), message.end(), certificate.begin(), certificate.end());
        REQUIRE(at != message.end());
        at[static_cast<std::ptrdiff_t>(certificate.size()) - 1000] ^= 1;
        CHECK(authority.of_module(message) != errc::none);
        CHECK_FALSE(keyring::store<Engine>().add(flipped(file("ml44.cert.der"), file("ml44.cert.der").size() - 1000)));
    });
}

TEST_CASE("ML-DSA: a batch verifies files that it reads once and files that it reads whole") {
    const trust<engine::best> own("ml44.cert.der");
    const octets zeros(200000);
    const temporary_file plain(module_with(file("ml44.cms"))), attributes(module_with(file("ml44.attributes.cms"))),
        changed(module_with(file("ml44.cms"), flipped(file("content"), 3))), large(module_with(file("ml44.zeros.cms"), zeros)),
        changed_large(module_with(file("ml44.zeros.cms"), flipped(zeros, 100)));
    std::vector<std::string> paths;
    for (const temporary_file* each : {&plain, &attributes, &changed, &large, &changed_large}) paths.push_back(each->path.string());
    const verifier<layouts<layout::modsign>, engine::best, policy::strict> strict{own.keys};
    std::vector<errc> answers(paths.size(), errc::not_checked);
    batch::options options;
    options.at = today;
    options.window = 4096;
    batch::appraise(strict, paths, [&](std::size_t i, const appraisal& report) { answers[i] = report.why.code; }, options);
    CHECK(answers == std::vector<errc>{errc::none, errc::none, errc::signature_mismatch, errc::none, errc::signature_mismatch});
}

TEST_CASE("ML-DSA: Linux 6.12 knows neither keys nor signatures") {
    using ring = keyring::store<engine::best>;
    ring none;
    const auto added = none.add<linux_reading>(file("ml44.cert.der"));
    REQUIRE_FALSE(added);
    CHECK(added.error().linux_errno() == linux_error::enopkg);
    for (const std::string name : {"ml44.cms", "ml65.attributes.cms"}) {
        const octets image = module_with(file(name));
        const auto report = verifier<layouts<layout::modsign>, engine::best, policy::linux_modsign>{none}.appraise(subject{image}, today);
        CHECK(report.why.linux_errno() == linux_error::enopkg);
    }
    const auto errno_of = [&](const subject& s) {
        return verifier<layouts<layout::evm, layout::ima>, engine::best, policy::linux_ima>{none}.appraise(s, today).why.linux_errno();
    };
    CHECK(errno_of(subject{file("content"), {signature_source::xattr, file("ml44.ima")}}) == linux_error::einval);
    subject s{file("content"), {signature_source::xattr, file("ml44.evm")}};
    s.beside.metadata = file("metadata");
    CHECK(errno_of(s) == linux_error::enokey);  // version 3 is to EVM as version 2, and no keyring holds such a key
}
