// SPDX-License-Identifier: BSL-1.0
//
// Concatenated DER certificates, as a kernel has them built in: certs/common.c, load_certificate_list(). Nothing stands between
// two certificates, and the length of each takes two bytes.
#ifndef MODSIG_KEYRING_CONCATENATED_HPP
#define MODSIG_KEYRING_CONCATENATED_HPP

#include <modsig/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::keyring {

/// `first_certificate` returns the certificate that a list begins with, by the four bytes that Linux reads; nothing where the
/// list begins with something else.
[[nodiscard]] constexpr std::optional<byte_view> first_certificate(byte_view list) {
    if (list.size() < 4 || list[0] != 0x30 || list[1] != 0x82) return std::nullopt;
    const std::size_t size = std::size_t{4} + load_be<std::uint16_t>(list.subspan(2, 2));
    if (size > list.size()) return std::nullopt;
    return list.first(size);
}

/// `are_concatenated`: whether the bytes are two or more certificates and nothing else.
[[nodiscard]] constexpr bool are_concatenated(byte_view bytes) {
    std::size_t count = 0;
    for (; !bytes.empty(); ++count) {
        const auto next = first_certificate(bytes);
        if (!next) return false;
        bytes = bytes.subspan(next->size());
    }
    return count > 1;
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_CONCATENATED_HPP
