// SPDX-License-Identifier: BSL-1.0
//
// The TLVs that may stand in each area of an MCUboot image, and the lengths of their values.
#ifndef MODSIG_LAYOUT_MCUBOOT_ENTRIES_HPP
#define MODSIG_LAYOUT_MCUBOOT_ENTRIES_HPP

#include <modsig/algorithm.hpp>
#include <modsig/layout/mcuboot/tlv.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig::layout::detail {

[[nodiscard]] constexpr scheme_id scheme_of_type(mcuboot_type type) {
    switch (type) {
        case mcuboot_type::rsa2048_pss:
        case mcuboot_type::rsa3072_pss: return scheme_id::rsa_pss;
        case mcuboot_type::ecdsa: return scheme_id::ecdsa;
        case mcuboot_type::ed25519: return scheme_id::ed25519;
        default: return scheme_id::none;
    }
}

[[nodiscard]] constexpr digest_id digest_of_type(mcuboot_type type) {
    switch (type) {
        case mcuboot_type::sha256: return digest_id::sha256;
        case mcuboot_type::sha384: return digest_id::sha384;
        case mcuboot_type::sha512: return digest_id::sha512;
        default: return digest_id::none;
    }
}

/// Whether a value has the length that its type fixes; values of other types may have any length.
template <mcuboot_images Allowed>
[[nodiscard]] constexpr bool has_length(const mcuboot_entry& entry) {
    const auto is = [&](std::size_t size) { return entry.value.size() == size; };
    switch (entry.type) {
        case mcuboot_type::rsa2048_pss: return is(256);
        case mcuboot_type::rsa3072_pss: return is(384);
        case mcuboot_type::ed25519: return is(64);
        case mcuboot_type::dependency: return is(12);
        case mcuboot_type::security_counter: return is(4);
        default: break;
    }
    if constexpr (Allowed == mcuboot_images::any) {
        if (entry.type == mcuboot_type::signs_image) return is(1);
        if (entry.type == mcuboot_type::unpacked_size) return is(4);
    }
    const std::size_t digest = size_of(digest_of_type(entry.type));
    return digest == 0 || is(digest);
}

/// The contents of the second TLVs, without the signatures.
struct mcuboot_statement {
    digest_id hash = digest_id::none;
    byte_view value{};            // of the hash; empty: no hash in the image
    std::size_t signers = 0;
    bool signs_image = false;     // the image is signed, not its hash
};

/// `check_protected` checks the protected TLVs. Unknown types are the vendor's own: signed, and ignored here. Errors:
/// `bad_structure`, `length_mismatch`, `repeated_element`, those of mcuboot_area::next().
template <mcuboot_images Allowed>
[[nodiscard]] constexpr result<void> check_protected(mcuboot_area entries) {
    bool counted = false;
    while (!entries.at_end()) {
        const auto entry = entries.next();
        if (!entry) return entry.error();
        // The parts of a signature cannot be part of what is signed.
        if (entry->type <= mcuboot_type::last_encryption_key) return failure{errc::bad_structure, entry->offset};
        if (!has_length<Allowed>(*entry)) return failure{errc::length_mismatch, entry->offset + 2};
        if (entry->type != mcuboot_type::security_counter) continue;
        if (counted) return failure{errc::repeated_element, entry->offset};
        counted = true;
    }
    return result<void>::success();
}

/// `none` where an entry of this type may stand in the second TLVs.
template <mcuboot_images Allowed>
[[nodiscard]] constexpr errc refusal_of_type(mcuboot_type type) {
    constexpr bool any = Allowed == mcuboot_images::any;
    switch (type) {
        case mcuboot_type::key_hash:
        case mcuboot_type::sha256:
        case mcuboot_type::sha384:
        case mcuboot_type::sha512:
        case mcuboot_type::rsa2048_pss:
        case mcuboot_type::ecdsa:
        case mcuboot_type::rsa3072_pss:
        case mcuboot_type::ed25519: return errc::none;
        case mcuboot_type::public_key: return any ? errc::none : errc::unsupported_key;
        case mcuboot_type::signs_image: return any ? errc::none : errc::unsupported_algorithm;
        case mcuboot_type::ecdsa224: return errc::unsupported_algorithm;
        default: break;
    }
    const bool encryption = type >= mcuboot_type::first_encryption_key && type <= mcuboot_type::last_encryption_key;
    return encryption ? errc::unsupported_content_type : errc::bad_structure;
}

