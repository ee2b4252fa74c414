// SPDX-License-Identifier: BSL-1.0
//
// Certificates and keys with a byte changed or the end cut off: every result, accepted or refused, points into the bytes. Meant
// to run under sanitizers, too.
#include <modsig/key/x509.hpp>

#include <modsig/key/pem.hpp>
#include <modsig/linux/key/any.hpp>

#include "../support/corpus.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace modsig;

namespace {

bool inside(byte_view whole, byte_view part) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Reads what every view holds, so that a sanitizer sees it.
bool is_sound(byte_view der, const key::certificate& cert) {
    const key_info& info = cert.info;
    unsigned sum = 0;
    for (const byte_view view : {cert.whole, cert.tbs, cert.spki, cert.signature, cert.signature_algorithm_oid,
                                 cert.extended_key_usage, info.key.material, info.key.exponent, info.skid, info.serial,
                                 info.issuer, info.subject, info.certificate}) {
        if (!inside(der, view)) return false;
        for (const std::uint8_t byte : view) sum += byte;
    }
    std::array<char, 16> shown{};
    return key::display_name(info.subject, shown).size() <= shown.size() && sum != 1;
}

bool is_answered(byte_view der, const result<key::certificate>& cert) {
    if (!cert) return cert.error().code != errc::none && cert.error().code != errc::not_checked && cert.error().offset <= der.size();
    return is_sound(der, *cert);
}

/// What strict reads Linux reads too, or it does not know an algorithm.
bool strict_is_narrower(byte_view der) {
    const auto strict = key::parse_certificate(der);
    if (!strict) return true;
    if (strict->info.fault != errc::none) return false;
    const auto cert = kernel::parse_certificate(der);
    return cert ? cert->info.fault == errc::none : cert.error().linux_errno() == linux_error::enopkg;
}

/// A heap block of exactly this size, so that reading past it is noticed.
bool both(byte_view der) {
    const std::vector<std::uint8_t> exact(der.begin(), der.end());
    const auto spki = kernel::parse_spki(exact);
    const auto bare = kernel::parse_pkcs1(exact);
    return is_answered(exact, key::parse_certificate(exact)) && is_answered(exact, kernel::parse_certificate(exact)) && strict_is_narrower(exact) &&
           (spki || spki.error().offset <= exact.size()) && (bare || bare.error().offset <= exact.size());
}

constexpr std::array<std::uint8_t, 16> values{0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x10, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0xa0, 0xff};

void torture(const std::vector<std::uint8_t>& der) {
    std::size_t wrong = 0;
    for (std::size_t size = 0; size <= der.size(); ++size) wrong += !both(byte_view(der).first(size));
    for (std::size_t at = 0; at != der.size(); ++at)
        for (const std::uint8_t value : values) {
            auto changed = der;
            changed[at] = value;
            wrong += !both(changed);
        }
    CHECK(wrong == 0);
}

/// Where the length bytes of every element are that has constructed ones around it, or stands in a string.
void find_lengths(byte_view der, std::size_t base, std::vector<std::size_t>& found) {
    failure fault{errc::none};
    der::reader in(der, fault);
    while (!in.at_end()) {
        const der::element element = in.any();
        if (in.failed()) return;
        for (std::uint64_t i = element.offset + 1; i != element.content_offset; ++i) found.push_back(base + static_cast<std::size_t>(i));
        const std::size_t skipped = element.tag == der::tag_bit_string ? 1 : 0;
        if ((element.tag & der::constructed_bit) != 0 || element.tag == der::tag_octet_string || skipped != 0)
            if (element.content.size() > skipped)
                find_lengths(element.content.subspan(skipped), base + static_cast<std::size_t>(element.content_offset) + skipped, found);
    }
}

}  // namespace

TEST_CASE("certificates that are cut off or changed in one byte do not crash the parser") {
    for (const char* name : {"keys/p256.cert.der", "keys/leaf.cert.der", "keys/ed25519.cert.der"}) torture(corpus::file(name));
}

TEST_CASE("keys that are cut off or changed in one byte do not crash the parser") {
    for (const char* name : {"keys/p521.pub.der", "keys/rsa1024.pub.der"}) torture(corpus::file(name));
}

TEST_CASE("certificates with every value in every length byte do not crash the parser") {
    const auto der = corpus::file("keys/leaf.cert.der");
    std::vector<std::size_t> lengths;
    find_lengths(der, 0, lengths);
    CHECK(lengths.size() > 60);
    std::size_t wrong = 0, unnoticed = 0;
    for (const std::size_t at : lengths)
        for (unsigned value = 0; value != 256; ++value) {
            auto changed = der;
            changed[at] = static_cast<std::uint8_t>(value);
            wrong += !both(changed);
            const auto cert = key::parse_certificate(changed);
            unnoticed += value != der[at] && cert && changed.data() + at < cert->signature.data();
        }
    CHECK(wrong == 0);
    // Twice the OID of an extension swallows what stands behind it, so that DER comes out again, of an unknown extension.
    CHECK(unnoticed == 2);
}

TEST_CASE("PEM that is cut off or changed in one byte does not crash the parser") {
    const auto text = corpus::file("keys/p256.cert.pem");
    const auto answered = [](const std::vector<std::uint8_t>& changed) {
        key::pem_reader blocks(changed);
        for (int count = 0; count != 3; ++count) {
            const auto block = blocks.next();
            if (!block) return block.error().code == errc::bad_text && block.error().offset <= changed.size();
            if (!*block) return true;
            std::vector<std::uint8_t> out((*block)->max_decoded_size());
            const auto der = key::pem_decode(**block, out);
            if (!der && (der.error().code != errc::bad_text || der.error().offset > changed.size())) return false;
        }
        return false;
    };
    std::size_t wrong = 0;
    for (std::size_t size = 0; size <= text.size(); ++size)
        wrong += !answered({text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size)});
    for (std::size_t at = 0; at != text.size(); ++at)
        for (const char value : {'\0', '\n', ' ', '-', '=', 'A', '*', '\xff'}) {
            auto changed = text;
            changed[at] = static_cast<std::uint8_t>(value);
            wrong += !answered(changed);
        }
    CHECK(wrong == 0);
}
