// SPDX-License-Identifier: BSL-1.0
//
// Kernels on disk: where a system keeps image and modules, and the certificates that are built into an image.
#ifndef MODSIG_TOOL_KERNEL_HPP
#define MODSIG_TOOL_KERNEL_HPP

#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace tool {

/// Whether a file with these bytes is more likely a kernel than a key, by the magic numbers of kernels and of compression.
[[nodiscard]] bool is_kernel_image(modsig::byte_view bytes);

/// Where a system keeps one kernel; empty: nowhere.
struct installed_kernel {
    std::string image{};
    std::string modules{};  // a folder
};

/// The kernel of this release (`uname -r`) in the system below `root`. Modules: usr/lib/modules or lib/modules. Image: in boot/
/// (vmlinuz-RELEASE, a folder of the boot loader specification's) or beside the modules (vmlinuz); one that may be read comes before
/// one that may not. What is there is not looked into. A release that is no file name is nowhere.
[[nodiscard]] installed_kernel find_kernel(const std::filesystem::path& root, const std::string& release);

/// The image that `path` names: itself, or for the folder of a kernel's modules (ROOT/usr/lib/modules/RELEASE) or of its build
/// the image in it, else that of the same release in ROOT/boot. Empty: a folder without.
[[nodiscard]] std::string kernel_image_of(const std::string& path);

/// Hands each certificate to `use`; those that it does not take are reported with their number, from 0. The answer is how many
/// it took. `io_error`, with errno; `missing_element` where there is no list, and what else find_kernel_certificates() says.
[[nodiscard]] modsig::result<std::size_t> for_each_certificate_in_kernel(
    const std::string& path, const std::function<modsig::result<modsig::key_info>(modsig::byte_view)>& use,
    const std::function<void(std::size_t, const modsig::failure&)>& report);

}  // namespace tool

#endif  // MODSIG_TOOL_KERNEL_HPP
