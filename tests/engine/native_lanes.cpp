// SPDX-License-Identifier: BSL-1.0
#include <modsig/engine/native/digest_many.hpp>
#include <modsig/engine/native/lane_costs.hpp>

#include "native_isa.hpp"
#include "native_openssl.hpp"

#include <botan/hash.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

using namespace modsig;
using namespace modsig::engine;
using native_test::octets;

namespace {

template <class Check>
void each_digest(const Check& check) {
    for (const digest_id id : native_test::digests) with_digest(native_digest_list{}, id, check);
}

[[nodiscard]] cpu_features this_cpu() {
#ifdef MODSIG_NATIVE_X86
    return cpu();
#else
    return {};
#endif
}

/// Messages of one or more parts each, with the digests that they must get.
struct sample {
    std::vector<octets> data;
    std::vector<std::vector<byte_view>> parts;
    std::vector<message_parts> messages;

    void add(octets content, std::size_t part_count = 1) {
        data.push_back(std::move(content));
        std::vector<byte_view>& views = parts.emplace_back();
        byte_view rest = data.back();
        for (std::size_t i = 1; i < part_count; ++i) {
            const std::size_t cut = rest.empty() ? 0 : native_test::random()() % rest.size();
            views.push_back(rest.first(cut));
            rest = rest.subspan(cut);
        }
        views.push_back(rest);
    }
    /// A message of two parts, the first of `cut` bytes.
    void add_cut(octets content, std::size_t cut) {
        data.push_back(std::move(content));
        parts.push_back({byte_view(data.back()).first(cut), byte_view(data.back()).subspan(cut)});
    }
    void finish() {
        for (const auto& views : parts) messages.emplace_back(views);
    }

    /// As OpenSSL and Botan have them.
    [[nodiscard]] std::vector<digest_value> expected(digest_id id) const {
        const auto botan = Botan::HashFunction::create_or_throw("SHA-" + std::string(name(id).substr(3)));
        std::vector<digest_value> digests;
        for (const octets& content : data) {
            digests.push_back(native_test::digest(id, content));
            REQUIRE(equal(digests.back().view(), botan->process(content.data(), content.size())));
        }
        return digests;
    }
};

template <class Isa>
void check_sample(const sample& s, digest_id id, const std::vector<digest_value>& expected) {
    std::vector<digest_value> digests(s.messages.size());
    REQUIRE(digest_many<Isa>(id, s.messages, digests));
    for (std::size_t i = 0; i != digests.size(); ++i) {
        CAPTURE(i);
        CHECK(digests[i].id == id);
        CHECK(digests[i].bytes == expected[i].bytes);
    }
}

/// All digests, with every set of instructions.
void check_sample(const sample& s) {
    each_digest([&]<digest_id Id>() {
        const auto expected = s.expected(Id);
        native_test::each_isa([&]<class Isa>(const std::string& isa_name) {
            CAPTURE(isa_name); CAPTURE(name(Id)); CAPTURE(s.messages.size());
            check_sample<Isa>(s, Id, expected);
        });
    });
}

}  // namespace

TEST_CASE("every kernel brings every lane forward as one message alone") {
    each_digest([]<digest_id Id>() {
        using states = lane_states<Id>;
        for (const auto& kernel : kernels_for<Id>()) {
            CAPTURE(name(Id)); CAPTURE(kernel.lanes);
            if ((kernel.needs & this_cpu()) != kernel.needs) {
                MESSAGE("a kernel that this CPU cannot run is not tested");
                continue;
            }
            for (std::size_t count = 1; count != 6; ++count) {
                states all(kernel);
                std::vector<octets> data;
                std::array<const std::uint8_t*, max_lanes> blocks{};
                std::vector<digest::block_hash<engine::native_detail::native_compression<Id, isa::portable>>> alone(kernel.lanes);
                for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
                    data.push_back(native_test::random_bytes(count * states::block_size + lane));
                    blocks[lane] = data[lane].data() + lane;  // every alignment
                    all.start(lane);
                }
                for (int times = 0; times != 2; ++times) all.compress(blocks.data(), count);
                // pads each by hand: the state goes on where it stopped
                std::array<std::uint8_t, 2 * states::block_size> padding{};
                REQUIRE(digest::pad<typename states::word>(padding.data(), 0, 2 * count * states::block_size) == 1);
                blocks.fill(padding.data());
                all.compress(blocks.data(), 1);
                for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
                    CAPTURE(lane);
                    octets twice(data[lane].begin() + static_cast<std::ptrdiff_t>(lane), data[lane].end());
                    twice.insert(twice.end(), data[lane].begin() + static_cast<std::ptrdiff_t>(lane), data[lane].end());
                    CHECK(all.digest(lane).bytes == native_test::digest(Id, twice).bytes);
                }
            }
        }
    });
}

