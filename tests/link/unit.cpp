// SPDX-License-Identifier: BSL-1.0
//
// A unit of a program whose units are compiled with other flags (units.py): UNIT names it, OTHER the one that main() asks too.
#include <modsig/engine/native.hpp>
#include <modsig/engine/native/digest_many.hpp>
#include <modsig/engine/native/rsa_many.hpp>

#include "signed.hpp"

#include <array>
#include <vector>

using namespace modsig;
using namespace modsig::engine;

namespace UNIT {
bool works();
bool takes(const native& engine);
}

namespace {

constexpr public_key signing_key{key_algorithm::rsa, 2048, modulus, exponent};
constexpr std::array<byte_view, 1> content{byte_view(content_bytes)};

template <class Key>
bool many_work(const digest_value& digest) {
    const auto prepared = prepare_rsa<Key>(signing_key);
    std::array<std::uint8_t, sizeof signature> broken{};
    for (std::size_t i = 0; i != broken.size(); ++i) broken[i] = signature[i];
    broken.back() ^= 1;
    std::vector<rsa_claim<Key>> claims(11, {&*prepared, scheme_id::rsa_pkcs1_v15, digest, signature, {}});
    claims[5].signature = broken;
    std::vector<errc> answers(claims.size());
    check_rsa_many<Key>(claims, answers);
    for (std::size_t i = 0; i != answers.size(); ++i)
        if ((answers[i] == errc::none) != (i != 5)) return false;
    return true;
}

}  // namespace

bool UNIT::works() {
    const auto digest = native{}.digest(digest_id::sha256, content);
    if (!digest || !equal(digest->view(), expected_digest)) return false;
    const std::vector<message_parts> messages(40, content);
    std::vector<digest_value> digests(messages.size());
    if (!digest_many(digest_id::sha256, messages, digests)) return false;
    for (const digest_value& each : digests)
        if (!equal(each.view(), expected_digest)) return false;
    return many_work<rsa_key<2048>>(*digest) && many_work<rsa_key<2048, isa::portable>>(*digest);
}

bool UNIT::takes(const native&) { return true; }

#ifdef OTHER
namespace OTHER {
bool works();
bool takes(const native& engine);
}
int main() {
#ifdef SHARED_TYPE
    if (!OTHER::takes(native{})) return 2;
#endif
    return UNIT::works() && OTHER::works() ? 0 : 1;
}
#endif
