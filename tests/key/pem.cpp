// SPDX-License-Identifier: BSL-1.0
#include <modsig/key/pem.hpp>

#include "../der/literal.hpp"
#include "../support/files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string_view>
#include <vector>

using namespace modsig;

namespace {

std::vector<std::uint8_t> of(std::string_view characters) { return {characters.begin(), characters.end()}; }

constexpr auto as_bytes = [](std::string_view characters) {
    std::array<std::uint8_t, 256> text{};
    for (std::size_t i = 0; i != characters.size(); ++i) text[i] = static_cast<std::uint8_t>(characters[i]);
    return text;
};

/// Size of what the base64 stands for; the offset of the fault, negative, where it stands for nothing.
constexpr int decoded(std::string_view base64) {
    const auto text = as_bytes(base64);
    std::array<std::uint8_t, 64> out{};
    key::pem_block block;
    block.body = byte_view(text).first(base64.size());
    block.body_offset = 1000;
    const auto bytes = key::pem_decode(block, out);
    if (bytes) return static_cast<int>(bytes->size());
    return bytes.error().code == errc::bad_text ? -static_cast<int>(bytes.error().offset) : -1;
}

failure fault_of(std::string_view pem) {
    const auto text = of(pem);
    key::pem_reader blocks(text);
    for (;;) {
        const auto block = blocks.next();
        if (!block) {
            CHECK(blocks.next());
            return block.error();
        }
        if (!*block) return failure{errc::none};
        std::vector<std::uint8_t> out((*block)->max_decoded_size());
        const auto bytes = key::pem_decode(**block, out);
        if (!bytes) return bytes.error();
    }
}

}  // namespace

TEST_CASE("base64 is decoded, with blanks and line ends anywhere") {
    CHECK_BOTH(decoded("") == 0);
    CHECK_BOTH(decoded("AA==") == 1);
    CHECK_BOTH(decoded("AAA=") == 2);
    CHECK_BOTH(decoded("AAAA") == 3);
    CHECK_BOTH(decoded(" A A\r\n=\t=\n") == 1);
    std::array<std::uint8_t, 6> out{};
    const auto text = of("+/9aZ0A=");
    key::pem_block block;
    block.body = text;
    const auto bytes = key::pem_decode(block, out);
    REQUIRE(bytes);
    CHECK(equal(*bytes, literal("fbff5a6740")));
    CHECK(key::pem_decode(block, std::span(out).first(4)).error().code == errc::too_large);
}

TEST_CASE("bytes that are not base64 are refused at their offset") {
    CHECK_BOTH(decoded("AA") == -1002);
    CHECK_BOTH(decoded("A===") == -1004);
    CHECK_BOTH(decoded("AAAAA") == -1005);
    CHECK_BOTH(decoded("AAA") == -1003);
    CHECK_BOTH(decoded("AA=A") == -1003);
    CHECK_BOTH(decoded("AA=") == -1003);
    CHECK_BOTH(decoded("AAAA====") == -1008);
    CHECK_BOTH(decoded("AAA-") == -1003);
    CHECK_BOTH(decoded("AB==") == -1004);  // bits that no byte has
    CHECK_BOTH(decoded("AAB=") == -1004);
}