TEST_CASE("what one lane is given changes no other, in any kernel and position") {
    std::map<std::size_t, std::size_t> kernels;  // lanes -> how many kernels
    each_digest([&]<digest_id Id>() {
        using states = lane_states<Id>;
        constexpr std::size_t blocks_each = 3;
        for (const auto& kernel : kernels_for<Id>()) {
            if ((kernel.needs & this_cpu()) != kernel.needs) continue;
            CAPTURE(name(Id)); CAPTURE(kernel.lanes);
            for (unsigned round = 0; round != native_test::rounds(1); ++round)
                for (std::size_t odd = 0; odd != kernel.lanes; ++odd) {
                    const octets common = native_test::random_bytes(blocks_each * states::block_size), other = native_test::random_bytes(common.size());
                    std::array<std::uint8_t, 2 * states::block_size> padding{};
                    REQUIRE(digest::pad<typename states::word>(padding.data(), 0, common.size()) == 1);
                    std::array<const std::uint8_t*, max_lanes> blocks{};
                    blocks.fill(common.data());
                    blocks[odd] = other.data();
                    states all(kernel);
                    for (std::size_t lane = 0; lane != kernel.lanes; ++lane) all.start(lane);
                    all.compress(blocks.data(), blocks_each);
                    blocks.fill(padding.data());
                    all.compress(blocks.data(), 1);
                    const digest_value of_common = native_test::digest(Id, common), of_other = native_test::digest(Id, other);
                    for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
                        CAPTURE(odd); CAPTURE(lane);
                        CHECK(all.digest(lane).bytes == (lane == odd ? of_other : of_common).bytes);
                    }
                }
            ++kernels[kernel.lanes];
        }
    });
    for (const auto& [lanes, count] : kernels) std::printf("      %zu kernels of %zu lanes\n", count, lanes);
}

TEST_CASE("a state moves from one kernel to another and goes on") {
    each_digest([]<digest_id Id>() {
        using states = lane_states<Id>;
        const octets data = native_test::random_bytes(2 * states::block_size);
        std::array<std::uint8_t, 2 * states::block_size> padding{};
        REQUIRE(digest::pad<typename states::word>(padding.data(), 0, data.size()) == 1);
        for (const auto& from : kernels_for<Id>()) {
            if ((from.needs & this_cpu()) != from.needs) continue;
            for (const auto& to : kernels_for<Id>()) {
                if ((to.needs & this_cpu()) != to.needs) continue;
                const std::size_t last = from.lanes - 1u, other = to.lanes - 1u;
                states first(from), second(to);
                std::array<const std::uint8_t*, max_lanes> blocks{};
                blocks.fill(data.data());
                for (std::size_t lane = 0; lane != from.lanes; ++lane) first.start(lane);
                for (std::size_t lane = 0; lane != to.lanes; ++lane) second.start(lane);
                first.compress(blocks.data(), 1);
                second.set(other, first.get(last));
                blocks.fill(data.data() + states::block_size);
                second.compress(blocks.data(), 1);
                blocks.fill(padding.data());
                second.compress(blocks.data(), 1);
                CHECK(second.digest(other).bytes == native_test::digest(Id, data).bytes);
            }
        }
    });
}

TEST_CASE("any number of messages of any length gets its own digests, in order") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round)
        for (const std::size_t count : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 32u, 33u, 64u, 300u}) {
            sample s;
            for (std::size_t i = 0; i != count; ++i) s.add(native_test::random_bytes(native_test::random()() % (i % 5 == 0 ? 9000 : 300)));
            s.finish();
            check_sample(s);
        }
}

TEST_CASE("of up to 34 messages any one may be longer or shorter than the others") {
    std::size_t batches = 0;
    for (std::size_t count = 2; count <= 34; ++count)
        for (std::size_t odd = 0; odd != count; ++odd) {
            const std::size_t usual = 64 + native_test::random()() % 200;
            sample s;
            for (std::size_t i = 0; i != count; ++i) s.add(native_test::random_bytes(i != odd ? usual : odd % 2 == 0 ? usual % 64 : 3 * usual));
            s.finish();
            check_sample(s);
            ++batches;
        }
    std::printf("      %zu batches\n", batches);
}

