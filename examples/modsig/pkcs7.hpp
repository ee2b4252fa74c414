// SPDX-License-Identifier: BSL-1.0
//
// What the first signer of an appended PKCS#7 message says, for people: read as forgivingly as Linux reads, whatever the
// policy thinks of it, and good for nothing else.  Format: RFC 5652, section 5.3.
#ifndef MODSIG_TOOL_PKCS7_HPP
#define MODSIG_TOOL_PKCS7_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/key_identifier.hpp>

#include <optional>
#include <string>

namespace tool {

/// Views alias the message.
struct signer_facts {
    modsig::key_identifier key{};  // issuer and serial number, or subject key identifier
    modsig::byte_view digest_oid{};
    modsig::byte_view signature{};
    std::size_t signer_count = 0;

    [[nodiscard]] modsig::digest_id digest() const { return modsig::digest_of_oid(digest_oid); }
};

/// Nothing where there is none.
[[nodiscard]] std::optional<signer_facts> first_signer(modsig::byte_view message);

/// The first common name in the content of a Name, as libcrypto finds it and C ends it; empty where there is none.
[[nodiscard]] std::string first_common_name(modsig::byte_view name);

/// The lines of modinfo about an image: sig_id, signer, sig_key, sig_hashalgo, signature, as kmod 30 prints them. Empty where it
/// prints none: without a signature, and for signers that are named by their subject key identifier.
[[nodiscard]] std::string modinfo_of(modsig::byte_view image);

}  // namespace tool

#endif  // MODSIG_TOOL_PKCS7_HPP
