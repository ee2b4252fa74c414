// SPDX-License-Identifier: BSL-1.0
#include <modsig/policy/linux_ima.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/hex.hpp"
#include "../support/ima.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace modsig;

namespace {

using ring = keyring::store<engine::botan>;

const auto payload = hex(ima_example::payload);
const auto v2_rsa = hex(ima_example::v2_rsa), v1 = hex(ima_example::v1_sha256);

ring ring_of(std::initializer_list<std::string_view> keys) {
    ring made(keyring::ima);
    for (const std::string_view key : keys) REQUIRE(made.add<linux_reading>(hex(key)));
    return made;
}

template <class Policy = policy::linux_ima>
appraisal appraise(const ring& keys, byte_view value, digest_id ima_hash = digest_id::sha256) {
    subject s{payload};
    s.signature.source = signature_source::xattr;
    s.signature.bytes = value;
    s.beside.ima_hash = ima_hash;
    return verifier<layouts<layout::ima, layout::digsig, layout::modsign>, engine::botan, Policy>{keys}.appraise(s);
}

std::vector<std::uint8_t> named(std::vector<std::uint8_t> value, std::string_view id) {
    const auto bytes = hex(id);
    std::copy(bytes.begin(), bytes.end(), value.begin() + 3);
    return value;
}

}  // namespace

TEST_CASE("linux_ima: a key is found by the end of its subjectKeyIdentifier and of its issuer's name") {
    const ring keys = ring_of({ima_example::rsa_certificate});
    CHECK(appraise(keys, v2_rsa).outcome == verdict::verified);
    // " key", the last letters of "modsig test key": crypto/asymmetric_keys compares ends.
    CHECK(appraise(keys, named(v2_rsa, "206b6579")).outcome == verdict::verified);
    // The end of the serial number is none of it: issuer and serial are one identifier, the issuer last.
    CHECK(appraise(keys, named(v2_rsa, "55667788")).why.linux_errno() == linux_error::enokey);
    // Our own policies compare one identifier, whole.
    CHECK(appraise<policy::legacy>(keys, named(v2_rsa, "206b6579")).why.code == errc::key_not_found);
}

TEST_CASE("linux_ima: the first of two matching keys is used") {
    // Both certificates have the same issuer, and so the same end.
    const auto by_name = named(v2_rsa, "206b6579");
    CHECK(appraise(ring_of({ima_example::rsa_certificate, ima_example::p256_certificate}), by_name).outcome == verdict::verified);
    const appraisal other = appraise(ring_of({ima_example::p256_certificate, ima_example::rsa_certificate}), by_name);
    CHECK(other.why.code == errc::bad_der);
    CHECK(other.why.linux_errno() == linux_error::ebadmsg);
}

TEST_CASE("linux_ima: version 1 is lib/digsig.c's, over a digest of the kernel's choice") {
    const ring keys = ring_of({ima_example::digsig_key});
    CHECK(appraise(keys, v1, digest_id::sha256).outcome == verdict::verified);
    const appraisal other = appraise(keys, v1, digest_id::sha1);
    CHECK(other.layout == "digsig");
    CHECK(other.why.linux_errno() == linux_error::einval);
    CHECK(appraise(ring(), v1).why.linux_errno() == linux_error::eagain);
    CHECK(appraise(ring(), v2_rsa).why.linux_errno() == linux_error::enokey);
}

TEST_CASE("linux_ima: an attribute cannot name a digest that the kernel lacks") {
    const ring keys = ring_of({ima_example::rsa_certificate});
    const auto with_hash = [](std::uint8_t number) {
        auto value = v2_rsa;
        value[2] = number;
        return value;
    };
    for (const auto number : std::to_array<std::uint8_t>({0, 3, 8, 16, 18, 19})) CHECK_MESSAGE(name(appraise(keys, with_hash(number)).why.linux_errno()) == "EACCES", int{number});
    for (const auto number : std::to_array<std::uint8_t>({1, 2, 5, 6, 7})) CHECK_MESSAGE(name(appraise(keys, with_hash(number)).why.linux_errno()) == "EBADMSG", int{number});
    CHECK(name(appraise(keys, with_hash(17)).why.linux_errno()) == "EINVAL");  // SM3, which has no DigestInfo in Linux
    CHECK(name(appraise(keys, with_hash(23)).why.linux_errno()) == "ENOPKG");
    using with_ripemd = policy::basic_linux_ima<digest_list<rmd160>>;
    CHECK(name(appraise<with_ripemd>(keys, with_hash(3)).why.linux_errno()) == "EBADMSG");
    CHECK(name(appraise<with_ripemd>(keys, with_hash(4)).why.linux_errno()) == "EACCES");
}

TEST_CASE("linux_ima: without a signature ENODATA, with a revoked key EKEYREJECTED, nothing tolerated") {
    ring keys = ring_of({ima_example::rsa_certificate});
    const verifier<layouts<layout::ima, layout::digsig>, engine::botan, policy::linux_ima> verifier{keys};
    const appraisal none = verifier.appraise(subject{payload});
    CHECK(none.why.code == errc::no_signature);
    CHECK(none.why.linux_errno() == linux_error::enodata);
    CHECK(none.outcome == verdict::rejected);
    REQUIRE(keys.revoke<linux_reading>(hex(ima_example::rsa_certificate)));
    const appraisal revoked = appraise(keys, v2_rsa);
    CHECK(revoked.why.code == errc::revoked);
    CHECK(revoked.why.linux_errno() == linux_error::ekeyrejected);
}

TEST_CASE("linux_ima: the keyring takes certificates, and digsig blobs as keys of type user") {
    const auto answer = [](std::string_view key) {
        const auto admitted = policy::linux_ima::admits(hex(key));
        return admitted ? errc::none : admitted.error().code;
    };
    CHECK(answer(ima_example::rsa_certificate) == errc::none);
    CHECK(answer(ima_example::digsig_key) == errc::none);
    CHECK(answer("30820122300d06092a864886f70d01010105000382010f00") == errc::bad_der);
    CHECK(answer("") == errc::truncated);
}
