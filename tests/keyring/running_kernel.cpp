// SPDX-License-Identifier: BSL-1.0
// Keys of the running kernel, in a session keyring of this program. Where the kernel or a sandbox has no keyrings, a message
// says so and nothing is tested.
#include <modsig/keyring/running_kernel.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;
using ring = keyring::store<engine::botan>;

/// Whether this process has a new session keyring, and may put keys there.
bool may_hold_keys() {
    const bool joined = ::keyctl_join_session_keyring(nullptr) >= 0;
    const key_serial_t probe = joined ? ::add_key("user", "modsig-probe", "x", 1, KEY_SPEC_SESSION_KEYRING) : -1;
    if (probe >= 0) return ::keyctl_unlink(probe, KEY_SPEC_SESSION_KEYRING) == 0;
    std::printf("skipped: this kernel lets nobody add keys here: %s\n", std::strerror(errno));
    return false;
}

key_serial_t new_keyring(const char* name, key_serial_t in = KEY_SPEC_SESSION_KEYRING) {
    const key_serial_t made = ::add_key("keyring", name, nullptr, 0, in);
    REQUIRE(made >= 0);
    return made;
}

key_serial_t put(const char* type, const std::string& description, const octets& payload, key_serial_t in) {
    const key_serial_t made = ::add_key(type, description.c_str(), payload.data(), payload.size(), in);
    REQUIRE_MESSAGE(made >= 0, type << " " << description << ": " << std::strerror(errno));
    return made;
}

/// The description that lib/digsig.c searches for.
std::string digsig_name(const octets& blob) {
    const auto info = key::digsig::parse(blob);
    REQUIRE(info);
    char text[17];
    std::snprintf(text, sizeof text, "%llX", static_cast<unsigned long long>(load_be<std::uint64_t>(info->digsig_v1_id)));
    return text;
}

struct reports {
    std::map<std::string, errc> by_description;
    void operator()(std::string_view description, const failure& why) { by_description[std::string(description)] = why.code; }
};

}  // namespace

TEST_CASE("keys of the running kernel: `user` keys of a keyring are trusted, others are reported") {
    if (!may_hold_keys()) return;
    const octets blob = corpus::file("keys/rsa2048.digsig-v1.bin"), certificate = corpus::file("keys/p256.cert.der"),
                 bare = corpus::file("keys/p384.pub.der");
    const key_serial_t module = new_keyring("_module");
    const std::string name = digsig_name(blob);
    put("user", name, blob, module);
    put("user", "vendor; with semicolons", certificate, module);
    put("user", "bare", bare, module);
    put("user", "no name of digsig's", octets{1, 2, 3}, module);
    put("user", "ABCD", octets{1, 2, 3}, module);
    put("user", "empty after all", octets{0x30}, module);
    new_keyring("within", module);
    std::size_t expected_reports = 4;
    if (::add_key("logon", "modsig:logon", "x", 1, module) >= 0) ++expected_reports;
    const key_serial_t revoked = put("user", "revoked", certificate, module);
    REQUIRE(::keyctl_revoke(revoked) == 0);
    ++expected_reports;

    ring keys;
    reports said;
    const auto added = keyring::add_kernel_keyring(keys, keyring::module, said);
    REQUIRE(added);
    CHECK(*added == 3);
    CHECK(keys.keys().size() == 4);  // ABCD is kept, to be refused: as in a folder of `user` keys
    CHECK(said.by_description.size() == expected_reports);
    CHECK(said.by_description["no name of digsig's"] == errc::key_name_mismatch);
    CHECK(said.by_description.contains("ABCD"));
    CHECK(said.by_description.contains("empty after all"));
    CHECK(said.by_description["within"] == errc::bad_structure);
    if (said.by_description.contains("modsig:logon")) CHECK(said.by_description["modsig:logon"] == errc::unsupported_key);
    std::size_t named = 0;
    for (const auto& each : keys.keys()) named += each.info.has_digsig_v1_id && !each.info.name_mismatch && each.info.fault == errc::none;
    CHECK(named >= 1);
    MESSAGE(*added << " keys taken, " << said.by_description.size() << " named and not taken");
}

TEST_CASE("keys of the running kernel: their signatures verify") {
    if (!may_hold_keys()) return;
    std::size_t verified = 0;
    for (const auto& row : corpus::rows({"digsig-v1"})) {
        if (row.expected != "valid" || row.key != "keys/rsa2048.digsig-v1.bin") continue;
        if (verified == 0) {
            const octets blob = corpus::file(row.key);
            put("user", digsig_name(blob), blob, new_keyring("_ima"));
        }
        ring keys{keyring::ima};
        REQUIRE(keyring::add_kernel_keyring(keys, keyring::ima, reports{}));
        const octets content = corpus::file(row.payload), signature = corpus::file(row.file);
        subject s{content};
        s.signature.source = signature_source::detached;
        s.signature.bytes = signature;
        CHECK((verifier<layouts<layout::digsig>, engine::botan, policy::legacy>{keys}.appraise(s).outcome == verdict::verified));
        ++verified;
    }
    CHECK(verified != 0);
    MESSAGE(verified << " signatures");
}

TEST_CASE("keys of the running kernel: no such keyring, and one that may not be read") {
    if (!may_hold_keys()) return;
    ring keys;
    const auto none = keyring::add_kernel_keyring(keys, "_modsig_no_such_keyring", reports{});
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::key_not_found);
    CHECK(none.error().linux_errno() == linux_error::enokey);

    const key_serial_t closed = new_keyring("_evm");
    put("user", "vendor", corpus::file("keys/p256.cert.der"), closed);
    // Found, not read: possessor may search and change permissions.
    REQUIRE(::keyctl_setperm(closed, KEY_POS_VIEW | KEY_POS_SEARCH | KEY_POS_SETATTR) == 0);
    const auto unreadable = keyring::add_kernel_keyring(keys, keyring::evm, reports{});
    CHECK(keys.keys().empty() != unreadable.has_value());
    if (!unreadable) CHECK(unreadable.error().linux_errno() == linux_error::eacces);
    // A keyring that may be searched may be read (keyctl_read_key() in security/keys/keyctl.c); without that it is not found.
    REQUIRE(::keyctl_setperm(closed, KEY_POS_VIEW | KEY_POS_SETATTR) == 0);
    const auto hidden = keyring::add_kernel_keyring(keys, keyring::evm, reports{});
    REQUIRE_FALSE(hidden);
    MESSAGE("hidden: " << std::string(name(hidden.error().linux_errno())));
    CHECK((hidden.error().linux_errno() == linux_error::eacces || hidden.error().linux_errno() == linux_error::enokey));
}

TEST_CASE("keys of the running kernel: an empty keyring, and one with many keys") {
    if (!may_hold_keys()) return;
    ring keys;
    const key_serial_t module = new_keyring("_module");
    const auto empty = keyring::add_kernel_keyring(keys, keyring::module, reports{});
    REQUIRE(empty);
    CHECK(*empty == 0);
    // More than the first buffer of 512 bytes of serial numbers, and less than any user's quota.
    for (int i = 0; i != 150; ++i) put("user", "key " + std::to_string(i), octets{1}, module);
    reports said;
    const auto many = keyring::add_kernel_keyring(keys, keyring::module, said);
    REQUIRE(many);
    CHECK(*many == 0);
    CHECK(said.by_description.size() == 150);
}
