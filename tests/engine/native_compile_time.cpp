// SPDX-License-Identifier: BSL-1.0
//
// A signature verified by the compiler, within the default limits of GCC 12 (-fconstexpr-ops-limit) and Clang 14
// (-fconstexpr-steps). Made with: openssl dgst -sha256 -sign key.pem content
#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_firmware.hpp>

#include "../der/literal.hpp"

#include <doctest/doctest.h>

using namespace modsig;
using namespace modsig::engine;

namespace {

constexpr auto modulus = literal(
    "baeead4d606de8d4a2f9b90bc86bbdc4cd9ce4b03840853d84658aba8a457f8a2d62b91d5d0b8bfbd3f48ee9246c2d2124c60ce0ce3a341f"
    "95a5db175adac123229735f11104699f1a32348af07c7da6d88441a446f2a4e31fa1608ff9cc3d48d85a5acc920afeb90d55e91ed218db60"
    "a861a08b1093891f6623013cb12ae143435487ee88a1fd7b841027e0f8ba742adc6e9b3a392c5a7febc9d2fcd280e7787233325b1052c022"
    "f7742fecac2983e49ed235494872de7ff257901f58a7852b948850960c95b70fb557783bc499600ebf3d1283a0cbd8717b025677adedf7b5"
    "17d7e1f82bb5c2133049ab03d89f5f8ff225359667107dc12513ceb11e38e51d");
constexpr auto signature = literal(
    "10272b7cab8b1c41bc10ff9dfe29742ee2980d9c4fb64681821f7b8d8cee6a1e8d087b7d9daa030a834be0f88206917f2c15cf53c5c84189"
    "b75d610849e1b4c585f8d837ccb19f9832235d5e924a8b74e66aebfa8e420b1de4b1e23719e31f02813408229582570e0ca12e1711e64fd3"
    "90e7a8dafa68f19eff2571c41497d6ff27acbbc21ffcdbfc94dbf4254e3b872b7e88316a33942dcb757dde9a0844a30854af7384d8bd0090"
    "623832ea8f38891bfcb87f3f4e54dc98e5db3e3f873a314f5cb10fdc91c6d4b95f07a904751711aa0e2592aab8c79ac8898aa47646ba2812"
    "cd97b6c26b9c517bd03ae9404e05a3c8535b9afc6079b099700a7263d87274ad");
constexpr std::array<std::uint8_t, 3> exponent{1, 0, 1};

constexpr std::size_t content_size = 16384;
constexpr auto content = [] {
    std::array<std::uint8_t, content_size> bytes{};
    for (std::size_t i = 0; i != content_size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i * 7 + i / 256);
    return bytes;
}();

constexpr public_key key{key_algorithm::rsa, 2048, modulus, exponent};

template <class Key>
constexpr auto prepared = *prepare_rsa<Key>(key);

using smallest = rsa_key<2048>;

template <class Key>
constexpr errc verify(byte_view bytes) {
    const digest_value digest = digest_of<native_hash<digest_id::sha256, typename Key::isa>>(bytes);
    const auto answer = check_rsa(prepared<Key>, scheme_id::rsa_pkcs1_v15, digest, signature);
    return answer ? errc::none : answer.error().code;
}

static_assert(verify<smallest>(content) == errc::none);
static_assert(check_firmware_rsa<digest_id::sha256>(*prepare_firmware_rsa<2048, native_limb>(key), digest_value{}, signature) == errc::signature_mismatch);
static_assert(verify<rsa_prepared>(byte_view(content).first(64)) == errc::signature_mismatch);
static_assert(verify<rsa_key<2048, isa::compact>>(byte_view(content).first(0)) == errc::signature_mismatch);

}  // namespace

TEST_CASE("what the compiler verifies is verified at run time too, with the constants that the compiler made") {
    CHECK(verify<smallest>(content) == errc::none);
    CHECK(verify<rsa_prepared>(content) == errc::none);
    CHECK(verify<rsa_key<2048, isa::compact>>(content) == errc::none);
    CHECK(verify<rsa_key<2048, isa::compact, std::uint32_t>>(content) == errc::none);
    CHECK(verify<smallest>(byte_view(content).first(content_size - 1)) == errc::signature_mismatch);
}
