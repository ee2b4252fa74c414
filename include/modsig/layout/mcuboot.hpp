// SPDX-License-Identifier: BSL-1.0
//
// MCUboot's signed firmware image, as imgtool writes it.  Format: MCUboot, boot/bootutil/include/bootutil/image.h; what is
// asked of it: boot/bootutil/src/image_validate.c.
//   header, padded ‖ body ‖ protected TLVs ‖ TLVs       mcuboot/header.hpp, mcuboot/tlv.hpp
//                                        └ hash of all before them, and for each signer: digest of its key, signature
// Signed: the hash. RSA-2048 and RSA-3072 in PSS with SHA-256; ECDSA; Ed25519 over the bytes of the hash as a message.
//
// Nothing protects the second TLVs, so there only what a signature consists of may stand; MCUboot leaves that to an option
// (MCUBOOT_USE_TLV_ALLOW_LIST). Not supported: images that are encrypted, compressed or big-endian, keys in the image instead
// of their digest, signatures over the image instead of its hash.
#ifndef MODSIG_LAYOUT_MCUBOOT_HPP
#define MODSIG_LAYOUT_MCUBOOT_HPP

#include <modsig/digest/sha2.hpp>
#include <modsig/key/fingerprint.hpp>
#include <modsig/layout.hpp>
#include <modsig/layout/mcuboot/header.hpp>
#include <modsig/layout/mcuboot/image.hpp>
#include <modsig/layout/mcuboot/tlv.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::layout {

