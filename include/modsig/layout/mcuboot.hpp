// SPDX-License-Identifier: BSL-1.0
//
// MCUboot's signed firmware image, as imgtool writes it.  Format: MCUboot, boot/bootutil/include/bootutil/image.h; what is
// asked of it: boot/bootutil/src/image_validate.c.
//   header, padded ‖ body ‖ protected TLVs ‖ TLVs [‖ filling of the slot]       mcuboot/header.hpp, tlv.hpp, entries.hpp, padding.hpp
//                                        └ hash of all before them, and for each signer: its key or the key's digest, signature
// Signed: the hash. RSA-2048 and RSA-3072 in PSS with SHA-256; ECDSA; Ed25519 over the bytes of the hash as a message, or
// (imgtool --pure) over all that is hashed. A compressed image also has, among its protected TLVs, hash and signature of what it
// becomes: both signatures have to be good. That the body really becomes that is for whoever unpacks it.
//
// Nothing protects the second TLVs, so there only what a signature consists of may stand; MCUboot leaves that to an option
// (MCUBOOT_USE_TLV_ALLOW_LIST). A key in the image is a name: it is looked for among the trusted ones, and nothing else is done
// with it. Not supported: images that are encrypted or big-endian; --pure together with compression.
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

template <mcuboot_images Allowed>
struct basic_mcuboot {
    static constexpr std::string_view name = "mcuboot";
    static constexpr layout_traits traits{.max_signers = 4, .needs_named_trust = true, .names_keys = true, .digests_keys = true};

    /// The digest that a key is named by, of the algorithm that the image is hashed with; of no algorithm for any other.
    [[nodiscard]] static constexpr digest_value key_digest(const public_key& key, digest_id hash) {
        switch (hash) {
            case digest_id::sha256: return key::fingerprint<digest::portable_sha2<digest_id::sha256>>(key);
            case digest_id::sha384: return key::fingerprint<digest::portable_sha2<digest_id::sha384>>(key);
            case digest_id::sha512: return key::fingerprint<digest::portable_sha2<digest_id::sha512>>(key);
            default: return {};
        }
    }

    /// Whether this key is the one that a claim names: only this layout's verifiers calculate the digests of keys.
    [[nodiscard]] static constexpr bool names(const key_identifier& id, const key_info& key) {
        using sha256 = digest::portable_sha2<digest_id::sha256>;
        if (id.kind == key_id_kind::public_key) return equal(key::fingerprint<sha256>(key.key).view(), digest_of<sha256>(id.bytes).view());
        if (id.kind != key_id_kind::key_digest || id.bytes.empty()) return false;
        for (const digest_id hash : {digest_id::sha256, digest_id::sha384, digest_id::sha512})
            if (size_of(hash) == id.bytes.size()) return equal(key_digest(key.key, hash).view(), id.bytes);
        return false;
    }

    /// An image without the second TLVs is unsigned. What is no image of MCUboot's is somebody else's.
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

    /// One signature after the other, each behind the digest of its key.
    class cursor {
        mcuboot_area entries_{};
        detail::mcuboot_statement said_{};
        located where_{};
        std::size_t left_ = 0;

    public:
        constexpr cursor(const mcuboot_area& entries, const detail::mcuboot_statement& said, const located& where)
            : entries_(entries), said_(said), where_(where), left_(said.signers) {}
        [[nodiscard]] constexpr bool done() const { return left_ == 0; }
        [[nodiscard]] constexpr result<claim> next() {
            claim claim;
            claim.layout = name;
            claim.content_digest = said_.hash;
            claim.message_digest = said_.value;
            if constexpr (Allowed == mcuboot_images::any) claim.signs_content = said_.signs_image;
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
                if (claim.scheme == scheme_id::rsa_pss) claim.salt_size = 32;  // boot/bootutil/src/image_rsa.c: as long as SHA-256
                if (claim.scheme == scheme_id::none) continue;
                claim.signature = entry->value;
                --left_;
                return claim;
            }
            left_ = 0;
            return failure{errc::no_signer, where_.blob.offset};
        }
    };

    /// Reads all TLVs. no_signature: nobody has signed. missing_element: no hash, a signature without a key or a key without a
    /// signature. repeated_element: several hashes, or security counters. bad_structure: a TLV that may not stand there.
    /// unsupported_key: a key instead of its digest, where only images in place are read. unsupported_algorithm,
    /// unsupported_content_type: see above. inconsistent_algorithms: PSS with another hash than SHA-256. length_mismatch: a value is
    /// not as long as its type says. Of a compressed image also the failures of detail::read_unpacked().
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& where) {
        const auto header = mcuboot_header::read<Allowed>(s.image);
        if (!header) return header.error();
        auto entries = mcuboot_area::protected_one(s.image, *header);
        if (!entries) return entries.error();
        if (const result<void> good = detail::check_protected<Allowed>(*entries); !good) return good.error();
        if (!slice(s.image, where.blob) || where.blob.size < mcuboot_area::info_size) return failure{errc::truncated, where.blob.offset};
        const mcuboot_area second = mcuboot_area::of(s.image, where.blob);
        detail::mcuboot_statement said;
        if (const result<void> good = detail::check_second<Allowed>(second, where.blob, traits.max_signers, said); !good) return good.error();
        if (Allowed == mcuboot_images::any && header->is_compressed()) {
            if (said.signs_image) return failure{errc::unsupported_content_type, compressed_flags_offset};
            if (const auto unpacked = detail::read_unpacked(s.image, *header, said.hash); !unpacked) return unpacked.error();
        }
        return cursor(second, said, where);
    }

    /// The hash, which must be the one that the image says it has; none where the image itself is signed. digest_mismatch.
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

struct mcuboot : basic_mcuboot<mcuboot_images::any> {
    using in_firmware = basic_mcuboot<mcuboot_images::in_place>;

    static constexpr layout_traits traits = [] {
        layout_traits more = basic_mcuboot::traits;
        more.signs_within = true;
        return more;
    }();

    /// Of a compressed image: hash and signature of the image that it becomes. The failures of open().
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
