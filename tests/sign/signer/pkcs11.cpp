// SPDX-License-Identifier: BSL-1.0
//
// One login for many signatures, in a SoftHSM of its own. What the tool makes of tokens: tests/examples/signers.py.
#include <modsig/sign/signer/any_signer.hpp>
#include <modsig/os/new_file.hpp>
#include <modsig/sign/key/generate.hpp>
#include <modsig/sign/key/pem.hpp>
#include <modsig/sign/signer/pkcs11.hpp>
#include <modsig/sign/signer/proven.hpp>

#include <modsig/engine/best.hpp>

#include "../../support/files.hpp"
#include "../../support/hardened.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace modsig;

namespace {

namespace fs = std::filesystem;

byte_view as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

/// A token with an RSA key and a P-256 key; without softhsm2-util the test program ends.
class soft_token {
    std::string folder_ = (fs::temp_directory_path() / "modsig-XXXXXX").string();

    void must(const std::string& command) const {
        if (std::system((command + " >" + folder_ + "/said 2>&1").c_str()) == 0) return;
        std::fprintf(stderr, "this failed (Debian: softhsm2): %s\n", command.c_str());
        std::exit(2);
    }
    void import(const sign::private_key& key, const std::string& label, const std::string& id) const {
        sign::bytes pem;
        sign::write_pem(pem, "PRIVATE KEY", key.pkcs8());
        if (!os::write_file(folder_ + "/" + id, {pem}, os::private_file)) std::exit(2);
        must("softhsm2-util --import " + folder_ + "/" + id + " --token modsig --label " + label + " --id " + id + " --pin 1234");
    }

public:
    sign::private_key rsa = *sign::generate(hardened(), *sign::find_key_type("rsa2048"));
    sign::private_key p256 = *sign::generate(hardened(), *sign::find_key_type("ecdsa-p256"));

    soft_token() {
        if (::mkdtemp(folder_.data()) == nullptr) std::exit(2);
        const std::string conf = folder_ + "/softhsm2.conf", text = "directories.tokendir = " + folder_ + "/tokens\nlog.level = ERROR\n";
        fs::create_directory(folder_ + "/tokens");
        if (!os::write_file(conf, {as_bytes(text)}) || ::setenv("SOFTHSM2_CONF", conf.c_str(), 1) != 0) std::exit(2);
        must("softhsm2-util --init-token --free --label modsig --pin 1234 --so-pin 12345678");
        import(rsa, "rsa", "01");
        import(p256, "p256", "02");
    }
    soft_token(const soft_token&) = delete;
    soft_token& operator=(const soft_token&) = delete;
    ~soft_token() {
        std::error_code fault;
        fs::remove_all(folder_, fault);
    }
};

const soft_token& the_token() {
    static const soft_token token;
    return token;
}

/// Says the PIN, and counts.
struct asking {
    unsigned asked = 0;
    std::vector<std::string> reports{};

    sign::pkcs11_options with(const char* pin) {
        sign::pkcs11_options options;
        options.ask = [this, pin](std::string_view label) -> std::optional<sign::passphrase> {
            ++asked;
            if (label != "modsig" || pin == nullptr) return std::nullopt;
            std::string text(pin);
            return sign::passphrase(text);
        };
        options.report = [this](std::string_view what) { reports.emplace_back(what); };
        return options;
    }
};

sign::to_sign numbered(scheme_id scheme, int i) {
    sign::to_sign what{scheme, {}, {}};
    what.digest.id = scheme == scheme_id::rsa_pkcs1_raw ? digest_id::sha1 : digest_id::sha256;
    what.digest.bytes[0] = static_cast<std::uint8_t>(i);
    what.digest.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    return what;
}

constexpr const char* rsa_uri = "pkcs11:token=modsig;object=rsa";
constexpr const char* p256_uri = "pkcs11:token=modsig;object=p256";

}  // namespace

