// SPDX-License-Identifier: BSL-1.0
//
// What the first signer of an appended PKCS#7 message says, for people: read as forgivingly as Linux reads, whatever the
// policy thinks of it, and good for nothing else.  Format: RFC 5652, section 5.3.
#ifndef MODSIG_TOOL_PKCS7_HPP
#define MODSIG_TOOL_PKCS7_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/key_identifier.hpp>
#include <modsig/verified.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// Views alias the message.
struct signer_facts {
    modsig::key_identifier key{};  // issuer and serial number, or subject key identifier
    modsig::byte_view digest_oid{};
    modsig::byte_view signature_oid{};
    modsig::byte_view signature{};
    modsig::byte_view whole{};     // the SignerInfo

    [[nodiscard]] modsig::digest_id digest() const { return modsig::digest_of_oid(digest_oid); }
};

/// The signers that can be read; none where the first cannot.
[[nodiscard]] std::vector<signer_facts> signers_of(modsig::byte_view message);

/// Nothing where there is none.
[[nodiscard]] std::optional<signer_facts> first_signer(modsig::byte_view message);

/// The signer that the answer is about, else the first. `offset`: of the message, where the answer's offsets count from. Serial numbers
/// of two issuers may be the same: then the trusted key tells, or where the fault is.
[[nodiscard]] std::optional<signer_facts> signer_in(modsig::byte_view message, std::uint64_t offset, const modsig::appraisal& answer);

/// Whether the copy is one of this identifier, as far as it goes.
[[nodiscard]] bool is_same(const modsig::key_id_copy& copy, const modsig::key_identifier& id);

/// A digest or signature algorithm by its OBJECT IDENTIFIER's content: its name, else the numbers with dots.
[[nodiscard]] std::string algorithm_name(modsig::byte_view oid);

/// The first common name in the content of a Name, as libcrypto finds it and C ends it; empty where there is none.
[[nodiscard]] std::string first_common_name(modsig::byte_view name);

/// The lines of modinfo about an image: sig_id, signer, sig_key, sig_hashalgo, signature, as kmod 30 prints them. Empty where it
/// prints none: without a signature, and for signers that are named by their subject key identifier.
[[nodiscard]] std::string modinfo_of(modsig::byte_view image);

}  // namespace tool

#endif  // MODSIG_TOOL_PKCS7_HPP
