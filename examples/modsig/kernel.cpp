// SPDX-License-Identifier: BSL-1.0
#include "kernel.hpp"

#include "image.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/keyring/kernel_image.hpp>

#include <string_view>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace tool {
namespace {

namespace fs = std::filesystem;

/// As `make install`, distributions and kernel-install call an image.
constexpr const char* image_names[] = {"vmlinuz", "vmlinux", "Image", "Image.gz", "image", "zImage", "kernel"};

/// The first that may be read; where there is none, the first that is there, so that its fault is reported.
std::string first_readable(const std::vector<fs::path>& candidates) {
    std::string unreadable;
    for (const fs::path& each : candidates) {
        std::error_code fault;
        if (!fs::is_regular_file(each, fault)) continue;
        if (::access(each.c_str(), R_OK) == 0) return each.native();
        if (unreadable.empty()) unreadable = each.native();
    }
    return unreadable;
}

void add_images_in(const fs::path& folder, std::vector<fs::path>& candidates) {
    for (const char* name : image_names) candidates.push_back(folder / name);
}

void add_images_in_boot(const fs::path& boot, const std::string& release, std::vector<fs::path>& candidates) {
    for (const char* name : image_names) candidates.push_back(boot / (name + ("-" + release)));
    // Boot Loader Specification, type 1: /boot/ENTRY-TOKEN/RELEASE/linux.
    std::error_code fault;
    for (fs::directory_iterator each(boot, fault), end; !fault && each != end; each.increment(fault))
        if (candidates.push_back(each->path() / release / "linux"); candidates.size() > 1000) break;
}

bool is_release(const std::string& text) {
    return !text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos;
}

}  // namespace

installed_kernel find_kernel(const fs::path& root, const std::string& release) {
    installed_kernel found;
    if (!is_release(release)) return found;
    std::vector<fs::path> candidates;
    add_images_in_boot(root / "boot", release, candidates);
    for (const char* folder : {"usr/lib/modules", "lib/modules"}) {
        const fs::path modules = root / folder / release;
        std::error_code fault;
        if (!fs::is_directory(modules, fault)) continue;
        if (found.modules.empty()) found.modules = modules.native();
        add_images_in(modules, candidates);
    }
    found.image = first_readable(candidates);
    return found;
}

std::string kernel_image_of(const std::string& path) {
    std::error_code fault;
    if (!fs::is_directory(path, fault)) return path;
    std::vector<fs::path> candidates;
    add_images_in(path, candidates);
    const fs::path folder = fs::canonical(path, fault), lib = folder.parent_path().parent_path();
    if (folder.parent_path().filename() == "modules" && lib.filename() == "lib") {
        const fs::path above = lib.parent_path();
        add_images_in_boot((above.filename() == "usr" ? above.parent_path() : above) / "boot", folder.filename().native(), candidates);
    }
    return first_readable(candidates);
}

bool is_kernel_image(modsig::byte_view bytes) {
    using namespace std::string_view_literals;
    if (modsig::compression_of_magic(bytes) != modsig::compression::none) return true;

    struct row {
        std::uint64_t offset;
        std::string_view magic;
    };
    constexpr row rows[] = {
        {0, "\x7f" "ELF"sv}, {0, "MZ"sv}, {0x202, "HdrS"sv}, {56, "ARM\x64"sv}, {56, "RSC\x05"sv},
        {0x24, "\x18\x28\x6f\x01"sv},  // arm zImage
        {0x10008, "S390EP"sv},
    };
    for (const row& known : rows) {
        const auto found = modsig::slice(bytes, {known.offset, known.magic.size()});
        if (found && modsig::equal(*found, known.magic)) return true;
    }
    return false;
}

modsig::result<std::size_t> for_each_certificate_in_kernel(
    const std::string& path, const std::function<modsig::result<modsig::key_info>(modsig::byte_view)>& use,
    const std::function<void(std::size_t, const modsig::failure&)>& report) {
    image file;
    if (const auto read = file.read(path); !read) return read.error();
    return modsig::keyring::for_each_kernel_certificate(file.bytes(), use, report);
}

}  // namespace tool
