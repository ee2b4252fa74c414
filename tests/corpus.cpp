// SPDX-License-Identifier: BSL-1.0
// Every row of the corpus that a layout here reads: verdict and error class, under strict and under legacy.
#include "support/tested_engine.hpp"

#include "support/corpus.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace modsig;

namespace {


/// A key that cannot be used is left out: strict reads no RSA-512, Linux no RSA-768.
template <class Reading = strict_reading>
keyring::store<tested_engine> ring_of(const std::string& keys) {
    keyring::store<tested_engine> ring;
    if (keys == "-") return ring;
    for (const std::string& name : corpus::split(keys, ',')) {
        const auto added = ring.add<Reading>(corpus::file(name));
        CHECK_MESSAGE((added.has_value() || std::is_same_v<Reading, linux_reading>), name);
    }
    return ring;
}

/// Both policies over one row: what they answer has to be among the row's answers, and an accepted row must be one
/// that may be accepted.
template <class Layout>
void check(const corpus::row& row, const subject& s, const keyring::store<tested_engine>& ring) {
    const context at{.now = 1790000000};  // within the validity of the corpus' certificates that are not expired
    const appraisal plain = verifier<layouts<Layout>, tested_engine, policy::legacy>{ring}.appraise(s, at);
    const appraisal strict = verifier<layouts<Layout>, tested_engine, policy::strict>{ring}.appraise(s, at);
    CHECK_MESSAGE(corpus::allows(row.expected, plain.why.code), row.file << " legacy: " << name(plain.why.code) << ", not " << row.expected);
    CHECK_MESSAGE(corpus::allows(row.strict, strict.why.code), row.file << " strict: " << name(strict.why.code) << ", not " << row.strict);
    CHECK((plain.outcome == verdict::verified) == (plain.why.code == errc::none));
    CHECK((strict.outcome == verdict::verified) == (strict.why.code == errc::none));
}

template <class Layout>
void check_appended(const char* format) {
    const auto rows = corpus::rows({format});
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        const auto image = corpus::file(row.file);
        check<Layout>(row, subject{image}, ring_of(row.key));
    }
    MESSAGE(rows.size() << " rows");
}

template <class Layout>
void check_detached(const char* format) {
    const auto rows = corpus::rows({format});
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        const auto image = corpus::file(row.payload), signature = corpus::file(row.file);
        subject s{image};
        s.signature.source = signature_source::detached;
        s.signature.bytes = signature;
        check<Layout>(row, s, ring_of(row.key));
    }
    MESSAGE(rows.size() << " rows");
}

}  // namespace

TEST_CASE("corpus: modules with the appended signature of 2012") { check_appended<layout::digsig>("digsig-v1-modsig"); }
TEST_CASE("corpus: detached digsig v1 signatures") { check_detached<layout::digsig>("digsig-v1"); }
TEST_CASE("corpus: modules with an appended CMS message") { check_appended<layout::modsign>("modsign"); }
TEST_CASE("corpus: detached CMS messages") { check_detached<layout::modsign>("pkcs7-detached"); }

TEST_CASE("corpus: what lib/digsig.c answered to v1 signatures") {
    const auto answers = corpus::kernel("linux-6.12");
    std::size_t compared = 0;
    for (const auto& row : corpus::rows({"digsig-v1"})) {
        const auto answer = answers.find(row.file);
        if (answer == answers.end()) continue;
        const auto image = corpus::file(row.payload), signature = corpus::file(row.file);
        subject s{image};
        s.signature.source = signature_source::detached;
        s.signature.bytes = signature;
        // The kernel was booted with ima_hash= as the file's name says; unnamed ones say it in their header.
        if (row.file.find(".sha1.") != std::string::npos) s.beside.ima_hash = digest_id::sha1;
        if (row.file.find(".sha256.") != std::string::npos) s.beside.ima_hash = digest_id::sha256;
        const auto ring = ring_of(row.key);
        const appraisal said = verifier<layouts<layout::digsig>, tested_engine, policy::linux_digsig>{ring}.appraise(s);
        const std::string ours = said.outcome == verdict::verified ? "accept" : std::string(name(said.why.linux_errno()));
        CHECK_MESSAGE(ours == answer->second, row.file);
        ++compared;
    }
    REQUIRE(compared != 0);
    MESSAGE(compared << " rows");
}

TEST_CASE("corpus: what Linux 6.12 answered to signed modules") {
    const auto answers = corpus::kernel("linux-6.12");
    std::size_t compared = 0;
    for (const auto& row : corpus::rows({"modsign"})) {
        const auto answer = answers.find(row.file);
        if (answer == answers.end()) continue;
        const auto image = corpus::file(row.file);
        const auto ring = ring_of<linux_reading>(row.key);
        const appraisal said = verifier<layouts<layout::modsign>, tested_engine, policy::linux_modsign>{ring}.appraise(subject{image});
        const std::string ours = said.outcome == verdict::verified ? "accept" : std::string(name(said.why.linux_errno()));
        CHECK_MESSAGE(ours == answer->second, row.file << ": " << name(said.why.code));
        ++compared;
    }
    REQUIRE(compared != 0);
    MESSAGE(compared << " rows");
}

TEST_CASE("corpus: digsig v1 key blobs") {
    const auto rows = corpus::rows({"key-digsig-v1"});
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        const auto blob = corpus::file(row.file);
        const auto parsed = key::digsig::parse(blob);
        if (row.expected == "valid" || row.expected == "weak_key") CHECK_MESSAGE(parsed.has_value(), row.file);
        else CHECK_MESSAGE((!parsed && corpus::allows(row.expected, parsed.error().code)), row.file);
        if (!parsed) continue;
        const context at{};
        const claim nothing_claimed;
        const errc plain = policy::legacy{}.judge(candidate(nothing_claimed, *parsed), at).reason();
        CHECK_MESSAGE(corpus::allows(row.expected, plain), row.file << " legacy: " << name(plain));
        const errc strict = policy::strict{}.judge(candidate(nothing_claimed, *parsed), at).reason();
        CHECK_MESSAGE(corpus::allows(row.strict, strict), row.file << " strict: " << name(strict));
    }
    MESSAGE(rows.size() << " rows");
}
