// SPDX-License-Identifier: BSL-1.0
//
// Why a file was refused, as one of a list of causes: each with a word that stays the same, what happened, and the command that
// mends it. One table, in cause.cpp; diagnosis.hpp finds out which row it is.
#ifndef MODSIG_TOOL_CAUSE_HPP
#define MODSIG_TOOL_CAUSE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {

enum class cause : std::uint8_t {
    none,
    // no signature where one is looked for
    not_signed, stripped, intel_hex, damaged_marker, data_after_signature, other_layout, holds_digest, compressed, not_compressed,
    signed_while_compressed, decompression_failed, unreadable, no_bpf_program,
    // what is there cannot be read
    old_format, little_endian_length, malformed, unsupported_algorithm,
    // a form that module signatures do not have
    attributes, brings_content, brings_certificate, ambiguous_content,
    // the key is not known
    unknown_key, not_enrolled, renewed_key, certificate_missing, certificate_needed, other_certificate, other_identifier, untrusted_chain,
    unknown_signer, wrong_scope,
    // the key is known, and not let in
    ca_key, not_for_signing, not_an_issuer, expired, not_yet_valid, revoked, weak_key, weak_digest, weak_format, wrong_name, bad_key,
    // the value is not what it should be
    changed, wrong_key, wrong_key_type, mismatch, double_signed, signed_compressed, signed_uncompressed, signed_digest, fsverity_signature,
    other_digest, no_digest_info, other_padding, leading_zeros_lost, zero_too_many, little_endian_value, raw_ecdsa, zero_value, out_of_range,
    wrong_length, other_bpf_form,
    // the policy asks for more
    too_few_signers,
};

struct cause_entry {
    cause code;
    std::string_view word;    // for programs: it never changes
    std::string_view label;   // in a sum: "12 unsigned"
    std::string_view hint;    // what happened; {name} stands for a fact
    std::string_view remedy;  // the command that mends it, or what to do
};

inline constexpr std::size_t cause_count = static_cast<std::size_t>(cause::too_few_signers) + 1;

[[nodiscard]] const cause_entry& entry_of(cause code);

/// What stands for {name} in the texts of the table; printable.
using facts = std::vector<std::pair<std::string_view, std::string>>;

/// A cause with its texts about one file.
struct diagnosis {
    cause code = cause::none;
    std::string hint{};
    std::string remedy{};

    diagnosis() = default;
    diagnosis(cause which, const facts& known);

    [[nodiscard]] std::string_view word() const { return entry_of(code).word; }
    /// Names and texts of its lines.
    [[nodiscard]] std::array<std::pair<std::string_view, std::string_view>, 3> lines() const { return {{{"cause", word()}, {"hint", hint}, {"remedy", remedy}}}; }
};

/// The text with each {name} replaced.
[[nodiscard]] std::string filled(std::string_view text, const facts& known);

}  // namespace tool

#endif  // MODSIG_TOOL_CAUSE_HPP
