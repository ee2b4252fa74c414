// SPDX-License-Identifier: BSL-1.0
//
// digsig v1, the signature of the 2012 modsig patch set and of evmctl --rsa.  Format: lib/digsig.c,
// include/linux/digsig.h (struct signature_hdr).
//   offset  size  field       encoding
//        0     1  version     1
//        1     4  timestamp   byte order of the signer; nobody checks it, but it is signed
//        5     1  algorithm   0 = RSA
//        6     1  hash        0 = SHA-1, 1 = SHA-256; of the content only
//        7     8  keyid       bytes
//       15     1  nmpi        1
//       16   2+n  signature   MPI
// Signed: SHA-1(digest of the content ‖ header[0..16)), always SHA-1, in PKCS#1 type 1 padding without DigestInfo.
//
// Containers: behind the content as the patch set did,
//        content ‖ signature (S bytes) ‖ S as u16 big-endian ‖ "This Is A Crypto Signed Module"
// in a file of its own (.sig) or as value of an extended attribute, both behind the type byte 03.
#ifndef MODSIG_LAYOUT_DIGSIG_HPP
#define MODSIG_LAYOUT_DIGSIG_HPP

#include <modsig/layout.hpp>
#include <modsig/mpi.hpp>
#include <modsig/layout/single_claim.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace modsig::layout {

struct digsig {
    static constexpr std::string_view name = "digsig";
    static constexpr std::size_t max_signers = 1;
    static constexpr bool found_from_end = true;

    static constexpr char magic_text[] = "This Is A Crypto Signed Module";  // an array, as modsign.hpp has its marker
    static constexpr std::string_view magic{magic_text, sizeof magic_text - 1};
    static constexpr std::size_t trailer_size = 32;  // length and magic
    static constexpr std::size_t header_size = 16;
    static constexpr std::size_t min_signature_size = header_size + 2;
    static constexpr std::uint8_t xattr_type = 3;    // EVM_IMA_XATTR_DIGSIG
    static_assert(magic.size() + 2 == trailer_size);

    template <class Reading = strict_reading>
    [[nodiscard]] static constexpr result<located> find(const subject& s) {
        return s.source == signature_source::image ? find_appended(s.image) : find_beside<Reading>(s);
    }

    template <class Reading>
    [[nodiscard]] static constexpr result<single_claim> open(const subject& s, const located& where) {
        claim said;
        const failure why = read<Reading>(s, where, said);
        if (why.code != errc::none) return why;
        return single_claim(said);
    }

    /// The only claim, where there is no room for copies of it (verifier/firmware.hpp). errc::none: it is one.
    template <class Reading>
    [[nodiscard]] static constexpr failure read(const subject& s, const located& where, claim& said) {
        const auto blob = slice(s.signature_bytes(), where.blob);
        if (!blob) return failure{errc::truncated, where.blob.offset};
        const failure why = parse<Reading>(*blob, s.content_digest, said);
        said.where = where;
        said.offset = where.blob.offset;
        return why.code == errc::none ? why : why.shifted(where.blob.offset);
    }

    /// The second hash: SHA-1 over the content's digest and the header as it is stored.
    template <digests_parts E>
    [[nodiscard]] static constexpr result<to_check> finish(const subject&, const claim& said, const digest_value& content, const E& engine) {
        const std::array<byte_view, 2> parts{content.view(), said.authenticated};
        auto outer = engine.digest(said.signed_digest, parts);
        if (!outer) return outer.error();
        return to_check{said.scheme, *outer, {}, said.signature, said.lenient};
    }

private:
    /// Header fields by rising offset, then the MPI. Linux looks at nothing but the algorithm and the MPI.
    template <class Reading>
    static constexpr failure parse(byte_view blob, digest_id wanted, claim& said) {
        if (blob.size() < min_signature_size) return failure{errc::truncated, blob.size(), linux_error::einval};
        const std::uint8_t algorithm = blob[5], hash = blob[6], nmpi = blob[15];
        digest_id content = digest_of_digsig_v1_number(hash);
        if constexpr (is_strict<Reading>) {
            if (blob[0] != 1) return failure{errc::unsupported_version, 0};
        }
        if (algorithm != 0) return failure{errc::unsupported_algorithm, 5};
        if constexpr (is_strict<Reading>) {
            if (content == digest_id::none) return failure{errc::unsupported_hash, 6};
            if (nmpi != 1) return failure{errc::bad_header, 15};
        } else {
            if (wanted != digest_id::none) content = wanted;
            else if (content == digest_id::none) content = digest_id::sha1;
        }

        reader mpi(blob.subspan(header_size));
        const result<byte_view> signature = read_mpi(mpi);
        if (!signature) return signature.error().shifted(header_size);

        said.layout = name;
        said.scheme = scheme_id::rsa_pkcs1_raw;
        said.content_digest = content;
        said.signed_digest = digest_id::sha1;
        said.key = {key_id_kind::digsig_v1, blob.subspan(7, 8), {}};
        said.signature = *signature;
        said.authenticated = blob.first(header_size);
        if constexpr (is_strict<Reading>) {
            if (!mpi.at_end()) return failure{errc::trailing_garbage, header_size + mpi.offset()};
        } else {
            said.signature = without_leading_zeros(said.signature);
            said.lenient = true;
        }
        return errc::none;
    }

    static constexpr result<located> find_appended(byte_view image) {
        if (!ends_with(image, magic)) return failure{errc::no_signature, image.size()};
        if (image.size() < trailer_size) return failure{errc::truncated, 0};
        const std::size_t length_offset = image.size() - trailer_size;
        const auto size = load_be<std::uint16_t>(image.subspan(length_offset, 2));
        if (is_openpgp_variant(image, size)) return failure{errc::unsupported_version, image.size() - magic.size() - openpgp_digits};
        if (size > length_offset) return failure{errc::length_overflow, length_offset};
        if (size < min_signature_size) return failure{errc::truncated, length_offset, linux_error::einval};
        return located{range{0, length_offset - size}, {length_offset - size, size}};
    }

    template <class Reading>
    static constexpr result<located> find_beside(const subject& s) {
        if (s.detached.empty()) return failure{errc::truncated, 0, linux_error::einval};
        // IMA_XATTR_DIGEST, IMA_XATTR_DIGEST_NG: Linux refuses a bare digest where it wants a signature.
        const bool bare_digest = s.source == signature_source::xattr && (s.detached[0] == 1 || s.detached[0] == 4);
        if (is_strict<Reading> && bare_digest) return failure{errc::no_signature, s.image.size()};
        if (s.detached[0] != xattr_type) return failure{errc::bad_magic, 0};
        if (s.detached.size() < 1 + min_signature_size) return failure{errc::truncated, s.detached.size(), linux_error::einval};
        return located{range{0, s.image.size()}, {1, s.detached.size() - 1}};
    }

    // The OpenPGP module signatures of 2004-2012 end with the same magic, behind five ASCII characters: the length in
    // decimal, filled up with blanks. Read as ours they would be at least 0x2020, and an RSA signature of 16384 bits
    // has 0x0812, so the two are never confused.
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
    std::uint32_t timestamp = 0;
    digest_id content_digest = digest_id::sha256;
    std::array<std::uint8_t, 8> key_id{};

    /// Little-endian timestamp, as every known producer writes it.
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
