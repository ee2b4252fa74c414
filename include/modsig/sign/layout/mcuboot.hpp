// SPDX-License-Identifier: BSL-1.0
//
// Writes MCUboot images, as imgtool does.  Format: layout/mcuboot.hpp. First what is hashed is put around the body, then the
// signature goes behind it:
//   const auto unsigned_image = sign::mcuboot::image({.version = {1, 2, 0, 0}, .security_counter = 3}, body);
//   const auto signature = sign::mcuboot::write(key, engine.digest(digest_id::sha256, {&whole, 1}));
#ifndef MODSIG_SIGN_LAYOUT_MCUBOOT_HPP
#define MODSIG_SIGN_LAYOUT_MCUBOOT_HPP

#include <modsig/layout/mcuboot.hpp>
#include <modsig/sign/signer.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace modsig::sign {

/// Another image that has to be there at least in this version.
struct mcuboot_dependency {
    std::uint8_t image = 0;             ///< number of the image
    layout::mcuboot_version version{};  ///< at least
};

/// What an image says besides its body.
struct mcuboot_options {
    layout::mcuboot_version version{};                         ///< ih_ver
    std::optional<std::uint32_t> security_counter{};           ///< IMAGE_TLV_SEC_CNT, in the protected TLVs
    std::uint16_t header_size = layout::mcuboot_header::size;  ///< bytes; where the body begins
    std::uint32_t load_address = 0;                            ///< ih_load_addr
    std::uint32_t flags = 0;                                   ///< IMAGE_F_*
    std::vector<mcuboot_dependency> dependencies{};            ///< IMAGE_TLV_DEPENDENCY, in the protected TLVs
};

/// Writes images of layout::mcuboot.
struct mcuboot {
    static constexpr std::string_view name = layout::mcuboot::name;  ///< of the layout

    /// Header, body and protected TLVs: what is hashed. bad_header: a header shorter than 32 bytes. empty_payload. too_large:
    /// a body of 4 GiB or more, or too many dependencies.
    [[nodiscard]] static result<bytes> image(const mcuboot_options& options, byte_view body) {
        using header = layout::mcuboot_header;
        if (options.header_size < header::size) return failure{errc::bad_header, 8};
        if (body.empty()) return errc::empty_payload;
        const bytes protected_part = protected_entries(options);
        const std::size_t protected_size = protected_part.empty() ? 0 : layout::mcuboot_area::info_size + protected_part.size();
        if (body.size() > std::numeric_limits<std::uint32_t>::max() || protected_size > std::numeric_limits<std::uint16_t>::max())
            return errc::too_large;

        bytes out;
        put_le<std::uint32_t>(out, header::magic);
        put_le<std::uint32_t>(out, options.load_address);
        put_le<std::uint16_t>(out, options.header_size);
        put_le<std::uint16_t>(out, protected_size);
        put_le<std::uint32_t>(out, body.size());
        put_le<std::uint32_t>(out, options.flags);
        put(out, options.version);
        put_le<std::uint32_t>(out, 0);
        out.resize(options.header_size, erased);
        out.insert(out.end(), body.begin(), body.end());
        if (protected_size != 0) put_area(out, layout::mcuboot_area::protected_magic, protected_part);
        return out;
    }

    /// The body of an image, so that it can be signed anew. The failures of mcuboot_header::read().
    [[nodiscard]] static result<byte_view> body_of(byte_view image) {
        const auto header = layout::mcuboot_header::read(image);
        if (!header) return header.error();
        const auto body = slice(image, header->body());
        if (!body) return errc::truncated;
        return *body;
    }

    /// What goes behind the image that has this digest. unsupported_hash: not the one of keys of this kind: SHA-256, with P-384
    /// SHA-384. unsupported_key: another kind than RSA-2048, RSA-3072, ECDSA with P-256 or P-384, Ed25519. The failures of the signer.
    template <signer S>
    [[nodiscard]] static result<bytes> write(const S& signer, const digest_value& image) {
        using layout::mcuboot_type;
        const public_key& key = signer.info().key;
        const auto scheme = scheme_of(key);
        if (!scheme) return scheme.error();
        if (image.id != (key.algorithm == key_algorithm::ecdsa_p384 ? digest_id::sha384 : digest_id::sha256)) return errc::unsupported_hash;

        to_sign input{scheme->id, image, {}};
        if (scheme->id == scheme_id::ed25519) {  // the digest is the message
            input.digest = {};
            input.message = image.view();
        }
        const result<bytes> raw = signer.sign(input);
        if (!raw) return raw.error();

        const digest_value key_digest = layout::mcuboot::key_digest(key, image.id);
        bytes entries, out;
        put_entry(entries, image.id == digest_id::sha384 ? mcuboot_type::sha384 : mcuboot_type::sha256, image.view());
        put_entry(entries, mcuboot_type::key_hash, key_digest.view());
        put_entry(entries, scheme->type, *raw);
        put_area(out, layout::mcuboot_area::magic, entries);
        return out;
    }

private:
    static constexpr std::uint8_t erased = 0xff;  // flash, and what imgtool fills the header up with

    struct signature_kind {
        scheme_id id;
        layout::mcuboot_type type;
    };
    static result<signature_kind> scheme_of(const public_key& key) {
        using layout::mcuboot_type;
        switch (key.algorithm) {
            case key_algorithm::rsa:
                if (key.bits == 2048) return signature_kind{scheme_id::rsa_pss, mcuboot_type::rsa2048_pss};
                if (key.bits == 3072) return signature_kind{scheme_id::rsa_pss, mcuboot_type::rsa3072_pss};
                return errc::unsupported_key;
            case key_algorithm::ecdsa_p256:
            case key_algorithm::ecdsa_p384: return signature_kind{scheme_id::ecdsa, mcuboot_type::ecdsa};
            case key_algorithm::ed25519: return signature_kind{scheme_id::ed25519, mcuboot_type::ed25519};
            default: return errc::unsupported_key;
        }
    }

    static bytes protected_entries(const mcuboot_options& options) {
        bytes out;
        if (options.security_counter) {
            bytes counter;
            put_le<std::uint32_t>(counter, *options.security_counter);
            put_entry(out, layout::mcuboot_type::security_counter, counter);
        }
        for (const mcuboot_dependency& dependency : options.dependencies) {
            bytes value{dependency.image, 0, 0, 0};
            put(value, dependency.version);
            put_entry(out, layout::mcuboot_type::dependency, value);
        }
        return out;
    }

    template <class Integer>
    static void put_le(bytes& out, std::uint64_t value) {
        for (std::size_t i = 0; i != sizeof(Integer); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    static void put(bytes& out, const layout::mcuboot_version& version) {
        out.push_back(version.major);
        out.push_back(version.minor);
        put_le<std::uint16_t>(out, version.revision);
        put_le<std::uint32_t>(out, version.build);
    }
    static void put_entry(bytes& out, layout::mcuboot_type type, byte_view value) {
        put_le<std::uint16_t>(out, static_cast<std::uint16_t>(type));
        put_le<std::uint16_t>(out, value.size());
        out.insert(out.end(), value.begin(), value.end());
    }
    static void put_area(bytes& out, std::uint16_t magic, byte_view entries) {
        put_le<std::uint16_t>(out, magic);
        put_le<std::uint16_t>(out, layout::mcuboot_area::info_size + entries.size());
        out.insert(out.end(), entries.begin(), entries.end());
    }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_LAYOUT_MCUBOOT_HPP
