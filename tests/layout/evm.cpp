// SPDX-License-Identifier: BSL-1.0
#include <modsig/layout/evm.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm_data.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"
#include "../support/ima.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace modsig;
using layout::evm_attribute;
using layout::evm_data;
using layout::evm_inode;

namespace {

using bytes = std::vector<std::uint8_t>;

const bytes ima_value = hex(ima_example::named_digest), signature = hex(ima_example::evm_portable_rsa);

keyring::store<engine::botan> example_keys() {
    keyring::store<engine::botan> keys(keyring::evm);
    REQUIRE(keys.add(hex(ima_example::rsa_certificate), layouts<layout::evm>{}));
    return keys;
}

evm_inode root_file() {
    evm_inode inode;
    inode.number = 0x0102030405060708;
    inode.generation = 0x11121314;
    inode.mode = 0100644;
    return inode;
}

/// What one makes of them.
bytes data_of(std::span<const evm_attribute> attributes, const evm_inode& inode, bool portable, layout::evm_machine machine = {}) {
    bytes room(layout::max_evm_data_size(attributes));
    const auto made = evm_data(attributes, inode, portable, room, machine);
    REQUIRE(made);
    return {made->begin(), made->end()};
}

subject metadata(byte_view data, byte_view value) {
    subject s;
    s.beside.metadata = data;
    s.signature.source = signature_source::xattr;
    s.signature.bytes = value;
    return s;
}

template <class Policy = policy::legacy>
appraisal appraise(const subject& s) {
    const auto keys = example_keys();
    return verifier<layouts<layout::evm>, engine::botan, Policy>{keys}.appraise(s);
}

}  // namespace

TEST_CASE("evm: a portable signature of evmctl verifies over attributes and inode") {
    const std::array attributes{evm_attribute{"security.ima", ima_value}};
    const bytes data = data_of(attributes, root_file(), true);
    CHECK(data == hex(std::string(ima_example::named_digest) + "0000000000000000000000000000000000000000a4810000"));
    const appraisal answer = appraise(metadata(data, signature));
    CHECK(answer.why.code == errc::none);
    CHECK(answer.outcome == verdict::verified);
    CHECK(answer.layout == "evm");
    CHECK(answer.claim.scheme == scheme_id::rsa_pkcs1_v15);
    CHECK(equal(answer.digest.view(), hex("079afd9a84a7a997bd2307563d5c490a9453d6e9d6b3e13efe405e35a6ef9805")));
    CHECK(answer.content.size == 0);
    CHECK_FALSE(answer.covers_image);
    CHECK(appraise<policy::linux_ima>(metadata(data, signature)).outcome == verdict::verified);
}

TEST_CASE("evm: a change of any byte of metadata or value is refused") {
    const std::array attributes{evm_attribute{"security.ima", ima_value}};
    const bytes data = data_of(attributes, root_file(), true);
    std::size_t tried = 0;
    for (std::size_t i = 0; i != data.size(); ++i, ++tried) {
        bytes other = data;
        other[i] ^= 1;
        CHECK(appraise(metadata(other, signature)).why.code == errc::signature_mismatch);
    }
    for (std::size_t i = 0; i != signature.size(); ++i, ++tried) {
        bytes other = signature;
        other[i] ^= 1;
        CHECK(appraise(metadata(data, other)).outcome == verdict::rejected);
    }
    MESSAGE(tried << " bytes");
}

TEST_CASE("evm: metadata prove no image") {
    const std::array attributes{evm_attribute{"security.ima", ima_value}};
    const bytes data = data_of(attributes, root_file(), true), image = hex(ima_example::payload);
    const auto keys = example_keys();
    const verifier<layouts<layout::evm>, engine::botan, policy::legacy> verifier{keys};
    const auto proof = verifier.verify(byte_view(image), metadata(data, signature));
    REQUIRE_FALSE(proof);
    CHECK(proof.error().code == errc::not_checked);
    // Without metadata there is no EVM signature.
    CHECK(verifier.appraise(metadata({}, signature)).why.code == errc::no_signature);
    CHECK(verifier.appraise(subject{image}).why.code == errc::no_signature);
}

TEST_CASE("evm: faults of a value have their reason, other signatures are no_signature") {
    const bytes data(24);
    const auto fault_of = [&](bytes value) { return appraise(metadata(data, value)).why.code; };
    const auto with = [&](std::size_t at, std::uint8_t byte) {
        bytes value = signature;
        value[at] = byte;
        return value;
    };
    CHECK(fault_of({}) == errc::truncated);
    CHECK(fault_of({5}) == errc::truncated);
    CHECK(fault_of(bytes(signature.begin(), signature.begin() + 9)) == errc::truncated);
    for (const auto type : std::to_array<std::uint8_t>({0, 1, 2, 4, 6, 7, 255})) CHECK_MESSAGE(fault_of(with(0, type)) == errc::bad_magic, int{type});
    for (const auto version : std::to_array<std::uint8_t>({0, 1, 4, 255})) CHECK_MESSAGE(fault_of(with(1, version)) == errc::unsupported_version, int{version});
    CHECK(appraise(metadata(data, with(1, 4))).why.offset == 1);
    CHECK(fault_of(with(1, 3)) == errc::signature_mismatch);  // over the digest, not over a file identifier
    CHECK(fault_of(with(2, 200)) == errc::unsupported_hash);
    CHECK(fault_of(with(8, 0x81)) == errc::length_overflow);
    CHECK(fault_of(with(8, 0x7f)) == errc::trailing_garbage);
    CHECK(fault_of(with(6, 0)) == errc::key_not_found);
}

