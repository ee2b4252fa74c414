// SPDX-License-Identifier: BSL-1.0
//
// The options of an fs-verity digest, where the signature does not give them.
#ifndef MODSIG_DIGEST_VERITY_OPTIONS_HPP
#define MODSIG_DIGEST_VERITY_OPTIONS_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>

#include <cstdint>

namespace modsig {

/// digest::check_options() says which options are supported. `salt` is a view that must outlive the use.
struct verity_options {
    digest_id hash = digest_id::sha256;  ///< SHA-256 or SHA-512
    std::uint32_t block_size = 4096;     ///< bytes
    byte_view salt{};                    ///< at most 32 bytes
};

}  // namespace modsig

#endif  // MODSIG_DIGEST_VERITY_OPTIONS_HPP