TEST_CASE("blocks are found between other text") {
    const auto text = of(
        "a comment\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
        " -----BEGIN not at the beginning of a line-----\n"
        "-----BEGIN PRIVATE KEY-----\r\nAAAA\r\n-----END PRIVATE KEY-----\r\n"
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----");
    CHECK(key::pem_reader::recognises(text));
    CHECK(!key::pem_reader::recognises(of("no -----BEGIN here")));
    key::pem_reader blocks(text);
    auto block = blocks.next();
    REQUIRE((block && *block));
    CHECK((*block)->kind == key::pem_kind::public_key);
    CHECK((*block)->offset == 10);
    CHECK(equal((*block)->label, "PUBLIC KEY"));
    block = blocks.next();
    REQUIRE((block && *block));
    CHECK((*block)->kind == key::pem_kind::private_key);
    block = blocks.next();
    REQUIRE((block && *block));
    CHECK((*block)->kind == key::pem_kind::certificate);
    CHECK(equal((*block)->body, "AA==\n"));
    block = blocks.next();
    CHECK((block && !*block));
}

TEST_CASE("the label determines the kind of a block") {
    CHECK(key::pem_kind_of(of("RSA PUBLIC KEY")) == key::pem_kind::rsa_public_key);
    for (const char* label : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
        CHECK(key::pem_kind_of(of(label)) == key::pem_kind::private_key);
    for (const char* label : {"CERTIFICATE", "X509 CERTIFICATE"}) CHECK(key::pem_kind_of(of(label)) == key::pem_kind::certificate);
    CHECK(key::pem_kind_of(of("TRUSTED CERTIFICATE")) == key::pem_kind::trusted_certificate);
    for (const char* label : {"", "EC PARAMETERS", "certificate", "X509 CRL", "PKCS7"})
        CHECK(key::pem_kind_of(of(label)) == key::pem_kind::other);
}

TEST_CASE("blanks, a byte order mark and XML elements may stand around the dashes of a line") {
    const auto blocks_in = [](std::string_view text) {
        const auto bytes = of(text);
        key::pem_reader blocks(bytes);
        int count = 0;
        for (auto block = blocks.next(); block && *block; block = blocks.next()) ++count;
        return count;
    };
    for (const char* before : {"", " ", "\t \t", "\xef\xbb\xbf", "\xef\xbb\xbf  ", "<cert>", "  <a b='c'><d>", "<![CDATA[", "<a><![CDATA[\t"}) {
        const std::string start = before;
        CHECK(blocks_in(start + "-----BEGIN X-----\nAAAA\n-----END X-----\n") == 1);
        CHECK(blocks_in("words\n" + start + "-----BEGIN X-----\nAAAA\n \t-----END X-----") == 1);
    }
    for (const char* behind : {"", " ", "\r", "</cert>", " </cert>", "]]></cert>"})
        CHECK(blocks_in("-----BEGIN X-----\nAAAA\n-----END X-----" + std::string(behind) + "\n") == 1);
    for (const char* before : {"#", "# ", "//", "x", ">", "<a", "a>", "-", "\xef\xbb", "\xef\xbb\xbf\xef\xbb\xbf"})
        CHECK(blocks_in(std::string(before) + "-----BEGIN X-----\nAAAA\n-----END X-----\n") == 0);
}

TEST_CASE("blocks without their END line are refused") {
    CHECK(fault_of("-----BEGIN X-----\nAAAA\n-----END X-----\n").code == errc::none);
    CHECK(fault_of("").code == errc::none);
    CHECK(fault_of("-----BEGIN X-----\nAAAA\n").code == errc::bad_text);
    CHECK(fault_of("-----BEGIN X-----").code == errc::bad_text);
    CHECK(fault_of("-----BEGIN X\nAAAA\n-----END X-----\n").code == errc::bad_text);
    CHECK(fault_of("-----BEGIN X-----\nAAAA\n-----END X\n").offset == 23);
    CHECK(fault_of("-----BEGIN X-----\nAAAA\n-----END Y-----\n").code == errc::bad_text);
    CHECK(fault_of("-----BEGIN X-----\nAAAA\n-----BEGIN X-----\nAAAA\n-----END X-----\n").offset == 0);
    CHECK(fault_of("-----BEGIN X-----\nAAA*\n-----END X-----\n").offset == 21);
    CHECK(fault_of("\n\n-----BEGIN X-----\nAAA\n-----END X-----\n").code == errc::bad_text);
}

TEST_CASE("PEM and DER of the corpus are the same bytes") {
    for (const char* name : {"rsa2048", "p256", "ed25519", "rsa4096"})
        for (const char* kind : {"cert", "pub"}) {
            const auto stem = data_folder() / "corpus" / "keys" / (std::string(name) + "." + kind);
            const auto text = read_file(stem.string() + ".pem"), expected = read_file(stem.string() + ".der");
            key::pem_reader blocks(text);
            const auto block = blocks.next();
            REQUIRE((block && *block));
            std::vector<std::uint8_t> out((*block)->max_decoded_size());
            const auto bytes = key::pem_decode(**block, out);
            REQUIRE(bytes);
            CHECK(equal(*bytes, expected));
        }
}
