// SPDX-License-Identifier: BSL-1.0
//
// Where the tag and length bytes of a CMS message are, and to which part of it each belongs. A walk of its own, which knows
// nothing of the library's reader and is content with messages that are broken.
#ifndef MODSIG_TESTS_TORTURE_MUTATE_HPP
#define MODSIG_TESTS_TORTURE_MUTATE_HPP

#include <modsig/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torture {

/// RFC 5652, sections 3 and 5: what an element belongs to.
enum class part : std::uint8_t {
    envelope,  // ContentInfo, SignedData, their versions, signerInfos
    digest_algorithms, content, certificates, revocations,
    signer,    // SignerInfo and its version
    identifier, digest_algorithm, signed_attributes, signature_algorithm, signature, unsigned_attributes,
};

[[nodiscard]] inline const char* name(part which) {
    constexpr const char* names[] = {"envelope", "digestAlgorithms", "content", "certificates", "crls", "SignerInfo", "sid",
                                     "digestAlgorithm", "signedAttrs", "signatureAlgorithm", "signature", "unsignedAttrs"};
    return names[static_cast<std::size_t>(which)];
}

/// One byte that is changed.
struct place {
    std::size_t offset = 0;
    bool is_tag = false;
    std::uint8_t tag = 0;        // of its element
    part where = part::envelope;
    bool whole_part = false;     // its element is all of the part
    bool behind_oid = false;     // its element follows an OBJECT IDENTIFIER: a parameter, a value
};

namespace detail {

struct header {
    std::size_t size = 0;  // 0: there is none
    std::size_t length = 0;
    bool indefinite = false;
};

inline header header_at(modsig::byte_view bytes) {
    if (bytes.size() < 2) return {};
    if (bytes[1] < 0x80) return {2, bytes[1], false};
    const std::size_t count = bytes[1] & 0x7f;
    if (count == 0) return {2, bytes.size() - 2, true};
    if (count > 4 || bytes.size() < 2 + count) return {};
    std::size_t length = 0;
    for (std::size_t i = 0; i != count; ++i) length = length << 8 | bytes[2 + i];
    return {2 + count, length, false};
}

/// Whether bytes in a string are elements, one after the other: an ECDSA value, a key, an extension.
inline bool is_encoding(modsig::byte_view bytes) {
    if (bytes.size() < 2) return false;
    while (!bytes.empty()) {
        const header head = header_at(bytes);
        if (head.size == 0 || head.indefinite || bytes[0] == 0 || head.length > bytes.size() - head.size) return false;
        bytes = bytes.subspan(head.size + head.length);
    }
    return true;
}

class walk {
    modsig::byte_view whole_;
    std::vector<place>& found_;

    enum class level : std::uint8_t { content_info, content, signed_data, in_signed_data, signer_infos, signer_info, other };

    static bool is_context(std::uint8_t tag, unsigned number) { return (tag & 0xdfu) == (0x80u | number); }

    /// The part of the child of a SignedData or SignerInfo; `step` counts on as fields are met.
    static part child_part(level at, part outer, std::uint8_t tag, std::size_t& step) {
        if (at == level::in_signed_data) {
            const std::size_t now = step++;
            if (now == 1) return part::digest_algorithms;
            if (now == 2) return part::content;
            if (now > 2 && (is_context(tag, 0) || is_context(tag, 2))) return part::certificates;
            if (now > 2 && (is_context(tag, 1) || is_context(tag, 3))) return part::revocations;
            return part::envelope;
        }
        if (at == level::signer_info) {
            constexpr part order[] = {part::signer, part::identifier, part::digest_algorithm, part::signature_algorithm, part::signature};
            if (step == 3 && (is_context(tag, 0) || is_context(tag, 2))) return part::signed_attributes;
            const std::size_t now = step++;
            return now < 5 ? order[now] : part::unsigned_attributes;
        }
        return outer;
    }

