// SPDX-License-Identifier: BSL-1.0
//
// What the value of a signature is that does not verify: looked at when a verifier has refused it, for people; good for nothing
// else. An RSA value says what was signed: the public operation gives its block back. An ECDSA value only says yes or no, so that it is
// tried against what it might be over.  Formats: RFC 8017, section 9.2; RFC 3279, section 2.2.3.
#ifndef MODSIG_TOOL_SIGNATURE_VALUE_HPP
#define MODSIG_TOOL_SIGNATURE_VALUE_HPP

#include "cause.hpp"

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// A claim, read again from a file, and what its layout makes of a content's digest. Views alias the subject.
struct read_claim {
    modsig::claim claim{};
    modsig::result<modsig::digest_value> (*content_digest)(const modsig::subject& s, const modsig::claim& claim) = nullptr;  // of the subject
    modsig::result<modsig::digest_value> (*finish)(const modsig::claim& claim, const modsig::digest_value& content) = nullptr;
    // What a scheme signs that takes the message itself; null: the layout has none.
    modsig::result<modsig::signed_message> (*message)(const modsig::claim& claim, modsig::byte_view content, const modsig::digest_value& digest) = nullptr;
    modsig::scheme_id (*scheme_of)(modsig::key_algorithm key) = nullptr;  // null: the claim says it
};

/// The claims of a signature, and the certificates that it brings; none where it cannot be read strictly.
struct read_signature {
    std::vector<read_claim> claims{};
    std::vector<modsig::key_info> certificates{};
};
[[nodiscard]] read_signature read_again(std::string_view layout, const modsig::subject& s);

/// Another content that a signature may be over, and what that means.
struct other_content {
    cause meaning;
    modsig::byte_view bytes;
};

struct value_finding {
    cause code = cause::none;  // none: it verifies
    std::string_view first_name{};  // facts of the cause
    std::string first{};
    std::string_view second_name{};
    std::string second{};
};

/// Whether the key has made this signature over this subject.
[[nodiscard]] bool verifies(const read_claim& read, const modsig::public_key& key, const modsig::subject& s);

/// What is wrong with the value, if the key is the one that is named.
[[nodiscard]] value_finding examine_value(const read_claim& read, const modsig::public_key& key, const modsig::subject& s,
                                          std::span<const other_content> others);

}  // namespace tool

#endif  // MODSIG_TOOL_SIGNATURE_VALUE_HPP
