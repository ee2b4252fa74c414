// SPDX-License-Identifier: BSL-1.0
//
// OpenPGP multiprecision integers, as digsig v1 uses them.  Format: RFC 4880, section 3.2; ima-evm-utils,
// sign_hash_v1().
//   offset  size  field
//        0     2  number of bits, big-endian: of the value (RFC 4880), or of all its bytes (evmctl's signatures)
//        2     n  value, big-endian, n = bits / 8 rounded up
#ifndef MODSIG_MPI_HPP
#define MODSIG_MPI_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

namespace modsig {

inline constexpr std::size_t max_mpi_bits = 16384;  ///< MAX_EXTERN_MPI_BITS

/// `read_mpi` reads the value of the next MPI, leading zeros included. Errors:
///   bad_mpi    no bits, or more than Linux takes; a number of bits that is neither the value's nor that of its bytes
///   truncated  the value reaches beyond the input
[[nodiscard]] constexpr result<byte_view> read_mpi(reader& in) {
    const std::uint64_t start = in.offset();
    const auto bits = in.be<std::uint16_t>();
    if (!bits) return failure{errc::truncated, start, linux_error::einval};
    if (*bits == 0 || *bits > max_mpi_bits) return failure{errc::bad_mpi, start, linux_error::einval};
    const auto value = in.take((*bits + 7u) / 8u);
    if (!value) return failure{errc::truncated, start, linux_error::einval};
    if (*bits != 8 * value->size() && *bits != bit_length(*value)) return failure{errc::bad_mpi, start, linux_error::einval};
    return *value;
}

}  // namespace modsig

#endif  // MODSIG_MPI_HPP