TEST_CASE("messages of every length from 0 to 300 and around every block's border up to 4 KiB are digested side by side") {
    for (unsigned round = 0; round != native_test::rounds(1); ++round) {
        std::vector<std::size_t> sizes;
        for (std::size_t size = 0; size <= 300; ++size) sizes.push_back(size);
        for (std::size_t border = 320; border <= 4096 + 64; border += 64)
            for (const std::size_t before : {17u, 16u, 9u, 8u, 1u, 0u}) sizes.push_back(border - before);
        std::shuffle(sizes.begin(), sizes.end(), native_test::random());
        sample s;
        for (const std::size_t size : sizes) s.add(native_test::random_bytes(size));
        s.finish();
        check_sample(s);
        if (round == 0) std::printf("      %zu messages\n", s.messages.size());
    }
}

TEST_CASE("a message may be of many parts, empty ones among them") {
    sample s;
    for (std::size_t i = 0; i != native_test::rounds(100); ++i) s.add(native_test::random_bytes(native_test::random()() % 1000), 1 + i % 6);
    s.finish();
    for (auto& message : s.messages)
        if (native_test::random()() % 10 == 0 && s.data[static_cast<std::size_t>(&message - s.messages.data())].empty()) message = {};
    check_sample(s);
}

TEST_CASE("a message may be cut at any place") {
    for (const std::size_t size : {63u, 64u, 65u, 128u, 261u, 389u}) {
        const octets content = native_test::random_bytes(size);
        sample s;
        for (std::size_t cut = 0; cut <= size; ++cut) s.add_cut(content, cut);
        s.finish();
        check_sample(s);
    }
}

TEST_CASE("one long message among short ones is digested to its end") {
    sample s;
    for (std::size_t i = 0; i != 40; ++i) s.add(native_test::random_bytes(i == 20 ? 200000 : 64 * i));
    s.finish();
    check_sample(s);
}

TEST_CASE("more than a cache holds is digested with fewer lanes") {
    sample s;
    for (std::size_t i = 0; i != 40; ++i) s.add(native_test::random_bytes(300000));
    s.finish();
    check_sample<isa::best>(s, digest_id::sha256, s.expected(digest_id::sha256));
}

TEST_CASE("many digests can be made in a constant expression") {
    static constexpr std::array<std::uint8_t, 3> abc{'a', 'b', 'c'};
    static constexpr byte_view view[] = {byte_view(abc)};
    constexpr auto first = [] {
        const message_parts messages[] = {view, view};
        std::array<digest_value, 2> digests{};
        return digest_many(digest_id::sha256, messages, digests) ? digests[1].bytes[0] : 0;
    }();
    static_assert(first == 0xba);
    CHECK(first == 0xba);
}

TEST_CASE("many digests of an unknown algorithm are refused by name") {
    CHECK(digest_many(digest_id::sm3, {}, {}).error().code == errc::unsupported_hash);
}

TEST_CASE("costs are those of the table until they are measured, and then everybody has what was measured") {
    each_digest([]<digest_id Id>() {
        CAPTURE(name(Id));
        const auto rows = kernels_for<Id>();
        lane_costs<Id> costs(this_cpu());
        costs.use_measured(this_cpu(), true);
        const lane_costs<Id> later(this_cpu());
        for (std::size_t i = 0; i != rows.size(); ++i) {
            if (!rows[i].runs_on(this_cpu())) continue;
            CAPTURE(i);
            if constexpr (isa::best::accelerated) CHECK(costs[i] != 0);
            CHECK(later[i] == costs[i]);
        }
        for (std::size_t streams = 1; streams != 50; ++streams) {
            CAPTURE(streams);
            CHECK(costs.choose(this_cpu(), streams, true).runs_on(this_cpu()));
            CHECK_FALSE(costs.choose(this_cpu(), streams, false).cached_only);
            CHECK(costs.choose({}, streams, true).needs == cpu_features{});  // a CPU that has nothing
        }
    });
}

TEST_CASE("measuring takes little, and changes no digest of those that are being calculated meanwhile") {
    each_digest([]<digest_id Id>() {
        CAPTURE(name(Id));
        std::vector<octets> data;
        std::vector<byte_view> views;
        for (std::size_t i = 0; i != 40; ++i) data.push_back(native_test::random_bytes(150000 + 1000 * i));  // beyond what is worth measuring
        std::vector<message_parts> messages;
        for (const octets& each : data) views.emplace_back(each);
        for (const byte_view& each : views) messages.emplace_back(&each, 1);
        std::vector<digest_value> digests(messages.size());
        REQUIRE(digest_many<isa::best>(Id, messages, digests));
        for (std::size_t i = 0; i != digests.size(); ++i) CHECK(digests[i].bytes == native_test::digest(Id, data[i]).bytes);
    });
}
