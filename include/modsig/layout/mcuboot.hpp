// SPDX-License-Identifier: BSL-1.0
//
// MCUboot's signed firmware image, as imgtool writes it.  Format: MCUboot, boot/bootutil/include/bootutil/image.h; the checks:
// boot/bootutil/src/image_validate.c.
//   header, padded ‖ body ‖ protected TLVs ‖ TLVs [‖ filling of the slot]       mcuboot/header.hpp, tlv.hpp, entries.hpp, padding.hpp
//                                        └ hash of all before them, and for each signer: its key or the key's digest, its signature
// Signed: the hash. RSA-2048 and RSA-3072 in PSS with SHA-256; ECDSA; Ed25519 over the bytes of the hash as a message, or
// (imgtool --pure) over all that is hashed. A compressed image also has, among its protected TLVs, hash and signature of the
// image that it unpacks to: both signatures must be good. Not checked: that the body unpacks to that image; the unpacker checks
// that.
//
// The second TLVs are protected by nothing, so only the parts of a signature may stand there; MCUboot makes this optional
// (MCUBOOT_USE_TLV_ALLOW_LIST). A key in the image is only a key identifier: it is looked up among the trusted keys. Not
// supported: images that are encrypted or big-endian; --pure together with compression.
#ifndef MODSIG_LAYOUT_MCUBOOT_HPP
#define MODSIG_LAYOUT_MCUBOOT_HPP

#include <modsig/digest/sha2.hpp>
#include <modsig/key/fingerprint.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/mcuboot/entries.hpp>
#include <modsig/layout/mcuboot/header.hpp>
#include <modsig/layout/mcuboot/image.hpp>
#include <modsig/layout/mcuboot/padding.hpp>
#include <modsig/layout/mcuboot/tlv.hpp>
#include <modsig/layout/mcuboot/unpacked.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::layout {

/// The layout of MCUboot images, as firmware or hosts read them.
template <mcuboot_images Allowed>
struct basic_mcuboot {
    static constexpr std::string_view name = "mcuboot";  ///< of the layout
    /// several signers, named by their key; a key is used only where it was added for this layout
    static constexpr layout_traits traits{.max_signers = 4, .needs_named_trust = true, .names_keys = true, .digests_keys = true};

    /// The digest of a key by the algorithm of the image's hash; empty for any other algorithm.
    [[nodiscard]] static constexpr digest_value key_digest(const public_key& key, digest_id hash) {
        switch (hash) {
            case digest_id::sha256: return key::fingerprint<digest::portable_sha2<digest_id::sha256>>(key);
            case digest_id::sha384: return key::fingerprint<digest::portable_sha2<digest_id::sha384>>(key);
            case digest_id::sha512: return key::fingerprint<digest::portable_sha2<digest_id::sha512>>(key);
            default: return {};
        }
    }

    /// Whether a key identifier names this key. Only verifiers of this layout calculate digests of keys.
    [[nodiscard]] static constexpr bool names(const key_identifier& id, const key_info& key) {
        using sha256 = digest::portable_sha2<digest_id::sha256>;
        if (id.kind == key_id_kind::public_key) return equal(key::fingerprint<sha256>(key.key).view(), digest_of<sha256>(id.bytes).view());
        if (id.kind != key_id_kind::key_digest || id.bytes.empty()) return false;
        for (const digest_id hash : {digest_id::sha256, digest_id::sha384, digest_id::sha512})
            if (size_of(hash) == id.bytes.size()) return equal(key_digest(key.key, hash).view(), id.bytes);
        return false;
    }

