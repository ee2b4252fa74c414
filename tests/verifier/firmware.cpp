// SPDX-License-Identifier: BSL-1.0
// The verifier for firmware beside the one for everything: the same images, the same reasons.
#include <modsig/engine/native.hpp>
#include <modsig/engine/native/rsa_firmware.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>
#include <modsig/verifier/firmware.hpp>

#include "signed_module.hpp"
#include "vendor_key.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <vector>

using namespace modsig;

namespace {

using small_engine = engine::firmware<digest_list<sha1, sha256>>;
template <class Policy>
using small = firmware_verifier<layout::digsig, small_engine, Policy, vendor_key>;

template <class Policy>
errc reason(byte_view image) {
    return verifier<layouts<layout::digsig>, engine::native, Policy>{keyring::builtin<vendor_key>()}.appraise(subject{image}).why.code;
}

unsigned compared = 0;

template <class Policy>
void same(byte_view image) {
    const firmware_verdict got = small<Policy>::verify(image);
    const errc wanted = reason<Policy>(image), coarse = wanted == errc::bad_padding ? errc::signature_mismatch : wanted;
    CHECK(got.why == coarse);
    CHECK(got.content.empty() == (got.why != errc::none));
    ++compared;
}

}  // namespace

TEST_CASE("firmware: every change of an image gets the same reason from firmware_verifier and verifier") {
    std::vector<std::uint8_t> image(std::begin(signed_module), std::end(signed_module));
    REQUIRE(small<policy::legacy>::verify(image).why == errc::none);
    CHECK(equal(small<policy::legacy>::verify(image).content, byte_view(image).first(image.size() - 32 - 16 - 2 - 256)));
    for (std::size_t i = 0; i < image.size(); i += i + 400 < image.size() ? 13u : 1u) {
        const std::uint8_t was = image[i];
        for (const unsigned change : {0x01u, 0x80u, 0xffu}) {
            image[i] = static_cast<std::uint8_t>(was ^ change);
            same<policy::legacy>(image);
        }
        image[i] = was;
    }
    for (std::size_t size = 0; size <= image.size(); size += size + 400 < image.size() ? 101u : 1u) same<policy::legacy>(byte_view(image).first(size));
    for (std::size_t from = 0; from < image.size(); from += 97) same<policy::legacy>(byte_view(image).subspan(from));
    same<policy::strict>(image);  // SHA-1
    std::printf("      %u images\n", compared);
    CHECK(compared > 1000);
}

TEST_CASE("firmware: the engine is the native one with fewer schemes") {
    const auto info = *key::parse_any(vendor_key);
    const auto key = *small_engine::prepare(info.key);
    const small_engine engine;
    to_check what{scheme_id::rsa_pss, {}, {}, {}, false};
    CHECK(engine.check(key, what).error().code == errc::unsupported_algorithm);
    what.scheme = scheme_id::rsa_pkcs1_v15;
    CHECK(engine.check(key, what).error().code == errc::signature_length);
    const std::vector<std::uint8_t> ones(256, 0xff), zeros(256, 0);
    what.signature = ones;
    CHECK(engine.check(key, what).error().code == errc::unsupported_hash);
    what.digest.id = digest_id::sha256;
    CHECK(engine.check(key, what).error().code == errc::signature_out_of_range);
    what.signature = zeros;
    CHECK(engine.check(key, what).error().code == errc::signature_mismatch);
    what.lenient = true;
    CHECK(engine.check(key, what).error().code == errc::unsupported_algorithm);
    CHECK(small_engine{}.digest(digest_id::sha512, {}).error().code == errc::unsupported_hash);
    CHECK_FALSE(small_engine::has(digest_id::sha512));
}
