// SPDX-License-Identifier: BSL-1.0
//
// Signatures of EVM, version 2: the value of security.evm, or a file with the same bytes.  Format: layout/ima_header.hpp;
// security/integrity/evm/evm_main.c.
//   type 3  signed: the digest of what layout/evm_data.hpp makes of a file's attributes and inode, its number included
//   type 5  the same without what depends on the file system: a package can bring it
// It covers nothing of the content: security.ima, which it covers, does. So it proves metadata to whoever appraises them, and
// no image to a loader.
#ifndef MODSIG_LAYOUT_EVM_HPP
#define MODSIG_LAYOUT_EVM_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/layout/single_claim.hpp>

#include <array>

namespace modsig::layout {

struct evm {
    static constexpr std::string_view name = "evm";
    static constexpr std::size_t max_signers = 1;
    static constexpr bool found_from_end = true;  // in an image there is none
    static constexpr std::uint8_t version = 2;

    /// `no_signature` without subject::metadata: that is what is signed.
    template <class Reading = strict_reading>
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.source == signature_source::image || s.metadata.empty()) return failure{errc::no_signature, s.image.size()};
        const byte_view value = s.detached;
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        const auto type = static_cast<ima_type>(value[0]);
        if (type != ima_type::signature && type != ima_type::portable) return failure{errc::bad_magic, 0};
        if (value.size() < 2) return failure{errc::truncated, value.size(), linux_error::einval};
        if (value[1] != version) return failure{errc::unsupported_version, 1, linux_error::eopnotsupp};
        return located{{}, {0, value.size()}};
    }

    template <class Reading>
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& where) {
        const auto value = slice(s.signature_bytes(), where.blob);
        if (!value) return failure{errc::truncated, where.blob.offset};
        claim said;
        if (const failure why = detail::read_ima_header<Reading>(*value, name, said); why.code != errc::none) return why.shifted(where.blob.offset);
        said.where = where;
        said.offset = where.blob.offset;
        return single_claim(said);
    }

    [[nodiscard]] static constexpr scheme_id scheme_of(key_algorithm key) { return ima::scheme_of(key); }

    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim& said, const E& engine) {
        const std::array<byte_view, 1> parts{s.metadata};
        return engine.digest(said.content_digest, parts);
    }

    template <digests_parts E>
    [[nodiscard]] static constexpr result<to_check> finish(const subject&, const claim& said, const digest_value& content, const E&) {
        return to_check{said.scheme, content, {}, said.signature, said.lenient};
    }
};
static_assert(explain_blob_layout<evm>());
static_assert(blob_layout<evm> && digests_content<evm>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_EVM_HPP
