// SPDX-License-Identifier: BSL-1.0
//
// The kernel that the policies of Linux speak for, as the command line names it.
#ifndef MODSIG_TOOL_TARGET_KERNEL_HPP
#define MODSIG_TOOL_TARGET_KERNEL_HPP

#include <modsig/linux/kernel.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tool {

/// "6.1, 6.12, ...": the releases that the policies speak for.
[[nodiscard]] std::string known_releases();

struct target_kernel {
    std::string words{};   // --kernel: "7.3,mldsa,waiver"
    std::string config{};  // --kernel-config: a file

    [[nodiscard]] bool is_named() const { return !words.empty() || !config.empty(); }

    /// What the options name; else the first of `images` that says its version, with the configuration inside it or beside it; else
    /// 6.12. Null after a complaint.
    [[nodiscard]] std::optional<modsig::linux_kernel> find(const std::vector<std::string>& images) const { return find_or(modsig::linux_kernel{}, images); }

    /// The same for a policy; one whose answers depend on no kernel is not to be told of one.
    [[nodiscard]] std::optional<modsig::linux_kernel> find_for(bool depends_on_kernel, const std::vector<std::string>& images) const;

    /// The same for signed BPF programs, of which older kernels know nothing; by default the newest release.
    [[nodiscard]] std::optional<modsig::linux_kernel> find_for_bpf(const std::vector<std::string>& images) const;

private:
    [[nodiscard]] std::optional<modsig::linux_kernel> find_or(const modsig::linux_kernel& otherwise, const std::vector<std::string>& images) const;
};

}  // namespace tool

#endif  // MODSIG_TOOL_TARGET_KERNEL_HPP
