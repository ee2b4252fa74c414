// SPDX-License-Identifier: BSL-1.0
#include <modsig/keyring/builtin.hpp>

#include <modsig/engine/botan.hpp>

#include "../support/hex.hpp"
#include "vendor_key.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {
constexpr auto trust = keyring::builtin<vendor_key>();
static_assert(std::is_empty_v<decltype(trust)>);

struct constant_engine {
    struct prepared_key {};
    static constexpr bool has(digest_id) { return false; }
    static constexpr result<prepared_key> prepare(const public_key&) { return prepared_key{}; }
    constexpr result<digest_value> digest(digest_id, std::span<const byte_view>) const { return errc::unsupported_hash; }
    constexpr result<void> check(const prepared_key&, const to_check&) const { return errc::not_checked; }
};
// With an engine whose keys are plain values the whole keyring is a constant.
static_assert(trust.view<constant_engine>().keys[0].info.key.bits == 2048);
static_assert(trust.view<constant_engine>().keys[0].info.digsig_v1_id[0] == 0xba);
}  // namespace

TEST_CASE("a builtin keyring is parsed at compile time and is one object") {
    const auto view = trust.view<engine::botan>();
    CHECK(view.keys.size() == 1);
    CHECK(view.keys.data() == keyring::builtin<vendor_key>().view<engine::botan>().keys.data());
    CHECK(equal(view.keys[0].info.digsig_v1_id, hex("ba7a6206b401aa46")));
    CHECK(view.name == "_module");
}
