// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_BIGINT_HPP
#define MODSIG_TESTS_SUPPORT_BIGINT_HPP

#include <botan/bigint.h>
#include <botan/version.h>

#include <cstdint>
#include <vector>

/// Big-endian, with leading zeros up to `size`.
inline std::vector<std::uint8_t> encoded(const Botan::BigInt& number, std::size_t size) {
    std::vector<std::uint8_t> out(size);
#if BOTAN_VERSION_MAJOR >= 3
    number.serialize_to(out);
#else
    number.binary_encode(out.data(), out.size());
#endif
    return out;
}

#endif  // MODSIG_TESTS_SUPPORT_BIGINT_HPP
