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
    const auto list = [](std::uint8_t first_of_type, const octets& data) {
        octets made = first_of_type == 0xa1 ? octets{0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72}
                                            : octets{0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};
        for (const std::size_t field : {44 + data.size(), std::size_t{0}, 16 + data.size()})
            for (const int shift : {0, 8, 16, 24}) made.push_back(static_cast<std::uint8_t>(field >> shift));
        return made + octets(16, 0x77) + data;
    };
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
