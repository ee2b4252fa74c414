// SPDX-License-Identifier: BSL-1.0
//
// After an install: is every module in the tree signed by the key that was used, as anybody can verify who has nothing but
// its public half?
#ifndef MODSIG_TOOL_INSTALL_CHECK_HPP
#define MODSIG_TOOL_INSTALL_CHECK_HPP

#include "../exit_status.hpp"

#include <modsig/bytes.hpp>

#include <cstddef>
#include <string>

namespace tool {

struct tree_check {
    std::size_t modules = 0, verified = 0;  // without links, which are verified too
    exit_status status = exit_status::good;
};

/// Reads the whole tree anew, and names each module in it that does not verify against that key alone.
[[nodiscard]] tree_check check_tree(const std::string& tree, modsig::byte_view public_half, const std::string& layout,
                                    std::size_t jobs);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_CHECK_HPP
