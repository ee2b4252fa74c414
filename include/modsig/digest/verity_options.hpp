// SPDX-License-Identifier: BSL-1.0
//
// How fs-verity is to make its digest of a file, where the signature does not say.
#ifndef MODSIG_DIGEST_VERITY_OPTIONS_HPP
#define MODSIG_DIGEST_VERITY_OPTIONS_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>

#include <cstdint>

namespace modsig {

/// What can be served says digest::check_options().
struct verity_options {
    digest_id hash = digest_id::sha256;
    std::uint32_t block_size = 4096;  // bytes
    byte_view salt{};
};

}  // namespace modsig

#endif  // MODSIG_DIGEST_VERITY_OPTIONS_HPP
