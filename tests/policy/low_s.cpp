// SPDX-License-Identifier: BSL-1.0
// Of each ECDSA signature and its twin, which both verify, low_s takes one.
#include <modsig/policy/low_s.hpp>

#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/for_layout.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/cms_forge.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::policy;

namespace {

const octets content = text("a module");

octets integer(byte_view number) {
    const byte_view digits = without_leading_zeros(number);
    octets minimal(digits.begin(), digits.end());
    if (minimal.empty() || minimal[0] >= 0x80) minimal = octets{0} + minimal;
    return tlv(2, minimal);
}
octets encoded(byte_view r, byte_view s) { return tlv(0x30, integer(r) + integer(s)); }

/// n - s, in as many bytes.
std::vector<std::uint8_t> minus(byte_view n, byte_view s) {
    std::vector<std::uint8_t> out(n.size());
    int borrow = 0;
    for (std::size_t i = n.size(); i-- != 0;) {
        const int digit = n[i] - s[i] - borrow;
        borrow = digit < 0 ? 1 : 0;
        out[i] = static_cast<std::uint8_t>(digit + 256 * borrow);
    }
    return out;
}

template <class Policy>
errc judged(const octets& image, const cms::ring& keys) {
    return cms::judged<Policy>(image, keys).why.code;
}

}  // namespace

TEST_CASE("low_s: one of a signature and its twin is accepted, on every curve") {
    using strict_low = all_of<strict, low_s>;
    const std::array<std::string, 3> curves{"p256", "p384", "p521"};
    for (const std::string& name : curves) {
        CAPTURE(name);
        const cms::key& key = cms::corpus_key(name);
        const cms::ring keys = cms::ring_of({key.certificate});
        const key_algorithm curve = keys.keys()[0].info.key.algorithm;
        cms::signer signer = cms::signer_of(key, content);
        const octets value = signer.signature;
        const auto numbers = key::parse_ecdsa_signature(curve, value);
        REQUIRE(numbers);
        const auto twin = encoded(numbers->r(), minus(key::order_of(curve), numbers->s()));
        REQUIRE(encoded(numbers->r(), numbers->s()) == value);
        int taken = 0;
        for (const octets& each : {value, twin}) {
            signer.signature = each;
            const octets image = cms::module_of(content, cms::message_of({signer}));
            CHECK(judged<strict>(image, keys) == errc::none);
            const errc answer = judged<strict_low>(image, keys);
            CHECK((answer == errc::none || answer == errc::signature_out_of_range));
            CHECK(judged<tolerating<strict_low>>(image, keys) == answer);
            CHECK(judged<for_layout<layout::modsign, strict_low>>(image, keys) == answer);
            taken += answer == errc::none ? 1 : 0;
        }
        CHECK(taken == 1);
    }
}

TEST_CASE("low_s: half of the order is the largest accepted s") {
    for (const key_algorithm curve : {key_algorithm::ecdsa_p192, key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521}) {
        key_info info;
        info.key.algorithm = curve;
        const byte_view order = key::order_of(curve);
        std::vector<std::uint8_t> half(order.begin(), order.end()), one(order.size());
        one.back() = 1;
        for (std::size_t i = half.size(); i-- != 0;) half[i] = static_cast<std::uint8_t>(half[i] >> 1 | (i != 0 ? half[i - 1] << 7 : 0));
        const auto above = minus(order, half);  // the order is odd: one more than half
        const auto answer = [&](const octets& value) {
            claim claim;
            claim.signature = value;
            return low_s{}.judge(candidate(claim, info), {}).reason();
        };
        const auto says = [&](byte_view s) { return answer(encoded(one, s)); };
        CHECK(says(half) == errc::none);
        CHECK(says(above) == errc::signature_out_of_range);
        CHECK(says(one) == errc::none);
        CHECK(says(minus(order, one)) == errc::signature_out_of_range);
        CHECK(says(order) == errc::signature_out_of_range);
        CHECK(answer(tlv(0x31, {})) == errc::bad_der);
    }
}

TEST_CASE("low_s: signatures of other keys are allowed") {
    const cms::ring keys = cms::ring_of({cms::corpus_key("rsa2048").certificate});
    const octets image = cms::module_of(content, cms::message_of({cms::signer_of(cms::corpus_key("rsa2048"), content)}));
    CHECK(judged<all_of<strict, low_s>>(image, keys) == errc::none);
}
