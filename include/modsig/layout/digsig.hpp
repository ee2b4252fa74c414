// SPDX-License-Identifier: BSL-1.0
//
// digsig v1, the signature of the 2012 modsig patch set and of evmctl --rsa.  Format: lib/digsig.c,
// include/linux/digsig.h (struct signature_hdr).
//   offset  size  field       encoding
//        0     1  version     1
//        1     4  timestamp   byte order of the signer; signed, but not checked
//        5     1  algorithm   0 = RSA
//        6     1  hash        0 = SHA-1, 1 = SHA-256; of the content only
//        7     8  keyid       bytes
//       15     1  nmpi        1
//       16   2+n  signature   MPI
// Signed: SHA-1(digest of the content ‖ header[0..16)), always SHA-1, in PKCS#1 type 1 padding without DigestInfo.
//
// Containers: appended to the content, as the patch set did,
//        content ‖ signature (S bytes) ‖ S as u16 big-endian ‖ "This Is A Crypto Signed Module"
// detached (.sig), or the value of an extended attribute, the latter two behind the type byte 03.
#ifndef MODSIG_LAYOUT_DIGSIG_HPP
#define MODSIG_LAYOUT_DIGSIG_HPP

#include <modsig/layout.hpp>
#include <modsig/layout/signature_kind.hpp>
#include <modsig/layout/single_claim.hpp>
#include <modsig/mpi.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace modsig::layout {

/// The layout of digsig v1 signatures.
struct digsig {
    static constexpr std::string_view name = "digsig";                                      ///< of the layout
    static constexpr layout_traits traits{.found_from_end = true, .reads_directly = true};  ///< one signer, found from the end

    static constexpr char magic_text[] = "This Is A Crypto Signed Module";       ///< an array, for the reason given in modsign.hpp
    static constexpr std::string_view magic{magic_text, sizeof magic_text - 1};  ///< at the image's end
    static constexpr std::size_t trailer_size = 32;                              ///< length and magic
    static constexpr std::size_t header_size = 16;                               ///< bytes before nmpi: they are signed, too
    static constexpr std::size_t min_signature_size = header_size + 2;           ///< bytes of a header and an empty MPI
    static constexpr std::uint8_t xattr_type = 3;                                ///< EVM_IMA_XATTR_DIGSIG
    static_assert(magic.size() + 2 == trailer_size);

    /// Inline: a program whose signatures are all appended holds no code for the other containers.
    [[nodiscard, gnu::always_inline]] static constexpr result<located> find(const subject& s) {
        return s.signature.source == signature_source::image ? find_appended(s.image) : find_separate(s);
    }

    /// The signature's only claim. Errors: those of read().
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& location) {
        claim claim;
        const result<void> outcome = read(s, location, claim);
        if (!outcome) return outcome.error();
        return single_claim(claim);
    }

    /// `read` parses the only claim into `claim`, for verifiers without room for copies of it (verifier/firmware.hpp). Errors,
    /// header fields by offset and then the MPI: `truncated`, `unsupported_version`, `unsupported_algorithm`,
    /// `unsupported_hash`, `bad_header` (nmpi), `trailing_garbage`, and those of read_mpi().
    [[nodiscard]] static constexpr result<void> read(const subject& s, const located& location, claim& claim) {
        const auto blob = slice(s.signature_bytes(), location.blob);
        if (!blob) return failure{errc::truncated, location.blob.offset};
        const std::uint64_t start = location.blob.offset;
        if (blob->size() < min_signature_size) return failure{errc::truncated, start + blob->size(), linux_error::einval};
        const byte_view header = blob->first(header_size);
        const digest_id content = digest_of_digsig_v1_number(header[6]);
        if (header[0] != 1) return failure{errc::unsupported_version, start};
        if (header[5] != 0) return failure{errc::unsupported_algorithm, start + 5};
        if (content == digest_id::none) return failure{errc::unsupported_hash, start + 6};
        if (header[15] != 1) return failure{errc::bad_header, start + 15};
        reader mpi(blob->subspan(header_size));
        const result<byte_view> signature = read_mpi(mpi);
        if (!signature) return signature.error().shifted(start + header_size);
        if (!mpi.at_end()) return failure{errc::trailing_garbage, start + header_size + mpi.offset()};
        claim.layout = name;
        claim.scheme = scheme_id::rsa_pkcs1_raw;
        claim.content_digest = content;
        claim.signed_digest = digest_id::sha1;
        claim.where = location;
        claim.key = {key_id_kind::digsig_v1, header.subspan(7, 8), {}};
        claim.signature = *signature;
        claim.authenticated = header;
        claim.offset = start;
        return result<void>::success();
    }

    /// The second hash: SHA-1 over the content's digest and the header as stored.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<digest_value> finish(const claim& claim, const digest_value& content, const E& engine) {
        const std::array<byte_view, 2> parts{content.view(), claim.authenticated};
        return engine.digest(claim.signed_digest, parts);
    }

    /// Where an appended signature is. Errors: `no_signature` (no magic), `truncated`, `length_overflow`, `unsupported_version`
    /// (an OpenPGP signature of 2004 to 2012, which has the same magic).
    static constexpr result<located> find_appended(byte_view image) {
        if (!ends_with(image, magic)) return failure{errc::no_signature, image.size()};
        if (image.size() < trailer_size) return failure{errc::truncated, 0};
        const std::size_t length_offset = image.size() - trailer_size;
        const auto size = load_be<std::uint16_t>(image.subspan(length_offset, 2));
        if (is_openpgp_variant(image, size)) return failure{errc::unsupported_version, image.size() - magic.size() - openpgp_digits};
        if (size > length_offset) return failure{errc::length_overflow, length_offset};
        if (size < min_signature_size) return failure{errc::truncated, length_offset, linux_error::einval};
        return located{.content = {0, length_offset - size}, .blob = {length_offset - size, size}};
    }

