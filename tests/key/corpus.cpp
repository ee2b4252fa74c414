// SPDX-License-Identifier: BSL-1.0
//
// The keys and certificates of the corpus: results that need neither a policy nor arithmetic.
#include <modsig/key/spki.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/linux/key/spki.hpp>
#include <modsig/linux/key/x509.hpp>
#include <modsig/reading.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace modsig;

namespace {

template <class Reading>
result<key_info> parse(const std::string& format, byte_view der) {
    if constexpr (std::is_same_v<Reading, strict_reading>) return format == "key-x509" ? key::x509::parse(der) : key::spki::parse(der);
    else if (format != "key-x509") return kernel::parse_spki(der);
    const auto certificate = kernel::parse_certificate(der);
    if (!certificate) return certificate.error();
    return key::identified(*certificate);
}

template <class Reading>
errc answer(const corpus::row& row) {
    const auto der = corpus::file(row.file);
    const auto key = parse<Reading>(row.format, der);
    return key ? errc::none : key.error().code;
}

// Whether a point is on its curve is the engine's check.
const std::set<std::string> off_curve{"bad/keys/spki-ec-not-on-curve.der", "bad/keys/spki-ec-zero-point.der",
                                      "bad/keys/spki-ec-x-above-p.der"};

template <class Reading>
errc answer_to(const std::string& bad_key) {
    corpus::row row;
    row.file = "bad/keys/" + bad_key;
    row.format = bad_key.starts_with("cert") ? "key-x509" : "key-spki";
    return answer<Reading>(row);
}

}  // namespace

TEST_CASE("keys and certificates of the corpus are accepted or refused as recorded") {
    std::size_t read = 0, refused = 0;
    for (const corpus::row& row : corpus::rows({"key-spki", "key-x509"})) {
        CAPTURE(row.file);
        const errc code = answer<strict_reading>(row);
        CAPTURE(name(code));
        const bool judged_later = row.expected == "weak_key" || off_curve.contains(row.file);
        CHECK((judged_later ? code == errc::none : corpus::allows(row.expected, code)));
        ++(code == errc::none ? read : refused);
    }
    CHECK(read >= 39);
    CHECK(refused >= 30);
}

TEST_CASE("faults have finer classes than those of the corpus") {
    const auto code = answer_to<strict_reading>;
    CHECK(code("cert-cut-000.der") == errc::truncated);
    CHECK(code("cert-cut-891.der") == errc::truncated);
    CHECK(code("cert-trailing.der") == errc::trailing_garbage);
    CHECK(code("cert-nonminimal.der") == errc::bad_der);  // three bytes of length
    CHECK(code("cert-indefinite.der") == errc::non_minimal_der);
    CHECK(code("cert-version-9.der") == errc::unsupported_version);
    CHECK(code("cert-is-pem.der") == errc::bad_der);
    CHECK(code("spki-n-padded.der") == errc::non_minimal_der);
    CHECK(code("spki-unused-bits.der") == errc::bad_der);
    CHECK(code("spki-unknown-oid.der") == errc::unsupported_algorithm);
    CHECK(code("spki-ec-unknown-curve.der") == errc::unsupported_key);
    CHECK(code("spki-ec-wrong-curve.der") == errc::bad_key);
    CHECK(code("spki-ec-no-params.der") == errc::bad_der);
    CHECK(code("spki-ec-explicit-params.der") == errc::bad_der);
    CHECK(code("spki-ec-compressed.der") == errc::bad_key);
    CHECK(code("spki-trailing.der") == errc::trailing_garbage);
}

TEST_CASE("Linux accepts some keys and certificates that strict refuses") {
    const auto code = answer_to<linux_reading>;
    for (const char* file : {"cert-trailing.der", "cert-indefinite.der", "cert-version-9.der"})
        CHECK(code(file) == errc::none);
    for (const char* file : {"cert-cut-000.der", "cert-cut-100.der", "cert-cut-891.der", "cert-empty-sequence.der",
                             "cert-no-spki.der", "cert-is-pem.der", "cert-nonminimal.der"})
        CHECK(entry_of(code(file)).linux_default == linux_error::ebadmsg);
}

TEST_CASE("identifiers equal those of other tools") {
    std::ifstream table(corpus::path("keys/keys.tsv"));
    std::string line;
    std::getline(table, line);
    std::size_t count = 0;
    while (std::getline(table, line)) {
        const auto f = corpus::split(line, '\t');
        CAPTURE(f[0]);
        const auto spki_der = corpus::file("keys/" + f[0] + ".pub.der"), cert_der = corpus::file("keys/" + f[0] + ".cert.der");
        const auto spki = key::spki::parse(spki_der);
        const auto cert = key::parse_certificate(cert_der);
        REQUIRE(spki);
        REQUIRE(cert);
        CHECK(spki->key == cert->info.key);
        CHECK(equal(spki->ima_id, hex(f[3])));
        CHECK(equal(key::identified(*cert).ima_id, hex(f[3])));
        CHECK(spki->has_digsig_v1_id == f[1].starts_with("rsa"));
        if (f[4] != "-") CHECK(equal(key::identified(*cert).digsig_v1_id, hex(f[4])));
        CHECK((f[5] == "-" ? cert->info.skid.empty() : equal(cert->info.skid, hex(f[5]))));
        CHECK(equal(cert->info.serial, hex(f[6])));
        CHECK(equal(cert->spki, spki_der));
        const auto in_linux = kernel::parse_certificate(cert_der);
        if (f[0] == "ed25519") CHECK(in_linux.error().linux_errno() == linux_error::enopkg);
        else CHECK((in_linux && in_linux->info.key == cert->info.key && in_linux->info.fault == errc::none));
        const bool root = f[0] != "intermediate" && f[0] != "leaf";
        CHECK((cert->self_issued() == key::self_issue::yes) == root);
        ++count;
    }
    CHECK(count == 18);
}

TEST_CASE("chains of the corpus are named by their authority key identifiers") {
    const auto ca = corpus::file("keys/ca.cert.der"), middle = corpus::file("keys/intermediate.cert.der");
    const auto leaf = corpus::file("keys/leaf.cert.der");
    const auto a = key::parse_certificate(ca), b = key::parse_certificate(middle);
    const auto c = key::parse_certificate(leaf);
    REQUIRE((a && b && c));
    REQUIRE((b->issued_by.key_id && c->issued_by.key_id));
    CHECK(equal(*b->issued_by.key_id, a->info.skid));
    CHECK(equal(*c->issued_by.key_id, b->info.skid));
    CHECK(equal(c->info.issuer, b->info.subject));
    CHECK(a->info.purpose.is_ca);
    CHECK(a->info.purpose.cert_sign);
}
