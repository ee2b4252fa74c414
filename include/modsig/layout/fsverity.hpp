// SPDX-License-Identifier: BSL-1.0
//
// fs-verity's builtin signature: a CMS message beside the file, over the digest that fs-verity gives it.
// Format: Documentation/filesystems/fsverity.rst, "Built-in signature verification"; include/uapi/linux/fsverity.h, struct
// fsverity_formatted_digest; fs/verity/signature.c.
//   offset  size  field of what is signed, little-endian
//        0     8  "FSVerity"
//        8     2  hash algorithm of fs-verity: 1 = SHA-256, 2 = SHA-512
//       10     2  size of the digest: 32 or 64
//       12        the file's digest
// The message says which digest of these bytes is signed; which one of the file, subject::verity.
#ifndef MODSIG_LAYOUT_FSVERITY_HPP
#define MODSIG_LAYOUT_FSVERITY_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/modsign.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig::layout {

/// A file's digest as it is signed.
class formatted_digest {
    static constexpr std::size_t header_size = 12;

    std::array<std::uint8_t, header_size + max_digest_size> bytes_{};
    std::size_t size_ = 0;

public:
    static constexpr std::string_view magic = "FSVerity";

    /// `digest`: SHA-256 or SHA-512.
    constexpr explicit formatted_digest(const digest_value& digest) : size_(header_size + digest.view().size()) {
        for (std::size_t i = 0; i != magic.size(); ++i) bytes_[i] = static_cast<std::uint8_t>(magic[i]);
        bytes_[8] = entry_of(digest.id).fsverity_number;
        bytes_[10] = static_cast<std::uint8_t>(digest.view().size());
        std::copy(digest.view().begin(), digest.view().end(), bytes_.begin() + header_size);
    }
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(size_); }

    /// The digest that such bytes hold. truncated; bad_magic; unsupported_hash; length_mismatch: another size than the
    /// algorithm's, in the field or in fact.
    [[nodiscard]] static constexpr result<digest_value> parse(byte_view bytes) {
        if (bytes.size() < header_size) return failure{errc::truncated, bytes.size()};
        if (!equal(bytes.first(magic.size()), magic)) return failure{errc::bad_magic, 0};
        const auto algorithm = load_le<std::uint16_t>(bytes.subspan(8, 2)), size = load_le<std::uint16_t>(bytes.subspan(10, 2));
        const byte_view value = bytes.subspan(header_size);
        digest_value digest;
        if (algorithm < no_number) digest.id = digest_of_fsverity_number(static_cast<std::uint8_t>(algorithm));
        if (digest.id == digest_id::none) return failure{errc::unsupported_hash, 8};
        if (size != size_of(digest.id) || value.size() != size) return failure{errc::length_mismatch, 10};
        std::copy(value.begin(), value.end(), digest.bytes.begin());
        return digest;
    }
};

struct fsverity {
    static constexpr std::string_view name = "fsverity";
    static constexpr std::size_t max_signers = modsign::max_signers;
    /// FS_VERITY_MAX_SIGNATURE_SIZE: descriptor and signature are 16 KiB together.
    static constexpr std::size_t max_signature_size = 16384 - digest::fsverity_descriptor_size;

    /// Only beside the file; the empty file has a signature too.
    template <class Reading = strict_reading>
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.source != signature_source::detached) return failure{errc::no_signature, s.image.size()};
        const result<located> where = modsign::find<Reading>(s);
        if (where && where->blob.size > max_signature_size) return failure{errc::too_large, max_signature_size};
        return where;
    }

    /// The signers of the message, who have signed the digest of the file's digest.
    template <reading Reading>
    class cursor {
        modsign::cursor<Reading> signers_;
        digest_id file_digest_;

    public:
        constexpr cursor(const cms::message& read, const located& where, digest_id file_digest) : signers_(read, where), file_digest_(file_digest) {}
        [[nodiscard]] constexpr bool done() const { return signers_.done(); }
        [[nodiscard]] constexpr result<claim> next() {
            result<claim> said = signers_.next();
            if (!said) return said;
            said->layout = name;
            said->signed_digest = said->content_digest;
            said->content_digest = file_digest_;
            return said;
        }
        [[nodiscard]] constexpr cms::certificate_cursor<Reading> certificates() const { return signers_.certificates(); }
    };

    /// As modsign's, but attributes may be signed (pkcs7_verify(), VERIFYING_UNSPECIFIED_SIGNATURE). unsupported_hash,
    /// unsupported_block_size, length_overflow: of subject::verity; inconsistent_algorithms: the kernel has measured with another
    /// hash than that.
    template <class Reading, class Check = cms::any_certificate>
    [[nodiscard]] static constexpr result<cursor<Reading>> open(const subject& s, const located& where, const Check& check = {}) {
        const auto blob = slice(s.signature_bytes(), where.blob);
        if (!blob) return failure{errc::truncated, where.blob.offset};
        const auto read = cms::parse<Reading>(*blob, where.blob.offset, cms::attribute_use::allowed, check);
        if (!read) return read.error();
        if (is_strict<Reading> && read->signer_count > max_signers) return failure{errc::too_many_signers, read->signer_infos.offset};
        if (const result<void> good = digest::check_options(s.verity); !good) return good.error();
        if (s.measured.id != digest_id::none && s.measured.id != s.verity.hash) return errc::inconsistent_algorithms;
        return cursor<Reading>(*read, where, s.verity.hash);
    }

    /// What the kernel has measured, or else what it would measure.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> content_digest(const subject& s, const claim&, const E& engine) {
        if (s.measured.id != digest_id::none) return s.measured;
        return digest::fsverity_digest(engine, s.verity, s.image);
    }

    template <digests_parts E>
    [[nodiscard]] static constexpr result<to_check> finish(const subject& s, const claim& said, const digest_value& content, const E& engine) {
        const formatted_digest formatted(content);
        const std::array<byte_view, 1> parts{formatted.view()};
        const result<digest_value> message = engine.digest(said.signed_digest, parts);
        if (!message) return message.error();
        return modsign::finish(s, said, *message, engine);
    }
};
static_assert(explain_blob_layout<fsverity>());
static_assert(blob_layout<fsverity>);
static_assert(digests_content<fsverity>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_FSVERITY_HPP
