// SPDX-License-Identifier: BSL-1.0
//
// What all forms of RSA keys share: which n and e are a key, and its digsig v1 identifier.
//   blob (lib/digsig.c, struct pubkey_hdr): 01, timestamp 4 (zero), algo 00, nmpi 02, MPI n, MPI e
//   identifier: SHA-1(blob)[12..20)   (ima-evm-utils, calc_keyid_v1)
#ifndef MODSIG_KEY_RSA_HPP
#define MODSIG_KEY_RSA_HPP

#include <modsig/digest/sha1.hpp>
#include <modsig/key.hpp>
#include <modsig/limits.hpp>

#include <array>

namespace modsig::key {

/// The bytes before each of the two integers in a digsig v1 key blob.
[[nodiscard]] constexpr std::array<std::uint8_t, 2> mpi_bit_count(byte_view integer) {
    return store_be<2>(static_cast<std::uint16_t>(bit_length(integer)));
}

/// Version 1, timestamp 0, algorithm RSA, two integers.
inline constexpr std::array<std::uint8_t, 7> digsig_blob_header{1, 0, 0, 0, 0, 0, 2};

/// The identifier of an RSA key, whose numbers are big-endian.
[[nodiscard]] constexpr std::array<std::uint8_t, 8> digsig_v1_id(byte_view modulus, byte_view exponent) {
    modulus = without_leading_zeros(modulus);
    exponent = without_leading_zeros(exponent);
    const digest_value digest = digest_of<digest::portable_sha1>(digsig_blob_header, mpi_bit_count(modulus), modulus,
                                                                 mpi_bit_count(exponent), exponent);
    std::array<std::uint8_t, 8> id{};
    for (std::size_t i = 0; i != id.size(); ++i) id[i] = digest.bytes[12 + i];
    return id;
}

/// `rsa_key` makes a key of two big-endian integers, which it views. `offset`: of the key, for failures. Error: `bad_key` (n
/// even or zero; e even, below 3 or not below n (RFC 8017, section 3.1); either longer than strict_limits allow, whose
/// arithmetic would take too long).
[[nodiscard]] constexpr result<public_key> rsa_key(byte_view modulus, byte_view exponent, std::uint64_t offset) {
    modulus = without_leading_zeros(modulus);
    exponent = without_leading_zeros(exponent);
    if (modulus.empty() || exponent.empty()) return failure{errc::bad_key, offset, linux_error::einval};
    if (!strict_limits.allow_rsa(bit_length(modulus), bit_length(exponent)))
        return failure{errc::bad_key, offset, linux_error::einval};
    const bool odd = (modulus.back() & exponent.back() & 1) != 0;
    const bool one = exponent.size() == 1 && exponent.front() == 1;
    if (!odd || one || compare_integers(exponent, modulus) >= 0) return failure{errc::bad_key, offset};
    return public_key{key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(modulus)), modulus, exponent};
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_RSA_HPP
