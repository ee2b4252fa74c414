// SPDX-License-Identifier: BSL-1.0
//
// The reasons of refusals: one code for each, in the order in which reasons are looked for, with its name, its text, its stage
// and the errno that Linux returns for the same fault. One table; a test reads it all.
#ifndef MODSIG_ERRC_HPP
#define MODSIG_ERRC_HPP

#include <modsig/linux_error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig {

/// The reason of a refusal; errc_table has name, text, stage and errno of each.
enum class errc : std::uint8_t {
    not_checked,  ///< the zero value: nothing was checked, which refuses
    none,         // no fault
    // finding the signature
    no_signature, truncated, length_overflow, length_mismatch, empty_payload, bad_magic, compressed, too_large,
    // syntax
    bad_header, bad_mpi, bad_der, non_minimal_der, too_deep, bad_text, bad_time, bad_structure, reserved_nonzero,
    trailing_garbage, missing_element, repeated_element,
    // support
    unsupported_version, unsupported_algorithm, unsupported_hash, unsupported_key, unsupported_content_type,
    unsupported_extension, unsupported_block_size,
    // consistency
    version_mismatch, inconsistent_algorithms, inconsistent_attributes, content_type_mismatch, content_present,
    attributes_present, no_signer, too_many_signers, unneeded_certificate, too_costly,
    // allowed algorithms
    weak_digest, digest_not_allowed, ambiguous_content, key_not_for_layout, form_not_allowed,
    // key look-up
    key_not_found, unproven_signer, key_name_mismatch, untrusted_chain,
    // key
    key_type_mismatch, wrong_key_kind, bad_key, key_usage, weak_key, revoked, expired,
    // arithmetic
    signature_length, malformed_signature, signature_out_of_range, bad_padding, digest_mismatch, signature_mismatch,
    // signers
    too_few_signers, no_rule_allows,
    // outside
    io_error, decompression_failed,
};

/// Codes, `not_checked` and `none` included.
inline constexpr std::size_t errc_count = static_cast<std::size_t>(errc::decompression_failed) + 1;

/// The stage of verification that finds a fault; which faults a policy may tolerate depends on it.
enum class stage : std::uint8_t {
    nothing,        ///< nothing was checked, or nothing is wrong
    unsigned_file,  ///< no layout finds a signature; may be tolerated
    finding,        ///< where the signature is
    syntax,         ///< what its parts are
    support,        ///< what this library has; unknown algorithms may be tolerated
    consistency,    ///< parts against each other
    algorithm,      ///< what the policy allows, before a key is known
    key_lookup,     ///< which key is named; unknown keys may be tolerated
    key_kind,       ///< key against signature
    key_form,       ///< the key itself
    key_rule,       ///< what the policy allows the key
    arithmetic,     ///< the signature
    signers,        ///< whether the proven signers suffice
    outside,        ///< files and their compression
};

/// A row of errc_table: one code.
struct errc_entry {
    errc code;                  ///< the row's index, too
    std::string_view name;      ///< for programs: the enumerator's
    stage at;                   ///< where the fault is found
    linux_error linux_default;  ///< of most such faults; failure::linux_specific has others
    std::string_view text;      ///< for people, without a full stop
};

