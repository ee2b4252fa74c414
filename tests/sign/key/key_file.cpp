// SPDX-License-Identifier: BSL-1.0
#include <modsig/sign/key/key_file.hpp>
#include <modsig/sign/key/pem.hpp>

#include "../../support/hardened.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace modsig;

namespace {

// One P-256 key, by OpenSSL 3.0: `openssl ec -aes128 -passout pass:sesame` and so on.
struct encrypted_key {
    std::string_view cipher, iv, base64;
};
constexpr encrypted_key encrypted_keys[] = {
    {"AES-128-CBC", "AD8537AB648DF9CFD07F83F19FEDFFC1",
     "xBI9Xoj34Vwxt2haOZRFv5oVO6lKoXpfeXveryzFA9mZiw27ivpey6z/o19cmgCK\n"
     "kcvwv639GNXJ6TOsNc2bp2lVyhsCu2Mdiy/kKmHmtUfUhzmj426D9vbROHygheS2\n"
     "XLNrxDgDIVMFOWE9hNcBabSem1IVO1h+3iAH3fF2qs0=\n"},
    {"AES-192-CBC", "7CC38659A9D2CF9F1745BFF865DA65DF",
     "K4J4jHHZiSLrk5Z6KVTxa/abhCGPDzEmXSD9dCPz3QT2BZ9qu7o8/OOV+v5pkr4t\n"
     "UOAAbn7Er3CWp1CdnKFVvf7uYiZPALGnt1COt69h5tBTbgICb7rPyzw6OPuFxfWm\n"
     "7slwal4WFymvlzLz9dWEty6+EtOkPqc7rgwrmCmPtMw=\n"},
    {"AES-256-CBC", "49D6C4263179B141EC9BDF5103256307",
     "7JtZ/KEKmUDsFO9EC38IPUCY+RfRJFjTvkXnaVezVjCGIHOR6Q4P+86Nlm0Vnmsj\n"
     "yX3tpH55Qy/f8GvZAQndYVa4PqBD8AbctYZFyazekxNUUEawqeKYXaH8Uvh1nE3E\n"
     "4XR3FahmSCZzLVgSISvz79zxC12rB+IAr4X3ezgkFy0=\n"},
    {"DES-EDE3-CBC", "E419983CB27466A0",
     "EDCPAIl5g+CAeS0Z5r5gFlQTKcpmQgH6cyVrkzgLSrRPfISgUK45AVm/pb+0lNWw\n"
     "U/bUYziPmO9tpDtdVYJWlNDBr9ygeg05RB0lRAmG7ToaF7LHupPj5XigiBFi9nbU\n"
     "k+EbfQ4QdWBVlVEpJOlBa+cXQ4S6mWprt7eaCDNRaLw=\n"},
};

std::string pem(const encrypted_key& key, std::string_view line_end = "\n") {
    std::string out;
    const auto line = [&](std::string_view text) { out.append(text).append(line_end); };
    line("-----BEGIN EC PRIVATE KEY-----"), line("Proc-Type: 4,ENCRYPTED");
    line("DEK-Info: " + std::string(key.cipher) + "," + std::string(key.iv)), line("");
    return out + std::string(key.base64) + "-----END EC PRIVATE KEY-----\n";
}

struct answer {
    errc code = errc::none;
    std::vector<std::uint8_t> point;
    unsigned asked = 0;
};

answer load(std::string_view text, const char* passphrase) {
    answer out;
    const auto key = sign::load_private_key(hardened(), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, [&] {
        ++out.asked;
        if (passphrase == nullptr) return std::optional<sign::passphrase>();
        std::string secret(passphrase);
        return std::optional(sign::passphrase(secret));
    });
    if (!key) out.code = key.error().code;
    else out.point.assign(key->info().key.material.begin(), key->info().key.material.end());
    return out;
}

}  // namespace

