// SPDX-License-Identifier: BSL-1.0
//
// The kernel that a configuration describes: /boot/config-V, .config, or the copy in an image (CONFIG_IKCONFIG).  Format:
// scripts/kconfig/confdata.c, a line "# Linux/ARCH VERSION Kernel Configuration" and lines "CONFIG_NAME=VALUE".
#ifndef MODSIG_LINUX_KERNEL_CONFIG_HPP
#define MODSIG_LINUX_KERNEL_CONFIG_HPP

#include <modsig/linux/kernel.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig {

namespace kernel::detail {
struct version_number {
    std::uint32_t major = 0, minor = 0;
    friend constexpr auto operator<=>(const version_number&, const version_number&) = default;
};

/// The first two numbers of a version, such as "6.12" or "6.12.117-amd64".
[[nodiscard]] constexpr std::optional<version_number> parse_version(std::string_view text) {
    std::uint32_t numbers[2]{};
    for (std::uint32_t& number : numbers) {
        std::size_t digits = 0;
        for (; digits != text.size() && digits != 4 && text[digits] >= '0' && text[digits] <= '9'; ++digits)
            number = number * 10 + static_cast<std::uint32_t>(text[digits] - '0');
        if (digits == 0 || digits == 4) return std::nullopt;
        text.remove_prefix(digits);
        if (&number == &numbers[0]) {
            if (!text.starts_with('.')) return std::nullopt;
            text.remove_prefix(1);
        }
    }
    return version_number{numbers[0], numbers[1]};
}
}  // namespace kernel::detail

/// `closest_linux_release` returns the row for a kernel's version, such as "6.12.117+deb13-amd64": the newest row that is not
/// newer than the kernel; for 7.0 and 7.1, whose module signatures are those of 7.2, the row of 7.2. Null before 6.1, and for
/// text that is no version.
[[nodiscard]] constexpr const linux_release* closest_linux_release(std::string_view version) {
    const auto wanted = kernel::detail::parse_version(version);
    if (!wanted) return nullptr;
    const linux_release* best = nullptr;
    for (const linux_release& row : linux_releases) {
        const auto own = kernel::detail::parse_version(row.name);
        const bool begins_major = wanted->major >= 7 && own->major == wanted->major && (best == nullptr || kernel::detail::parse_version(best->name)->major < own->major);
        if (*own <= *wanted || begins_major) best = &row;
    }
    return best;
}

/// `parse_kernel_config` parses a configuration. Errors: `missing_element` (no line has the version), `unsupported_version` (no
/// row is for it).
[[nodiscard]] constexpr result<linux_kernel> parse_kernel_config(std::string_view text) {
    constexpr std::string_view comment = "# Linux/", title = " Kernel Configuration";
    linux_kernel found;
    found.has_sha3 = found.has_sm3 = found.tries_platform_keys = false;
    bool is_version_known = false;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with(comment) && line.ends_with(title)) {
            line.remove_suffix(title.size());
            const std::size_t space = line.find(' ', comment.size());
            const linux_release* const row = space == std::string_view::npos ? nullptr : closest_linux_release(line.substr(space + 1));
            if (row == nullptr) return errc::unsupported_version;
            found.release = *row;
            is_version_known = true;
            continue;
        }
        const auto is_set = [&](std::string_view name) {
            return line.size() == name.size() + 2 && line.starts_with(name) && (line.ends_with("=y") || line.ends_with("=m"));
        };
        if (is_set("CONFIG_CRYPTO_MLDSA")) found.has_ml_dsa = true;
        if (is_set("CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA")) found.waives_attributes = true;
        if (is_set("CONFIG_CRYPTO_SHA3")) found.has_sha3 = true;
        if (is_set("CONFIG_CRYPTO_SM3") || is_set("CONFIG_CRYPTO_SM3_GENERIC")) found.has_sm3 = true;
        if (is_set("CONFIG_INTEGRITY_PLATFORM_KEYRING")) found.tries_platform_keys = true;
    }
    if (!is_version_known) return errc::missing_element;
    return found;
}

}  // namespace modsig

#endif  // MODSIG_LINUX_KERNEL_CONFIG_HPP
