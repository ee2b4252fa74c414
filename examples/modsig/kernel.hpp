// SPDX-License-Identifier: BSL-1.0
//
// The certificates that are built into a kernel, from its image on disk.
#ifndef MODSIG_TOOL_KERNEL_HPP
#define MODSIG_TOOL_KERNEL_HPP

#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace tool {

/// Whether a file is more likely a kernel than a key: by its first bytes, or because no key is so large.
[[nodiscard]] bool is_kernel_image(const std::string& path);

/// Hands each certificate to `use`; those that it does not take are reported with their number, from 0. The answer is how many
/// it took. `io_error`, with errno; `missing_element` where there is no list, and what else find_kernel_certificates() says.
[[nodiscard]] modsig::result<std::size_t> for_each_certificate_in_kernel(
    const std::string& path, const std::function<modsig::result<modsig::key_info>(modsig::byte_view)>& use,
    const std::function<void(std::size_t, const modsig::failure&)>& report);

}  // namespace tool

#endif  // MODSIG_TOOL_KERNEL_HPP