private:
    static constexpr result<located> find_separate(const subject& s) {
        const byte_view value = s.signature.bytes;
        if (is_others(signature_kind_of(s), signature_kind::digsig_v1)) return failure{errc::no_signature, s.image.size()};
        if (value.empty()) return failure{errc::truncated, 0, linux_error::einval};
        if (value[0] != xattr_type) return failure{errc::bad_magic, 0};
        if (value.size() < 1 + min_signature_size) return failure{errc::truncated, value.size(), linux_error::einval};
        return located{.content = {0, s.image.size()}, .blob = {1, value.size() - 1}};
    }

    // The OpenPGP module signatures of 2004-2012 end with the same magic, behind five ASCII characters: the length in decimal,
    // padded with blanks. Read as a binary length, two such characters are at least 0x2020; the signature of an RSA key of
    // 16384 bits has 0x0812 bytes. So the two formats are never confused.
    static constexpr std::size_t openpgp_digits = 5;
    static constexpr std::size_t max_signature_size = min_signature_size + max_mpi_bits / 8;

    static constexpr bool is_openpgp_variant(byte_view image, std::size_t size) {
        if (size <= max_signature_size || image.size() < magic.size() + openpgp_digits) return false;
        const byte_view digits = image.subspan(image.size() - magic.size() - openpgp_digits, openpgp_digits);
        const auto is_digit = [](std::uint8_t c) { return c >= '0' && c <= '9'; };
        return is_digit(digits[0]) && std::ranges::all_of(digits, [&](std::uint8_t c) { return is_digit(c) || c == ' '; });
    }
};
static_assert(explain_blob_layout<digsig>());
static_assert(blob_layout<digsig>);

/// The 16 bytes that are signed together with the content's digest.
struct digsig_header {
    std::uint32_t timestamp = 0;                   ///< seconds since 1970, as the signer says; 0 for reproducible signatures
    digest_id content_digest = digest_id::sha256;  ///< SHA-1 or SHA-256
    std::array<std::uint8_t, 8> key_id{};          ///< key::digsig_v1_id()

    /// The timestamp is little-endian, as every known signer writes it.
    [[nodiscard]] constexpr std::array<std::uint8_t, digsig::header_size> bytes() const {
        std::array<std::uint8_t, digsig::header_size> header{};
        header[0] = 1;
        for (std::size_t i = 0; i != 4; ++i) header[1 + i] = static_cast<std::uint8_t>(timestamp >> (8 * i));
        header[6] = entry_of(content_digest).digsig_v1_number;
        for (std::size_t i = 0; i != key_id.size(); ++i) header[7 + i] = key_id[i];
        header[15] = 1;
        return header;
    }
};

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_DIGSIG_HPP
