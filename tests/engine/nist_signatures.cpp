// SPDX-License-Identifier: BSL-1.0
// The signatures by which NIST validates RSA and ECDSA (tests/data/nist/signatures.txt), through every engine that has the scheme.
#include <modsig/engine/best.hpp>
#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>

#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;

struct signature_case {
    std::string scheme, digest, key, exponent, message, value, result;

    [[nodiscard]] bool is_ecdsa() const { return scheme.starts_with("P-"); }
    [[nodiscard]] key_algorithm algorithm() const {
        return !is_ecdsa() ? key_algorithm::rsa : scheme == "P-256" ? key_algorithm::ecdsa_p256 : scheme == "P-384" ? key_algorithm::ecdsa_p384 : key_algorithm::ecdsa_p521;
    }
};

std::vector<signature_case> all_cases() {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    std::ifstream file(std::string(folder != nullptr ? folder : "tests/data") + "/nist/signatures.txt");
    std::string word;
    std::size_t promised = 0;
    file >> word >> promised;
    std::vector<signature_case> all;
    for (signature_case one; file >> one.scheme >> one.digest >> one.key >> one.exponent >> one.message >> one.value >> one.result;) all.push_back(one);
    REQUIRE_MESSAGE((promised != 0 && all.size() == promised), "MODSIG_TEST_VECTORS names the folder of test vectors");
    return all;
}

octets element(std::uint8_t tag, const octets& content) {
    octets out{tag};
    if (content.size() >= 0x80) out.push_back(0x81);
    out.push_back(static_cast<std::uint8_t>(content.size()));
    out.insert(out.end(), content.begin(), content.end());
    return out;
}
octets integer(byte_view value) {
    const byte_view number = without_leading_zeros(value);
    octets content(number.begin(), number.end());
    if (content.empty() || content[0] >= 0x80) content.insert(content.begin(), 0);
    return element(0x02, content);
}
/// Ecdsa-Sig-Value of two numbers one behind the other.
octets ecdsa_value(const octets& both) {
    octets inside = integer(byte_view(both).first(both.size() / 2));
    const octets s = integer(byte_view(both).last(both.size() / 2));
    inside.insert(inside.end(), s.begin(), s.end());
    return element(0x30, inside);
}

/// `other`: a scheme that the engine has not.
template <class Engine>
void all_as_nist_says(const std::string& other, std::size_t expected) {
    std::size_t good = 0, count = 0;
    for (const signature_case& one : all_cases()) {
        if (!other.empty() && one.scheme.starts_with(other)) continue;
        CAPTURE(one.scheme);
        CAPTURE(one.value);
        const octets material = hex(one.key), exponent = one.is_ecdsa() ? octets{} : hex(one.exponent), message = hex(one.message);
        const octets value = one.is_ecdsa() ? ecdsa_value(hex(one.value)) : hex(one.value);
        const byte_view parts[] = {message};
        to_check what;
        what.scheme = one.is_ecdsa() ? scheme_id::ecdsa : one.scheme == "pss" ? scheme_id::rsa_pss : scheme_id::rsa_pkcs1_v15;
        what.digest = *engine::botan{}.digest(digest_of_name(one.digest), parts);
        what.signature = value;
        const auto key = Engine::prepare({one.algorithm(), static_cast<std::uint32_t>(bit_length(material)), material, exponent});
        const bool holds = key && Engine{}.check(*key, what);  // of some the key is what was changed
        CHECK(holds == (one.result == "P"));
        ++count, good += holds;
    }
    CHECK(count == expected);
    CHECK(good >= 36);
}

}  // namespace

TEST_CASE("NIST's signatures: native") { all_as_nist_says<engine::native>("", 351); }
TEST_CASE("NIST's signatures: Botan") { all_as_nist_says<engine::botan>("pss", 243); }
TEST_CASE("NIST's signatures: the best of both") { all_as_nist_says<engine::best>("", 351); }
