// SPDX-License-Identifier: BSL-1.0
// The corpus' rows of fs-verity: digests, descriptors and signatures, under strict and under legacy.
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/verity_descriptor.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"
#include "../support/hardened.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using engine::botan;
using octets = std::vector<std::uint8_t>;

/// The column `options`: --hash sha256 --block-size 4096 --salt aabb.
struct options {
    octets salt{};
    digest_id hash = digest_id::none;
    std::uint32_t block_size = 0;

    explicit options(const std::string& column) {
        const auto words = corpus::split(column, ' ');
        for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
            const std::string& value = words[i + 1];
            if (words[i] == "--hash") hash = digest_of_name(value);
            else if (words[i] == "--block-size") std::from_chars(value.data(), value.data() + value.size(), block_size);
            else if (words[i] == "--salt" && value[0] != '-') salt = hex(value);
        }
        REQUIRE(digest::check_options(view()));
    }
    [[nodiscard]] verity_options view() const { return {hash, block_size, salt}; }
};

/// The corpus has one family for the faults of a header's fields.
bool allows(const std::string& column, errc code) {
    const bool field = code == errc::unsupported_block_size || code == errc::length_mismatch;
    return corpus::allows(column, code) || (field && column.find("bad_header") != std::string::npos);
}

const keyring::store<botan>& ring_of(const std::string& certificate) {
    static std::map<std::string, keyring::store<botan>> rings;
    const auto [at, is_new] = rings.try_emplace(certificate);
    if (is_new) REQUIRE(at->second.add(corpus::file(certificate), layouts<layout::fsverity>{}));
    return at->second;
}

}  // namespace

TEST_CASE("corpus: digests of fs-verity") {
    const auto rows = corpus::rows({"fsverity-digest"});
    REQUIRE_FALSE(rows.empty());
    std::size_t compared = 0;
    for (const auto& row : rows) {
        const octets content = corpus::file(row.payload), text = corpus::file(row.file);
        const auto lines = corpus::split(std::string(text.begin(), text.end()), '\n');
        for (std::size_t i = 1; i < lines.size(); ++i) {  // size, hash, block size, salt, digest
            const auto f = corpus::split(lines[i], '\t');
            if (f.size() != 5) continue;
            const options how("--hash " + f[1] + " --block-size " + f[2] + " --salt " + f[3]);
            const byte_view part = byte_view(content).first(std::stoul(f[0]));
            const auto digest = digest::fsverity_digest(botan{}, how.view(), part), native = digest::fsverity_digest(engine::native{}, how.view(), part);
            REQUIRE(digest);
            REQUIRE(native);
            CHECK_MESSAGE(equal(digest->view(), hex(f[4])), lines[i]);
            CHECK_MESSAGE(equal(native->view(), hex(f[4])), lines[i]);
            ++compared;
        }
    }
    CHECK(compared >= 84);
    MESSAGE(compared << " digests");
}

TEST_CASE("corpus: descriptors of fs-verity") {
    const auto rows = corpus::rows({"fsverity-descriptor"});
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        const octets content = corpus::file(row.payload), bytes = corpus::file(row.file);
        const auto read = layout::verity_descriptor::parse(bytes, content.size());
        errc why = read ? errc::none : read.error().code;
        if (read)
            if (const auto is_content = read->check(engine::native{}, content); !is_content) why = is_content.error().code;
        CHECK_MESSAGE(allows(row.expected, why), row.file << ": " << name(why) << ", not " << row.expected);
        CHECK_MESSAGE(allows(row.strict, why), row.file << ": " << name(why) << ", not " << row.strict);
        if (row.expected != "valid") continue;
        const options how(row.options);
        CHECK(read->how.hash == how.hash);
        CHECK(read->how.block_size == how.block_size);
        CHECK(equal(read->how.salt, how.salt));
        CHECK(equal(digest::fsverity_descriptor(read->how, content.size(), read->root), bytes));
    }
    MESSAGE(rows.size() << " rows");
}

TEST_CASE("corpus: builtin signatures of fs-verity") {
    const auto rows = corpus::rows({"fsverity-sig"});
    REQUIRE_FALSE(rows.empty());
    const context at{.now = 1790000000};
    for (const auto& row : rows) {
        const octets content = corpus::file(row.payload), signature = corpus::file(row.file);
        const options how(row.options);
        subject s{content};
        s.signature.source = signature_source::detached;
        s.signature.bytes = signature;
        s.beside.verity = how.view();
        const auto& ring = ring_of(row.key);
        const appraisal plain = verifier<layouts<layout::fsverity>, botan, policy::legacy>{ring}.appraise(s, at);
        const appraisal strict = verifier<layouts<layout::fsverity>, botan, policy::strict>{ring}.appraise(s, at);
        CHECK_MESSAGE(allows(row.expected, plain.why.code), row.file << " legacy: " << name(plain.why.code) << ", not " << row.expected);
        CHECK_MESSAGE(allows(row.strict, strict.why.code), row.file << " strict: " << name(strict.why.code) << ", not " << row.strict);
        CHECK((plain.outcome == verdict::verified) == (plain.why.code == errc::none));
        CHECK((strict.outcome == verdict::verified) == (strict.why.code == errc::none));
    }
    MESSAGE(rows.size() << " rows");
}

TEST_CASE("corpus: RSA signatures of fsverity sign are written again, byte for byte") {
    std::size_t written = 0;
    for (const auto& row : corpus::rows({"fsverity-sig"})) {
        if (row.expected != "valid" || row.key.find("/rsa") == std::string::npos) continue;
        const options how(row.options);
        const octets content = corpus::file(row.payload);
        const std::string stem = row.key.substr(0, row.key.find('.'));
        const octets certificate = corpus::file(row.key);
        const auto key = sign::load_private_key(hardened(), corpus::file(stem + ".key.pem"), []() -> std::optional<sign::passphrase> { return std::nullopt; });
        REQUIRE(key);
        const auto by = key::x509::parse(certificate);
        const auto file = digest::fsverity_digest(botan{}, how.view(), content);
        REQUIRE(by);
        REQUIRE(file);
        const auto message = sign::fsverity::write(*key, *by, sign::signer_form::issuer_and_serial, *file, botan{});
        REQUIRE(message);
        CHECK_MESSAGE(equal(*message, corpus::file(row.file)), row.file);
        ++written;
    }
    REQUIRE(written != 0);
    MESSAGE(written << " signatures");
}
