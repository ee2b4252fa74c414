// SPDX-License-Identifier: BSL-1.0
#include <modsig/load/hook.hpp>

#include "hook_under_test.h"
#include "plugins.hpp"
#include "signed_text.hpp"

#include <doctest/doctest.h>

using namespace modsig;
using namespace load_tests;

extern int answer_before_main, answer_to_half_before_main;
extern size_t payload_size_before_main;

namespace {
using hook_verifier = digsig_verifier<policy::legacy>;
}

MODSIG_DEFINE_HOOK(hook_under_test, hook_verifier, load_tests::vendor);

static_assert(noexcept(hook_under_test(nullptr, 0, nullptr)));

TEST_CASE("the hook returns 0 and the module's size, or a negative errno and leaves the size unchanged") {
    const bytes good = read_file(plugin_path("good")), plain = read_file(plugin_path("unsigned"));
    const bytes tail(good.end() - 100, good.end());  // its length field reaches beyond it
    const struct {
        bytes image;
        int answer;
    } cases[] = {
        {good, 0},
        {plain, -ENODATA},
        {read_file(plugin_path("evil")), -ENODATA},
        {read_file(plugin_path("unknown_signer")), -ENOKEY},
        {evil_with_stolen_signature(), -EKEYREJECTED},
        {good_with_flipped_bit(), -EKEYREJECTED},
        {tail, -EBADMSG},
    };
    for (const auto& c : cases) {
        std::size_t size = 12345;
        CHECK(hook_under_test(c.image.data(), c.image.size(), &size) == c.answer);
        CHECK(size == (c.answer == 0 ? plain.size() : 12345));
        size = 12345;
        CHECK(hook_called_from_c(c.image.data(), c.image.size(), &size) == c.answer);
        CHECK(size == (c.answer == 0 ? plain.size() : 12345));
    }
}

TEST_CASE("the hook refuses null pointers with EINVAL, and an empty module with ENODATA") {
    std::size_t size = 12345;
    CHECK(hook_under_test(nullptr, 0, &size) == -EINVAL);
    CHECK(hook_under_test(nullptr, 100, &size) == -EINVAL);
    CHECK(hook_under_test(signed_text, sizeof signed_text, nullptr) == -EINVAL);
    CHECK(hook_under_test(signed_text, 0, &size) == -ENODATA);
    CHECK(size == 12345);
}

TEST_CASE("the hook refuses what a policy tolerates") {
    std::size_t size = 12345;
    const digsig_verifier<policy::permissive> lenient{vendor};
    CHECK(load::answer_hook(lenient, "unsigned", 8, &size) == -ENODATA);
    CHECK(size == 12345);
}

TEST_CASE("the hook works before main, from another object's constructor") {
    CHECK(answer_before_main == 0);
    CHECK(answer_to_half_before_main == -EKEYREJECTED);
    CHECK(payload_size_before_main > 0);
    CHECK(payload_size_before_main < sizeof signed_text);
}
