// SPDX-License-Identifier: BSL-1.0
//
// Revoked digests as text, one on each line, as the kernel's `.blacklist` keyring describes its keys: certs/blacklist.c,
// blacklist_vet_description().
//   tbs:HEX   digest of a certificate's TBSCertificate, by the digest algorithm of the certificate's signature
//   bin:HEX   digest of content
// HEX: lower case, as many digits as a digest of SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 has.
#ifndef MODSIG_KEYRING_BLACKLIST_HPP
#define MODSIG_KEYRING_BLACKLIST_HPP

#include <modsig/revocation.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace modsig::keyring {

/// `parse_blacklist_entry` parses one line. Errors: `bad_text` (EINVAL), `unsupported_hash` (no digest has this length;
/// ENOPKG). Offsets count from the entry's start.
[[nodiscard]] constexpr result<revoked_digest> parse_blacklist_entry(std::string_view entry) {
    constexpr std::size_t prefix = 4, max_digits = 2 * revoked_digest::capacity;
    revoked_digest found;
    if (entry.starts_with("tbs:")) found.kind = revoked_kind::certificate;
    else if (entry.starts_with("bin:")) found.kind = revoked_kind::binary;
    else return failure{errc::bad_text, 0, linux_error::einval};

    const std::string_view digits = entry.substr(prefix);
    for (std::size_t i = 0; i != digits.size(); ++i) {
        if (i == max_digits) return failure{errc::unsupported_hash, prefix + i};
        const char c = digits[i];
        const bool is_number = c >= '0' && c <= '9', is_letter = c >= 'a' && c <= 'f';
        if (!is_number && !is_letter) return failure{errc::bad_text, prefix + i, linux_error::einval};
        const auto value = static_cast<unsigned>(is_number ? c - '0' : c - 'a' + 10);
        found.bytes[i / 2] = static_cast<std::uint8_t>(16u * found.bytes[i / 2] + value);
    }
    if (digits.empty() || digits.size() % 2 != 0) return failure{errc::bad_text, entry.size(), linux_error::einval};
    found.size = static_cast<std::uint8_t>(digits.size() / 2);
    if (digest_of_revoked_size(found.size) == digest_id::none) return failure{errc::unsupported_hash, prefix};
    return found;
}

/// `blacklist_reader` reads the entries of a text, one on each line, and skips empty lines. After a malformed entry the next
/// follows.
class blacklist_reader {
    std::string_view text_;
    std::size_t at_ = 0;

    constexpr void skip_empty_lines() {
        while (at_ != text_.size() && text_[at_] == '\n') ++at_;
    }

public:
    /// Reads the entries of `text` in turn; the text outlives the reader.
    constexpr explicit blacklist_reader(std::string_view text) : text_(text) { skip_empty_lines(); }

    /// Whether a file is such a text, by its first four bytes.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        const byte_view head = bytes.first(bytes.size() < 4 ? bytes.size() : 4);
        return equal(head, "tbs:") || equal(head, "bin:");
    }

    /// Whether no entry is left.
    [[nodiscard]] constexpr bool done() const { return at_ == text_.size(); }

    /// The next entry; not to be called when `done`. Offsets of errors count from the start of the text.
    [[nodiscard]] constexpr result<revoked_digest> next() {
        const std::size_t begin = at_, end = text_.find('\n', begin);
        const std::string_view entry = text_.substr(begin, end == std::string_view::npos ? end : end - begin);
        at_ += entry.size();
        skip_empty_lines();
        const result<revoked_digest> found = parse_blacklist_entry(entry);
        if (!found) return found.error().shifted(begin);
        return found;
    }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_BLACKLIST_HPP
