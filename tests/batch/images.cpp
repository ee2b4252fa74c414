// SPDX-License-Identifier: BSL-1.0
// Batches that give the images back as proofs; and the queue that keeps results in order.
#include <modsig/batch.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>

#include "forge.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

using namespace modsig;
using batch_test::octets;
using batch_test::random_bytes;
using batch_test::signing_key;

namespace {

constexpr context at{.now = 1790000000};

template <class Engine>
void images_come_back() {
    const signing_key rsa("rsa2048"), p256("p256");
    std::vector<octets> images;
    for (unsigned i = 0; i != 120; ++i) {
        images.push_back((i % 9 == 4 ? p256 : rsa).sign(random_bytes(10 + 1777 * (i % 17), i), digest_id::sha256));
        if (i % 5 == 2) images.back()[i % images.back().size()] ^= 1;
    }
    keyring::store<Engine> ring;
    REQUIRE(ring.add(rsa.certificate()));
    CHECK(ring.add(p256.certificate()));
    const verifier<layouts<layout::modsign>, Engine, policy::strict> verifier{ring};
    for (const std::size_t threads : {1u, 3u}) {
        std::size_t next = 0, proven = 0;
        batch::options how;
        how.threads = threads;
        how.at = at;
        batch::verify<octets>(
            verifier, images.size(),
            [&](std::size_t i) -> result<octets> {
                if (i == 77) return errc::io_error;
                return octets(images[i]);
            },
            [&](std::size_t i, result<verified<octets>>&& one) {
                REQUIRE(i == next++);
                if (i == 77) {
                    REQUIRE_FALSE(one);
                    CHECK(one.error().code == errc::io_error);
                    return;
                }
                const appraisal expected = verifier.appraise(subject{images[i]}, at);
                REQUIRE(one.has_value() == (expected.outcome == verdict::verified));
                if (!one) {
                    CHECK(one.error().code == expected.why.code);
                    CHECK(one.error().offset == expected.why.offset);
                    return;
                }
                ++proven;
                CHECK(one->image() == images[i]);
                CHECK(one->content().size() == expected.content.size);
                CHECK(&one->anchor() == expected.anchor);
                CHECK(one->digest().bytes == expected.digest.bytes);
            },
            how);
        CHECK(next == images.size());
        CHECK(proven > 60);
        MESSAGE(proven << " proofs of " << images.size() << ", " << threads << " threads");
    }
}

}  // namespace

TEST_CASE("batch: images come back as proofs, with the native engine") { images_come_back<engine::native>(); }
TEST_CASE("batch: images come back as proofs, with the best of both") { images_come_back<engine::best>(); }
TEST_CASE("batch: images come back as proofs, with Botan") { images_come_back<engine::botan>(); }

TEST_CASE("batch: results come in order, and nobody works far ahead") {
    for (const std::size_t threads : {1u, 2u, 7u}) {
        std::atomic<std::size_t> claimed{0};
        std::size_t taken = 0;
        constexpr std::size_t count = 20000;
        batch::for_each_in_order<std::size_t>(count, threads, [&](const auto& claim, const auto& put) {
            std::array<std::size_t, 5> held{};  // in hand, and put the other way round
            for (;;) {
                std::size_t size = 0;
                while (size != held.size()) {
                    const auto i = claim(size == 0);
                    if (!i) break;
                    held[size++] = *i;
                    ++claimed;
                }
                if (size == 0) return;
                while (size != 0) {
                    --size;
                    put(held[size], held[size] * held[size]);
                }
            }
        }, [&](std::size_t i, std::size_t square) {
            REQUIRE(i == taken);
            REQUIRE(square == i * i);
            CHECK(claimed.load() <= taken + 1 + threads * 1024);
            ++taken;
        });
        CHECK(taken == count);
    }
}

TEST_CASE("batch: what a worker throws arrives at the taker") {
    for (const std::size_t threads : {1u, 3u}) {
        const auto run = [&] {
            batch::for_each_in_order<int>(1000, threads, [](const auto& claim, const auto& put) {
                while (const auto i = claim(true)) {
                    if (*i == 500) throw std::runtime_error("broken");
                    put(*i, 0);
                }
            }, [](std::size_t, int) {});
        };
        CHECK_THROWS_AS(run(), std::runtime_error);
    }
}