/// `check_second` parses the second TLVs into `statement`. Errors: basic_mcuboot::open().
template <mcuboot_images Allowed>
[[nodiscard]] constexpr result<void> check_second(mcuboot_area entries, range area, std::size_t max_signers, mcuboot_statement& statement) {
    constexpr bool any = Allowed == mcuboot_images::any;
    const std::uint64_t end = area.offset + area.size;
    std::size_t key_size = 0;
    bool after_key = false, named = false, only_ed25519 = true;
    std::uint64_t key_offset = 0, pss_offset = 0, pure_offset = 0;
    while (!entries.at_end()) {
        const auto entry = entries.next();
        if (!entry) return entry.error();
        if (const errc refusal = refusal_of_type<Allowed>(entry->type); refusal != errc::none) return failure{refusal, entry->offset};
        if (!has_length<Allowed>(*entry)) return failure{errc::length_mismatch, entry->offset + 2};
        if (const digest_id id = digest_of_type(entry->type); id != digest_id::none) {
            if (statement.hash != digest_id::none) return failure{errc::repeated_element, entry->offset};
            statement.hash = id, statement.value = entry->value;
        } else if (any && entry->type == mcuboot_type::signs_image) {
            if (statement.signs_image) return failure{errc::repeated_element, entry->offset};
            if (entry->value.front() != 1) return failure{errc::bad_structure, entry->offset};
            statement.signs_image = true, pure_offset = entry->offset;
        } else if (any && entry->type == mcuboot_type::public_key) {
            if (after_key) return failure{errc::bad_structure, entry->offset};
            after_key = true;
        } else if (entry->type == mcuboot_type::key_hash) {
            if (after_key) return failure{errc::bad_structure, entry->offset};
            // Digests of different lengths cannot both have the right length.
            if (named && entry->value.size() != key_size) return failure{errc::length_mismatch, entry->offset + 2};
            after_key = named = true, key_offset = entry->offset, key_size = entry->value.size();
        } else {
            if (!after_key) return failure{errc::missing_element, entry->offset};
            if (statement.signers++ == max_signers) return failure{errc::too_many_signers, entry->offset};
            after_key = false;
            only_ed25519 = any && only_ed25519 && entry->type == mcuboot_type::ed25519;
            if (pss_offset == 0 && scheme_of_type(entry->type) == scheme_id::rsa_pss) pss_offset = entry->offset;
        }
    }
    const bool is_pure = any && statement.signs_image;
    if (statement.hash == digest_id::none && !is_pure) return failure{errc::missing_element, end};
    if (after_key) return failure{errc::missing_element, end};
    if (statement.signers == 0) return failure{errc::no_signature, end};
    if (is_pure && !only_ed25519) return failure{errc::unsupported_algorithm, pure_offset};
    // In an image without a hash, a key's digest is a SHA-512, which Ed25519 uses itself.
    if (is_pure && statement.hash == digest_id::none) statement.hash = digest_id::sha512;
    if (named && key_size != size_of(statement.hash)) return failure{errc::length_mismatch, key_offset + 2};
    if (pss_offset != 0 && statement.hash != digest_id::sha256) return failure{errc::inconsistent_algorithms, pss_offset};
    return result<void>::success();
}

}  // namespace modsig::layout::detail

#endif  // MODSIG_LAYOUT_MCUBOOT_ENTRIES_HPP
