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

TEST_CASE("certificates may stand one behind the other, as a kernel has them") {
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

TEST_CASE("what follows a certificate and is none makes it one with something behind it") {
    const octets ca = corpus::file("keys/ca.cert.der");
    for (const octets& behind : {octets{0}, octets(4), octets{0x30, 0x82, 0xff, 0xff}}) {
        const added none = add(ca + behind);
        CHECK(none.count == 0);
        REQUIRE(none.faults.size() == 1);
        CHECK(none.faults[0].second == errc::trailing_garbage);
    }
}
