// SPDX-License-Identifier: BSL-1.0
//
// The public key blob of digsig v1.  Format: lib/digsig.c, struct pubkey_hdr; evmctl import --rsa.
//   offset  size  field      encoding
//        0     1  version    1
//        1     4  timestamp  0, so that the identifier is stable
//        5     1  algorithm  0 = RSA
//        6     1  nmpi       2
//        7  2+kn  n          MPI
//        …  2+ke  e          MPI
#ifndef MODSIG_KEY_DIGSIG_HPP
#define MODSIG_KEY_DIGSIG_HPP

#include <modsig/key.hpp>
#include <modsig/key/rsa.hpp>
#include <modsig/mpi.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace modsig::key {

/// A form of keys: the blob, whole.
struct digsig {
    static constexpr std::string_view name = "digsig-v1";  ///< of the form, for reports

    /// Whether the bytes begin as an RSA blob of version 1 does.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        return bytes.size() >= digsig_blob_header.size() && bytes[0] == 1 && bytes[5] == 0 && bytes[6] == 2;
    }

    /// `resembles`: whether bytes that no form recognises may be a blob of another version, or a damaged blob.
    [[nodiscard]] static constexpr bool resembles(byte_view bytes) {
        return bytes.empty() || bytes[0] == 1 || (bytes.size() >= digsig_blob_header.size() && bytes[5] == 0 && bytes[6] == 2);
    }

    /// Errors: `truncated`, `unsupported_version`, `unsupported_algorithm`, `bad_key`, `trailing_garbage`; those of read_mpi()
    /// and rsa_key().
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        if (bytes.size() < digsig_blob_header.size()) return failure{errc::truncated, bytes.size(), linux_error::einval};
        if (bytes[0] != 1) return failure{errc::unsupported_version, 0, linux_error::einval};
        if (bytes[5] != 0) return failure{errc::unsupported_algorithm, 5, linux_error::einval};
        if (bytes[6] != 2) return failure{errc::bad_key, 6, linux_error::einval};

        reader in(bytes);
        if (!in.take(digsig_blob_header.size())) return failure{errc::truncated, 0};
        const result<byte_view> modulus = read_mpi(in);
        if (!modulus) return modulus.error();
        const result<byte_view> exponent = read_mpi(in);
        if (!exponent) return exponent.error();
        if (!in.at_end()) return failure{errc::trailing_garbage, in.offset()};
        const result<public_key> rsa = rsa_key(*modulus, *exponent, digsig_blob_header.size());
        if (!rsa) return rsa.error();

        key_info info;
        info.key = *rsa;
        info.has_digsig_v1_id = true;
        info.digsig_v1_id = digsig_v1_id(rsa->material, rsa->exponent);
        return info;
    }
};
static_assert(explain_key_form<digsig>());

/// `digsig_name` is the description of a key in a keyring of `user` keys: printf("%llX"), without leading zeros
/// (lib/digsig.c, digsig_verify()).
class digsig_name {
    std::array<char, 16> text_{};
    std::size_t size_ = 0;

public:
    /// The name of an identifier of 8 bytes.
    constexpr explicit digsig_name(byte_view id) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        for (const std::uint8_t byte : id)
            for (const std::size_t nibble : {std::size_t{byte} >> 4, std::size_t{byte} & 15})
                if ((size_ != 0 || nibble != 0) && size_ != text_.size()) text_[size_++] = digits[nibble];
        if (size_ == 0) text_[size_++] = '0';
    }
    /// The digits; the view aliases this object.
    [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), size_}; }
};

/// `parse_digsig_name` returns the identifier of a description; nothing for a description that Linux never looks up.
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, 8>> parse_digsig_name(std::string_view name) {
    if (name.empty() || name.size() > 16) return std::nullopt;
    std::uint64_t id = 0;
    for (const char c : name) {
        if (c >= '0' && c <= '9') id = id << 4 | static_cast<std::uint64_t>(c - '0');
        else if (c >= 'A' && c <= 'F') id = id << 4 | static_cast<std::uint64_t>(c - 'A' + 10);
        else return std::nullopt;
    }
    const auto bytes = store_be<8>(id);
    if (digsig_name(bytes).view() != name) return std::nullopt;
    return bytes;
}
static_assert(digsig_name(std::array<std::uint8_t, 8>{0, 0xab}).view() == "AB000000000000");
static_assert(!parse_digsig_name("00AB") && !parse_digsig_name("ab") && parse_digsig_name("0"));

/// `write_digsig_blob` appends the blob of an RSA key to `out`, a container of bytes.
template <class Bytes>
constexpr void write_digsig_blob(const public_key& rsa, Bytes& out) {
    const auto put = [&](byte_view part) { out.insert(out.end(), part.begin(), part.end()); };
    put(digsig_blob_header);
    for (const byte_view integer : {rsa.material, rsa.exponent}) {
        put(mpi_bit_count(integer));
        put(without_leading_zeros(integer));
    }
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_DIGSIG_HPP
