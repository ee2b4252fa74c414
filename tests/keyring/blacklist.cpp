// SPDX-License-Identifier: BSL-1.0
#include <modsig/keyring/blacklist.hpp>

#include <modsig/linux/reading.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../der/literal.hpp"
#include "../support/corpus.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace modsig;

namespace {

using ring = keyring::store<engine::botan>;

constexpr linux_error answer(std::string_view entry) {
    const auto parsed = keyring::parse_blacklist_entry(entry);
    return parsed ? linux_error::none : parsed.error().linux_errno();
}
constexpr std::uint64_t offset_of_fault(std::string_view entry) { return keyring::parse_blacklist_entry(entry).error().offset; }

std::string digits(std::size_t count) { return std::string(count, 'a'); }

std::string hex_text(byte_view bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

struct reported {
    std::size_t index;
    errc why;
    std::uint64_t offset;
};
auto collect(std::vector<reported>& into) {
    return [&into](const std::filesystem::path&, std::size_t index, const failure& why) { into.push_back({index, why.code, why.offset}); };
}

std::string entry_for(byte_view der) {
    const auto certificate = key::parse_certificate(der);
    REQUIRE(certificate);
    return "tbs:" + hex_text(keyring::certificate_digest<engine::botan>(*certificate)->view());
}

}  // namespace

constexpr std::string_view sha1_entry = "tbs:0123456789abcdef0123456789abcdef012345ff";

TEST_CASE("entries of .blacklist are a kind and as many lower-case digits as a digest of SHA-1 or SHA-2 has") {
    CHECK_BOTH(answer(sha1_entry) == linux_error::none);
    CHECK_BOTH(keyring::parse_blacklist_entry(sha1_entry)->view().size() == 20);
    CHECK_BOTH(keyring::parse_blacklist_entry(sha1_entry)->view()[19] == 0xff);
    CHECK_BOTH(keyring::parse_blacklist_entry(sha1_entry)->kind == revoked_kind::certificate);
    CHECK(keyring::parse_blacklist_entry("bin:" + digits(64))->kind == revoked_kind::binary);

    for (const char* bad : {"", "t", "tbs", "tbs:", "bin:", "tbs:0", "tbs:000", "tbs:0G", "tbs:FF", "tbs: 00", "tbs:00 ", "tbs:00\n", "bis:00",
                            "tbn:00", "TBS:00", "tbs00", " tbs:00", "bin:0x00", "tbs:tbs:00"}) {
        CAPTURE(bad);
        CHECK(answer(bad) == linux_error::einval);
    }
    for (std::size_t count = 2; count <= 128; count += 2) {
        CAPTURE(count);
        const bool is_digest = count == 40 || count == 56 || count == 64 || count == 96 || count == 128;
        for (const std::string kind : {"tbs:", "bin:"}) {
            CHECK(answer(kind + digits(count)) == (is_digest ? linux_error::none : linux_error::enopkg));
            CHECK(answer(kind + digits(count - 1)) == linux_error::einval);
        }
    }
    CHECK(answer("tbs:" + digits(129)) == linux_error::enopkg);
    CHECK(answer("tbs:" + digits(130)) == linux_error::enopkg);
    CHECK(answer("tbs:" + digits(128) + "G") == linux_error::enopkg);  // Linux has stopped reading
    CHECK(answer("tbs:" + digits(127) + "G") == linux_error::einval);
    CHECK_BOTH(offset_of_fault("tbs:0G") == 5);
    CHECK_BOTH(offset_of_fault("tbs:000") == 7);
    CHECK_BOTH(offset_of_fault("tbs:0000") == 4);
}

TEST_CASE("a text has one entry a line, and a malformed entry does not hide the next") {
    const std::string good(40, 'a'), lines = "\ntbs:" + good + "\n\n\nbin:b\nbin:" + good;
    keyring::blacklist_reader entries(lines);
    CHECK(!entries.done());
    CHECK(entries.next()->view()[0] == 0xaa);
    const auto bad = entries.next();
    REQUIRE(!bad);
    CHECK(bad.error().code == errc::bad_text);
    CHECK(bad.error().offset == 53);
    CHECK(!entries.done());
    CHECK(entries.next()->kind == revoked_kind::binary);
    CHECK(entries.done());
    CHECK(keyring::blacklist_reader("").done());
    CHECK(keyring::blacklist_reader("\n\n").done());

    const auto recognises = [](std::string_view text) {
        const std::vector<std::uint8_t> bytes(text.begin(), text.end());
        return keyring::blacklist_reader::recognises(bytes);
    };
    CHECK(recognises("tbs:"));
    CHECK(recognises("bin:00"));
    CHECK(!recognises("tbs"));
    CHECK(!recognises(""));
    CHECK(!recognises("-----BEGIN"));
}

TEST_CASE("a list of revocations finds digests of the same kind, and never an empty digest") {
    ring keys;
    const revocation_view<engine::botan>& revoked = keys.view().revoked;  // the view sees later additions
    const std::array<std::uint8_t, 20> aa{0xaa};
    const std::array<std::uint8_t, 32> bb{0xbb};
    CHECK(keys.revoke_digest(*keyring::parse_blacklist_entry("tbs:aa" + std::string(38, '0'))));
    CHECK(revoked.holds(revoked_kind::certificate, aa));
    CHECK(!revoked.holds(revoked_kind::binary, aa));
    CHECK(!revoked.holds(revoked_kind::certificate, bb));
    CHECK(!revoked.holds(revoked_kind::certificate, {}));
    CHECK(keys.revoke_digest(*keyring::parse_blacklist_entry("bin:bb" + std::string(62, '0'))));
    CHECK(revoked.holds(revoked_kind::binary, bb));
    CHECK(!revoked.holds(revoked_kind::certificate, bb));
    const digest_value digest = *engine::botan{}.digest(digest_id::sha512, {});
    CHECK(keys.revoke_digest({revoked_kind::binary, digest}));
    CHECK(revoked.holds(revoked_kind::binary, digest.view()));
    CHECK(revoked.digests.size() == 3);
    CHECK(keys.revoke_digest(revoked_digest{}).error().code == errc::unsupported_hash);
}

TEST_CASE("content is revoked by a digest of any supported size, whichever digest was signed") {
    const auto certificate = corpus::file("keys/rsa2048.cert.der"), image = corpus::file("digsig-v1/b4096.bin.rsa2048.sha256.modsig"),
               content = corpus::file("modules/b4096.bin");
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512})
        for (const auto& bytes : {content, image}) {
            CAPTURE(name(id));
            ring keys;
            REQUIRE(keys.add(certificate));
            const verifier<layouts<layout::digsig>, engine::botan, policy::legacy> v{keys};
            CHECK(v.appraise({image}).why.code == errc::none);
            const byte_view part = bytes;
            CHECK(keys.revoke_digest({revoked_kind::binary, *engine::botan{}.digest(id, {&part, 1})}));
            CHECK(v.appraise({image}).why.code == errc::revoked);
        }
}

