// SPDX-License-Identifier: BSL-1.0
//
// Commands that sign, and signers that are not believed.
#include <modsig/sign/signer/any_signer.hpp>
#include <modsig/sign/signer/external.hpp>
#include <modsig/sign/key/generate.hpp>
#include <modsig/sign/signer/proven.hpp>

#include <modsig/engine/best.hpp>

#include "../../support/hardened.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace modsig;

namespace {

sign::private_key generated(std::string_view type) { return *sign::generate(hardened(), *sign::find_key_type(type)); }

digest_value some_digest(digest_id id, std::uint8_t fill) {
    digest_value digest;
    digest.id = id;
    std::fill(digest.bytes.begin(), digest.bytes.begin() + entry_of(id).size, fill);
    return digest;
}

/// Commands for a key that is never used.
struct commands {
    sign::private_key key = generated("rsa2048");
    std::mutex guard{};
    std::vector<std::string> reports{};

    sign::external_signer with(const std::string& command, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
        return {*sign::public_half::copy(key.info().key), {command, "a layout", timeout, [this](std::string_view what) {
                                                               const std::lock_guard lock(guard);
                                                               reports.emplace_back(what);
                                                           }}};
    }
    result<sign::bytes> run(const std::string& command, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
        return with(command, timeout).sign({scheme_id::rsa_pkcs1_v15, some_digest(digest_id::sha256, 7), {}});
    }
};

std::size_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string text_of(const sign::bytes& bytes) { return {bytes.begin(), bytes.end()}; }

/// Signs with `held`, then does something to it.
template <class Spoil>
struct spoiling {
    const sign::private_key* held;
    Spoil spoil;

    [[nodiscard]] const key_info& info() const { return held->info(); }
    [[nodiscard]] result<sign::bytes> sign(const sign::to_sign& what) const {
        auto raw = held->sign(what);
        if (raw) spoil(*raw);
        return raw;
    }
};

template <class Spoil>
errc spoilt(const sign::private_key& key, const sign::to_sign& what, Spoil spoil) {
    const auto signer = sign::proven<spoiling<Spoil>, engine::best>::of({&key, spoil});
    if (!signer) return signer.error().code;
    const auto raw = signer->sign(what);
    return raw ? errc::none : raw.error().code;
}

}  // namespace

TEST_CASE("commands: what they are given and told") {
    commands all;
    for (const scheme_id scheme : {scheme_id::rsa_pkcs1_v15, scheme_id::rsa_pkcs1_raw}) {
        const digest_value digest = some_digest(digest_id::sha512, 0xab);
        const auto given = all.with("cat").sign({scheme, digest, {}});
        REQUIRE(given);
        CHECK(equal(*given, engine::rsa_block(scheme, digest).content()));
    }
    CHECK(text_of(*all.run("printf '%s %s %s' \"$MODSIG_SCHEME\" \"$MODSIG_HASH\" \"$MODSIG_LAYOUT\"")) == "rsa-pkcs1 sha256 a layout");
    std::string digits;
    for (int i = 0; i != 32; ++i) digits += "07";
    CHECK(text_of(*all.run("printf %s $MODSIG_DIGEST")) == digits);
    CHECK(text_of(*all.run("cat /dev/stdin | wc -c | tr -d ' \\n'")) == "51");
    CHECK(all.reports.empty());
    CHECK(all.with("cat").sign({scheme_id::ecdsa, some_digest(digest_id::sha256, 1), {}}).error().code == errc::key_type_mismatch);
    CHECK(all.with("cat").sign({scheme_id::rsa_pkcs1_v15, some_digest(digest_id::sm3, 1), {}}).error().code == errc::unsupported_hash);
}

TEST_CASE("commands: whatever goes wrong is said, and nothing stays open") {
    commands all;
    CHECK(all.run("head -c 65536 /dev/zero").has_value());
    const std::size_t before = open_files();
    constexpr std::pair<const char*, const char*> cases[] = {
        {"exit 4", "exit status 4"}, {"printf x; exit 1", "exit status 1"}, {"kill -15 $$", "signal 15"}, {"true", "nothing"}, {"exec >&-", "nothing"},
        {"head -c 65537 /dev/zero", "more"}, {"yes", "more"}, {"exec <&-; exit 2", "exit status 2"}};
    for (const auto& one : cases) {
        CAPTURE(one.first);
        all.reports.clear();
        const auto raw = all.run(one.first);
        REQUIRE(!raw);
        CHECK(raw.error().code == errc::no_signer);
        REQUIRE(all.reports.size() == 1);
        CHECK(all.reports[0].find(one.second) != std::string::npos);
    }
    CHECK(open_files() == before);
}