TEST_CASE("private keys: PEM's own encryption opens with its passphrase, and with no other") {
    std::vector<std::uint8_t> first;
    for (const encrypted_key& key : encrypted_keys) {
        CAPTURE(key.cipher);
        for (const char* line_end : {"\n", "\r\n"}) {
            const answer opened = load(pem(key, line_end), "sesame");
            CHECK(opened.code == errc::none);
            CHECK(opened.asked == 1);
            CHECK(opened.point.size() == 65);
            if (first.empty()) first = opened.point;
            CHECK(opened.point == first);
        }
        for (const char* wrong : {"", "Sesame", "sesame "}) CHECK(load(pem(key), wrong).code == errc::bad_key);
        CHECK(load(pem(key), nullptr).code == errc::bad_key);
    }
}

TEST_CASE("private keys: a passphrase is asked for only where it can help") {
    const encrypted_key& good = encrypted_keys[0];
    for (const encrypted_key& bad : {encrypted_key{"DES-CBC", "E419983CB27466A0", good.base64}, encrypted_key{"CAMELLIA-128-CBC", good.iv, good.base64}}) {
        CHECK(load(pem(bad), "sesame").code == errc::unsupported_key);
        CHECK(load(pem(bad), "sesame").asked == 0);
    }
    for (const std::string_view iv : {"", "AD", "AD8537AB648DF9CFD07F83F19FEDFFC", "AD8537AB648DF9CFD07F83F19FEDFFC10", "XD8537AB648DF9CFD07F83F19FEDFFC1"}) {
        CHECK(load(pem({good.cipher, iv, good.base64}), "sesame").code == errc::bad_text);
        CHECK(load(pem({good.cipher, iv, good.base64}), "sesame").asked == 0);
    }
    const std::string whole = pem(good);
    const std::string without_line = std::string(whole).erase(whole.find("\n\n"), 1);
    CHECK(load(without_line, "sesame").code == errc::bad_text);
    CHECK(load(pem({good.cipher, good.iv, "====\n"}), "sesame").code == errc::bad_text);
    CHECK(load(pem({good.cipher, good.iv, ""}), "sesame").code == errc::bad_key);
    CHECK(load(pem({good.cipher, good.iv, "AAAA\n"}), "sesame").code == errc::bad_key);  // no whole block
}

TEST_CASE("private keys: damaged text never comes to harm") {
    std::size_t tried = 0, opened = 0;
    for (const encrypted_key& key : encrypted_keys) {
        const std::string whole = pem(key);
        for (std::size_t i = 0; i != whole.size(); ++i) {
            std::string damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ 1);
            opened += load(damaged, "sesame").code == errc::none;
            if (i != whole.size() - 1) CHECK(load(whole.substr(0, i), "sesame").code != errc::none);  // its last line needs no end
            ++tried;
        }
    }
    CHECK(tried > 1200);
    CHECK(opened < tried / 2);  // the private number itself may be another one
}

TEST_CASE("PEM: lines of 64 digits, and none that is empty, which OpenSSL does not read") {
    for (std::size_t size = 0; size != 200; ++size) {
        CAPTURE(size);
        const std::vector<std::uint8_t> content(size, 0x5a);
        std::string text;
        sign::write_pem(text, "KEY", content);
        std::string_view rest(text);
        std::size_t lines = 0;
        for (; !rest.empty(); ++lines) {
            const std::size_t end = rest.find('\n');
            REQUIRE(end != std::string_view::npos);
            CHECK((end != 0 && end <= 64));
            rest.remove_prefix(end + 1);
        }
        CHECK(lines == 2 + (size + 47) / 48);
    }
}

TEST_CASE("passphrases are moved, not copied") {
    std::string text = "sesame";
    sign::passphrase first(text);
    CHECK(text == std::string(6, '\0'));
    sign::passphrase second(std::move(first));
    CHECK(second.text() == "sesame");
    std::string longer = "a passphrase that is too long for the object itself";
    sign::passphrase third(longer);
    second = std::move(third);
    CHECK(second.text() == "a passphrase that is too long for the object itself");
}