TEST_CASE("a certificate with a revoked digest is refused, whichever was added first; Linux does not let it enter") {
    const auto certificate = corpus::file("keys/rsa2048.cert.der"), image = corpus::file("digsig-v1/b4096.bin.rsa2048.sha256.modsig");
    const auto entry = keyring::parse_blacklist_entry(entry_for(certificate)), other = keyring::parse_blacklist_entry(sha1_entry);
    const auto judge = [&](const ring& keys) {
        return verifier<layouts<layout::digsig>, engine::botan, policy::legacy>{keys}.appraise({image}).why.code;
    };
    ring before, after, unrelated, in_linux;
    (void)before.revoke_digest(*entry);
    REQUIRE(before.add(certificate));
    CHECK(judge(before) == errc::revoked);
    REQUIRE(after.add(certificate));
    CHECK(judge(after) == errc::none);
    (void)after.revoke_digest(*entry);
    CHECK(judge(after) == errc::revoked);
    REQUIRE(unrelated.add(certificate));
    (void)unrelated.revoke_digest(*other);
    CHECK(judge(unrelated) == errc::none);

    (void)in_linux.revoke_digest(*entry);
    const auto refused = in_linux.add<linux_reading>(certificate);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::revoked);
    CHECK(refused.error().linux_errno() == linux_error::ekeyrejected);
    CHECK(in_linux.keys().empty());
    CHECK(in_linux.add<linux_reading>(corpus::file("keys/rsa3072.cert.der")));

    // It is the certificate that is revoked, not its key.
    CHECK(before.add(corpus::file("keys/rsa2048.pub.der"))->fault == errc::none);
}

TEST_CASE("files revoke digests and keys") {
    const auto certificate = corpus::file("keys/rsa2048.cert.der");
    ring keys;
    REQUIRE(keys.add(certificate));
    std::vector<reported> faults;

    const temporary_file text(entry_for(certificate) + "\nbin:" + digits(64) + "\n");
    const auto taken = keyring::revoke_path(keys, text.path, collect(faults));
    REQUIRE(taken);
    CHECK(*taken == 2);
    CHECK(faults.empty());
    CHECK(keys.view().revoked.digests.size() == 2);

    const temporary_file partly("bin:0\nbin:" + digits(40) + "\nbin:xx\ntbs:" + digits(130) + "\n");
    CHECK(*keyring::revoke_path(keys, partly.path, collect(faults)) == 1);
    REQUIRE(faults.size() == 3);
    CHECK((faults[0].index == 0 && faults[0].why == errc::bad_text && faults[0].offset == 5));
    CHECK((faults[1].index == 2 && faults[1].why == errc::bad_text && faults[1].offset == 55));
    CHECK((faults[2].index == 3 && faults[2].why == errc::unsupported_hash));

    CHECK(*keyring::revoke_path(keys, corpus::path("keys/rsa3072.cert.pem"), collect(faults)) == 1);
    CHECK(keys.view().revoked.keys.size() == 1);
    CHECK(!keyring::revoke_path(keys, corpus::path("no-such-file"), collect(faults)));

    // A keyring takes no digests for keys.
    faults.clear();
    CHECK(*keyring::add_path(keys, text.path, collect(faults)) == 0);
    CHECK(faults.size() == 1);
}
