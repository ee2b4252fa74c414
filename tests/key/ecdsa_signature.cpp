// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/ecdsa_signature.hpp>

#include "../support/hex.hpp"

#include <doctest/doctest.h>

using namespace modsig;

TEST_CASE("an ECDSA signature that is cut off is malformed DER") {
    const auto signature = hex("3006020101020102");
    REQUIRE(key::parse_ecdsa_signature(key_algorithm::ecdsa_p256, signature));
    for (std::size_t size = 0; size != signature.size(); ++size) {
        CAPTURE(size);
        const auto cut = key::parse_ecdsa_signature(key_algorithm::ecdsa_p256, byte_view(signature).first(size), 100);
        REQUIRE_FALSE(cut);
        CHECK(cut.error().code == errc::bad_der);
        CHECK(cut.error().offset == 100);
    }
}