TEST_CASE("evm data: attributes in Linux's order, whatever order they are given in") {
    const bytes a{0xa1}, b{0xb2}, c{0xc3}, d{0xd4}, e{0xe5};
    const std::array attributes{evm_attribute{"security.capability", a}, evm_attribute{"security.ima", b}, evm_attribute{"user.other", e},
                                evm_attribute{"security.SMACK64", c}, evm_attribute{"security.selinux", d}};
    CHECK(byte_view(data_of(attributes, {}, true)).size() == 4 + 24);
    CHECK(equal(byte_view(data_of(attributes, {}, true)).first(4), hex("d4c3b2a1")));
    const auto names = layout::evm_attribute_names;
    CHECK(names.front() == "security.selinux");
    CHECK(names.back() == "security.capability");
}

TEST_CASE("evm data: inode facts for every machine, with and without the file system's UUID") {
    evm_inode inode = root_file();
    inode.uid = 1000, inode.gid = 100;
    CHECK(data_of({}, inode, false) == hex("080706050403020114131211e803000064000000a4810000"));
    CHECK(data_of({}, inode, false, {.wide = true, .big_endian = true}) == hex("010203040506070811121314000003e80000006481a40000"));
    CHECK(data_of({}, inode, false, {.wide = false, .big_endian = false}) == hex("0807060514131211e803000064000000a4810000"));
    inode.file_system_uuid = std::array<std::uint8_t, 16>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    CHECK(data_of({}, inode, false) == hex("080706050403020114131211e803000064000000a48100000102030405060708090a0b0c0d0e0f10"));
    const std::array attributes{evm_attribute{"security.ima", ima_value}};
    CHECK(byte_view(data_of(attributes, inode, true)).size() == ima_value.size() + 24);
}

TEST_CASE("evm data: impossible input is refused, and nothing is written beyond the buffer") {
    bytes room(256);
    const auto none = evm_data({}, {}, true, room);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::missing_element);
    CHECK(none.error().linux_errno() == linux_error::eperm);
    const std::array twice{evm_attribute{"security.ima", ima_value}, evm_attribute{"security.ima", ima_value}};
    CHECK(evm_data(twice, {}, true, room).error().code == errc::repeated_element);
    const std::array one{evm_attribute{"security.ima", ima_value}};
    for (std::size_t size = 0; size != ima_value.size() + 24; ++size) {
        bytes small(size);
        CHECK(evm_data(one, {}, true, small).error().code == errc::too_large);
    }
    bytes exact(ima_value.size() + 24);
    CHECK(evm_data(one, {}, true, exact));
}

TEST_CASE("evm data: equal to the bytes that evmctl hashed for the corpus") {
    // security.selinux with its NUL, and security.ima; the file is 0644 and root's, or 0755 and somebody's.
    const bytes portable = corpus::file("evm/small.ko.portable.data"), user = corpus::file("evm/small.ko.portable-user.data");
    const byte_view all(portable);
    std::size_t ima = 0;
    while (all[ima] != 0) ++ima;
    ++ima;
    const std::array attributes{evm_attribute{"security.ima", all.subspan(ima, all.size() - 24 - ima)},
                                evm_attribute{"security.selinux", all.first(ima)}};
    evm_inode inode;
    inode.mode = 0100644;
    CHECK(data_of(attributes, inode, true) == portable);
    inode.uid = 1000, inode.gid = 100, inode.mode = 0100755;
    CHECK(data_of(attributes, inode, true) == user);
    // The same file with its inode and the file system's UUID.
    const bytes local = corpus::file("evm/small.ko.inode.data");
    inode = {};
    inode.mode = 0100644;
    const byte_view facts = byte_view(local).last(40);
    inode.number = load_le<std::uint64_t>(facts.first(8));
    inode.generation = load_le<std::uint32_t>(facts.subspan(8, 4));
    inode.uid = load_le<std::uint32_t>(facts.subspan(12, 4));
    inode.gid = load_le<std::uint32_t>(facts.subspan(16, 4));
    inode.file_system_uuid.emplace();
    std::copy(facts.end() - 16, facts.end(), inode.file_system_uuid->begin());
    CHECK(inode.number != 0);
    CHECK(data_of(attributes, inode, false) == local);
}