// clang-format off
/// One row a code, in order.
inline constexpr errc_entry errc_table[] = {
    {errc::not_checked, "not_checked", stage::nothing, linux_error::ekeyrejected, "nothing was checked"},
    {errc::none, "none", stage::nothing, linux_error::none, "no fault"},
    {errc::no_signature, "no_signature", stage::unsigned_file, linux_error::enodata, "there is no signature"},
    {errc::truncated, "truncated", stage::finding, linux_error::ebadmsg, "the data ends before the structure does"},
    {errc::length_overflow, "length_overflow", stage::finding, linux_error::ebadmsg, "a length reaches beyond the data"},
    {errc::length_mismatch, "length_mismatch", stage::finding, linux_error::ebadmsg, "two lengths that must agree do not"},
    {errc::empty_payload, "empty_payload", stage::finding, linux_error::ebadmsg, "the file has no content besides the signature"},
    {errc::bad_magic, "bad_magic", stage::finding, linux_error::einval, "the data are not of the expected kind"},
    {errc::compressed, "compressed", stage::finding, linux_error::enodata, "the file is still compressed"},
    {errc::too_large, "too_large", stage::finding, linux_error::emsgsize, "larger than the format allows"},
    {errc::bad_header, "bad_header", stage::syntax, linux_error::ebadmsg, "a header field has a forbidden value"},
    {errc::bad_mpi, "bad_mpi", stage::syntax, linux_error::einval, "a multiprecision integer is malformed"},
    {errc::bad_der, "bad_der", stage::syntax, linux_error::ebadmsg, "the DER is not what the syntax requires"},
    {errc::non_minimal_der, "non_minimal_der", stage::syntax, linux_error::ebadmsg, "BER where DER is required"},
    {errc::too_deep, "too_deep", stage::syntax, linux_error::ebadmsg, "nested too deeply"},
    {errc::bad_text, "bad_text", stage::syntax, linux_error::ebadmsg, "the text form is malformed"},
    {errc::bad_time, "bad_time", stage::syntax, linux_error::ebadmsg, "a time is malformed"},
    {errc::bad_structure, "bad_structure", stage::syntax, linux_error::ebadmsg, "an element stands where it is not allowed"},
    {errc::reserved_nonzero, "reserved_nonzero", stage::syntax, linux_error::ebadmsg, "a reserved byte is not zero"},
    {errc::trailing_garbage, "trailing_garbage", stage::syntax, linux_error::ebadmsg, "bytes follow where the structure ends"},
    {errc::missing_element, "missing_element", stage::syntax, linux_error::ebadmsg, "a required element is missing"},
    {errc::repeated_element, "repeated_element", stage::syntax, linux_error::ekeyrejected, "an element occurs twice"},
    {errc::unsupported_version, "unsupported_version", stage::support, linux_error::enopkg, "a version that is not supported"},
    {errc::unsupported_algorithm, "unsupported_algorithm", stage::support, linux_error::enopkg, "a signature algorithm that is not supported"},
    {errc::unsupported_hash, "unsupported_hash", stage::support, linux_error::enopkg, "a digest algorithm that is not supported"},
    {errc::unsupported_key, "unsupported_key", stage::support, linux_error::enopkg, "a key that is not supported"},
    {errc::unsupported_content_type, "unsupported_content_type", stage::support, linux_error::einval, "a content type that is not supported"},
    {errc::unsupported_extension, "unsupported_extension", stage::support, linux_error::ekeyrejected, "a critical extension that is not known"},
    {errc::unsupported_block_size, "unsupported_block_size", stage::support, linux_error::einval, "a block size that is not supported"},
    {errc::version_mismatch, "version_mismatch", stage::consistency, linux_error::ebadmsg, "two versions that must agree do not"},
    {errc::inconsistent_algorithms, "inconsistent_algorithms", stage::consistency, linux_error::einval, "two algorithms that must agree do not"},
    {errc::inconsistent_attributes, "inconsistent_attributes", stage::consistency, linux_error::einval, "some signers have attributes and some have none"},
    {errc::content_type_mismatch, "content_type_mismatch", stage::consistency, linux_error::ebadmsg, "two content types that must agree do not"},
    {errc::content_present, "content_present", stage::consistency, linux_error::ebadmsg, "the message contains content of its own"},
    {errc::attributes_present, "attributes_present", stage::consistency, linux_error::ekeyrejected, "attributes stand where they are not allowed"},
    {errc::no_signer, "no_signer", stage::consistency, linux_error::ebadmsg, "there is no signer"},
    {errc::too_many_signers, "too_many_signers", stage::consistency, linux_error::ebadmsg, "more signers than are supported"},
    {errc::unneeded_certificate, "unneeded_certificate", stage::consistency, linux_error::ekeyrejected, "the message has a certificate that no proven signer needs"},
    {errc::too_costly, "too_costly", stage::consistency, linux_error::ekeyrejected, "the signature requires more work than the limits allow"},
    {errc::weak_digest, "weak_digest", stage::algorithm, linux_error::ekeyrejected, "the digest algorithm is too weak for the policy"},
    {errc::digest_not_allowed, "digest_not_allowed", stage::algorithm, linux_error::ekeyrejected, "the policy does not allow this digest algorithm"},
    {errc::ambiguous_content, "ambiguous_content", stage::algorithm, linux_error::ekeyrejected, "the content has the form of what another kind of signature signs"},
    {errc::key_not_for_layout, "key_not_for_layout", stage::algorithm, linux_error::ekeyrejected, "the key is trusted, but not for this kind of signature"},
    {errc::form_not_allowed, "form_not_allowed", stage::algorithm, linux_error::ekeyrejected, "the key is not trusted for signatures of this form, over attributes or over the content"},
    {errc::key_not_found, "key_not_found", stage::key_lookup, linux_error::enokey, "the signer's key is not among the trusted ones"},
    {errc::unproven_signer, "unproven_signer", stage::key_lookup, linux_error::ekeyrejected, "the message has another signer, which is not proven"},
    {errc::key_name_mismatch, "key_name_mismatch", stage::key_lookup, linux_error::ekeyrejected, "the key is stored under another key's identifier"},
    {errc::untrusted_chain, "untrusted_chain", stage::key_lookup, linux_error::enokey, "no certificate path leads to a trusted key"},
    {errc::key_type_mismatch, "key_type_mismatch", stage::key_kind, linux_error::ekeyrejected, "the key is of another algorithm than the signature"},
    {errc::wrong_key_kind, "wrong_key_kind", stage::key_form, linux_error::ebadmsg, "a private key in the place of a public key"},
    {errc::bad_key, "bad_key", stage::key_form, linux_error::einval, "the key is malformed"},
    {errc::key_usage, "key_usage", stage::key_rule, linux_error::ekeyrejected, "the key is not meant for this use"},
    {errc::weak_key, "weak_key", stage::key_rule, linux_error::ekeyrejected, "the key is too short for the policy"},
    {errc::revoked, "revoked", stage::key_rule, linux_error::ekeyrejected, "the key or the file is revoked"},
    {errc::expired, "expired", stage::key_rule, linux_error::ekeyrejected, "the time is outside the key's validity"},
    {errc::signature_length, "signature_length", stage::arithmetic, linux_error::ekeyrejected, "the signature does not have the length that the key requires"},
    {errc::malformed_signature, "malformed_signature", stage::arithmetic, linux_error::ekeyrejected, "the signature is not encoded as its scheme requires"},
    {errc::signature_out_of_range, "signature_out_of_range", stage::arithmetic, linux_error::ekeyrejected, "the signature value is out of range"},
    {errc::bad_padding, "bad_padding", stage::arithmetic, linux_error::ekeyrejected, "the signature's padding is wrong"},
    {errc::digest_mismatch, "digest_mismatch", stage::arithmetic, linux_error::ekeyrejected, "the content's digest is not the signed one"},
    {errc::signature_mismatch, "signature_mismatch", stage::arithmetic, linux_error::ekeyrejected, "the signature does not match: content, signature or key differ"},
    {errc::too_few_signers, "too_few_signers", stage::signers, linux_error::ekeyrejected, "too few distinct keys have signed"},
    {errc::no_rule_allows, "no_rule_allows", stage::signers, linux_error::ekeyrejected, "no rule of the policy allows this signature"},
    {errc::io_error, "io_error", stage::outside, linux_error::eio, "cannot be read or written"},
    {errc::decompression_failed, "decompression_failed", stage::outside, linux_error::einval, "cannot be decompressed"},
};
// clang-format on

namespace detail {
consteval bool errc_table_is_complete() {
    std::size_t i = 0;
    for (const errc_entry& entry : errc_table)
        if (static_cast<std::size_t>(entry.code) != i++ || entry.name.empty() || entry.text.empty()) return false;
    return i == errc_count;
}
}  // namespace detail
static_assert(detail::errc_table_is_complete(), "errc_table needs one row a code, in order");

/// The row of a code; that of `not_checked` for a value that is none.
[[nodiscard]] constexpr const errc_entry& entry_of(errc code) {
    const auto index = static_cast<std::size_t>(code);
    return errc_table[index < errc_count ? index : 0];
}

/// The enumerator's name, such as "no_signature".
[[nodiscard]] constexpr std::string_view name(errc code) { return entry_of(code).name; }
/// The text for people, such as "there is no signature".
[[nodiscard]] constexpr std::string_view message(errc code) { return entry_of(code).text; }

}  // namespace modsig

#endif  // MODSIG_ERRC_HPP
