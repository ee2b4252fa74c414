// SPDX-License-Identifier: BSL-1.0
#include <modsig/engine/native/digest_many.hpp>

#include "native_openssl.hpp"

#include <doctest/doctest.h>

using namespace modsig;
using namespace modsig::engine;
using native_test::octets;

namespace {

template <class Check>
void each_digest(const Check& check) {
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512})
        with_digest(native_digest_list{}, id, check);
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
    void finish() {
        for (const auto& views : parts) messages.emplace_back(views);
    }
};

template <class Isa>
void check_sample(const sample& s, digest_id id) {
    std::vector<digest_value> digests(s.messages.size());
    REQUIRE(digest_many<Isa>(id, s.messages, digests));
    for (std::size_t i = 0; i != digests.size(); ++i) {
        CAPTURE(i);
        CHECK(digests[i].id == id);
        CHECK(digests[i].bytes == native_test::digest(id, s.data[i]).bytes);
    }
}

template <class Check>
void each_isa(const Check& check) {
    check.template operator()<isa::portable>();
    check.template operator()<isa::best>();
#ifdef MODSIG_NATIVE_X86
    check.template operator()<isa::assume<>>();
    if (cpu().has(feature::sha)) check.template operator()<isa::assume<feature::sha>>();
    if (cpu().has(feature::avx2)) check.template operator()<isa::assume<feature::avx2, feature::bmi2>>();
    if (cpu().has(feature::avx512)) check.template operator()<isa::assume<feature::avx512, feature::avx2, feature::bmi2>>();
    if (cpu().has(feature::avx512) && cpu().has(feature::sha)) check.template operator()<isa::assume<feature::avx512, feature::sha>>();
#endif
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
                std::vector<digest::block_hash<engine::detail::native_compression<Id, isa::portable>>> alone(kernel.lanes);
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
    for (const std::size_t count : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 32u, 33u, 64u, 300u}) {
        sample s;
        for (std::size_t i = 0; i != count; ++i) s.add(native_test::random_bytes(native_test::random()() % (i % 5 == 0 ? 9000 : 300)));
        s.finish();
        each_digest([&]<digest_id Id>() {
            each_isa([&]<class Isa>() {
                CAPTURE(name(Id)); CAPTURE(count);
                check_sample<Isa>(s, Id);
            });
        });
    }
}

TEST_CASE("a message may be of many parts, empty ones among them") {
    sample s;
    for (std::size_t i = 0; i != 100; ++i) s.add(native_test::random_bytes(native_test::random()() % 1000), 1 + i % 6);
    s.finish();
    for (auto& message : s.messages)
        if (native_test::random()() % 10 == 0 && s.data[static_cast<std::size_t>(&message - s.messages.data())].empty()) message = {};
    each_digest([&]<digest_id Id>() { each_isa([&]<class Isa>() { check_sample<Isa>(s, Id); }); });
}

TEST_CASE("one long message among short ones is digested to its end") {
    sample s;
    for (std::size_t i = 0; i != 40; ++i) s.add(native_test::random_bytes(i == 20 ? 200000 : 64 * i));
    s.finish();
    each_digest([&]<digest_id Id>() { each_isa([&]<class Isa>() { check_sample<Isa>(s, Id); }); });
}

TEST_CASE("more than a cache holds is digested with fewer lanes") {
    sample s;
    for (std::size_t i = 0; i != 40; ++i) s.add(native_test::random_bytes(300000));
    s.finish();
    check_sample<isa::best>(s, digest_id::sha256);
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
