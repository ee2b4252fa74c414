// SPDX-License-Identifier: BSL-1.0
#include "target_kernel.hpp"

#include "image.hpp"
#include "kernel.hpp"
#include "report.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <modsig/decompress.hpp>
#include <modsig/keyring/kernel_image/container.hpp>
#include <modsig/linux/kernel_config.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <utility>

namespace tool {
namespace {

using modsig::linux_kernel;

std::string_view text_of(modsig::byte_view bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The words of --kernel behind the release.
struct kernel_word {
    std::string_view name;
    bool linux_kernel::*member;
};
constexpr kernel_word kernel_words[] = {
    {"mldsa", &linux_kernel::has_ml_dsa}, {"waiver", &linux_kernel::waives_attributes},         {"sha3", &linux_kernel::has_sha3},
    {"sm3", &linux_kernel::has_sm3},      {"platform", &linux_kernel::tries_platform_keys},
};

std::vector<std::string> words_of_kernels() {
    std::vector<std::string> words;
    for (const kernel_word& each : kernel_words)
        for (const std::string_view start : {"", "no-"}) words.push_back(std::string(start).append(each.name));
    return words;
}

/// Sets what such a word says, perhaps with no- before it.
bool set_word(linux_kernel& kernel, std::string_view word) {
    const bool is_set = !word.starts_with("no-");
    if (!is_set) word.remove_prefix(3);
    for (const kernel_word& each : kernel_words)
        if (each.name == word) return kernel.*each.member = is_set, true;
    return false;
}

std::optional<linux_kernel> kernel_of_words(std::string_view text) {
    linux_kernel kernel;
    const std::size_t first = std::min(text.find(','), text.size());
    const auto* const release = modsig::find_linux_release(text.substr(0, first));
    if (release == nullptr) {
        complain("--kernel: " + printable(text.substr(0, first)) + " is none of " + known_releases() + did_you_mean(text.substr(0, first), names_of(modsig::linux_releases)));
        return std::nullopt;
    }
    kernel.release = *release;
    for (text.remove_prefix(first); !text.empty();) {
        text.remove_prefix(1);
        const std::string_view word = text.substr(0, text.find(','));
        if (!set_word(kernel, word)) {
            complain("--kernel: " + printable(word) + " is none of " + comma_separated(names_of(kernel_words)) + " (or no- before it)" + did_you_mean(word, words_of_kernels()));
            return std::nullopt;
        }
        text.remove_prefix(word.size());
    }
    if (kernel.has_ml_dsa && !kernel.release.knows_ml_dsa) {
        complain("--kernel: Linux " + std::string(kernel.release.name) + " has no ML-DSA");
        return std::nullopt;
    }
    return kernel;
}

modsig::result<linux_kernel> kernel_of_config(const std::string& path) {
    image file;
    if (const auto read = file.read(path); !read) return read.error();
    return modsig::parse_kernel_config(text_of(file.bytes()));
}

/// CONFIG_IKCONFIG, kernel/configs.c.
std::optional<linux_kernel> kernel_of_config_inside(modsig::byte_view unpacked) {
    constexpr std::string_view begin = "IKCFG_ST", end = "IKCFG_ED";
    const std::string_view text = text_of(unpacked);
    const std::size_t first = text.find(begin), last = first == std::string_view::npos ? first : text.find(end, first);
    if (last == std::string_view::npos) return std::nullopt;
    const auto config = modsig::decompress_first(modsig::compression::gzip, unpacked.subspan(first + begin.size(), last - first - begin.size()));
    if (!config) return std::nullopt;
    const auto kernel = modsig::parse_kernel_config(text_of(config->bytes));
    return kernel ? std::optional(*kernel) : std::nullopt;
}

/// init/version.c, linux_banner: "Linux version 6.12.117-amd64 (...".
std::string_view version_of(modsig::byte_view unpacked) {
    constexpr std::string_view banner = "Linux version ";
    const std::string_view text = text_of(unpacked);
    for (std::size_t at = text.find(banner); at != std::string_view::npos; at = text.find(banner, at + 1)) {
        const std::string_view version = text.substr(at + banner.size(), 64);
        if (modsig::kernel::detail::parse_version(version)) return version.substr(0, version.find_first_of(std::string_view(" \0", 2)));
    }
    return {};
}

/// Where distributions keep the configuration of an image.
std::optional<linux_kernel> kernel_of_config_beside(const std::filesystem::path& path, std::string_view version) {
    const std::filesystem::path folder = path.parent_path();
    const std::string name = "config-" + std::string(version);
    for (const auto& candidate : {folder / name, folder / "config", folder / "../../../../boot" / name, folder / "../../../boot" / name}) {
        std::error_code fault;
        if (!std::filesystem::is_regular_file(candidate, fault)) continue;
        if (const auto kernel = kernel_of_config(candidate.native())) return *kernel;
    }
    return std::nullopt;
}

/// Documentation/arch/x86/boot.rst, kernel_version: no need to decompress.
std::string_view version_of_header(modsig::byte_view stored) {
    const auto header = modsig::slice(stored, {0x202, 14});
    if (!header || !modsig::equal(header->first(4), "HdrS")) return {};
    const std::size_t at = modsig::load_le<std::uint16_t>(header->subspan(12, 2)) + std::size_t{0x200};
    const auto found = modsig::slice(stored, {at, 64});
    if (!found) return {};
    const std::string_view version = text_of(*found);
    return version.substr(0, version.find_first_of(std::string_view(" \0", 2)));
}

std::optional<linux_kernel> kernel_of_image(const std::string& path) {
    image file;
    if (!file.read(path)) return std::nullopt;
    std::string version(version_of_header(file.bytes()));
    if (const auto beside = kernel_of_config_beside(path, version); beside && !version.empty()) return beside;
    const auto unpacked = modsig::keyring::unpack_kernel(file.bytes());
    if (unpacked) {
        if (const auto inside = kernel_of_config_inside(unpacked->bytes)) return inside;
        if (version.empty()) version = version_of(unpacked->bytes);
        if (const auto beside = kernel_of_config_beside(path, version)) return beside;
    }
    const auto* const release = modsig::closest_linux_release(version);
    if (release == nullptr) return std::nullopt;
    linux_kernel kernel;
    kernel.release = *release;
    return kernel;
}

}  // namespace

std::string known_releases() {
    return comma_separated(names_of(modsig::linux_releases));
}

std::optional<linux_kernel> target_kernel::find_or(const linux_kernel& otherwise, const std::vector<std::string>& images) const {
    if (!words.empty()) return kernel_of_words(words);
    if (!config.empty()) {
        const auto kernel = kernel_of_config(config);
        if (kernel) return *kernel;
        const bool unknown = kernel.error().code == modsig::errc::missing_element || kernel.error().code == modsig::errc::unsupported_version;
        complain("--kernel-config: " + printable(config) + (unknown ? " is not the configuration of a Linux from 6.1 on" : ": " + describe(kernel.error())));
        return std::nullopt;
    }
    for (const std::string& each : images)
        if (const auto kernel = kernel_of_image(kernel_image_of(each))) return kernel;
    return otherwise;
}

std::optional<linux_kernel> target_kernel::find_for_bpf(const std::vector<std::string>& images) const {
    linux_kernel newest;
    newest.release = *std::rbegin(modsig::linux_releases);
    const auto kernel = find_or(newest, images);
    if (!kernel || kernel->release.signed_bpf != modsig::bpf_form::none) return kernel;
    complain("--layout bpf: Linux " + std::string(kernel->release.name) + " knows no signed BPF programs (6.18 and later do); --kernel names another");
    return std::nullopt;
}

std::optional<linux_kernel> target_kernel::find_for(bool depends_on_kernel, const std::vector<std::string>& images) const {
    if (depends_on_kernel) return find(images);
    if (!is_named()) return linux_kernel{};
    complain("--kernel and --kernel-config belong to the policies linux-modsign and linux-ima, and to --layout bpf");
    return std::nullopt;
}

}  // namespace tool