struct mcuboot {
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
        if (id.kind != key_id_kind::key_digest || id.bytes.empty()) return false;
        for (const digest_id hash : {digest_id::sha256, digest_id::sha384, digest_id::sha512})
            if (size_of(hash) == id.bytes.size()) return equal(key_digest(key.key, hash).view(), id.bytes);
        return false;
    }

    /// An image without the second TLVs is unsigned. What is no image of MCUboot's is somebody else's.
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        if (s.signature.source != signature_source::image) return failure{errc::no_signature, s.image.size()};
        const auto header = mcuboot_header::read(s.image);
        if (!header && header.error().code == errc::bad_magic) return failure{errc::no_signature, s.image.size()};
        if (!header) return header.error();
        const std::uint64_t start = header->hashed_size();
        if (start == s.image.size()) return failure{errc::no_signature, s.image.size()};
        const auto size = mcuboot_area::size_at(s.image, start, mcuboot_area::magic);
        if (!size) return size.error();
        if (start + *size != s.image.size()) return failure{errc::trailing_garbage, start + *size};
        return located{.content = {0, start}, .blob = {start, *size}};
    }

    /// What is said of the whole image.
    struct image_hash {
        digest_id id = digest_id::none;
        byte_view value{};
    };

    /// One signature after the other, each behind the digest of its key.
    class cursor {
        mcuboot_area entries_{};
        image_hash hash_{};
        located where_{};
        std::size_t left_ = 0;

    public:
        constexpr cursor(const mcuboot_area& entries, const image_hash& hash, const located& where, std::size_t signers)
            : entries_(entries), hash_(hash), where_(where), left_(signers) {}
        [[nodiscard]] constexpr bool done() const { return left_ == 0; }
        [[nodiscard]] constexpr result<claim> next() {
            claim claim;
            claim.layout = name;
            claim.content_digest = hash_.id;
            claim.message_digest = hash_.value;
            claim.where = where_;
            while (left_ != 0 && !entries_.at_end()) {
                const auto entry = entries_.next();
                if (!entry) return entry.error();
                if (entry->type == mcuboot_type::key_hash) {
                    claim.key = {key_id_kind::key_digest, entry->value, {}};
                    claim.offset = entry->offset;
                }
                claim.scheme = scheme_of(entry->type);
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
    /// unsupported_key: a key instead of its digest. unsupported_algorithm, unsupported_content_type: see above.
    /// inconsistent_algorithms: PSS with another hash than SHA-256. length_mismatch: a value is not as long as its type says.
    [[nodiscard]] static constexpr result<cursor> open(const subject& s, const located& where) {
        const auto header = mcuboot_header::read(s.image);
        if (!header) return header.error();
        auto entries = mcuboot_area::protected_one(s.image, *header);
        if (!entries) return entries.error();
        if (const result<void> good = check_protected(*entries); !good) return good.error();
        if (!slice(s.image, where.blob) || where.blob.size < mcuboot_area::info_size) return failure{errc::truncated, where.blob.offset};
        const mcuboot_area second = mcuboot_area::of(s.image, where.blob);
        image_hash hash;
        std::size_t signers = 0;
        if (const result<void> good = check_second(second, where.blob, hash, signers); !good) return good.error();
        return cursor(second, hash, where, signers);
    }

    /// The hash, which must be the one that the image says it has. digest_mismatch.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E&) {
        if (!equal(claim.message_digest, content.view())) return failure{errc::digest_mismatch, claim.where.blob.offset};
        return content;
    }

private:
    static constexpr scheme_id scheme_of(mcuboot_type type) {
        switch (type) {
            case mcuboot_type::rsa2048_pss:
            case mcuboot_type::rsa3072_pss: return scheme_id::rsa_pss;
            case mcuboot_type::ecdsa: return scheme_id::ecdsa;
            case mcuboot_type::ed25519: return scheme_id::ed25519;
            default: return scheme_id::none;
        }
    }

    static constexpr digest_id digest_of_type(mcuboot_type type) {
        switch (type) {
            case mcuboot_type::sha256: return digest_id::sha256;
            case mcuboot_type::sha384: return digest_id::sha384;
            case mcuboot_type::sha512: return digest_id::sha512;
            default: return digest_id::none;
        }
    }

    /// The only length that values of this type have; 0: it varies.
    static constexpr std::size_t length_of(mcuboot_type type) {
        switch (type) {
            case mcuboot_type::rsa2048_pss: return 256;
            case mcuboot_type::rsa3072_pss: return 384;
            case mcuboot_type::ed25519: return 64;
            case mcuboot_type::dependency: return 12;
            case mcuboot_type::security_counter: return 4;
            default: return size_of(digest_of_type(type));
        }
    }

    static constexpr bool has_length(const mcuboot_entry& entry) {
        const std::size_t wanted = length_of(entry.type);
        return wanted == 0 || wanted == entry.value.size();
    }

    /// What belongs to the signature is not part of what is signed.
    static constexpr bool belongs_to_signature(mcuboot_type type) { return type <= mcuboot_type::last_encryption_key; }

    /// Types that are not known are the vendor's own: they are signed, and mean nothing here.
    static constexpr result<void> check_protected(mcuboot_area entries) {
        bool counted = false;
        while (!entries.at_end()) {
            const auto entry = entries.next();
            if (!entry) return entry.error();
            if (belongs_to_signature(entry->type)) return failure{errc::bad_structure, entry->offset};
            if (!has_length(*entry)) return failure{errc::length_mismatch, entry->offset + 2};
            if (entry->type != mcuboot_type::security_counter) continue;
            if (counted) return failure{errc::repeated_element, entry->offset};
            counted = true;
        }
        return result<void>::success();
    }

    static constexpr result<void> check_second(mcuboot_area entries, range area, image_hash& hash, std::size_t& signers) {
        const std::uint64_t end = area.offset + area.size;
        std::size_t key_size = 0;
        bool after_key = false;
        std::uint64_t key_offset = 0, pss_offset = 0;
        while (!entries.at_end()) {
            const auto entry = entries.next();
            if (!entry) return entry.error();
            if (const errc refusal = allows(entry->type); refusal != errc::none) return failure{refusal, entry->offset};
            if (!has_length(*entry)) return failure{errc::length_mismatch, entry->offset + 2};
            if (const digest_id id = digest_of_type(entry->type); id != digest_id::none) {
                if (hash.id != digest_id::none) return failure{errc::repeated_element, entry->offset};
                hash = {id, entry->value};
            } else if (entry->type == mcuboot_type::key_hash) {
                if (after_key) return failure{errc::bad_structure, entry->offset};
                // One that has another length than its fellows can have no right one.
                if (signers != 0 && entry->value.size() != key_size) return failure{errc::length_mismatch, entry->offset + 2};
                after_key = true, key_offset = entry->offset, key_size = entry->value.size();
            } else {
                if (!after_key) return failure{errc::missing_element, entry->offset};
                if (signers++ == traits.max_signers) return failure{errc::too_many_signers, entry->offset};
                after_key = false;
                if (pss_offset == 0 && scheme_of(entry->type) == scheme_id::rsa_pss) pss_offset = entry->offset;
            }
        }
        if (hash.id == digest_id::none) return failure{errc::missing_element, end};
        if (after_key) return failure{errc::missing_element, end};
        if (signers == 0) return failure{errc::no_signature, end};
        if (key_size != size_of(hash.id)) return failure{errc::length_mismatch, key_offset + 2};
        if (pss_offset != 0 && hash.id != digest_id::sha256) return failure{errc::inconsistent_algorithms, pss_offset};
        return result<void>::success();
    }

    static constexpr errc allows(mcuboot_type type) {
        switch (type) {
            case mcuboot_type::key_hash:
            case mcuboot_type::sha256:
            case mcuboot_type::sha384:
            case mcuboot_type::sha512:
            case mcuboot_type::rsa2048_pss:
            case mcuboot_type::ecdsa:
            case mcuboot_type::rsa3072_pss:
            case mcuboot_type::ed25519: return errc::none;
            case mcuboot_type::public_key: return errc::unsupported_key;
            case mcuboot_type::ecdsa224:
            case mcuboot_type::signs_image: return errc::unsupported_algorithm;
            default: break;
        }
        const bool encryption = type >= mcuboot_type::first_encryption_key && type <= mcuboot_type::last_encryption_key;
        return encryption ? errc::unsupported_content_type : errc::bad_structure;
    }
};
static_assert(explain_blob_layout<mcuboot>());
static_assert(blob_layout<mcuboot>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_MCUBOOT_HPP
