// SPDX-License-Identifier: BSL-1.0
#include <modsig/keyring/files.hpp>

#include <modsig/engine/botan.hpp>

#include "../support/corpus.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {
using octets = std::vector<std::uint8_t>;

struct added {
    std::size_t count = 0;
    std::vector<std::pair<std::size_t, errc>> faults{};
};

octets efi_list(const octets& type, const octets& data) {
    octets made = type;
    for (const std::size_t field : {44 + data.size(), std::size_t{0}, 16 + data.size()})
        for (const int shift : {0, 8, 16, 24}) made.push_back(static_cast<std::uint8_t>(field >> shift));
    made.insert(made.end(), 16, 0x77);
    made.insert(made.end(), data.begin(), data.end());
    return made;
}
const octets efi_x509{0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
const octets efi_sha256{0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};

added add(const octets& content) {
    const temporary_file file(content);
    keyring::store<engine::botan> keys;
    added answer;
    const auto report = [&](const std::filesystem::path&, std::size_t index, const failure& why) { answer.faults.emplace_back(index, why.code); };
    const auto count = keyring::add_path(keys, file.path, report);
    REQUIRE(count);
    CHECK(*count == keys.keys().size());
    answer.count = *count;
    return answer;
}

octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
}  // namespace

TEST_CASE("concatenated certificates are read, as a kernel has them") {
    const octets ca = corpus::file("keys/ca.cert.der"), leaf = corpus::file("keys/leaf.cert.der"), rsa = corpus::file("keys/rsa2048.cert.der");
    CHECK(add(ca).count == 1);
    CHECK(add(ca + leaf + rsa).count == 3);
    octets broken = leaf;
    broken[4] = 0;
    const added two = add(ca + broken + rsa);
    CHECK(two.count == 2);
    REQUIRE(two.faults.size() == 1);
    CHECK(two.faults[0].first == 1);
}

TEST_CASE("bytes behind a certificate that are none are reported and skipped") {
    const octets ca = corpus::file("keys/ca.cert.der");
    for (const octets& behind : {octets{0}, octets(4), octets{0x30, 0x82, 0xff, 0xff}}) {
        const added one = add(ca + behind);
        CHECK(one.count == 1);
        REQUIRE(one.faults.size() == 1);
        CHECK(one.faults[0] == std::pair{std::size_t{1}, errc::trailing_garbage});
    }
}

TEST_CASE("certificates of EFI signature lists are keys, other entries are reported") {
    const octets ca = corpus::file("keys/ca.cert.der");
    const auto list = [](std::uint8_t first_of_type, const octets& data) { return efi_list(first_of_type == 0xa1 ? efi_x509 : efi_sha256, data); };
    CHECK(add(list(0xa1, ca)).count == 1);
    CHECK(add(octets{7, 0, 0, 0} + list(0xa1, ca)).count == 1);
    const added two = add(list(0xa1, ca) + list(0x26, octets(32)) + list(0xa1, ca));
    CHECK(two.count == 2);
    CHECK(two.faults == std::vector{std::pair{std::size_t{1}, errc::unsupported_key}});
    for (std::size_t size = 17; size != list(0xa1, ca).size(); ++size) {
        octets cut = list(0xa1, ca);
        cut.resize(size);
        CHECK(add(cut).count == 0);
    }
}

TEST_CASE("a file of EFI signature lists may begin with a list of digests, or an empty one") {
    const octets certificates = efi_list(efi_x509, corpus::file("keys/ca.cert.der"));
    const added behind_digest = add(efi_list(efi_sha256, octets(32)) + certificates);
    CHECK(behind_digest.count == 1);
    CHECK(behind_digest.faults == std::vector{std::pair{std::size_t{0}, errc::unsupported_key}});
    const added behind_empty = add(efi_sha256 + octets{28, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0} + certificates);
    CHECK(behind_empty.count == 1);
    CHECK(behind_empty.faults.empty());
}

TEST_CASE("an EFI signature list that is larger than its file is length_overflow") {
    octets longer = efi_list(efi_x509, corpus::file("keys/ca.cert.der"));
    longer.pop_back();
    CHECK(add(longer).faults == std::vector{std::pair{std::size_t{0}, errc::length_overflow}});
}

TEST_CASE("a certificate in a list begins with 30 82 and its length, and a list has two at least") {
    using keyring::are_concatenated, keyring::first_certificate;
    const octets first{0x30, 0x82, 0, 0}, second{0x30, 0x82, 0, 1, 5};
    CHECK(first_certificate(first)->size() == 4);
    CHECK(first_certificate(second + first)->size() == 5);
    for (std::size_t size = 0; size != second.size(); ++size) CHECK_FALSE(first_certificate(byte_view(second).first(size)));
    for (const octets& other : {octets{0x31, 0x82, 0, 0}, octets{0x30, 0x81, 0, 0}}) CHECK_FALSE(first_certificate(other));
    CHECK(are_concatenated(first + second));
    CHECK(are_concatenated(first + second + first));
    for (const octets& none : {octets{}, first, first + octets{0}}) CHECK_FALSE(are_concatenated(none));
}

TEST_CASE("a private key beside its certificate is passed over in silence, alone it is the wrong kind of key") {
    const octets certificate = corpus::file("keys/rsa2048.cert.pem"), private_key = corpus::file("keys/rsa2048.key.pem");
    for (const octets& both : {private_key + certificate, certificate + private_key}) {
        const added one = add(both);
        CHECK(one.count == 1);
        CHECK(one.faults.empty());
    }
    CHECK(add(private_key).faults == std::vector{std::pair{std::size_t{0}, errc::wrong_key_kind}});
    const std::string request = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n";
    const added other = add(octets(request.begin(), request.end()));
    CHECK(other.count == 0);
    CHECK(other.faults == std::vector{std::pair{std::size_t{0}, errc::unsupported_key}});
}

TEST_CASE("a file with keys has max_key_file_size bytes at most") {
    const temporary_file file(octets{});
    std::filesystem::resize_file(file.path, keyring::max_key_file_size);
    const auto largest = keyring::read_key_file(file.path);
    REQUIRE(largest);
    CHECK(largest->view().size() == keyring::max_key_file_size);
    std::filesystem::resize_file(file.path, keyring::max_key_file_size + 1);
    CHECK(keyring::read_key_file(file.path).error().code == errc::too_large);
}
