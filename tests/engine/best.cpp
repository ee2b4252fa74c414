// SPDX-License-Identifier: BSL-1.0
// engine::best answers as its two parts do, and does with each what it is told to do.
#include <modsig/engine/best.hpp>

#include "../support/wycheproof.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace modsig;
using namespace modsig::engine;

namespace {

struct all_botan : fastest {
    static constexpr provider rsa = provider::botan;
    static constexpr provider curves = provider::botan;
    static constexpr provider digest(digest_id) { return provider::botan; }
};
struct all_native : fastest {
    static constexpr provider digest(digest_id) { return provider::native; }
};
using pinned_to_botan = basic_best<all_digests, all_botan>;
using pinned_to_native = basic_best<all_digests, all_native>;

static_assert(best::has(digest_id::sha256) && best::has(digest_id::sha3_256) && !best::has(digest_id::md4));
static_assert(pinned_to_native::has(digest_id::sha256) && !pinned_to_native::has(digest_id::sha3_256));
static_assert(fastest::digest(digest_id::sha512) == provider::native && fastest::digest(digest_id::sm3) == provider::botan);

}  // namespace

TEST_CASE("best: every digest is Botan's") {
    std::array<std::uint8_t, 1000> content{};
    for (std::size_t i = 0; i != content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * i);
    const byte_view parts[] = {byte_view(content).first(301), byte_view(content).subspan(301)};
    std::size_t compared = 0;
    for (const auto& entry : digest_table) {
        const auto expected = botan{}.digest(entry.id, parts), answer = best{}.digest(entry.id, parts);
        CAPTURE(entry.name);
        CHECK(answer.has_value() == expected.has_value());
        if (!expected) continue;
        CHECK(answer->bytes == expected->bytes);
        CHECK(pinned_to_botan{}.digest(entry.id, parts)->bytes == expected->bytes);
        CHECK(pinned_to_native{}.digest(entry.id, parts).has_value() == native::has(entry.id));
        ++compared;
    }
    CHECK(compared >= 12);
}

TEST_CASE("best: Wycheproof's cases of every scheme") {
    wycheproof::all_rsa_as_they_say<best>();
    wycheproof::all_rsa_as_they_say<pinned_to_botan>();
    const auto curves = []<class Engine>() {
        wycheproof::all_as_they_say<Engine>("ecdsa_secp256r1_sha256", scheme_id::ecdsa, digest_id::sha256);
        wycheproof::all_as_they_say<Engine>("ecdsa_secp521r1_sha512", scheme_id::ecdsa, digest_id::sha512);
        wycheproof::all_as_they_say<Engine>("ed25519", scheme_id::ed25519, digest_id::none);
    };
    curves.template operator()<best>();
    curves.template operator()<pinned_to_botan>();
    wycheproof::all_pss_as_they_say<best>();
}

TEST_CASE("best: Botan has no PSS here, and RSA pinned to it has none") {
    wycheproof::for_each_case<pinned_to_botan>("rsa_pss_2048_sha256_mgf1_32", scheme_id::rsa_pss, digest_id::sha256, false,
                                               [](const wycheproof::test_case&, const result<void>& answer) {
                                                   REQUIRE_FALSE(answer);
                                                   CHECK(answer.error().code == errc::unsupported_algorithm);
                                               });
}