    /// An image without the second TLVs is unsigned. Bytes that are no MCUboot image are `no_signature`, too.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.signature.source != signature_source::image) return failure{errc::no_signature, s.image.size()};
        const auto header = mcuboot_header::read<Allowed>(s.image);
        if (!header && header.error().code == errc::bad_magic) return failure{errc::no_signature, s.image.size()};
        if (!header) return header.error();
        const std::uint64_t start = header->hashed_size();
        if (start == s.image.size()) return failure{errc::no_signature, s.image.size()};
        const auto size = mcuboot_area::size_at(s.image, start, mcuboot_area::magic);
        if (!size) return size.error();
        if (!ends_at(s.image, start + *size)) return failure{errc::trailing_garbage, start + *size};
        return located{.content = {0, start}, .blob = {start, *size}};
    }

    /// Yields one claim for each signature, which follows the digest of its key.
    class cursor {
        mcuboot_area entries_{};
        detail::mcuboot_statement statement_{};
        located where_{};
        std::size_t left_ = 0;

    public:
        /// The signers of an image whose TLVs were checked.
        constexpr cursor(const mcuboot_area& entries, const detail::mcuboot_statement& statement, const located& location)
            : entries_(entries), statement_(statement), where_(location), left_(statement.signers) {}
        /// Whether no signer is left.
        [[nodiscard]] constexpr bool done() const { return left_ == 0; }
        /// The next signer's claim. Errors: those of the TLVs.
        [[nodiscard]] constexpr result<claim> next() {
            claim claim;
            claim.layout = name;
            claim.content_digest = statement_.hash;
            claim.message_digest = statement_.value;
            if constexpr (Allowed == mcuboot_images::any) claim.signs_content = statement_.signs_image;
            claim.where = where_;
            while (left_ != 0 && !entries_.at_end()) {
                const auto entry = entries_.next();
                if (!entry) return entry.error();
                const bool is_key = Allowed == mcuboot_images::any && entry->type == mcuboot_type::public_key;
                if (is_key || entry->type == mcuboot_type::key_hash) {
                    claim.key = {is_key ? key_id_kind::public_key : key_id_kind::key_digest, entry->value, {}};
                    claim.offset = entry->offset;
                }
                claim.scheme = detail::scheme_of_type(entry->type);
                if (claim.scheme == scheme_id::rsa_pss) claim.salt_size = 32;  // boot/bootutil/src/image_rsa.c: the size of SHA-256
                if (claim.scheme == scheme_id::none) continue;
                claim.signature = entry->value;
                --left_;
                return claim;
            }
            left_ = 0;
            return failure{errc::no_signer, where_.blob.offset};
        }
    };

    /// `open` parses all TLVs. Errors: `no_signature` (there is no signer); `missing_element` (no hash, a signature without a
    /// key or a key without a signature); `repeated_element` (several hashes or security counters); `bad_structure` (a TLV that
    /// may not stand there); `unsupported_key` (a key instead of its digest, for `in_place`); `unsupported_algorithm`,
    /// `unsupported_content_type` (see above); `inconsistent_algorithms` (PSS with another hash than SHA-256);
    /// `length_mismatch` (a value's length is not its type's). For a compressed image also those of detail::read_unpacked().
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& location) {
        const auto header = mcuboot_header::read<Allowed>(s.image);
        if (!header) return header.error();
        auto entries = mcuboot_area::protected_one(s.image, *header);
        if (!entries) return entries.error();
        if (const result<void> good = detail::check_protected<Allowed>(*entries); !good) return good.error();
        if (!slice(s.image, location.blob) || location.blob.size < mcuboot_area::info_size) return failure{errc::truncated, location.blob.offset};
        const mcuboot_area second = mcuboot_area::of(s.image, location.blob);
        detail::mcuboot_statement statement;
        if (const result<void> good = detail::check_second<Allowed>(second, location.blob, traits.max_signers, statement); !good) return good.error();
        if (Allowed == mcuboot_images::any && header->is_compressed()) {
            if (statement.signs_image) return failure{errc::unsupported_content_type, compressed_flags_offset};
            if (const auto unpacked = detail::read_unpacked(s.image, *header, statement.hash); !unpacked) return unpacked.error();
        }
        return cursor(second, statement, location);
    }

    /// The hash, which must equal the hash in the image, else `digest_mismatch`; an empty digest where the image itself is
    /// signed.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E&) {
        const bool says_none = Allowed == mcuboot_images::any && claim.signs_content && claim.message_digest.empty();
        if (!says_none && !equal(claim.message_digest, content.view())) return failure{errc::digest_mismatch, claim.where.blob.offset};
        if (Allowed == mcuboot_images::any && claim.signs_content) return digest_value{};
        return content;
    }

private:
    static constexpr std::uint64_t compressed_flags_offset = 16;

    static constexpr bool ends_at(byte_view image, std::uint64_t end) {
        if (end == image.size()) return true;
        return Allowed == mcuboot_images::any && is_slot_filling(image.subspan(static_cast<std::size_t>(end)));
    }
};

/// The layout with which hosts read all images that imgtool signs.
struct mcuboot : basic_mcuboot<mcuboot_images::any> {
    using in_firmware = basic_mcuboot<mcuboot_images::in_place>;  ///< The layout as firmware_verifier reads it.

    /// As basic_mcuboot's; the image in a compressed one is signed, too.
    static constexpr layout_traits traits = [] {
        layout_traits more = basic_mcuboot::traits;
        more.signs_within = true;
        return more;
    }();

    /// For a compressed image, hash and signature of the image that it unpacks to. Errors: those of open().
    [[nodiscard]] static constexpr result<std::optional<inner_signature>> inner(const subject& s, const claim& claim) {
        const auto header = mcuboot_header::read<mcuboot_images::any>(s.image);
        if (!header) return header.error();
        if (!header->is_compressed()) return std::optional<inner_signature>{};
        const auto unpacked = detail::read_unpacked(s.image, *header, claim.content_digest);
        if (!unpacked) return unpacked.error();
        return std::optional(*unpacked);
    }
};
static_assert(explain_blob_layout<mcuboot>());
static_assert(explain_blob_layout<mcuboot::in_firmware>());
static_assert(blob_layout<mcuboot>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_HPP
