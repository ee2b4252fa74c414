// SPDX-License-Identifier: BSL-1.0
//
// Compresses modules as the kernel's modules_install does: scripts/Makefile.modinst, CONFIG_MODULE_COMPRESS_*.
#ifndef MODSIG_TOOL_INSTALL_COMPRESS_HPP
#define MODSIG_TOOL_INSTALL_COMPRESS_HPP

#include <modsig/bytes.hpp>
#include <modsig/compression.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <vector>

namespace tool {

/// xz, zstd and gzip. `io_error` with errno (no memory); `unsupported_algorithm`.
[[nodiscard]] modsig::result<std::vector<std::uint8_t>> compressed(modsig::compression algorithm, modsig::byte_view module);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_COMPRESS_HPP
