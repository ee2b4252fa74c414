// SPDX-License-Identifier: BSL-1.0
//
// OpenPGP multiprecision integers as Linux reads them: lib/crypto/mpi/mpicoder.c, mpi_read_from_buffer(). The bit count is used
// for the length only; every fault is EINVAL.
#ifndef MODSIG_LINUX_KEY_MPI_HPP
#define MODSIG_LINUX_KEY_MPI_HPP

#include <modsig/mpi.hpp>

namespace modsig::kernel {

/// `read_mpi` reads the value of the next MPI, leading zeros included. Errors: `bad_mpi` (no bits, or more than Linux accepts),
/// `truncated` (the value reaches beyond the input).
[[nodiscard]] constexpr result<byte_view> read_mpi(reader& in) {
    const std::uint64_t start = in.offset();
    const auto bits = in.be<std::uint16_t>();
    if (!bits) return failure{errc::truncated, start, linux_error::einval};
    if (*bits == 0 || *bits > max_mpi_bits) return failure{errc::bad_mpi, start, linux_error::einval};
    const auto value = in.take((*bits + 7u) / 8u);
    if (!value) return failure{errc::truncated, start, linux_error::einval};
    return *value;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_MPI_HPP
