// SPDX-License-Identifier: BSL-1.0
// Every row of the corpus that is a signature of IMA or EVM: verdict and error class under strict and under legacy, and what
// Linux 6.12 answered.
#include "../support/tested_engine.hpp"

#include "../support/corpus.hpp"

#include <doctest/doctest.h>

using namespace modsig;

namespace {

using all_of_ima = layouts<layout::modsign, layout::evm, layout::ima, layout::digsig>;

template <class Reading = strict_reading>
keyring::store<tested_engine> ring_of(const std::string& keys, bool certificates = false) {
    keyring::store<tested_engine> ring(keyring::ima);
    if (keys == "-") return ring;
    for (std::string name : corpus::split(keys, ',')) {
        const auto at = name.find(".pub.der");
        if (certificates && at != std::string::npos) name.replace(at, 8, ".cert.der");
        const auto added = ring.add<Reading>(corpus::file(name), all_of_ima{});
        CHECK_MESSAGE((added.has_value() || std::is_same_v<Reading, linux_reading>), name);
    }
    return ring;
}

struct whole {
    std::vector<std::uint8_t> image, value;
    subject s;

    whole(const corpus::row& row, signature_source source) : image(corpus::file(row.payload)), value(corpus::file(row.file)) {
        const bool is_evm = row.format == "evm-v2";
        if (is_evm) s.beside.metadata = image;
        else s.image = image;
        s.signature.source = source;
        s.signature.bytes = value;
    }
};

template <class Layouts, class Policy>
appraisal appraise(const keyring::store<tested_engine>& ring, const subject& s) {
    return verifier<Layouts, tested_engine, Policy>{ring}.appraise(s, {.now = 1790000000});
}

/// Rows name the family (`truncated`), formats.md, section 9, row 40, the finer class.
bool allows(const std::string& column, errc code) {
    return corpus::allows(column, code) || (code == errc::length_overflow && corpus::allows(column, errc::truncated));
}

template <class Layout>
void check(const char* format) {
    const auto rows = corpus::rows({format});
    REQUIRE_FALSE(rows.empty());
    for (const auto& row : rows) {
        const auto ring = ring_of(row.key);
        for (const auto source : {signature_source::detached, signature_source::xattr}) {
            const whole read(row, source);
            // As a version 1, and as an attribute that is a bare digest, a value is another layout's.
            const bool other = row.file.ends_with("version-1.sig") ||
                               (source == signature_source::xattr && (row.file.ends_with("/type-01.sig") || row.file.ends_with("/type-04.sig")));
            // A file that begins with no attribute's type is read as the DER of modsign where that layout is composed.
            const bool as_der = source == signature_source::detached && (row.file.ends_with("/type-00.sig") || row.file.ends_with("/type-ff.sig"));
            const auto compare = [&](const std::string& policy, const std::string& column, const appraisal& said) {
                const errc code = said.why.code;
                const bool left = other && code == errc::no_signature && said.layout.empty();
                const bool der = as_der && code == errc::bad_der && said.layout == "modsign";
                // Algorithms are checked before keys and arithmetic.
                const bool weak = policy == "strict" && code == errc::weak_digest && (is_weak(said.claim.content_digest) || is_weak(said.claim.signed_digest) || size_of(said.claim.content_digest) < 32);
                CHECK_MESSAGE((left || der || weak || allows(column, code)), row.file << " " << policy << ": " << name(code) << ", not " << column);
                CHECK((said.outcome == verdict::verified) == (code == errc::none));
            };
            compare("legacy", row.expected, appraise<layouts<Layout>, policy::legacy>(ring, read.s));
            compare("legacy", row.expected, appraise<all_of_ima, policy::legacy>(ring, read.s));
            compare("strict", row.strict, appraise<layouts<Layout>, policy::strict>(ring, read.s));
            compare("strict", row.strict, appraise<all_of_ima, policy::strict>(ring, read.s));
        }
    }
    MESSAGE(rows.size() << " rows");
}

/// kernel.tsv has Python's name for it.
std::string errno_name(const appraisal& said) {
    if (said.outcome == verdict::verified) return "accept";
    const std::string error(name(said.why.linux_errno()));
    return error == "EOPNOTSUPP" ? "ENOTSUP" : error;
}

/// The kernel was booted with the ima_hash= of the file's name.
digest_id file_hash(const corpus::row& row) {
    if (row.format != "digsig-v1") return digest_id::sha256;
    if (row.file.find(".sha1.") != std::string::npos) return digest_id::sha1;
    return row.file.find(".sha256.") != std::string::npos ? digest_id::sha256 : digest_id::none;
}

/// Whether the signature is over a digest that the engine has not: the native one has neither MD5 nor SM3.
bool is_of_digest_that_is_missing(const corpus::row& row) {
    return (!tested_engine::has(digest_id::md5) && row.file.find(".md5.") != std::string::npos) ||
           (!tested_engine::has(digest_id::sm3) && row.file.find(".sm3.") != std::string::npos);
}

}  // namespace

TEST_CASE("corpus: signatures of IMA, version 2") { check<layout::ima>("ima-v2"); }
TEST_CASE("corpus: signatures of IMA, version 3") { check<layout::ima>("ima-v3"); }
TEST_CASE("corpus: signatures of EVM") { check<layout::evm>("evm-v2"); }

TEST_CASE("corpus: linux_ima gives the errnos of Linux 6.12's appraisal, with certificates and with bare keys") {
    const auto answers = corpus::kernel("linux-6.12");
    std::size_t compared = 0, missing = 0;
    for (const auto& row : corpus::rows({"ima-v2", "digsig-v1"})) {
        const auto answer = answers.find(row.file);
        if (answer == answers.end()) continue;
        for (const bool certificates : {true, false})
            for (const auto source : {signature_source::xattr, signature_source::detached}) {
                whole read(row, source);
                read.s.beside.ima_hash = file_hash(row);
                const auto ring = ring_of<linux_reading>(row.key, certificates);
                const appraisal said = appraise<layouts<layout::ima, layout::digsig>, policy::linux_ima>(ring, read.s);
                if (is_of_digest_that_is_missing(row)) {
                    CHECK_MESSAGE(said.why.code == errc::unsupported_hash, row.file << ": " << name(said.why.code));
                    ++missing;
                    continue;
                }
                CHECK_MESSAGE(errno_name(said) == answer->second, row.file << ": " << name(said.why.code));
                ++compared;
            }
    }
    REQUIRE(compared != 0);
    MESSAGE(compared << " answers; " << missing << " refused for a digest that the engine has not");
}

TEST_CASE("corpus: linux_ima follows Linux's source for fs-verity and EVM") {
    std::size_t compared = 0;
    for (const auto& row : corpus::rows({"ima-v3", "evm-v2"})) {
        const whole read(row, signature_source::xattr);
        const auto ring = ring_of<linux_reading>(row.key, true);
        const appraisal said = appraise<all_of_ima, policy::linux_ima>(ring, read.s);
        if (row.kernel == "accept") CHECK_MESSAGE(said.outcome == verdict::verified, row.file << ": " << name(said.why.code));
        else CHECK_MESSAGE(said.outcome == verdict::rejected, row.file);
        ++compared;
    }
    REQUIRE(compared != 0);
    MESSAGE(compared << " rows");
}