TEST_CASE("commands: one that does not come to an end is ended") {
    commands all;
    using clock = std::chrono::steady_clock;
    for (const char* command : {"sleep 1234", "sleep 1234 & exit 0", "exec >&-; sleep 1234", "while :; do printf x; sleep 0.05; done"}) {
        CAPTURE(command);
        const auto start = clock::now();
        const auto raw = all.run(command, std::chrono::milliseconds(300));
        REQUIRE(!raw);
        CHECK(raw.error().code == errc::no_signer);
        CHECK(clock::now() - start >= std::chrono::milliseconds(300));
        CHECK(clock::now() - start < std::chrono::seconds(10));
    }
    REQUIRE(all.reports.size() == 4);
    for (const std::string& report : all.reports) CHECK(report.find("300 ms") != std::string::npos);
}

TEST_CASE("commands: several at once do not mix") {
    commands all;
    const auto signer = all.with("sleep 0.01; cat");
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (std::uint8_t t = 0; t != 8; ++t)
            threads.emplace_back([&, t] {
                for (std::uint8_t i = 0; i != 10; ++i) {
                    const digest_value digest = some_digest(digest_id::sha256, static_cast<std::uint8_t>(16 * t + i));
                    const auto raw = signer.sign({scheme_id::rsa_pkcs1_raw, digest, {}});
                    right += raw && equal(*raw, digest.view());
                }
            });
    }
    CHECK(right == 80);
}

TEST_CASE("public halves are what they were copied from") {
    for (const char* type : {"rsa2048", "ecdsa-p256", "ecdsa-p384", "ed25519"}) {
        CAPTURE(type);
        const sign::private_key key = generated(type);
        auto copy = sign::public_half::copy(key.info().key);
        REQUIRE(copy);
        const sign::public_half moved = *std::move(copy);
        CHECK(moved.info().key == key.info().key);
        CHECK(moved.info().ima_id == key.info().ima_id);
        CHECK(moved.info().digsig_v1_id == key.info().digsig_v1_id);
    }
    CHECK(sign::public_half::copy(public_key{}).error().code == errc::unsupported_key);
}

TEST_CASE("proven: nothing that does not verify leaves the signer") {
    std::size_t refused = 0;
    for (const char* type : {"rsa2048", "ecdsa-p256", "ecdsa-p384"}) {
        CAPTURE(type);
        const sign::private_key key = generated(type), other = generated(type);
        const scheme_id scheme = key.info().key.algorithm == key_algorithm::rsa ? scheme_id::rsa_pkcs1_v15 : scheme_id::ecdsa;
        const sign::to_sign what{scheme, some_digest(digest_id::sha256, 3), {}};
        CHECK(spoilt(key, what, [](sign::bytes&) {}) == errc::none);
        const std::size_t size = key.sign(what)->size();
        for (std::size_t bit = 0; bit < 8 * size; bit += 5) {
            const errc code = spoilt(key, what, [&](sign::bytes& raw) {
                if (bit / 8 < raw.size()) raw[bit / 8] = static_cast<std::uint8_t>(raw[bit / 8] ^ 1 << bit % 8);
                else raw.clear();
            });
            CHECK(entry_of(code).at == stage::arithmetic);
            ++refused;
        }
        const auto arithmetic = [&](auto spoil) { return entry_of(spoilt(key, what, spoil)).at == stage::arithmetic; };
        CHECK(arithmetic([](sign::bytes& raw) { raw.pop_back(); }));
        CHECK(arithmetic([](sign::bytes& raw) { raw.push_back(0); }));
        CHECK(arithmetic([](sign::bytes& raw) { raw.insert(raw.begin(), 0); }));
        CHECK(arithmetic([](sign::bytes& raw) { raw.clear(); }));
        CHECK(arithmetic([&](sign::bytes& raw) { raw = *other.sign(what); }));
        const sign::to_sign something_else{scheme, some_digest(digest_id::sha256, 4), {}};
        CHECK(arithmetic([&](sign::bytes& raw) { raw = *key.sign(something_else); }));
    }
    CHECK(refused > 500);
}

TEST_CASE("proven: Ed25519 and digsig's raw RSA are verified too, and failures are handed on") {
    const sign::private_key edwards = generated("ed25519"), rsa = generated("rsa2048");
    const sign::bytes message{1, 2, 3};
    const sign::to_sign what{scheme_id::ed25519, {}, message};
    const auto flip = [](sign::bytes& raw) { raw[5] ^= 1; };
    CHECK(spoilt(edwards, what, [](sign::bytes&) {}) == errc::none);
    CHECK(entry_of(spoilt(edwards, what, flip)).at == stage::arithmetic);
    const sign::to_sign raw_rsa{scheme_id::rsa_pkcs1_raw, some_digest(digest_id::sha1, 3), {}};
    CHECK(spoilt(rsa, raw_rsa, [](sign::bytes&) {}) == errc::none);
    CHECK(entry_of(spoilt(rsa, raw_rsa, flip)).at == stage::arithmetic);
    CHECK(spoilt(rsa, what, flip) == errc::key_type_mismatch);
}
