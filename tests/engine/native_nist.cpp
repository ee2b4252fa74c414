// SPDX-License-Identifier: BSL-1.0
// The vectors by which NIST validates SHA-1 and SHA-2 (tests/data/nist), with every way to calculate.
#include <modsig/engine/native/digest_many.hpp>

#include <modsig/engine/best.hpp>
#include <modsig/engine/botan.hpp>

#include "../support/hex.hpp"
#include "native_isa.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::engine;

namespace {

using octets = std::vector<std::uint8_t>;

struct vectors {
    std::vector<octets> messages, digests;
    std::vector<octets> chain;  // the seed first
};

/// All of a file, or the program ends.
vectors read(digest_id id) {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    const std::string path = (folder != nullptr ? folder : "tests/data") + ("/nist/" + std::string(name(id)) + ".txt");
    std::ifstream file(path);
    std::string first, second;
    std::size_t promised = 0;
    file >> first >> promised;
    vectors all;
    while (file >> first >> second) {
        if (first == "chain") {
            all.chain.push_back(hex(second));
        } else {
            all.messages.push_back(first == "-" ? octets{} : hex(first));
            all.digests.push_back(hex(second));
        }
    }
    if (promised == 0 || all.messages.size() + all.chain.size() != promised) {
        std::fprintf(stderr, "cannot read %s; MODSIG_TEST_VECTORS names the folder of test vectors\n", path.c_str());
        std::exit(2);
    }
    return all;
}

/// The Secure Hash Algorithm Validation System, section 6.4: what 1000 digests come to, each of the three before it.
template <class Digest>
octets thousand(const octets& seed, const Digest& digest_of) {
    std::vector<octets> last(3, seed);
    for (int i = 0; i != 1000; ++i) {
        octets message = last[0];
        message.insert(message.end(), last[1].begin(), last[1].end());
        message.insert(message.end(), last[2].begin(), last[2].end());
        last = {last[1], last[2], digest_of(message)};
    }
    return last[2];
}

octets by_engine(const auto& engine, digest_id id, byte_view message) {
    const auto digest = engine.digest(id, std::span<const byte_view>(&message, 1));
    REQUIRE(digest);
    return {digest->view().begin(), digest->view().end()};
}

template <class Isa>
octets by_isa(digest_id id, byte_view message) {
    const auto digest = native_digest<Isa>(id, std::span<const byte_view>(&message, 1));
    if (!digest) FAIL("no digest");  // REQUIRE would count millions
    return {digest->view().begin(), digest->view().end()};
}

}  // namespace

TEST_CASE("native: NIST's vectors of SHA-1 and SHA-2, one message at a time") {
    for (const digest_id id : native_test::digests) {
        const vectors all = read(id);
        CAPTURE(name(id));
        REQUIRE(all.messages.size() >= 65);
        REQUIRE(all.chain.size() == 101);
        for (std::size_t i = 0; i != all.messages.size(); ++i) {
            CAPTURE(all.messages[i].size());
            CHECK(by_engine(native{}, id, all.messages[i]) == all.digests[i]);
            CHECK(by_engine(best{}, id, all.messages[i]) == all.digests[i]);
            CHECK(by_engine(botan{}, id, all.messages[i]) == all.digests[i]);
        }
        std::size_t ways = 0;
        native_test::each_isa([&]<class Isa>(const std::string& how) {
            CAPTURE(how);
            for (std::size_t i = 0; i != all.messages.size(); ++i) CHECK(by_isa<Isa>(id, all.messages[i]) == all.digests[i]);
            for (std::size_t i = 1; i != all.chain.size(); ++i)
                CHECK(thousand(all.chain[i - 1], [&](const octets& m) { return by_isa<Isa>(id, m); }) == all.chain[i]);
            ++ways;
        });
        std::printf("      %s: %zu messages, a chain of %zu digests, %zu ways to calculate\n", std::string(name(id)).c_str(), all.messages.size(),
                    1000 * (all.chain.size() - 1), ways);
    }
}

TEST_CASE("native: NIST's vectors of SHA-1 and SHA-2, many at once") {
    for (const digest_id id : native_test::digests) {
        const vectors all = read(id);
        std::vector<byte_view> parts;
        for (const octets& message : all.messages) parts.emplace_back(message);
        std::vector<message_parts> messages;
        for (const byte_view& part : parts) messages.emplace_back(&part, 1);
        native_test::each_isa([&]<class Isa>(const std::string& how) {
            CAPTURE(how);
            for (const std::size_t at_once : {std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{8}, std::size_t{16}, std::size_t{31}, messages.size()})
                for (std::size_t begin = 0; begin < messages.size(); begin += at_once) {
                    const auto some = std::span<const message_parts>(messages).subspan(begin, std::min(at_once, messages.size() - begin));
                    std::vector<digest_value> digests(some.size());
                    REQUIRE(digest_many<Isa>(id, some, digests));
                    for (std::size_t i = 0; i != some.size(); ++i) CHECK(equal(digests[i].view(), all.digests[begin + i]));
                }
        });
    }
}