    /// Answers the size of what was walked: up to an end-of-contents if `indefinite`.
    std::size_t elements(std::size_t begin, std::size_t size, level at, part outer, unsigned depth, bool indefinite) {
        std::size_t step = 0, offset = begin;
        const std::size_t end = begin + size;
        const bool named = at == level::other && size > 2 && whole_[begin] == 0x06;
        while (offset < end) {
            const modsig::byte_view rest = whole_.subspan(offset, end - offset);
            const header head = header_at(rest);
            if (head.size == 0) break;
            if (indefinite && rest[0] == 0 && rest[1] == 0) return offset + 2 - begin;
            const std::uint8_t tag = rest[0];
            const bool field = at == level::in_signed_data || at == level::signer_info;
            const part where = at == level::signer_infos ? part::signer : child_part(at, outer, tag, step);
            place here{offset, true, tag, where, field && where != part::envelope && where != part::signer, named && offset != begin};
            found_.push_back(here);
            here.is_tag = false;
            for (std::size_t i = 1; i != head.size; ++i) {
                here.offset = offset + i;
                found_.push_back(here);
            }
            const std::size_t length = head.length < end - offset - head.size ? head.length : end - offset - head.size;
            std::size_t walked = length;
            if (depth != 0 && ((tag & 0x20) != 0 || head.indefinite)) {
                const level next = next_level(at, where, step);
                const std::size_t inner = elements(offset + head.size, length, next, where, depth - 1, head.indefinite);
                if (head.indefinite) walked = inner;
            } else if (depth != 0 && (tag == 0x04 || tag == 0x03)) {
                const std::size_t skipped = tag == 0x03 ? 1 : 0;  // unused bits
                if (length > skipped && is_encoding(whole_.subspan(offset + head.size + skipped, length - skipped)))
                    elements(offset + head.size + skipped, length - skipped, level::other, where, depth - 1, false);
            }
            offset += head.size + walked;
        }
        return size;
    }

    static level next_level(level at, part where, std::size_t step) {
        switch (at) {
            case level::content_info: return level::content;
            case level::content: return level::signed_data;
            case level::signed_data: return level::in_signed_data;
            case level::in_signed_data: return where == part::envelope && step > 3 ? level::signer_infos : level::other;
            case level::signer_infos: return level::signer_info;
            default: return level::other;
        }
    }

public:
    walk(modsig::byte_view whole, std::vector<place>& found) : whole_(whole), found_(found) {
        elements(0, whole.size(), level::content_info, part::envelope, 32, false);
    }
};

}  // namespace detail

/// Every tag byte and every length byte, from the start of the message to its end.
[[nodiscard]] inline std::vector<place> places(modsig::byte_view message) {
    std::vector<place> found;
    detail::walk(message, found);
    return found;
}

/// What messages of one form have in common: tags and the sizes of headers, nothing that is in them.
[[nodiscard]] inline std::string form(modsig::byte_view message) {
    std::string found;
    for (const place& each : places(message)) found += each.is_tag ? std::string{'t', static_cast<char>(each.tag)} : std::string{'l'};
    return found;
}

/// Whether a message has a part at all.
[[nodiscard]] inline bool has(modsig::byte_view message, part which) {
    for (const place& each : places(message))
        if (each.where == which) return true;
    return false;
}

/// Size of the outermost element, header and all; 0 where it has no length of its own.
[[nodiscard]] inline std::size_t outermost_size(modsig::byte_view message) {
    const detail::header head = detail::header_at(message);
    return head.indefinite || head.size == 0 ? 0 : head.size + head.length;
}

/// Calls `use(place, old, value)` for every value of every tag and length byte but the right one, with the byte changed.
template <class Use>
void each_mutation(std::vector<std::uint8_t>& message, Use use) {
    for (const place& where : places(message)) {
        const std::uint8_t right = message[where.offset];
        for (unsigned value = 0; value != 256; ++value) {
            if (value == right) continue;
            message[where.offset] = static_cast<std::uint8_t>(value);
            use(where, right, message[where.offset]);
        }
        message[where.offset] = right;
    }
}

}  // namespace torture

#endif  // MODSIG_TESTS_TORTURE_MUTATE_HPP
