// SPDX-License-Identifier: BSL-1.0
//
// Trust before anything else runs: a verifier whose key is built in is used from .preinit_array, where no constructor has run,
// not even the C++ library's, and from the first constructor. main checks the results. The program is
// linked dynamically and statically (System V ABI, chapter 5, "Initialization and Termination Functions").
#include <modsig/engine/native.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>
#ifdef WITH_BOTAN
#include <modsig/engine/botan.hpp>
#endif

#include "signed_module.hpp"
#include "vendor_key.hpp"

#include <cstdio>
#include <string>

using namespace modsig;

namespace {

template <class Engine>
using judge_with = verifier<layouts<layout::digsig>, Engine, policy::legacy>;
constexpr auto trust = keyring::builtin<vendor_key>();

constinit const judge_with<engine::native> native_judge{trust};
#ifdef WITH_BOTAN
constinit const judge_with<engine::botan> botan_judge{trust};
#endif

constexpr std::size_t flipped_at = sizeof signed_module / 3;  // of the module, not of its signature

/// The results, and the number of calls before each.
struct answers {
    int order = -1;
    errc good = errc::not_checked, flipped = errc::not_checked, cut = errc::not_checked;
    std::size_t content = 0;
};
constinit answers at_preinit, at_constructor, in_main;
#ifdef WITH_BOTAN
constinit answers at_constructor_by_botan;
#endif
constinit int asked = 0;
constinit std::uint8_t flipped[sizeof signed_module]{};

template <class Judge>
void ask(const Judge& judge, answers& answer) {
    answer.order = asked++;
    const auto reason = [&](byte_view image) {
        const auto proof = judge.verify(image);
        if (proof) answer.content = proof->content().size();
        return proof ? errc::none : proof.error().code;
    };
    answer.good = reason(signed_module);
    for (std::size_t i = 0; i != sizeof flipped; ++i) flipped[i] = signed_module[i];
    flipped[flipped_at] ^= 1;
    answer.flipped = reason(flipped);
    answer.cut = reason(byte_view(signed_module).first(sizeof signed_module - 1));
}

void before_constructors() { ask(native_judge, at_preinit); }
[[gnu::section(".preinit_array"), gnu::used, gnu::retain]] void (*const preinit)() = before_constructors;

struct first_constructor {
    first_constructor() {
        ask(native_judge, at_constructor);
#ifdef WITH_BOTAN
        ask(botan_judge, at_constructor_by_botan);
#endif
    }
};
[[gnu::init_priority(101)]] first_constructor first;  // the smaller ones are the implementation's

int passed = 0, failed = 0;
void expect(bool ok, const std::string& what) {
    std::printf("%s  %s\n", ok ? "ok  " : "FAIL", what.c_str());
    ++(ok ? passed : failed);
}
void look_at(const answers& answer, int order, const std::string& when) {
    expect(answer.order == order, when + ": asked as number " + std::to_string(order));
    expect(answer.good == errc::none, when + ": a good image is verified");
    expect(answer.content > flipped_at && answer.content < sizeof signed_module, when + ": its content is what is signed");
    expect(answer.flipped == errc::signature_mismatch, when + ": a flipped bit is refused, signature_mismatch");
    expect(answer.cut == errc::no_signature, when + ": a missing byte is refused, no_signature");
}

}  // namespace

int main() {
    int order = 0;
    look_at(at_preinit, order++, ".preinit_array");
    look_at(at_constructor, order++, "constructor");
#ifdef WITH_BOTAN
    look_at(at_constructor_by_botan, order++, "constructor, Botan");
#endif
    ask(native_judge, in_main);
    look_at(in_main, order++, "main");
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed == 5 * order ? 0 : 1;
}
