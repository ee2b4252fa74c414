// SPDX-License-Identifier: BSL-1.0
// What the compiler says of embedded blobs, and that a program says the same. A whole 16 KiB: compile_fail/changed_blob.cpp.
#include <modsig/compile_time.hpp>

#include "signed_module.hpp"
#include "support/compile_time_blob.hpp"
#include "vendor_key.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

using both = layouts<layout::digsig, layout::modsign>;
constexpr std::int64_t now = compile_time::within_its_validity;

// The module of 2012: a digsig key, SHA-1 twice.
static_assert(verified_at_compile_time<vendor_key, signed_module, policy::legacy>);
static_assert(compile_time_appraisal<vendor_key, signed_module>.why.code == errc::weak_digest);

constexpr auto other_content = compile_time::signed_blob<100>();
constexpr auto other_trailer = compile_time::signed_blob<100>(100 + sizeof compile_time::appended - 30, 1);
constexpr auto not_signed = std::array<std::uint8_t, 3>{1, 2, 3};

static_assert(compile_time_appraisal<compile_time::certificate, other_content, policy::strict, both, now>.why.code == errc::signature_mismatch);
static_assert(compile_time_appraisal<compile_time::certificate, other_content>.why.code == errc::expired);  // no clock
static_assert(compile_time_appraisal<vendor_key, other_content, policy::legacy>.why.code == errc::key_not_found);
static_assert(compile_time_appraisal<compile_time::certificate, other_trailer, policy::legacy>.outcome == verdict::rejected);
static_assert(compile_time_appraisal<compile_time::certificate, not_signed, policy::legacy>.why.code == errc::no_signature);

template <class Engine>
appraisal at_run_time(byte_view blob) {
    return verifier<both, Engine, policy::strict>{keyring::builtin<compile_time::certificate>()}.appraise(subject{blob}, context{.now = now});
}

}  // namespace

TEST_CASE("compile time: what the compiler verified is verified when the program runs, by every engine") {
    static constexpr auto good = compile_time::signed_blob(), changed = compile_time::signed_blob(compile_time::content_size - 1, 0x80);
    CHECK(at_run_time<engine::compile_time>(good).outcome == verdict::verified);
    CHECK(at_run_time<engine::native>(good).outcome == verdict::verified);
    CHECK(at_run_time<engine::compile_time>(changed).why.code == errc::signature_mismatch);
    CHECK(at_run_time<engine::native>(changed).why.code == errc::signature_mismatch);
    CHECK(at_run_time<engine::native>(other_trailer).outcome == verdict::rejected);
}