TEST_CASE("tokens: the PIN is asked for once, and threads take turns") {
    const soft_token& token = the_token();
    asking user;
    auto opened = sign::token_key::open(rsa_uri, user.with("1234"));
    REQUIRE(opened);
    CHECK(opened->info().key == token.rsa.info().key);
    CHECK(opened->info().digsig_v1_id == token.rsa.info().digsig_v1_id);
    const sign::any_signer signer(*std::move(opened));
    std::atomic<int> same{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t != 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i != 50; ++i)
                    for (const scheme_id scheme : {scheme_id::rsa_pkcs1_v15, scheme_id::rsa_pkcs1_raw}) {
                        const sign::to_sign what = numbered(scheme, 50 * t + i);
                        const auto by_token = signer.sign(what), by_file = token.rsa.sign(what);
                        same += by_token && by_file && *by_token == *by_file;
                    }
            });
    }
    CHECK(same == 400);
    CHECK(user.asked == 1);
    CHECK(user.reports.empty());
}

TEST_CASE("tokens: curves") {
    const soft_token& token = the_token();
    asking user;
    auto opened = sign::token_key::open(p256_uri, user.with("1234"));
    REQUIRE(opened);
    CHECK(opened->info().key == token.p256.info().key);
    auto signer = sign::proven<sign::token_key, engine::best>::of(*std::move(opened));
    REQUIRE(signer);
    // Until r and s with a leading zero, one in 500, and with a first bit that is set have been among them.
    std::size_t made = 0, good = 0, shorter = 0, longer = 0;
    for (int i = 0; i != 20000 && (i < 200 || shorter == 0 || longer == 0); ++i, ++made) {
        const auto raw = signer->sign(numbered(scheme_id::ecdsa, i));
        good += raw.has_value();
        if (raw) shorter += raw->size() < 70, longer += raw->size() == 72;
    }
    CHECK(good == made);
    CHECK(shorter > 0);
    CHECK(longer > 0);
    CHECK(signer->sign(numbered(scheme_id::rsa_pkcs1_v15, 0)).error().code == errc::key_type_mismatch);
    CHECK(user.asked == 1);
}

TEST_CASE("tokens: two keys at once, and one after the other") {
    (void)the_token();
    for (int round = 0; round != 3; ++round) {
        asking user;
        const auto rsa = sign::token_key::open(rsa_uri, user.with("1234")), p256 = sign::token_key::open(p256_uri, user.with("1234"));
        REQUIRE(rsa);
        REQUIRE(p256);
        CHECK(rsa->sign(numbered(scheme_id::rsa_pkcs1_v15, round)).has_value());
        CHECK(p256->sign(numbered(scheme_id::ecdsa, round)).has_value());
    }
}

TEST_CASE("tokens: what is asked for is named, the PIN never") {
    (void)the_token();
    struct refusal {
        const char* uri;
        const char* pin;
        errc code;
        const char* words;
    };
    constexpr refusal refusals[] = {
        {rsa_uri, "9876", errc::bad_key, "\"modsig\" is not this one"},
        {rsa_uri, nullptr, errc::bad_key, "is needed"},
        {"pkcs11:token=modsig;object=rsa?pin-value=9876", nullptr, errc::bad_key, "which the URI says"},
        {"pkcs11:token=none;object=rsa?pin-value=9876", nullptr, errc::key_not_found, "no token matches pkcs11:token=none;object=rsa; there are \"modsig\""},
        {"pkcs11:token=modsig;object=none", "1234", errc::key_not_found, "no private key matches pkcs11:token=modsig;object=none"},
        {"pkcs11:token=modsig", "1234", errc::key_not_found, "more than one private key matches pkcs11:token=modsig"},
        {"pkcs11:none=none", "1234", errc::bad_text, "not known"},
        {"file:none", "1234", errc::bad_text, "cannot be used"},
        {"pkcs11:object=rsa?module-path=/none.so", "1234", errc::key_not_found, "/none.so"},
    };
    for (const refusal& one : refusals) {
        CAPTURE(one.uri);
        asking user;
        const auto opened = sign::token_key::open(one.uri, user.with(one.pin));
        REQUIRE(!opened);
        CHECK(opened.error().code == one.code);
        REQUIRE(user.reports.size() == 1);
        CHECK(user.reports[0].find(one.words) != std::string::npos);
        CHECK(user.reports[0].find("9876") == std::string::npos);
        CHECK(user.reports[0].find("1234") == std::string::npos);
    }
}
