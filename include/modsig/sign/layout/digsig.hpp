// SPDX-License-Identifier: BSL-1.0
//
// Writes digsig v1 signatures, appended to the content or detached.  Format: layout/digsig.hpp.
#ifndef MODSIG_SIGN_LAYOUT_DIGSIG_HPP
#define MODSIG_SIGN_LAYOUT_DIGSIG_HPP

#include <modsig/layout/digsig.hpp>
#include <modsig/sign/signer.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace modsig::sign {

/// Writes signatures of layout::digsig.
struct digsig {
    static constexpr std::string_view name = layout::digsig::name;  ///< of the layout
    static constexpr scheme_id scheme = scheme_id::rsa_pkcs1_raw;   ///< RSA without DigestInfo

    /// What the second hash covers beside the content's digest. `unsupported_hash`: only SHA-1 and SHA-256 have a number;
    /// `key_type_mismatch`: the signer has no RSA key.
    [[nodiscard]] static result<layout::digsig_header> header(const key_info& key, digest_id content, std::uint32_t timestamp) {
        if (entry_of(content).digsig_v1_number == no_number) return errc::unsupported_hash;
        if (key.key.algorithm != key_algorithm::rsa) return errc::key_type_mismatch;
        return layout::digsig_header{timestamp, content, key.digsig_v1_id};
    }

    /// The 20 bytes that the key signs, for signers that sign elsewhere.
    template <digests_parts E>
    [[nodiscard]] static result<digest_value> digest(const layout::digsig_header& header, const digest_value& content, const E& engine) {
        if (content.id != header.content_digest) return errc::inconsistent_algorithms;
        const auto fields = header.bytes();
        const std::array<byte_view, 2> parts{content.view(), fields};
        return engine.digest(digest_id::sha1, parts);
    }

    /// The signature with its header: what stands in a .sig file behind the type byte. Errors: those of digest() and of the
    /// signer; `signature_length`.
    template <signer S, digests_parts E>
    [[nodiscard]] static result<bytes> write(const S& key, const layout::digsig_header& header, const digest_value& content, const E& engine) {
        const result<digest_value> outer = digest(header, content, engine);
        if (!outer) return outer.error();
        const result<bytes> raw = key.sign({scheme, *outer, {}});
        if (!raw) return raw.error();
        return write(header, *raw);
    }

    /// Header and the raw signature, `raw` as long as the modulus: counted as 8 times its bytes, as evmctl does.
    [[nodiscard]] static result<bytes> write(const layout::digsig_header& header, byte_view raw) {
        if (raw.empty() || raw.size() > max_mpi_bits / 8) return errc::signature_length;
        bytes blob;
        put(blob, header.bytes());
        put(blob, store_be<2>(static_cast<std::uint16_t>(8 * raw.size())));
        put(blob, raw);
        return blob;
    }

    /// Behind a signature that stands behind the content.
    [[nodiscard]] static bytes trailer(byte_view blob) {
        bytes out;
        put(out, store_be<2>(static_cast<std::uint16_t>(blob.size())));
        for (const char c : layout::digsig::magic) out.push_back(static_cast<std::uint8_t>(c));
        return out;
    }

    /// The signature as a file of its own or as an extended attribute.
    [[nodiscard]] static bytes detached(byte_view blob) {
        bytes out(1 + blob.size(), layout::digsig::xattr_type);
        std::copy(blob.begin(), blob.end(), out.begin() + 1);
        return out;
    }

private:
    static void put(bytes& out, byte_view part) { out.insert(out.end(), part.begin(), part.end()); }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_DIGSIG_HPP
